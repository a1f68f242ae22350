"""The kernel manager for notebooks: nobody else on the machine can listen in, and no error tells of a row."""

import subprocess
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from traitlets import default

from anchor_analysis.telling.kernels import ARGUMENTS


class PrivateKernelManager(AsyncKernelManager):
    """Kernels whose channels are encrypted where the kernel declares that it can be; on loopback only.

    They tell of what goes wrong in a cell without values, and what they write past the notebook, to the streams of the
    process itself, is shown nowhere.
    """

    @default("transport_encryption")
    def _encrypted_where_possible(self) -> str:
        return "auto"

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """The command that starts a kernel of the quiet kind."""
        return [*super().format_kernel_cmd(extra_arguments), *ARGUMENTS]

    async def _async_launch_kernel(self, kernel_cmd: list[str], **named: Any) -> None:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super()._async_launch_kernel(kernel_cmd, **named | streams)

    _launch_kernel = _async_launch_kernel
