"""Kernels that are forked from one process which has imported what they need, as a Jupyter kernel provisioner.

Where nothing can be forked, or the process they are forked from does not come up, a kernel is started as ever. Which of
both it was shows in nothing but the time: `docs/decisions/0008-forked-kernels.md`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from anchor_analysis.running import zygote
from anchor_analysis.telling.kernels import LAUNCHER

#: Forking is safe where nothing runs beside the one thread that forks; frameworks of macOS start threads of their own.
CAN_FORK = sys.platform.startswith("linux")

#: Set to 0 by whoever wants ordinary kernels.
FORKED_KERNELS = "ANCHOR_FORKED_KERNELS"

#: So long the process may take to import everything, in seconds, on a machine that is busy.
STARTS_WITHIN = 120

#: So long it may take to kill its kernels and what they have started, before it is killed itself and that is left.
ENDS_WITHIN = 30

#: Where a kernel draws, which it tells matplotlib before that is imported.
INLINE = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}

#: One thread, also for linear algebra and for Arrow's memory: threads do not outlive a fork, and in linear algebra the
#: number of them may change last digits.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}  # fmt: skip

#: What of a kernel's environment may differ from one to the next; all else libraries may read while they are imported.
OF_ONE_KERNEL = ("ANCHOR_", "JPY_")


class Unavailable(Exception):
    """The process that kernels are forked from is not there."""


class Source:
    """The process that kernels are forked from, from the side of the one that has started it."""

    def __init__(self, environment: Mapping[str, str]):
        self.environment = lasting(environment)
        ours, theirs = socket.socketpair()
        ours.settimeout(STARTS_WITHIN)
        with theirs:
            command = [sys.executable, zygote.__file__, str(theirs.fileno())]
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=self.environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._socket, self._stream = ours, ours.makefile("rw", encoding="utf-8")
        self._one_at_a_time = threading.Lock()

    def ask(self, **request: Any) -> Any:
        """What the process answers; raises Unavailable where it does not, which it never will again."""
        with self._one_at_a_time:
            try:
                self._stream.write(f"{json.dumps(request)}\n")
                self._stream.flush()
                answer = self._stream.readline()
            except (OSError, ValueError) as error:
                self.close()
                raise Unavailable from error
            if not answer:
                self.close()
                raise Unavailable
            return json.loads(answer)

    def close(self) -> None:
        """End the process, and with it every kernel that was forked from it."""
        for end in (self._stream, self._socket):
            try:
                end.close()
            except OSError:
                continue
        try:
            self.process.wait(timeout=ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def lasting(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that is the same for all kernels of a run."""
    kept = {name: value for name, value in environment.items() if not name.startswith(OF_ONE_KERNEL)}
    return INLINE | kept | ONE_THREAD


class Sources:
    """The one process of this one that kernels are forked from, started when it is first needed."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._failed = False
        self._lock = threading.Lock()

    def get(self, environment: Mapping[str, str]) -> Source | None:
        """The process for kernels of this environment; another one takes its place where that has changed.

        None where kernels are not to be forked.
        """
        with self._lock:
            if self._failed or not CAN_FORK or os.environ.get(FORKED_KERNELS) == "0":
                return None
            if self._source and self._source.environment != lasting(environment):
                self._source.close()
                self._source = None
            self._source = self._source or Source(environment)
            return self._source

    def give_up(self) -> None:
        """Fork nothing until all is closed, since that did not work."""
        self._failed = True

    def close(self) -> None:
        """End the process; the next kernel starts another one."""
        with self._lock:
            if self._source:
                self._source.close()
            self._source, self._failed = None, False


SOURCES = Sources()


class Forked:
    """A forked kernel, with as much of `subprocess.Popen` as a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, source: Source, pid: int):
        self.source, self.pid = source, pid
        self.returncode: int | None = None
        self.held: int | None = None  # the most bytes of memory that it held

    def poll(self) -> int | None:
        """The exit code, or none while it runs. It is its parent's child, so only that can tell."""
        if self.returncode is None:
            try:
                self.returncode, self.held = self.source.ask(do="poll", kernel=self.pid) or (None, None)
            except Unavailable:  # and then the kernel has ended with it
                self.returncode = -int(signal.SIGKILL)
        return self.returncode

    def wait(self) -> int | None:
        """The exit code of a kernel that has ended."""
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended: its number may be another's by then."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkedProvisioner(LocalProvisioner):
    """Provides kernels by forking them, one for each notebook; ordinary ones where that is not to be had."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel; `cmd` is the command that an ordinary one is started by."""
        environment = kwargs["env"] | ONE_THREAD
        try:
            forked = await asyncio.to_thread(_fork, cmd, environment, str(kwargs.get("cwd") or os.getcwd()))
        except (Unavailable, OSError):
            SOURCES.give_up()
            forked = None
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs | {"env": environment})
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and to what it has started, if it has not ended."""
        if self.process is not None and self.process.poll() is None:
            await super().send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel, and wait the moment that this takes."""
        await super().kill(restart)
        for _ in range(20):
            if self.process is None or self.process.poll() is not None:
                return
            await asyncio.sleep(0.005)


def _fork(command: list[str], environment: Mapping[str, str], folder: str) -> Forked | None:
    """A kernel in the place of the one that a command would start; none where kernels are not to be forked."""
    source = SOURCES.get(environment) if LAUNCHER in command else None
    if source is None:
        return None
    arguments = command[command.index(LAUNCHER) :]
    return Forked(source, source.ask(do="start", arguments=arguments, environment=dict(environment), folder=folder))
