"""What a command needs of the process that it is: names of files in UTF-8, streams that take any text, a home."""

from __future__ import annotations

import io
import os
import sys


def in_utf8() -> None:
    """Begin anew where Python takes names of files for another encoding than UTF-8, as in some locales.

    The same file would have another name from one machine to the next, or one that cannot be written down.
    """
    if sys.getfilesystemencoding() != "utf-8":
        shown = sys.stdout.encoding if sys.stdout else "utf-8"
        os.environ |= {"PYTHONUTF8": "1", "PYTHONIOENCODING": os.environ.get("PYTHONIOENCODING", shown)}
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def have_a_home() -> None:
    """Name a home where the account has none, which libraries do not foresee: the one that containers give to such."""
    if os.path.expanduser("~") == "~":
        os.environ["HOME"] = os.sep


def open_streams() -> None:
    """Have every standard stream, and one that takes any text.

    In place of one that was closed there is one that leads nowhere: otherwise the next file that is opened would take
    its number, and what a library writes to the stream would go into that file.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, "w" if number else "r", encoding="utf-8"))
        elif number and isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
