# Every target calls tasks.py, which runs the same on every system: `python tasks.py` works without make.
# What goes on to the tool: make test ARGS="-k postcode"

ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
endif
TASKS := setup findings test long faults engines fuzz audit notebooks real browser lint format lock lab docs site clean

.PHONY: help $(TASKS)

help: python
	@"$(PYTHON)" tasks.py

$(TASKS): python
	@"$(PYTHON)" tasks.py $@ $(if $(ARGS),-- $(ARGS))

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer, and none was found." \
		"Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 2; }
