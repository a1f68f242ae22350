"""A pytest plugin: nbval's kernels talk through files of their own, so that two that start at once share no port."""

import os
import tempfile

from jupyter_client.manager import KernelManager
from nbval import kernel
from traitlets import default


class FileKernelManager(KernelManager):
    """Kernels on sockets in a folder of their own; relative names, the default, would differ from folder to folder."""

    @default("transport")
    def _by_files(self) -> str:
        return "ipc"

    @default("ip")
    def _own_folder(self) -> str:
        self._folder = tempfile.TemporaryDirectory(prefix="kernel")
        return os.path.join(self._folder.name, "kernel")


if os.name != "nt":
    kernel.KernelManager = FileKernelManager
