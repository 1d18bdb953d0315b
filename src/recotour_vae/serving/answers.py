"""Requests in, lists out: several people are scored at once, by what `recommend` uses too."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Protocol

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import RecotourError
from recotour_vae.evaluation import metrics
from recotour_vae.runs import Run
from recotour_vae.runs.lookup import Catalogue
from recotour_vae.runs.run import shown_scores
from recotour_vae.serving.asked import Asked

CELLS: Final = 2**24  # scores that are computed at once: 64 MiB


class Serves(Protocol):
    """A run and the version of its model."""

    @property
    def run(self) -> Run:
        """Opened."""
        ...

    @property
    def version(self) -> str:
        """Of its model."""
        ...


@dataclass(frozen=True)
class Answer:
    """What a request gets.

    Attributes
    ----------
    lists
        Of each person `items`, best first, each with `item`, `title` and `score`, and the
        `unknown` names that were passed over.
    measure
        What the scores are: of a network with a softmax a `probability`, else a `score`.
    version
        Of the model that gave them.
    """

    lists: tuple[dict[str, Any], ...]
    measure: str
    version: str


@dataclass(frozen=True)
class _Read:
    """A request whose names are columns."""

    clicked: tuple[list[int], ...]  # columns of each person
    unknown: tuple[list[str], ...]
    hidden: Ints
    only: Ints | None
    k: int


def answer_all(
    served: Serves, asked: Sequence[Asked], together: int
) -> list[Answer | RecotourError]:
    """Answer requests, each by itself or with what is wrong with it.

    Parameters
    ----------
    served
        What answers.
    asked
        Requests of one or more people each.
    together
        People whose scores are computed at once; fewer where there are very many items.

    Returns
    -------
    list
        For each request its answer, or the error that refuses it; whoever has no item left gets
        an empty list.
    """
    found = [_read(served.run, one) for one in asked]
    good = [one for one in found if isinstance(one, _Read)]
    lists = iter(_lists(served.run, good, together))
    measure = _measure(served.run)
    return [
        Answer(tuple(next(lists) for _ in one.unknown), measure, served.version)
        if isinstance(one, _Read)
        else one
        for one in found
    ]


def _read(run: Run, asked: Asked) -> _Read | RecotourError:
    try:
        return _as_columns(run, asked)
    except RecotourError as error:
        return error


def _as_columns(run: Run, asked: Asked) -> _Read:
    catalogue, skips = run.catalogue, asked.unknown == "skip"
    metrics.top_k(np.zeros((0, run.split.n_items), np.float32), asked.k)  # refuses what is too long
    known = [_known(catalogue, one) if skips else (one, []) for one in asked.histories]
    clicked = tuple([] if skips and not names else catalogue.find_all(names) for names, _ in known)
    hidden = _columns(catalogue, asked.exclude, skips)
    only = None if asked.only is None else _columns(catalogue, asked.only, skips)
    return _Read(clicked, tuple(missing for _, missing in known), hidden, only, asked.k)


def _known(catalogue: Catalogue, names: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """Part names into those that the run knows, and the others."""
    there = {name: bool(catalogue.columns(name)) for name in names}
    return [name for name in names if there[name]], [name for name in names if not there[name]]


def _columns(catalogue: Catalogue, names: Sequence[str], skips: bool) -> Ints:
    wanted = _known(catalogue, names)[0] if skips else names
    return np.asarray([catalogue.find(name) for name in wanted], dtype=np.int64)


def _measure(run: Run) -> str:
    return shown_scores(run, np.zeros(run.split.n_items, np.float32))[0]


def _lists(run: Run, read: Sequence[_Read], together: int) -> list[dict[str, Any]]:
    """Make the list of each person of each request."""
    people = [(one, place) for one in read for place in range(len(one.clicked))]
    size = max(1, min(together, CELLS // max(1, run.split.n_items)))
    parts = (people[start : start + size] for start in range(0, len(people), size))
    return [one for part in parts for one in _lists_of_some(run, part)]


def _lists_of_some(run: Run, people: Sequence[tuple[_Read, int]]) -> list[dict[str, Any]]:
    clicks = _matrix([one.clicked[place] for one, place in people], run.split.n_items)
    scores = np.asarray(run.model.score(clicks))  # (n_people, n_items)
    left = metrics.without_fold_in(scores, clicks)
    for row, (one, place) in enumerate(people):
        _leave_what_may_be_shown(left[row], one, one.clicked[place])
    ranking = metrics.top_k(left, max(one.k for one, _ in people))
    return [
        {"items": _items(run, ranking[row, : one.k], scores[row]), "unknown": one.unknown[place]}
        for row, (one, place) in enumerate(people)
    ]


def _matrix(clicked: Sequence[list[int]], n_items: int) -> csr_matrix:
    ends = np.cumsum([0, *map(len, clicked)])
    columns = np.fromiter(chain.from_iterable(clicked), np.int32, ends[-1])
    ones = np.ones(len(columns), np.float32)
    return csr_matrix((ones, columns, ends), (len(clicked), n_items))


def _leave_what_may_be_shown(left: Floats, read: _Read, clicked: list[int]) -> None:
    """Put minus infinity at everything else, (n_items,); of somebody unknown at everything."""
    if not clicked:
        left[:] = -np.inf
    left[read.hidden] = -np.inf
    if read.only is not None:
        allowed = left[read.only]
        left[:] = -np.inf
        left[read.only] = allowed


def _items(run: Run, ranking: Ints, scores: Floats) -> list[dict[str, Any]]:
    """Lay out a list; scores are written as short as single precision allows."""
    columns = ranking[ranking >= 0].tolist()
    values = shown_scores(run, scores)[1][columns].astype(np.float32)
    return [
        {"item": str(run.split.items[column]), "title": run.titles[column], "score": float(text)}
        for column, text in zip(columns, values.astype(str), strict=True)
    ]
