"""The terminal as it may be: closed, gone, full, or of an alphabet that lacks a letter."""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from recotour_vae.errors import ClosedOutputError, OutputError


class _Stream:
    """A stream that asks what to do when it cannot be written to."""

    def __init__(self, stream: Any, failed: Callable[[OSError], None]) -> None:
        self._stream, self._failed = stream, failed

    def write(self, text: str) -> int:
        """Write, or have failed."""
        with self._guarded():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is left, or have failed."""
        with self._guarded():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _discard(self._stream)  # or Python would try again, and complain, at its end
            self._failed(error)


@contextmanager
def safe_output() -> Iterator[None]:
    """Have output that fails end the command in a sentence, and bars and notes end nothing.

    Letters that a terminal does not have are shown as `?`.
    """
    before = sys.stdout, sys.stderr
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    out: Any = _Stream(sys.stdout, _raise_output_error)
    err: Any = _Stream(sys.stderr, lambda _: None)
    sys.stdout, sys.stderr = out, err
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _open_what_is_closed() -> None:
    """Let no file of ours take the number, and so the output, of a stream that is closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _discard(stream: Any) -> None:
    with suppress(OSError, ValueError):  # a stream in memory has no number
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _raise_output_error(error: OSError) -> None:
    if error.errno == errno.EPIPE:
        raise ClosedOutputError("Whoever read the output has closed it.") from error
    raise OutputError(
        f"The output could not be written ({error.strerror or error}); make room, or send it "
        "somewhere else."
    ) from error
