"""Kernels of notebooks that are run: what went wrong in a cell leaves its kernel as an account, and nothing on stderr.

Taking texts out of a finished notebook would be too late: by then they have been sent, logged and saved. So the kernel
itself makes them. In JupyterLab the ordinary kernel is used, which shows the analyst everything.
"""

from __future__ import annotations

from typing import Any

from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import DottedObjectName, Type
from traitlets.utils.importstring import import_item

from anchor_analysis.telling.accounts import account, brief, type_name

#: What the kernel is started with so that it is of this kind, and keeps no history in the account's home.
ARGUMENTS = [
    f"--IPKernelApp.kernel_class={__name__}.QuietKernel",
    f"--IPKernelApp.outstream_class={__name__}.QuietStream",
    "--HistoryManager.enabled=False",
]


class QuietStream(OutStream):
    """A stream of a kernel; stderr, where libraries warn and log, goes nowhere."""

    def write(self, string: str) -> int:
        """Write to stdout as ever, and to stderr not at all."""
        return len(string) if self.name == "stderr" else super().write(string) or 0


class QuietShell(ZMQInteractiveShell):
    """A shell that tells of errors by their accounts, whichever way IPython would have shown them."""

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

    def _tell(self, error: BaseException) -> None:
        if self.tracer:
            import_item(self.tracer)(error)
        lines, said = account(error).splitlines(), "" if _ends_well(error) else brief(error)
        self.told = {"ename": type_name(error), "evalue": said, "traceback": lines}
        super()._showtraceback(type(type_name(error), (), {}), said, lines)


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
        reply = await super().do_execute(*arguments, **named)
        if reply["status"] == "error":
            reply |= shell.told or {"ename": "Error", "evalue": "", "traceback": []}
        return reply
