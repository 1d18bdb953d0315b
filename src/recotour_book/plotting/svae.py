"""Pictures of the chapter on SVAE: what a test asks for, what a code costs, what changes bring."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import cdae, marks
from recotour_book.plotting.style import COLOURS, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

# Kinds of rows, the first ones first in the legend.
_LOOKS: Final = (("blue", "o"), ("vermillion", "s"), ("green", "D"))


def moments(ax: "Axes", cells: Numbers, title: str, day: float | None = None) -> None:
    """Draw what each click of a few people is for, along the calendar.

    Parameters
    ----------
    ax
        Where to draw.
    cells
        (n_users, n_days): 0 where nothing was clicked, 1 to train, 2 shown, 3 asked for.
    title
        Of the panel.
    day
        Where the calendar is cut, if it is.
    """
    cdae.protocol(ax, cells, title, across="time")
    if day is not None:
        marks.cut(ax, day)


def prices(ax: "Axes", table: pd.DataFrame, level: float) -> None:
    """Draw what predictions cost, alone and with the divergence, over the weight β.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Indexed by β, with the columns `likelihood` (negative, in nats) and `divergence`.
    level
        The least that one distribution for everybody can cost, in nats.
    """
    lines = {
        "prediction": (table["likelihood"], "reconstruction", "o"),
        "prediction + divergence": (table["likelihood"] + table["divergence"], "elbo", "s"),
    }
    for name, (values, what, marker) in lines.items():
        colour, line = quantity(what)
        ax.plot(table.index, values, line, marker=marker, color=colour, linewidth=2, label=name)
    marks.exact(ax, level, "popularity", "--")
    ax.set(xscale="log", xlabel="weight β of the divergence", ylabel="nats a click")
    ax.set_xticks(list(table.index), [f"{beta:g}" for beta in table.index])
    ax.set_xticks([], minor=True)
    ax.set_ylim(bottom=0)
    marks.legend_above(ax, 3)


def worth(ax: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw what each change is worth, a row a change; a dot is filled where its interval is clear.

    A change of which nothing is known has its row, and no dot.

    Parameters
    ----------
    ax
        Where to draw.
    table
        `mean`, `low`, `high` and `kind`, which gives the colour; indexed by the change.
    label
        What the differences are in.
    """
    marks.no_difference(ax)
    places = np.arange(len(table))[::-1]
    kinds = list(dict.fromkeys(table["kind"]))
    for kind, (hue, marker) in zip(kinds, _LOOKS, strict=False):
        ax.plot([], [], marker, color=COLOURS[hue], label=kind)
    looks = dict(zip(kinds, _LOOKS, strict=False))
    for place, (_, row) in zip(places, table.iterrows(), strict=True):
        if np.isnan(row["mean"]):
            continue
        hue, marker = looks[row["kind"]]
        fill = marks.face(COLOURS[hue], row["low"] > 0 or row["high"] < 0)
        look = COLOURS[hue], marker
        marks.dot_with_interval(ax, float(place), row, look, markerfacecolor=fill)
    marks.rows(ax, places, list(table.index))
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(label)
    marks.legend_above(ax, 3)
