"""Notebooks whose cells die, eat, hang, flood or leave something behind, all run at once beside a well-behaved one.

Run as a program it makes the small network in a folder, puts such notebooks into it, runs it, and prints as JSON what
the run said, the most memory that it held itself, and what was left behind. `TOKEN` stands in the environment of this
process, and so of whatever comes from it; what clears its environment has it in its arguments.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from anchor_analysis import storage
from anchor_analysis.problems import UserError
from anchor_analysis.running import forking, run_network
from anchor_analysis.running.preparing import held
from tests.small_network import SCHEMA, make_workspace

#: What every process that a test starts is known by.
TOKEN = "KERNEL_FAULTS"

#: So soon after its kernel has ended nothing may be left, in seconds.
GONE_WITHIN = 5


@dataclass(frozen=True)
class Fault:
    """The last cell of a notebook that goes wrong, what must be said of it, and what its schema says."""

    cell: str
    told: str
    schema: str = ""


ENDLESS, LITTLE = "cell_seconds: 5", "memory_megabytes: 300"
TOO_LONG = "cell 4 took longer than its 5 seconds"
LEFT = "cell 4 was left by its kernel, which"

DEATHS = {
    "exits": Fault("import os\nos._exit(7)", f"{LEFT} ended itself with code 7"),
    "is_killed": Fault("import os\nos.kill(os.getpid(), 9)", f"{LEFT} was killed when it held .* MB of memory, though"),
    "segfaults": Fault("import ctypes\nctypes.string_at(0)", f"{LEFT} died of SIGSEGV when it held"),
    "aborts": Fault("import os\nos.abort()", f"{LEFT} died of SIGABRT"),
    "exits_by_thread": Fault(
        "import os, threading\nthreading.Timer(1, os._exit, [3]).start()\ntime.sleep(60)",
        f"{LEFT} ended itself with code 3",
    ),
}

WANTS = "cell 4 stopped for want of memory"
MEMORY = {
    "eats": Fault(
        "kept = []\nwhile True:\n    kept.append(b'x' * 10_000_000)",
        f"{WANTS}: MemoryError. It held .* MB, and it may take 300 MB beyond .*; the machine has .* MB", LITTLE,
    ),
    "eats_small": Fault("kept = []\nwhile True:\n    kept.append(object())", f"{WANTS}|{LEFT}", LITTLE),
    "eats_arrays": Fault("import numpy\nkept = numpy.ones(10**9)", f"{WANTS}: numpy.* It held", LITTLE),
    "eats_arrow": Fault(
        "import pyarrow\nkept = [pyarrow.allocate_buffer(10**9) for _ in range(9)]", f"{WANTS}: pyarrow", LITTLE
    ),
    "eats_and_goes_on": Fault(
        "kept = []\nwhile True:\n    try:\n        kept.append(b'x' * 10**6)\n    except MemoryError:\n        pass",
        TOO_LONG, f"{LITTLE}\n{ENDLESS}",
    ),
    "eats_below": Fault(
        "import subprocess, sys\neats = 'kept = [bytes(10**7) * 2 for _ in range(10**6)]'\n"
        "subprocess.run([sys.executable, '-c', eats], check=True)",
        "cell 4 stopped with subprocess.CalledProcessError", LITTLE,
    ),
}  # fmt: skip

#: No signal that can be caught ends it.
DEAF = (
    "import signal\nfor one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n    signal.signal(one, signal.SIG_IGN)"
)
HANGS = {
    "endless": Fault("while True:\n    pass", TOO_LONG, ENDLESS),
    "deaf": Fault(
        f"{DEAF}\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass", TOO_LONG,
        ENDLESS,
    ),
    "stuck_in_c": Fault(f"{DEAF}\nimport ctypes\nctypes.PyDLL(None).sleep(600)", TOO_LONG, ENDLESS),
    "stopped": Fault("import os\nos.kill(os.getpid(), 19)", TOO_LONG, ENDLESS),
}  # fmt: skip

MUCH = "cell 4 was stopped: the notebook showed more than it may, 20 million characters"
FLOODS = {
    "prints": Fault("for _ in range(100_000):\n    print('x' * 9_999)", MUCH),
    "displays": Fault("for number in range(1_000_000):\n    display(number)", MUCH),
    "prints_at_once": Fault("print('x' * 10**9)", MUCH),
    "ends_with_it": Fault("'x' * 10**8", MUCH),
    "prints_and_goes_on": Fault(
        "for _ in range(30):\n    try:\n        print('x' * 10**6)\n    except BaseException:\n        pass", MUCH
    ),
    "prints_bit_by_bit": Fault("for _ in range(10**6):\n    print('x', flush=True)", MUCH),
    "prints_below": Fault("import subprocess\nsubprocess.run(['yes'])", MUCH),
    "prints_in_c": Fault("import os\nwhile True:\n    os.write(1, b'x' * 10_000)", MUCH),
    "prints_beside": Fault(
        "import threading\nfloods = lambda: [print('x' * 9_999) for _ in range(10**5)]\n"
        "threading.Thread(target=floods).start()\ntime.sleep(600)", MUCH,
    ),
    "updates": Fault("shown = display(0, display_id=True)\nfor one in range(10**6):\n    shown.update(one)", MUCH),
    "pictures": Fault(
        "from IPython.display import Image\nfor _ in range(999):\n    display(Image(bytes(10**6), format='png'))", MUCH
    ),
    "prints_when_it_has_ended": Fault(
        "floods = lambda: print('x' * 30_000_000)\nget_ipython().events.register('post_execute', floods)", MUCH
    ),
    "figures": Fault(
        "import matplotlib.pyplot as plt\nimport numpy\nfor _ in range(9):\n    plt.figure(figsize=(9, 9), dpi=300)\n"
        "    plt.imshow(numpy.random.random((2000, 2000)))\n    plt.show()", MUCH,
    ),
    "to_stderr": Fault(
        "import sys\nfor _ in range(100_000):\n    print('x' * 9_999, file=sys.stderr)\n1 / 0", "ZeroDivisionError"
    ),
}  # fmt: skip

DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {then}
    os._exit(0)
os.wait()
"""
SLEEP = f"['sleep', '600', '{TOKEN}']"
STARTS_ANEW = (
    "import os, time\nwhile True:\n    if os.fork():\n        os._exit(0)\n    os.setsid()\n    time.sleep(0.01)"
)


def _leaves(cell: str, then: str = "1 / 0") -> Fault:
    """A cell that leaves a process behind in some way, and whose notebook then fails in one."""
    return Fault(f"import os, subprocess, sys, time\n{cell}\n{then}", "ZeroDivisionError|which")


LEAVES = {
    "child": _leaves(f"subprocess.Popen({SLEEP})"),
    "child_of_the_dead": _leaves(f"subprocess.Popen({SLEEP})", "os._exit(0)"),
    "daemon": _leaves(DAEMON.format(then=f"os.execvp('sleep', {SLEEP})")),
    "daemon_of_python": _leaves(DAEMON.format(then="time.sleep(600)"), "os._exit(0)"),
    "no_environment": _leaves(
        f"subprocess.Popen({SLEEP}, env={{}}, start_new_session=True)", "os.kill(os.getpid(), 9)"
    ),
    "nohup": _leaves(f"subprocess.Popen(['nohup', *{SLEEP}], start_new_session=True)"),
    "chain": _leaves(
        "within = 'sleep 600 & setsid sleep 600 & wait'\n"
        "subprocess.Popen(['sh', '-c', f'setsid sh -c \"{within}\" & wait'])\ntime.sleep(1)"
    ),
    "pool": _leaves(
        "import multiprocessing\nfork = multiprocessing.get_context('fork')\nkept = fork.Pool(3)\n"
        "kept.apply_async(time.sleep, [600])\nfork.Process(target=time.sleep, args=[600]).start()"
    ),
    "threads": _leaves(
        "import threading\nfor _ in range(5):\n    threading.Thread(target=time.sleep, args=[600]).start()"
    ),
    "starts_anew": _leaves(f"subprocess.Popen([sys.executable, '-c', {STARTS_ANEW!r}])\ntime.sleep(1)"),
}

#: By the heading under which they are told.
KINDS = {
    "Kernels that die": DEATHS, "Kernels out of memory": MEMORY, "Cells without an end": HANGS,
    "Outputs without an end": FLOODS, "Processes left behind": LEAVES,
}  # fmt: skip
FAULTS = {name: fault for kind in KINDS.values() for name, fault in kind.items()}

#: A notebook that is well, and shows as much as it may: nothing of that is lost.
WELL, SHOWN = "well", 1_900


def write_notebook(workspace: storage.Workspace, name: str, *cells: str, schema: str = "") -> None:
    """A notebook for the analyst with its parameters, a cell that is well, and some more."""
    given = nbformat.v4.new_code_cell('network = "example"\nyear = "2023/24"', metadata={"tags": ["parameters"]})
    sources = ["import time\nnetwork", *cells]
    notebook = nbformat.v4.new_notebook(cells=[given, *map(nbformat.v4.new_code_cell, sources)])
    storage.write_text(workspace.notebooks / f"{name}.ipynb", nbformat.writes(notebook))
    schema = SCHEMA.replace("public", "internal") + f"{schema}\n"
    storage.write_text(workspace.notebooks / f"{name}.parameters.yaml", schema)


def well_behaved(workspace: storage.Workspace) -> None:
    write_notebook(workspace, WELL, "print(network)", f"for number in range({SHOWN}):\n    display(number)")


def of_this_test(but: set[int]) -> list[str]:
    """The commands of processes that come from this test, other than some."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            told = path.read_bytes() + path.with_name("cmdline").read_bytes()
            ended = ") Z " in path.with_name("stat").read_text(errors="replace")
        except OSError:
            continue
        if TOKEN.encode() in told and not ended and int(path.parent.name) not in but:
            found.append(path.with_name("cmdline").read_bytes().decode(errors="replace").replace("\0", " "))
    return found


def left(but: set[int], within: float) -> list[str]:
    """What is left of this test after so many seconds at most."""
    until = time.monotonic() + within
    while (found := of_this_test(but)) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def run(workspace: storage.Workspace, workers: int, apart: bool) -> dict[str, Any]:
    """Run the network, and give what was said, the memory held here, what is left, and how long it took.

    Notebooks are run by threads of this process, whose memory is looked at, or `apart` in processes as commands do.
    """
    said, begun = [], time.monotonic()
    with held():
        try:
            with nullcontext() if apart else ThreadPoolExecutor(workers) as executor:
                run_network(workspace, "example", workers=workers, executor=executor)
        except UserError as error:
            said = [str(problem) for problem in error.problems]
        seconds = time.monotonic() - begun
        source = forking.SOURCES._source
        remaining = left({os.getpid(), source.process.pid} if source else {os.getpid()}, GONE_WITHIN)
    return {
        "said": said, "left": remaining, "seconds": seconds,
        "held": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def main(folder: Path, names: list[str], workers: int, apart: bool) -> None:
    """Make the network with notebooks of these names and a well-behaved one, and run it."""
    workspace = make_workspace(folder)
    well_behaved(workspace)
    for name in names:
        write_notebook(workspace, name, FAULTS[name].cell, schema=FAULTS[name].schema)
    print(json.dumps(run(workspace, workers, apart)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[4:], int(sys.argv[2]), sys.argv[3] == "apart")
