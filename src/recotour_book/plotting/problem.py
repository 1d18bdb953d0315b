"""Pictures of the first chapter: a corner of the click matrix, tastes, and one person's lists."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_book.plotting import marks
from recotour_book.plotting.style import (
    COLOURS,
    GREYS,
    LINES,
    QUANTITIES,
    SMALL,
    WHITE,
    colour_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

_HATCHES: Final = ("", "//", "..", "x", "\\\\", "+", "o")


def corner(ax: "Axes", clicks: csr_matrix, titles: Sequence[str]) -> None:
    """Draw a small piece of the click matrix as squares, with the titles above its columns.

    Parameters
    ----------
    ax
        Where to draw.
    clicks
        (n_users, n_items), a few dozen of each.
    titles
        One a column; long ones are cut.
    """
    from matplotlib.colors import ListedColormap

    cells = clicks.toarray()
    colours = ListedColormap([GREYS["press"], QUANTITIES["clicks"]])
    ax.pcolormesh(cells, cmap=colours, vmin=0, vmax=1, edgecolors=WHITE, linewidth=1)
    names = [shorten(title, 24, placeholder=" …") for title in titles]
    ax.set_xticks(np.arange(len(names)) + 0.5, names, rotation=60, ha="left")
    ax.set(yticks=[], ylabel=f"{len(cells)} users, busiest on top")
    marks.as_table(ax, pad=1)
    ax.invert_yaxis()


def named_tail(ax: "Axes", counts: Numbers, titles: Sequence[str], ranks: Sequence[int]) -> None:
    """Draw the clicks of each item from the most to the least clicked, and name a few of them.

    Parameters
    ----------
    ax
        Where to draw; both axes become logarithmic.
    counts
        Clicks of each item, (n_items,).
    titles
        One an item.
    ranks
        Places that are named, from 1.
    """
    order = np.argsort(-counts, kind="stable")
    ax.loglog(np.arange(1, len(order) + 1), counts[order], color=QUANTITIES["clicks"], linewidth=2)
    for rank in ranks:
        item, early = order[rank - 1], rank < np.sqrt(len(order))
        look: dict[str, Any] = {"ha": "left", "va": "bottom", "offset": (5, 3)}
        if not early:  # there is room below the curve and none to its right
            look = {"ha": "right", "va": "top", "offset": (-6, -4)}
        text = shorten(f"{rank:,}: {titles[item]}", 40, placeholder=" …")
        ax.plot(rank, counts[item], "o", color=COLOURS["vermillion"], markersize=6)
        marks.words(ax, text, (rank, counts[item]), **look)
    ax.set(xlabel="place of the film, most clicked first", ylabel="clicks", ylim=(0.6, None))
    ax.xaxis.set_major_formatter("{x:,g}")
    ax.yaxis.set_major_formatter("{x:g}")


def lists(ax: "Axes", ranked: Mapping[str, Sequence[str]], hits: Sequence[Sequence[bool]]) -> None:
    """Draw lists of titles side by side, best on top; hits are filled and ticked.

    Parameters
    ----------
    ax
        Where to draw.
    ranked
        Titles, best first, by the name of the list.
    hits
        For each list, whether each place holds a held-out click.
    """
    for x, (titles, hit) in enumerate(zip(ranked.values(), hits, strict=True)):
        for y, (title, found) in enumerate(zip(titles, hit, strict=True)):
            text = shorten(title, 26, placeholder=" …")
            ax.barh(
                y, 0.97, 0.88, left=x, color=QUANTITIES["held-out"] if found else GREYS["press"]
            )
            ax.text(
                x + 0.02,
                y,
                f"✓ {text}" if found else text,
                va="center",
                fontsize=SMALL,
                color=WHITE if found else COLOURS["black"],
                fontweight="bold" if found else None,
            )
    longest = max(map(len, ranked.values()))
    ax.set_xticks(np.arange(len(ranked)) + 0.48, list(ranked))
    ax.set_yticks(range(longest), [str(place) for place in range(1, longest + 1)])
    ax.set(xlim=(-0.01, len(ranked)), ylim=(longest - 0.5, -0.5), ylabel="place")
    marks.as_table(ax)


def posteriors(ax: "Axes", shares: Numbers, names: Sequence[str]) -> None:
    """Draw the probability of each taste as areas on each other, over the clicks seen so far.

    Parameters
    ----------
    ax
        Where to draw.
    shares
        (n_clicks + 1, n_tastes); the first row is what is believed before any click.
    names
        One a taste.
    """
    seen = np.arange(len(shares))
    colours = list(COLOURS.values())[: len(names)]
    areas = ax.stackplot(seen, shares.T, labels=list(names), colors=colours)
    for area, hatch in zip(areas, _HATCHES, strict=False):  # no area is told by its colour alone
        area.set(hatch=hatch, edgecolor=WHITE, linewidth=0)
    ax.set(xlabel="clicks seen", xlim=(0, seen[-1]), ylim=(0, 1))
    ax.grid(visible=False)


def effective_films(ax: "Axes", runs: pd.DataFrame, references: Mapping[str, float]) -> None:
    """Draw the effective number of films against the number of tastes, a dot a start.

    Parameters
    ----------
    ax
        Where to draw.
    runs
        A row a number of tastes (the index), a column a start; the line joins their means.
    references
        Other models, drawn as horizontal lines with their names.
    """
    ax.plot(runs.index, runs, "o", color=COLOURS["green"], alpha=0.5, markersize=4)
    ax.plot(runs.index, runs.mean(axis=1), color=COLOURS["green"], label="mixture of tastes")
    for (name, value), dash in zip(references.items(), cycle(LINES[1:]), strict=False):
        ax.axhline(value, color=colour_of(name, COLOURS["grey"]), linestyle=dash, label=name)
    ax.set_xscale("log", base=2)
    ax.set_xticks(runs.index, [str(n_tastes) for n_tastes in runs.index])
    ax.set(xlabel="number of tastes", ylabel="effective number of films", ylim=(0, None))
    ax.legend()
