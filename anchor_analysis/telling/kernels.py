"""Kernels of notebooks that are run: what went wrong in a cell leaves its kernel as an account, and nothing on stderr.

Taking texts out of a finished notebook would be too late: by then they have been sent, logged and saved. So the kernel
itself makes them. In JupyterLab the ordinary kernel is used, which shows the analyst everything.
"""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Mapping
from typing import Any

from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from traitlets import DottedObjectName, Type
from traitlets.utils.importstring import import_item

from anchor_analysis.telling.accounts import account, brief, type_name

#: What a kernel of this kind is started by, in the place of the module that Jupyter names.
LAUNCHER, THEIRS = "anchor_analysis.telling.launcher", "ipykernel_launcher"

#: What the kernel is started with so that it is of this kind, and keeps no history in the account's home.
ARGUMENTS = [
    f"--IPKernelApp.kernel_class={__name__}.QuietKernel",
    f"--IPKernelApp.outstream_class={__name__}.QuietStream",
    "--HistoryManager.enabled=False",
]


#: So much the cells of a notebook may show in all, in characters; each output and each line counts for some more.
SHOWS_AT_MOST, OF_EACH, OF_LINE = 20_000_000, 10_000, 100


class ShownTooMuch(BaseException):
    """Cells have shown more than their notebook may; no `except Exception` lets one go on after it."""


class Shown:
    """How much the cells of this kernel have shown."""

    def __init__(self) -> None:
        self.size = 0

    @property
    def too_much(self) -> bool:
        return self.size > SHOWS_AT_MOST

    def may_add(self, size: int) -> bool:
        """Whether so much more may be shown; what may not ends the cell that is running, and is shown nowhere."""
        before, self.size = self.too_much, self.size + size
        if self.too_much and threading.current_thread() is threading.main_thread():
            raise ShownTooMuch
        if self.too_much and not before:
            _interrupt()
        return not self.too_much


SHOWN = Shown()


def _interrupt() -> None:
    """Interrupt the cell that is running, also where it waits for what it has started."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _size(shown: Mapping[str, Any]) -> int:
    """The characters and lines of an output in all of its forms."""
    return OF_EACH + sum(_length(form if isinstance(form, str) else repr(form)) for form in shown.values())


def _length(text: str) -> int:
    return len(text) + OF_LINE * text.count("\n")


class QuietStream(OutStream):
    """A stream of a kernel; stderr, where libraries warn and log, goes nowhere."""

    _is_new = True

    def write(self, string: str) -> int:
        """Write to stdout as ever, as long as that is not too much, and to stderr not at all."""
        if self.name == "stderr" or not string:
            return len(string)
        size, self._is_new = _length(string) + OF_EACH * self._is_new, False
        return (super().write(string) or 0) if SHOWN.may_add(size) else len(string)

    def _flush(self) -> None:
        self._is_new = True  # what comes after is another output
        super()._flush()


class QuietPublisher(ZMQDisplayPublisher):
    """What shows things that a cell displays, as long as that is not too much."""

    def publish(self, data: Any, *arguments: Any, **named: Any) -> None:
        """Show something in all of its forms."""
        if SHOWN.may_add(_size(data)):
            super().publish(data, *arguments, **named)

    def clear_output(self, wait: bool = False) -> None:
        """Take away what the cell has shown; that counts as an output."""
        if SHOWN.may_add(OF_EACH):
            super().clear_output(wait=wait)


class QuietDisplayHook(ZMQShellDisplayHook):
    """What shows the value that a cell ends with, if that is not too much."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Show the value in all of its forms."""
        if SHOWN.may_add(_size(format_dict)):
            super().write_format_data(format_dict, md_dict)


class QuietShell(ZMQInteractiveShell):
    """A shell that tells of errors by their accounts, whichever way IPython would have shown them."""

    displayhook_class = Type(QuietDisplayHook)
    display_pub_class = Type(QuietPublisher)
    told: dict[str, Any] | None = None
    tracer = DottedObjectName(help="Notes on an error which rows it speaks of.").tag(config=True)

    def showtraceback(self, exc_tuple: Any = None, *arguments: Any, **named: Any) -> None:
        """Tell of an error: also of groups, which IPython prints, and of those that cannot be formatted."""
        self._tell(self._get_exc_info(exc_tuple)[1])

    def showsyntaxerror(self, *arguments: Any, **named: Any) -> None:
        """Tell of a cell, or a text, that is no Python, without the text."""
        self._tell(self._get_exc_info()[1])

    def show_usage_error(self, exc: BaseException) -> None:
        """Tell of a magic that was used wrongly."""
        self._tell(exc)

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self._tell(evalue)

    def tell_of_too_much(self) -> None:
        """Tell that too much was shown, of a cell that has ended well nevertheless."""
        self._tell(ShownTooMuch())

    def _tell(self, error: BaseException) -> None:
        if SHOWN.too_much:  # whatever came of that
            error = ShownTooMuch()
        if isinstance(error, MemoryError):
            _allow_what_is_left()
        if self.tracer:
            import_item(self.tracer)(error)
        lines, said = account(error).splitlines(), "" if _ends_well(error) else brief(error)
        self.told = {"ename": type_name(error), "evalue": said, "traceback": lines}
        super()._showtraceback(type(type_name(error), (), {}), said, lines)


def _allow_what_is_left() -> None:
    """Let a kernel that has come up to its limit of memory take what was left to it, so that it can tell of that."""
    try:
        import resource
    except ImportError:  # Windows, where there is no limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _ends_well(error: BaseException) -> bool:
    """Papermill takes a cell that left with nothing or 0 as done."""
    return isinstance(error, SystemExit) and error.code in (None, 0)


class QuietKernel(IPythonKernel):
    """A kernel whose replies tell of errors as its shell does."""

    shell_class = Type(QuietShell)

    async def do_execute(self, *arguments: Any, **named: Any) -> Any:
        """Run a cell; the reply on one that failed has the account of it, or nothing."""
        shell: Any = self.shell
        shell.told = None
        try:
            reply = await super().do_execute(*arguments, **named)
        except ShownTooMuch:  # by what is shown when a cell has ended, such as its figures
            reply = {"status": "ok", "execution_count": shell.execution_count}
        if SHOWN.too_much and reply["status"] != "error":
            shell.tell_of_too_much()
            reply["status"] = "error"
        if reply["status"] == "error":
            reply |= shell.told or {"ename": "Error", "evalue": "", "traceback": []}
        return reply


class QuietApp(IPKernelApp):
    """The program of a kernel, which drops no output where they come faster than they are read."""

    def init_iopub(self, context: Any) -> None:
        """Open the socket for outputs; how many may wait in it is limited by what may be shown."""
        context.sndhwm = 0
        super().init_iopub(context)
        context.sndhwm = 1_000  # as ever
