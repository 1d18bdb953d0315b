"""Processes that a test starts: they end with it, and none is waited for without a bound."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from recotour_vae import errors

LIMIT = 300  # seconds: no process needs as many, be the machine as busy as it may
COMMAND = [sys.executable, "-m", "recotour_vae.cli"]
_FAMILY = "RECOTOUR_TESTS_FAMILY"


@contextmanager
def started(command: Sequence[object], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Start a process in a group of its own, and end the group at the end of the block."""
    usual: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(
        list(map(str, command)), start_new_session=True, text=True, **usual | options
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:  # not read to its end: somebody may still hold the other one
                with suppress(OSError):
                    pipe.close()
        process.wait(LIMIT)


def run_bounded(
    command: Sequence[object], timeout: float = LIMIT, **options: Any
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, which is made when it takes too long."""
    with started(command, **options) as process:
        out, err = process.communicate(timeout=timeout)
    return subprocess.CompletedProcess(list(command), process.returncode, out, err)


def wait_until(holds: Callable[[], object], what: str, limit: float = LIMIT) -> None:
    """Look again and again until something holds; fail where it does not for too long."""
    until = time.monotonic() + limit
    while not holds():
        if time.monotonic() > until:
            pytest.fail(f"{what}: not within {limit} seconds")
        time.sleep(0.02)


class Family:
    """A process and all that it and its children start, whatever sessions they are in; Linux."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self.environment = os.environ | {_FAMILY: self.name}

    def living(self) -> list[int]:
        """Give the numbers of those that run, and are not merely waiting to be counted out."""
        mark = f"{_FAMILY}={self.name}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just ended, or is somebody else's
                state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if mark in (folder / "environ").read_bytes() and state != "Z":
                    found.append(int(folder.name))
        return found

    def end(self) -> None:
        """End all that is left."""
        for number in self.living():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


def die(*_: object) -> None:
    """End as if for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(kind: str, sentence: str) -> None:
    """Raise one of the library's errors."""
    raise getattr(errors, kind)(sentence)


def passes() -> None:
    """Do nothing, but for the imports of this module."""
