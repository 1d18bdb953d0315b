"""Pictures of the chapter on RecVAE: where codes lie, priors beside them, rungs of a ladder."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, GREYS, QUANTITIES, look, quantity, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]


def directions(ax: "Axes", variances: Numbers) -> None:
    """Draw the variance of codes along their principal directions, and the prior's, which is 1.

    Parameters
    ----------
    ax
        Where to draw.
    variances
        (latent,) eigenvalues of the covariance of the aggregate posterior, in any order.
    """
    ranks = np.arange(1, len(variances) + 1)
    falling = np.sort(variances)[::-1]
    colour, _ = quantity("q")
    ax.plot(ranks, falling, "o", color=colour, markersize=4, label="codes of people")
    colour, line = quantity("prior")
    ax.axhline(1, color=colour, linestyle=line, linewidth=2, label="standard normal")
    ax.set(yscale="log", xlabel="direction, by rank", ylabel="variance")
    ax.legend()


def priors(ax: "Axes", z: Numbers, codes: Numbers, curves: Mapping[str, Numbers]) -> None:
    """Draw where codes lie as an area, and priors over it as lines.

    Parameters
    ----------
    ax
        Where to draw.
    z
        (n,) places.
    codes
        Density of the codes there, (n,).
    curves
        Densities of priors there, (n,) each, by name; the first is the standard normal's.
    """
    ax.fill_between(z, codes, color=QUANTITIES["q"], alpha=0.25, linewidth=0, label="codes")
    looks = chain([quantity("prior")], strokes("vermillion", "blue", lines=("-", "-.")))
    for (name, values), (colour, line) in zip(curves.items(), looks, strict=False):
        ax.plot(z, values, linestyle=line, color=colour, linewidth=2, label=name)
    ax.set(xlabel="z", ylabel="density", ylim=(0, None))
    marks.legend_above(ax, columns=2)


def widths(ax: "Axes", clicks: Numbers, sigma: Mapping[str, Numbers], n_groups: int = 8) -> None:
    """Draw how wide posteriors are against how much people clicked, a line a model.

    Parameters
    ----------
    ax
        Where to draw.
    clicks
        (n_users,) clicks of each person.
    sigma
        (n_users,) standard deviation, mean over dimensions, by the name of the model.
    n_groups
        Groups of (nearly) as many people each, ordered by clicks; a mark is their median.
    """
    groups = np.array_split(np.argsort(clicks, kind="stable"), n_groups)
    places = [np.median(clicks[group]) for group in groups]
    for (name, values), (colour, line), marker in zip(
        sigma.items(), strokes("blue", "vermillion"), "os", strict=False
    ):
        middle = [np.median(values[group]) for group in groups]
        ax.plot(places, middle, marker, linestyle=line, color=colour, label=name)
    ax.set(xscale="log", xlabel="clicks of the person", ylabel="mean of σ over dimensions")
    ax.set_xticks([10, 20, 50, 100, 200], ["10", "20", "50", "100", "200"])
    ax.minorticks_off()
    ax.legend()


def rungs(ax: "Axes", table: pd.DataFrame, runs: Mapping[str, Sequence[float]]) -> None:
    """Draw rungs from the top down: a small dot a seed, the mean as a dot on its interval.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a rung, the lowest rung first, with `mean`, `low` and `high`.
    runs
        What each seed reached, by rung.
    """
    places = np.arange(len(table))[::-1]
    for place, (name, row) in zip(places, table.iterrows(), strict=True):
        seeds = np.asarray(runs[str(name)], float)
        marks.dots(ax, seeds, np.full(len(seeds), place + 0.25), 16, GREYS["rule"])
        marks.dot_with_interval(ax, place, row, look(str(name), COLOURS["blue"]))
    marks.rows(ax, places, list(table.index))
    ax.set(xlabel="NDCG@100")


def steps(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw what each change is worth, with its interval, held against no difference.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a change, the first on top, with `mean`, `low` and `high`; an open dot where the
        interval holds zero.
    """
    places = np.arange(len(table))[::-1]
    marks.no_difference(ax)
    colour = COLOURS["blue"]
    for place, (_, row) in zip(places, table.iterrows(), strict=True):
        clear = bool(row["low"] > 0 or row["high"] < 0)
        marks.dot_with_interval(
            ax, place, row, (colour, "o"), markerfacecolor=marks.face(colour, clear)
        )
    marks.rows(ax, places, list(table.index))
    ax.set(xlabel="difference of NDCG@100")
