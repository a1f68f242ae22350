"""Memory of the kernels that notebooks run in: what each may take, and what is known when there is none left.

A limit holds on Linux alone, where one process may set another's. It is one on what a kernel asks for and may write to,
so that the cell that asks for too much fails, and neither the machine nor another notebook.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

#: What the libraries of a kernel ask for, in megabytes: Arrow's allocator a thousand, of which it uses few.
LIBRARIES = 1_500

#: What is left to a kernel that has come up to its limit, so that it can still tell of it.
TO_TELL = 200

_MEGABYTE = 1_000_000


def limit(process: int, megabytes: int) -> None:
    """Let a process, and each that it starts, take so much beyond what libraries ask for; 0 sets no limit."""
    try:
        import resource

        set_for = resource.prlimit
    except (ImportError, AttributeError):  # Windows, macOS
        return
    most = (LIBRARIES + megabytes) * _MEGABYTE
    _, allowed = resource.getrlimit(resource.RLIMIT_DATA)
    if megabytes and (allowed == resource.RLIM_INFINITY or most + TO_TELL * _MEGABYTE < allowed):
        with suppress(ProcessLookupError, PermissionError):  # it has ended, which is told elsewhere, or none is allowed
            set_for(process, resource.RLIMIT_DATA, (most, most + TO_TELL * _MEGABYTE))


def killed_for_want() -> int | None:
    """How many processes the system has killed for want of memory since it was started, where it says so."""
    try:
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines())
    except OSError:
        return None
    return int(counts["oom_kill"]) if "oom_kill" in counts else None


def why_died(killed_before: int | None) -> str:
    """What may be said of why a process died, by how many had been killed for want of memory before."""
    killed = killed_for_want()
    if killed is None or killed_before is None:
        return ", perhaps for want of memory"
    if killed == killed_before:
        return ", though not for want of memory as far as this machine says"
    return f": meanwhile the system killed something for want of memory; {of_machine()}"


def of_machine() -> str:
    """What the machine has, as it is said."""
    try:
        return f"the machine has {said(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES'))}"
    except (AttributeError, ValueError, OSError):  # Windows
        return "more than the machine had"


def said(size: int) -> str:
    """A number of bytes in megabytes."""
    return f"{size // _MEGABYTE:,} MB"
