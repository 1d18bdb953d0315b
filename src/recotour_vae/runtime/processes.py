"""Processes of ours: they end with the one that started them, and see nothing of its folder."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

PARENT: Final = "RECOTOUR_VAE_PARENT"  # number of the process to end with
_PR_SET_PDEATHSIG: Final = 1  # of prctl(2)
POLL_SECONDS: Final = 0.5  # seconds, where the system does not tell


def cores() -> int:
    """Count the processors that this process may use, one at least."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def child_environment() -> dict[str, str]:
    """Give the variables of the environment that processes of ours are started with.

    They know whom to end with. The working folder is not on their path, as `-m` and `-c` would
    have it, or a random.py that lies there would be taken for Python's own.
    """
    variables = {PARENT: str(os.getpid()), "PYTHONSAFEPATH": "1"}
    home = Path(__file__).parents[2]
    if home == Path.cwd():  # the library itself may have been found only there
        variables["PYTHONPATH"] = os.pathsep.join(
            filter(None, [os.getenv("PYTHONPATH"), str(home)])
        )
    return variables


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


def initialise_worker(*modules: str) -> None:
    """Begin as a process of a pool: Ctrl-C is for the first one to handle; load some modules."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    for name in modules:
        import_module(name)


def end_with_parent() -> None:
    """End this process when the one that started it ends, and at once when it already has.

    It is ended by SIGKILL, which no library can put off and no computation delays: whatever is
    written here is written all or nothing, and nobody is left who could read a last word.
    """
    parent = int(os.environ.get(PARENT, os.getppid()))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    _end_without(parent)  # it may have ended before it could be watched


def _watch(parent: int) -> None:
    while True:
        time.sleep(POLL_SECONDS)
        _end_without(parent)


def _end_without(parent: int) -> None:
    """End where somebody else has taken this process in, as happens to orphans."""
    if os.getppid() != parent:
        os._exit(1)
