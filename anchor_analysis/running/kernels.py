"""The kernel manager for notebooks: nobody else on the machine can listen in, and no error tells of a row."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import zmq.asyncio
from jupyter_client.manager import AsyncKernelManager
from traitlets import Any as Anything
from traitlets import Dict, Int, default

from anchor_analysis import storage, telling
from anchor_analysis.running import memory
from anchor_analysis.running.forking import Forked, ForkedProvisioner
from anchor_analysis.telling.kernels import ARGUMENTS, LAUNCHER, THEIRS

#: How the name of a kernel's folder begins, before the number of the process that runs its notebook.
FOLDER = "anchor-kernel-"

#: What says in the environment of a kernel, and of what its cells start, which folder is the kernel's.
MARK = "ANCHOR_KERNEL"

#: What names the rows that an error of a cell speaks of.
TRACER = "--QuietShell.tracer=anchor_analysis.running.tracing.note_rows"

#: Longer paths of sockets are refused by some systems (104 bytes on the BSDs, 108 on Linux).
LONGEST_SOCKET = 90


class PrivateKernelManager(AsyncKernelManager):
    """Kernels that talk through files which only their owner can open, or else on loopback; encrypted where they can.

    They tell of what goes wrong in a cell without values, and what they write past the notebook, to the streams of the
    process itself, is shown nowhere. They are forked where that can be done (`forking`). A kernel's connection file
    and its sockets are in a folder of its own, which goes when it ends, and so does what its cells have started.
    """

    #: What is added to the environment of the kernel.
    variables = Dict().tag(config=True)

    #: What it may take of memory, in megabytes; 0 is no limit.
    memory_megabytes = Int(0).tag(config=True)

    #: Called when the kernel has ended with its exit code, or the signal below 0, and the most bytes that it held.
    on_end = Anything(None, allow_none=True).tag(config=True)

    _folders: ClassVar[set[Path]] = set()

    def __init__(self, *arguments: Any, **named: Any):
        self._folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))  # which nobody else may enter
        self._folders.add(self._folder)
        self._process: Any = None
        super().__init__(*arguments, **named)

    @classmethod
    def remove_folders(cls) -> None:
        """Remove the folders of all kernels of this process, and of processes that were killed."""
        while cls._folders:
            shutil.rmtree(cls._folders.pop(), ignore_errors=True)
        for path in Path(tempfile.gettempdir()).glob(f"{FOLDER}*-*"):
            process = path.name.removeprefix(FOLDER).partition("-")[0]
            if process.isdigit() and not storage.is_alive(int(process)):
                end_marked(path)
                shutil.rmtree(path, ignore_errors=True)

    @default("context")
    def _that_drops_nothing(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.rcvhwm = 0  # else outputs are dropped that come faster than they are read; how many come is limited
        return context

    @default("transport_encryption")
    def _encrypted_where_possible(self) -> str:
        return "auto"

    @default("connection_file")
    def _in_own_folder(self) -> str:
        return str(self._folder / "kernel.json")

    @default("transport")
    def _by_files_where_possible(self) -> str:
        return "ipc" if os.name == "posix" and len(str(self._folder)) < LONGEST_SOCKET else "tcp"

    @default("ip")
    def _own_sockets(self) -> str:
        return str(self._folder / "at") if self.transport == "ipc" else "127.0.0.1"

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """The command that starts a kernel of the quiet kind."""
        command = [LAUNCHER if word == THEIRS else word for word in super().format_kernel_cmd(extra_arguments)]
        return [*command, *ARGUMENTS, TRACER]

    async def _async_pre_start_kernel(self, **named: Any) -> tuple[list[str], dict[str, Any]]:
        if self.provisioner is None:
            self.provisioner = ForkedProvisioner(
                kernel_id=self.kernel_id or "", kernel_spec=self.kernel_spec, parent=self
            )
        with telling.into(self._folder):
            return await super()._async_pre_start_kernel(**named)

    pre_start_kernel = _async_pre_start_kernel

    async def _async_launch_kernel(self, kernel_cmd: list[str], **named: Any) -> None:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        named["env"] = named["env"] | self.variables | {MARK: str(self._folder)}
        await super()._async_launch_kernel(kernel_cmd, **named | streams)
        assert isinstance(self.provisioner, ForkedProvisioner)
        self._process = self.provisioner.process
        memory.limit(self._process.pid, self.memory_megabytes)

    _launch_kernel = _async_launch_kernel

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        code = self._process.poll() if self._process else None
        if self.on_end and code is not None:
            self.on_end(code, getattr(self._process, "held", None))
        if not restart:
            if not isinstance(self._process, Forked) or self._process.source.process.poll() is not None:
                end_marked(self._folder)  # there is no process to which what it left has fallen
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folders.discard(self._folder)

    cleanup_resources = _async_cleanup_resources


def end_marked(folder: Path) -> None:
    """Kill what was started by the cells of the kernel that had a folder, by their environment, on Linux."""
    mark = f"{MARK}={folder}\0".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended meanwhile, or is another user's
            if mark in path.read_bytes():
                os.kill(int(path.parent.name), signal.SIGKILL)
