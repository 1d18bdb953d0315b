"""Pictures of the embeddings chapter: one cycle, settings, films by their factors, newcomers."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.labels import name_points
from recotour_book.plotting.style import COLOURS, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

_HUES: Final = ("vermillion", "blue", "green", "violet")


def cycle(panels: "Sequence[Axes]", updates: Numbers, rates: Numbers, momenta: Numbers) -> None:
    """Draw the rate above and the momentum below, at each update.

    Parameters
    ----------
    panels
        Two, the rate's first.
    updates, rates, momenta
        (n_updates,).
    """
    looks = strokes("vermillion", "blue")
    names = ("learning rate", "momentum β₁")
    for ax, values, (colour, line), name in zip(
        panels, (rates, momenta), looks, names, strict=False
    ):
        ax.plot(updates, values, line, color=colour, linewidth=2)
        ax.set(ylabel=name, xlim=(updates[0], updates[-1]))
    panels[-1].set_xlabel("update")


def settings(ax: "Axes", table: pd.DataFrame, level: float, name: str) -> None:
    """Draw each setting's mean error with its interval and its runs, the first row on top.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a setting, columns `mean`, `low`, `high`, and `runs`, a list of values.
    level, name
        An error that all are held against, and what is written beside it.
    """
    places = np.arange(len(table))[::-1]
    for place, (_, row) in zip(places, table.iterrows(), strict=True):
        marks.dots(ax, row["runs"], np.full(len(row["runs"]), place + 0.22), 12, COLOURS["grey"])
        marks.dot_with_interval(ax, float(place), row, (COLOURS["blue"], "o"))
    ax.axvline(level, color=COLOURS["black"], linestyle="--", linewidth=1.2)
    marks.words(ax, name, (level, len(table) - 0.45), (4, 0), va="center")
    ax.set_yticks(places, list(table.index))
    ax.set(xlabel="mean squared error (left is better)", ylim=(-0.6, len(table) - 0.2))


def plane(ax: "Axes", places: Numbers, named: Mapping[int, str]) -> None:
    """Draw all films by two of their numbers, and the names of some.

    Parameters
    ----------
    ax
        Where to draw.
    places
        (n_films, 2).
    named
        Row -> name.
    """
    rows = list(named)
    marks.dots(ax, places[:, 0], places[:, 1], 8, COLOURS["grey"], alpha=0.45)
    marks.dots(ax, places[rows, 0], places[rows, 1], 32, COLOURS["vermillion"])
    ax.margins(x=0.12, y=0.08)
    name_points(ax, places[rows], list(named.values()))


def newcomers(ax: "Axes", curves: Mapping[str, pd.DataFrame], log: float = 1.0) -> None:
    """Draw a measure against how many ratings a newcomer gives, a line a kind of films.

    Parameters
    ----------
    ax
        Where to draw.
    curves
        Name -> a table with `mean` and, for a band, `low` and `high`; its index the numbers of
        ratings.
    log
        Up to where the axis is even; beyond it is in decades.
    """
    looks = strokes(*_HUES)
    for (name, table), (colour, line), marker in zip(curves.items(), looks, "osD^", strict=False):
        n = table.index.to_numpy()
        if "low" in table:
            marks.band(ax, n, table["low"], table["high"], colour)
        ax.plot(n, table["mean"], line, marker=marker, color=colour, linewidth=2, label=name)
    ax.set_xscale("symlog", linthresh=log)
    counts = next(iter(curves.values())).index
    ax.set_xticks(counts, [f"{n:g}" for n in counts], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlabel("ratings that a newcomer gives")
