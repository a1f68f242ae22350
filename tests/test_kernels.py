"""Kernels that notebooks run in: forked ones show what ordinary ones do, are shut off, and leave nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from jupyter_client.kernelspec import KernelSpecManager

from anchor_analysis import storage
from anchor_analysis.running import forking
from anchor_analysis.running.executing import plain
from anchor_analysis.running.kernels import PrivateKernelManager

pytestmark = pytest.mark.skipif(not forking.CAN_FORK, reason="kernels are forked on Linux alone")

MANAGER = "anchor_analysis.running.kernels.PrivateKernelManager"

#: Cells in whose outputs a kernel that is not quite an ordinary one has shown.
SOURCES = {
    "pictures": [
        "import matplotlib.pyplot as plt", "line = plt.plot([1, 3, 2])",
        "plt.figure(figsize=(2, 1))\nbars = plt.bar([1], [2])",
    ],
    "frames": [
        "import pandas as pd", "wide = pd.DataFrame({f'column {n}': [n] * 100 for n in range(40)})", "wide",
        "print(wide)", "wide.describe()", "pd.Series(['£1', 'ß'])",
    ],
    "charts": [
        "import seaborn", "axes = seaborn.lineplot(x=[1, 2, 3], y=[2, 1, 3])",
        "from IPython.display import HTML, display\ndisplay(HTML('<p>x</p>'), {'a': 1})",
    ],
    "states": [
        "import sys, locale, signal, decimal, warnings", "sys.path[0], sys.flags, sys.getrecursionlimit()",
        "import pandas, numpy, matplotlib, seaborn\nstr(pandas._config.config._global_config)",
        "{name: str(value) for name, value in matplotlib.rcParams.items()}", "numpy.get_printoptions()",
        "str(locale.getlocale()), decimal.getcontext(), signal.getsignal(signal.SIGTERM)",
        "sorted(map(str, warnings.filters)), sorted(vars(sys.modules['__main__']))",
    ],
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _cleared_away():
    yield
    forking.SOURCES.close()


def notebook(folder: Path, *sources: str) -> Path:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    path = folder / "notebook.ipynb"
    storage.write_text(path, nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})))
    return path


def executed(path: Path, **how) -> str:
    """The bytes of a notebook after it has run."""
    ran = papermill.execute_notebook(
        str(path), None, kernel_name="python3", language="python", progress_bar=False, start_timeout=300, **how
    )
    return nbformat.writes(plain(ran))


def texts(written: str) -> list[str]:
    cells = json.loads(written)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return ["".join(output.get("text") or output["data"]["text/plain"]) for output in outputs]


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_shown_is_what_plain_papermill_shows_to_the_byte(tmp_path, monkeypatch, name):
    path = notebook(tmp_path, *SOURCES[name])
    forked = executed(path, kernel_manager_class=MANAGER, shutdown_kernel="immediate")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert forked == executed(path)


def test_the_process_that_kernels_come_from_has_one_thread_and_draws_no_picture(tmp_path):
    """Nothing that a child would have half of."""
    source = forking.SOURCES.get(os.environ)
    assert source.ask(do="poll", kernel=0) == [0, 0]  # it answers when all is imported
    process = Path(f"/proc/{source.process.pid}")
    assert len(list((process / "task").iterdir())) == 1
    opened = [os.readlink(path) for path in (process / "fd").iterdir()]
    assert [name for name in opened if not name.startswith(("/dev/null", "socket:"))] == []
    assert sum(name.startswith("socket:") for name in opened) == 1


async def _manager() -> PrivateKernelManager:
    manager = PrivateKernelManager(kernel_name="python3")
    await manager.start_kernel()
    return manager


def asked(*sources: str):
    """A kernel with what cells print in it, and what is found of it from outside while it runs."""

    async def run() -> tuple[PrivateKernelManager, list[str], dict]:
        manager = await _manager()
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=300)
            said: list[str] = []
            for source in sources:
                await client.execute_interactive(
                    source,
                    timeout=300,
                    output_hook=lambda message: said.append(str(message["content"].get("text", ""))),
                )
            return manager, [text for text in said if text], seen_from_outside(manager)
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
            await manager.cleanup_resources()

    return asyncio.run(run())


def seen_from_outside(manager: PrivateKernelManager) -> dict:
    pid = manager.provisioner.process.pid
    sockets = {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in storage.read_text(Path(f"/proc/{pid}/net/{table}")).splitlines()[1:]
        if line.split()[3] == "0A" and f"socket:[{line.split()[9]}]" in sockets
    ]
    folder = Path(manager.connection_file).parent
    mode = stat.S_IMODE(folder.stat().st_mode) & 0o777
    return {
        "pid": pid, "listening": listening, "encrypted": manager.curve_secretkey is not None, "folder": folder,
        "mode": mode, "sockets": len([p for p in folder.iterdir() if p.is_socket()]),
        "forked": isinstance(manager.provisioner.process, forking.Forked),
    }  # fmt: skip


def alive(pid: int) -> bool:
    """Whether there is a process of this number that is not just waiting to be told of."""
    try:
        return ") Z " not in storage.read_text(Path(f"/proc/{pid}/stat"))
    except FileNotFoundError:
        return False


def children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(storage.read_text(path).rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_a_forked_kernel_talks_through_files_in_a_folder_of_its_owner_alone():
    _, _, seen = asked("1")
    assert seen["forked"] and len(seen["listening"]) <= 1  # where ipykernel takes what processes of a cell print
    assert on_loopback(seen)
    assert seen["mode"] == 0o700 and seen["sockets"] == 5 and seen["encrypted"]


def test_where_files_cannot_be_used_a_kernel_listens_on_loopback_alone_and_encrypted(monkeypatch):
    monkeypatch.setattr("anchor_analysis.running.kernels.LONGEST_SOCKET", 0)
    _, _, seen = asked("1")
    assert len(seen["listening"]) >= 5
    assert on_loopback(seen) and seen["encrypted"]


def on_loopback(seen: dict) -> bool:
    return {address.partition(":")[0] for address in seen["listening"]} <= {"0100007F"}  # 127.0.0.1


def test_nothing_is_left_of_a_kernel():
    _, _, seen = asked("import subprocess; subprocess.Popen(['sleep', '600'])", "print(1)")
    assert not alive(seen["pid"]) and not seen["folder"].exists()
    assert children(forking.SOURCES.get(os.environ).process.pid) == []
    sleeping = [
        path for path in Path("/proc").glob("[0-9]*/cmdline") if "sleep\0600" in path.read_text("utf-8", "replace")
    ]
    assert sleeping == []  # what a cell has started goes with it


def test_every_notebook_has_a_kernel_of_its_own():
    first, second = asked("kept = 1; import os; print(os.getpid())"), asked("print('kept' in dir())")
    assert first[2]["pid"] != second[2]["pid"] and second[1] == ["False\n"]


def test_random_numbers_of_two_kernels_differ():
    drawn = "import random, numpy; print(random.random(), numpy.random.random())"
    (_, one, _), (_, other, _) = asked(drawn), asked(drawn)
    assert not set(one[0].split()) & set(other[0].split())


def test_a_kernel_can_be_interrupted_and_goes_on():
    async def run() -> list[str]:
        manager = await _manager()
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=300)
            # what comes right after a cell that failed is turned down, unless that cell is asked not to stop others
            sleeping = "print('begun', flush=True); import time; time.sleep(600)"
            asked_for = client.execute(sleeping, stop_on_error=False)
            while (await client.get_iopub_msg(timeout=300))["content"].get("text") != "begun\n":
                continue
            await manager.interrupt_kernel()
            reply = await client.get_shell_msg(timeout=300)
            while (
                reply["parent_header"].get("msg_id") != asked_for
            ):  # where it was slow, it was asked twice if it is ready
                reply = await client.get_shell_msg(timeout=300)
            said: list[str] = []
            await client.execute_interactive(
                "print('still here')", timeout=300, output_hook=lambda one: said.append(one["content"].get("text", ""))
            )
            return [reply["content"]["ename"], *filter(None, said)]
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
            await manager.cleanup_resources()

    assert asyncio.run(run()) == ["KeyboardInterrupt", "still here\n"]


def test_without_the_process_that_they_are_forked_from_kernels_are_ordinary_ones(monkeypatch):
    monkeypatch.setattr(forking.zygote, "__file__", "/nowhere/zygote.py")
    forking.SOURCES.close()
    _, said, seen = asked("print(1)")
    forking.SOURCES.close()
    assert said == ["1\n"] and not seen["forked"] and seen["sockets"] == 5


def test_who_wants_ordinary_kernels_gets_them(monkeypatch):
    monkeypatch.setenv(forking.FORKED_KERNELS, "0")
    assert not asked("1")[2]["forked"]


SLEEPER = """
import asyncio, sys
from anchor_analysis.running.kernels import PrivateKernelManager
async def run():
    manager = PrivateKernelManager(kernel_name="python3")
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=300)
    print(manager.provisioner.process.pid, manager.provisioner.process.source.process.pid, flush=True)
    client.execute("import time; time.sleep(600)")
    await asyncio.sleep(600)
asyncio.run(run())
"""


def test_a_kernel_ends_with_the_process_that_runs_its_notebook_even_if_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, text=True) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2 and all(map(alive, pids))
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(alive, pids))


def test_where_the_process_that_they_are_forked_from_is_killed_its_kernels_end_and_the_next_is_an_ordinary_one():
    async def run() -> tuple[int, bool]:
        manager = await _manager()
        kernel = manager.provisioner.process.pid
        os.kill(manager.provisioner.process.source.process.pid, signal.SIGKILL)
        until = time.monotonic() + 60
        while alive(kernel) and time.monotonic() < until:
            await asyncio.sleep(0.1)
        dead = not await manager.is_alive()
        await manager.cleanup_resources()
        return kernel, dead

    kernel, dead = asyncio.run(run())
    assert dead and not alive(kernel)
    assert not asked("1")[2]["forked"]
    forking.SOURCES.close()
    assert asked("1")[2]["forked"]


def test_another_environment_has_kernels_of_another_process(monkeypatch):
    before = forking.SOURCES.get(os.environ).process.pid
    monkeypatch.setenv("ANCHOR_DRAFT", "elsewhere")
    assert forking.SOURCES.get(os.environ).process.pid == before
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert forking.SOURCES.get(os.environ).process.pid != before
    assert not alive(before)


def test_the_provisioner_is_one_that_jupyter_can_name(monkeypatch):
    declared = storage.read_text(storage.PACKAGE.parent / "pyproject.toml")
    assert 'anchor-forked = "anchor_analysis.running.forking:ForkedProvisioner"' in declared
    assert KernelSpecManager().get_kernel_spec("python3").metadata.get("supported_encryption") == ["curve"]
