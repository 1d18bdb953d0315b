"""The run that is served: opened, tried once, and told apart from the one that comes next."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recotour_vae.errors import RecotourError
from recotour_vae.files.whole import expanded
from recotour_vae.runs import Run, open_run
from recotour_vae.runs.layout import BEST, SPLIT, TITLES
from recotour_vae.serving.answers import answer_all
from recotour_vae.serving.asked import Asked

Mark = tuple[object, ...]  # equal as long as nothing in a folder has changed

_BLOCK: Final = 2**20


@dataclass(frozen=True, eq=False)
class Served:
    """A run that answers.

    Attributes
    ----------
    run
        Opened, with all that its items are looked up in.
    version
        Of the model: the first letters of its file's SHA-256.
    mark
        Of the folder when the model was read.
    """

    run: Run
    version: str
    mark: Mark


def open_served(folder: Path, framework: str = "") -> Served:
    """Open a run, and ask it once: what the first person would wait for is then made.

    The folder may be a link to one, which is followed once, so that all files are of one run.

    Raises
    ------
    CheckpointError, MissingPackageError
        As `runs.open_run`.
    RecotourError
        When its model refuses a person of whom clicks are known, as SVAE does.
    """
    mark, place = mark_of(folder), expanded(folder).resolve()
    run = open_run(place, framework)
    run.catalogue.ready()
    served = Served(run, _fingerprint(place / BEST), mark)
    _try(served)
    return served


def mark_of(folder: Path) -> Mark:
    """Describe the files of a run, so that others in their place are noticed."""
    place = expanded(folder).resolve()
    return (str(place), *(_described(place / name) for name in (BEST, SPLIT, TITLES)))


def _described(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _try(served: Served) -> None:
    """Answer somebody who clicked the first item, as anybody would be answered."""
    asked = Asked(((f"id:{served.run.split.items[0]}",),), k=1)
    (answer,) = answer_all(served, [asked], 1)
    if isinstance(answer, RecotourError):
        raise answer


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:12]
