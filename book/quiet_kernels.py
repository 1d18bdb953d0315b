"""Kernels for `pytest --nbval book/` that keep out of each other's way, and of a person's.

A kernel that is begun beside others may never answer: between the moment when its ports are chosen
and that when it takes them another process can take one, and the history of what was typed is one
database of all kernels. So ours are spoken with through files in a folder of their own, remember
no history, and one that does not answer is ended and begun anew.
"""

import tempfile
from contextlib import suppress
from typing import Any
from uuid import uuid4

import nbval.kernel
import zmq
from jupyter_client.manager import KernelManager

TRIES = 3
_NO_HISTORY = ["--HistoryManager.enabled=False"]
_folder = tempfile.TemporaryDirectory(prefix="k")  # short: an address has 107 letters at most


class QuietKernel(KernelManager):
    """A kernel spoken with through files, without a history."""

    def __init__(self, **settings: Any) -> None:
        place = {"transport": "ipc", "ip": f"{_folder.name}/{uuid4().hex[:8]}"}
        super().__init__(**place if zmq.has("ipc") else {}, **settings)

    def start_kernel(self, **settings: Any) -> Any:
        """Start it; what it is told beside is nbval's."""
        return super().start_kernel(extra_arguments=_NO_HISTORY, **settings)


_start = nbval.kernel.start_new_kernel


def start(startup_timeout: float = 60, **settings: Any) -> Any:
    """Give manager and client of a kernel that answers, as nbval's `start_new_kernel`.

    Parameters
    ----------
    startup_timeout
        Seconds that all tries may take together.

    Raises
    ------
    RuntimeError
        When none answered.
    """
    for _ in range(TRIES - 1):
        with suppress(RuntimeError):
            return _start(startup_timeout / TRIES, **settings)
    return _start(startup_timeout / TRIES, **settings)


def keep_apart() -> None:
    """Have nbval start its kernels so."""
    nbval.kernel.KernelManager = QuietKernel
    nbval.kernel.start_new_kernel = start
