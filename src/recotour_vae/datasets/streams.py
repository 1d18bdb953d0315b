"""Bytes in: a text file is opened by what it holds, plain or gzipped, and given chunk by chunk."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from recotour_vae.errors import DataError

MARK = b"\xef\xbb\xbf"  # in front of UTF-8 as Windows writes it
_GZIP = b"\x1f\x8b"
# How files begin that are often called .csv, and are no text in UTF-8.
_NO_TEXT = {
    b"PK\x03\x04": "a zip archive or an Excel file",
    b"\xd0\xcf\x11\xe0": "an Excel file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"PAR1": "Parquet",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"SQLite format": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
}
_UNREADABLE = (OSError, EOFError, zlib.error)


def chunks(path: Path, size: int) -> Iterator[bytes]:
    r"""Give a text file in chunks of about `size` bytes, each line ended by ``\n``.

    A byte-order mark is left out. Line ends of Windows are changed into ``\n``, and so are those
    of old Macs in a file that has no others; any other carriage return is left where it is.

    Raises
    ------
    DataError
        The file cannot be read, or is no text.
    """
    old_mac = _is_old_mac(beginning(path))
    held = b""
    with _opened(path) as file:
        while chunk := file.read(size):
            chunk, held = held + chunk, b""
            if old_mac:
                chunk = chunk.replace(b"\r", b"\n")
            elif b"\r" in chunk:
                if chunk.endswith(b"\r"):  # its line feed may be in the next chunk
                    chunk, held = chunk[:-1], b"\r"
                chunk = _without_returns(chunk)
            if b"\0" in chunk:
                raise DataError(_zero_byte(path))
            yield chunk
    if held:
        yield b"\n"


BEGINNING = 1 << 18  # bytes in which the layout shows


def beginning(path: Path, size: int = BEGINNING) -> bytes:
    """Give the first bytes as they are, once they are known to be text."""
    with _opened(path) as file:
        start = file.read(size)
    for magic, what in _NO_TEXT.items():
        if start.startswith(magic):
            raise DataError(
                f"{path} cannot be read as a table (it is {what}, whatever its name says); save it "
                "as CSV in UTF-8"
            )
    if b"\0" in start:
        raise DataError(_zero_byte(path))
    return start


def as_utf8(block: bytes) -> tuple[bytes, int | None]:
    """Give the text in UTF-8, and the place of the first byte that was not.

    Bytes that are no UTF-8 are taken for Windows-1252, which is Latin-1 and some signs more, each
    by itself: a file may mix the two.
    """
    if block.isascii():
        return block, None
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        return block.decode("utf-8", errors=_LATIN).encode("utf-8"), error.start
    return block, None


def _latin(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    try:
        return byte.decode("cp1252"), error.start + 1
    except UnicodeDecodeError:  # five bytes have no letter there
        return byte.decode("latin-1"), error.start + 1


_LATIN = "recotour-latin"


codecs.register_error(_LATIN, _latin)


def _without_returns(chunk: bytes) -> bytes:
    letters = np.frombuffer(chunk, np.uint8)
    if (letters[1:][letters[:-1] == ord("\r")] == ord("\n")).all():
        return chunk.translate(None, b"\r")  # several times faster
    return chunk.replace(b"\r\n", b"\n")


def _is_old_mac(start: bytes) -> bool:
    return b"\n" not in start and b"\r" in start.rstrip(b"\r")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file past its byte-order mark, and say in one sentence why it cannot be read."""
    try:
        with path.open("rb") as file, _unzipped(file, path) as text:
            if text.read(len(MARK)) != MARK:
                text.seek(0)
            yield text
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{path} cannot be read as a table ({reason}); check that it is whole, and text in "
            "UTF-8"
        ) from error


@contextmanager
def _unzipped(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    start = file.read(len(_GZIP))
    file.seek(0)
    if start == _GZIP:
        with gzip.GzipFile(fileobj=file) as inside:
            yield inside  # type: ignore[misc]  # a reader of bytes in all but its declared type
    elif start and path.name.lower().endswith(".gz"):
        raise gzip.BadGzipFile("it is not gzipped, though its name ends with .gz")
    else:
        yield file


def _zero_byte(path: Path) -> str:
    with _opened(path) as file:
        line = next(number for number, line in enumerate(file, 1) if b"\0" in line)
    return (
        f"{path} cannot be read as a table (line {line:,} holds a byte of zero, so that it is "
        "damaged, or text in UTF-16); save it as text in UTF-8"
    )
