"""Publish: pages, tables and workbook of an edition, its manifest, its audit and its life."""

import sys

# nbformat imports jsonschema, and that a package that works out 39 grammars for the forms of addresses (IRIs), which is
# two and a half seconds of every process and of no use here. jsonschema goes without it where it is not found.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
