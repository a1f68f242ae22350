"""The kernel manager for notebooks: nobody else on the machine can listen in."""

from jupyter_client.manager import AsyncKernelManager
from traitlets import default


class PrivateKernelManager(AsyncKernelManager):
    """Kernels whose channels are encrypted where the kernel declares that it can be; on loopback only."""

    @default("transport_encryption")
    def _encrypted_where_possible(self) -> str:
        return "auto"
