"""Pictures of the metrics chapter: lists, discounts, intervals, and what sampling does."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import (
    COLOURS,
    GREYS,
    QUANTITIES,
    SMALL,
    WHITE,
    colour_of,
    strokes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]


def draw_lists(
    ax: "Axes", lists: Mapping[str, Sequence[str]], hits: Sequence[Sequence[int]], k: int
) -> None:
    """Draw each user's ranked list as boxes, hits in colour, with a rule after place k.

    Parameters
    ----------
    ax
        Where to draw.
    lists
        For each user the items, best first.
    hits
        For each user, whether each place holds a held-out click.
    k
        Where the metrics stop looking.
    """
    for y, (items, hit) in enumerate(zip(lists.values(), hits, strict=True)):
        colours = [QUANTITIES["held-out"] if h else GREYS["faint"] for h in hit]
        ax.barh([y] * len(items), 0.86, 0.6, np.arange(len(items)) + 0.57, color=colours)
        for place, (item, h) in enumerate(zip(items, hit, strict=True), start=1):
            text, ink = (f"{item} ✓", WHITE) if h else (item, COLOURS["black"])
            ax.text(place, y, text, ha="center", va="center", color=ink, fontsize=SMALL)
    marks.cut(ax, k + 0.5)
    longest = max(map(len, lists.values()))
    ax.set(xlabel="place", xticks=range(1, longest + 1))
    ax.set(xlim=(0.45, longest + 0.55), ylim=(len(lists) - 0.5, -0.5))
    ax.set_yticks(range(len(lists)), list(lists))
    ax.grid(visible=False)


def discounts(ax: "Axes", k: int, cut: int = 20) -> None:
    """Draw what a hit at each place is worth to NDCG, reciprocal rank and Recall@cut.

    Parameters
    ----------
    ax
        Where to draw.
    k
        Number of places drawn.
    cut
        Where recall stops counting.
    """
    place = np.arange(1, k + 1)
    curves = {
        "NDCG: 1 / log2(place + 1)": 1 / np.log2(place + 1),
        f"Recall@{cut}: 1, then 0": (place <= cut).astype(float),
        "reciprocal rank: 1 / place": 1 / place,
    }
    for (label, worth), (colour, line) in zip(curves.items(), strokes(), strict=False):
        ax.plot(place, worth, line, color=colour, linewidth=2, label=label)
    ax.set(xlabel="place of the hit", ylabel="worth of a hit", xlim=(1, k), ylim=(0, 1.05))
    ax.legend()


def intervals(ax: "Axes", table: pd.DataFrame, metric: str) -> None:
    """Draw a mean with its interval on each row.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a model, with columns `mean`, `low` and `high`. A row named "EASE, ..." has the
        colour of EASE.
    metric
        Name of what was measured, for the axis.
    """
    for y, (name, row) in enumerate(table.iterrows()):
        look = colour_of(str(name), COLOURS["grey"]), "o"
        marks.dot_with_interval(ax, y, row, look, width=3)
    ax.set_yticks(range(len(table)), [str(name) for name in table.index])
    ax.set(xlabel=metric, ylim=(len(table) - 0.5, -0.5))
    ax.grid(visible=False, axis="y")


def one_against_other(ax: "Axes", per_user: pd.DataFrame, ties: bool = True) -> None:
    """Draw a dot a user: the first column across, the second upwards.

    Parameters
    ----------
    ax
        Where to draw.
    per_user
        A row a user, two columns with values between 0 and 1.
    ties
        Draw the line on which both are equal.
    """
    across, up = per_user.columns
    values = per_user.to_numpy()
    if ties:
        ax.plot([0, 1], [0, 1], color=COLOURS["black"], linewidth=1, linestyle="--")
    marks.dots(ax, values[:, 0], values[:, 1], 22, COLOURS["blue"], alpha=0.6)
    ax.set(xlabel=across, ylabel=up, xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")


def hit_chances(ax: "Axes", curves: Mapping[str, Numbers], up_to: int) -> None:
    """Draw the chance that a held-out item counts as a hit, against its place in the full list.

    Parameters
    ----------
    ax
        Where to draw.
    curves
        For each protocol the chance at place 1, 2, 3 and so on.
    up_to
        Last place drawn.
    """
    place, looks = np.arange(1, up_to + 1), strokes("vermillion", "blue", "green")
    for (label, chance), (colour, line) in zip(curves.items(), looks, strict=False):
        ax.plot(place, chance[:up_to], line, color=colour, linewidth=2, label=label)
    ax.set(xlabel="place in the full list", ylabel="chance of a hit", ylim=(-0.03, 1.05))
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    marks.legend_above(ax, 1)
