"""What a service counts, as Prometheus reads it: one row of numbers for each process.

A process writes into its own row only, and whoever is asked adds up all rows: no lock is needed,
and what a process has counted is still there when it is ended and another takes its place.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

ROUTES: Final = ("recommend", "batch", "health", "metrics", "page", "none")
STATUSES: Final = (200, 400, 404, 405, 408, 413, 422, 500, 503, 504)
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PEOPLE: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


@dataclass(frozen=True)
class Family:
    """Numbers of one name.

    Attributes
    ----------
    name, kind, about
        As Prometheus shows them: the kind is `counter`, `gauge` or `histogram`.
    labels
        Of each number, in curly brackets.
    bounds
        Of a histogram; its numbers are counts up to each bound, a count of all, and a sum.
    """

    name: str
    kind: str
    about: str
    labels: tuple[str, ...] = ("",)
    bounds: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return len(self.bounds) + 2 if self.bounds else len(self.labels)


_ANSWERED: Final = tuple(
    f'{{route="{route}",status="{status}"}}' for route in ROUTES for status in STATUSES
)
FAMILIES: Final = (
    Family("requests_total", "counter", "Requests answered.", _ANSWERED),
    Family("request_seconds", "histogram", "Time to answer a request for lists.", bounds=SECONDS),
    Family("people_together", "histogram", "People scored at once.", bounds=PEOPLE),
    Family("lists_total", "counter", "Lists sent."),
    Family("unknown_items_total", "counter", "Items of histories that the model does not know."),
    Family("swaps_total", "counter", "Models that took the place of an older one."),
    Family("failed_swaps_total", "counter", "Folders that changed and could not be opened."),
    Family("in_flight", "gauge", "Requests that are being answered."),
    Family("workers", "gauge", "Processes that answer."),
)
_FIRST: Final = dict(
    zip(
        (family.name for family in FAMILIES),
        np.cumsum([0, *(family.size for family in FAMILIES)]).tolist(),
        strict=False,
    )
)
SIZE: Final = sum(family.size for family in FAMILIES)
_GAUGES: Final = tuple(family.name for family in FAMILIES if family.kind == "gauge")
_PREFIX: Final = "recotour_"


class Counters:
    """The numbers of a service, of which this process writes one row.

    Parameters
    ----------
    rows
        Memory of all processes: `SIZE` numbers in double precision for each. None: of this one.
    own
        Which row is this process's.
    """

    def __init__(self, rows: Any = None, own: int = 0) -> None:
        memory = np.zeros(SIZE) if rows is None else np.frombuffer(rows, np.float64)
        self._rows = memory.reshape(-1, SIZE)
        self._own = self._rows[own]
        for name in _GAUGES:  # whoever wrote here before has ended
            self.set(name, 0)

    def add(self, name: str, number: float = 1) -> None:
        """Add to a number that has no labels."""
        self._own[_FIRST[name]] += number

    def set(self, name: str, number: float) -> None:
        """Set a number that has no labels."""
        self._own[_FIRST[name]] = number

    def answered(self, route: str, status: int) -> None:
        """Count a request."""
        known = status if status in STATUSES else (400 if status < 500 else 500)
        place = ROUTES.index(route) * len(STATUSES) + STATUSES.index(known)
        self._own[_FIRST["requests_total"] + place] += 1

    def observe(self, name: str, value: float) -> None:
        """Count a value in a histogram."""
        family = next(one for one in FAMILIES if one.name == name)
        first, n = _FIRST[name], len(family.bounds)
        self._own[first + bisect_left(family.bounds, value)] += 1  # the last is beyond all bounds
        self._own[first + n + 1] += value

    def total(self, name: str) -> float:
        """Give the sum of a name's numbers over labels and processes; of a histogram, its count."""
        family = next(one for one in FAMILIES if one.name == name)
        n = len(family.bounds) + 1 if family.bounds else family.size
        return float(self._rows[:, _FIRST[name] : _FIRST[name] + n].sum())

    def text(self, info: str = "") -> str:
        """Write all of them in Prometheus' format, version 0.0.4.

        Parameters
        ----------
        info
            Labels of a last line, which says what is served.
        """
        sums = self._rows.sum(axis=0)
        lines = [line for family in FAMILIES for line in _shown(family, sums)]
        if info:
            lines += _head("model_info", "gauge", "What is served by the process that was asked.")
            lines += [f"{_PREFIX}model_info{{{info}}} 1"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {_PREFIX}{name} {about}", f"# TYPE {_PREFIX}{name} {kind}"]


def _shown(family: Family, sums: Any) -> Iterator[str]:
    yield from _head(family.name, family.kind, family.about)
    numbers = sums[_FIRST[family.name] : _FIRST[family.name] + family.size].tolist()
    if family.bounds:
        yield from _histogram(family, numbers)
        return
    for label, number in zip(family.labels, numbers, strict=True):
        if number or not label:  # of the many routes and statuses, those that were met
            yield f"{_PREFIX}{family.name}{label} {number:g}"


def _histogram(family: Family, numbers: Sequence[float]) -> Iterator[str]:
    name, counts, total = f"{_PREFIX}{family.name}", np.cumsum(numbers[:-1]), numbers[-1]
    for bound, count in zip([*family.bounds, np.inf], counts.tolist(), strict=True):
        most = "+Inf" if bound == np.inf else f"{bound:g}"
        yield f'{name}_bucket{{le="{most}"}} {count:g}'
    yield f"{name}_sum {total:.10g}"
    yield f"{name}_count {counts[-1]:g}"


def label(text: str) -> str:
    """Write a text as the value of a label."""
    kept = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{kept}"'
