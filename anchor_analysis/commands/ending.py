"""Ending a command that is told to end, by Ctrl-C or by the system: with one line, in seconds, and all that it started.

What it was making is not there then, and what was there stays; the next command clears away what is left and goes on.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: The signals by which a command is told to end: Ctrl-C, a scheduler that stops it, a terminal that is closed.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

#: So long it may take to give up its work in order, in seconds; then it ends wherever it is.
IN_ORDER = 3.0

#: So long after it came to nothing a signal is given again, in seconds.
AGAIN = 0.05

_SAID = "Stopped. Nothing is there half made, and what was there stays; run it again, and it goes on from what is done."


#: The signal that this process was told to end by, once it was.
_told: list[int] = []


class Ended(BaseException):
    """The command was told to end by a signal; none of KeyboardInterrupt, by which libraries mean many things."""

    def __init__(self, number: int):
        self.number = number

    @property
    def code(self) -> int:
        """The exit code that shells know it by: 130 after Ctrl-C, 143 where the system asked."""
        return 128 + self.number


@contextmanager
def ends_when_told() -> Iterator[None]:
    """While this process is one command: a signal ends it, and everything that it has started.

    A second signal ends it at once. So does the first where what it does now lets nothing come between for too long.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = {number: signal.getsignal(number) for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, _end)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=_see_to_it, args=(ours,), daemon=True).start()
        with heeding():
            yield
    except Ended as ended:
        say_ended()
        leave(ended.code)
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        theirs.close()


@contextmanager
def heeding() -> Iterator[None]:
    """Raise Ended for whatever goes wrong once the command was told to end: libraries make other errors of that."""
    try:
        yield
    except BaseException as error:
        if _told and not isinstance(error, Ended):
            raise Ended(_told[0]) from None
        raise


def _end(number: int, frame: Any) -> None:
    """Give up what is being done; whatever else is said of that from now on is no news."""
    _told.append(number)
    for other in SIGNALS:
        signal.signal(other, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)
    sys.unraisablehook, threading.excepthook = _give_again, lambda about: None
    raise Ended(number)


def _give_again(about: Any) -> None:
    """Give a signal again that came in a place from which nothing can be raised, when that has been left."""
    if isinstance(about.exc_value, Ended):
        number = about.exc_value.number
        signal.signal(number, _end)
        threading.Timer(AGAIN, os.kill, (os.getpid(), number)).start()


def _see_to_it(signals: socket.socket) -> None:
    """End the process, in order or not, some time after a signal that ends it."""
    while told := signals.recv(1):
        if told[0] in SIGNALS:
            time.sleep(IN_ORDER)
            say_ended()
            leave(Ended(told[0]).code)


def say_ended() -> None:
    """Tell in one line what became of the command."""
    print(_SAID, file=sys.stderr, flush=True)


def leave(code: int) -> None:
    """End this process, and those of its pools, whatever they do; kernels end with whoever runs their notebooks."""
    from multiprocessing import active_children  # takes a moment, in which no signal would be heeded

    for child in active_children():
        child.kill()
    with suppress(OSError, ValueError):  # nobody may read any more what was printed
        sys.stdout.flush()
    os._exit(code)
