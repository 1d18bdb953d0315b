"""Pictures of the chapter that decides: what memory holds, few people, and trials of a search."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, GREYS, look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_DASHES: Final = ("-", "--", ":", "-.")


def memory(axes: "Axes", table: pd.DataFrame, levels: Mapping[str, float]) -> None:
    """Draw the memory that models take over the size of the catalogue.

    Parameters
    ----------
    axes
        Where to draw; both axes become logarithmic.
    table
        Indexed by the number of items, a column a model, in GiB. What stands behind the first
        comma of a column's name is a use of the same model, which keeps its colour.
    levels
        Memories to hold them against, by what is written at each.
    """
    for name, dash in zip(table, _DASHES * len(table), strict=False):
        colour = look(str(name).split(",")[0])[0]
        axes.plot(table.index, table[name], dash, color=colour, label=name)
    for words, level in levels.items():
        axes.axhline(level, color=GREYS["rule"], linewidth=1)
        marks.words(axes, words, (table.index[0], level), (2, 3), color=GREYS["text"])
    axes.set(xscale="log", yscale="log", xlabel="items", ylabel="GiB")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    marks.legend_above(axes, 2)


def few_people(panels: "Sequence[Axes]", tables: Mapping[str, pd.DataFrame]) -> None:
    """Draw a metric over the number of people learned from, a panel a table, a line a model.

    Parameters
    ----------
    panels
        Where to draw, one for each table.
    tables
        By the panel's title: indexed by (model, people), with `mean`, `low` and `high`.
    """
    for axes, (title, table) in zip(panels, tables.items(), strict=True):
        models, people = table.index.unique(0), table.index.unique(1)
        apart = marks.beside_one_another(len(models), 0.12)
        for name, offset in zip(models, apart, strict=True):
            colour, marker = look(str(name))
            rows, places = table.loc[name], np.arange(len(people)) + offset
            marks.upwards(axes, places, rows["low"], rows["high"], colour, 1.5)
            axes.plot(places, rows["mean"], marker=marker, color=colour, label=str(name))
        axes.set_xticks(range(len(people)), [f"{one:,}" for one in people])
        axes.set_title(title, loc="right")
        axes.set(ylabel="NDCG@100", ylim=(0, None))
        axes.label_outer()
    panels[-1].set_xlabel("people learned from")
    marks.legend_above(panels[0], 3)


def trials(axes: "Axes", curves: Mapping[str, "pd.Series[float]"], label: str) -> None:
    """Draw what is still lost after so many trials of a search, a line a model.

    Parameters
    ----------
    axes
        Where to draw.
    curves
        By model: indexed by the number of trials, what the best of them is short of the best of
        all.
    label
        Of what is lost.
    """
    for name, curve in curves.items():
        colour, marker = look(name)
        axes.plot(
            curve.index, curve, marker=marker, color=colour, markersize=4, linewidth=1.2, label=name
        )
    axes.axhline(0, color=COLOURS["black"], linewidth=0.8)
    axes.set(xlabel="trials", ylabel=label)
    axes.locator_params(axis="x", integer=True)
    marks.legend_above(axes, 3)
