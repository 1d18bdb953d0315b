"""Pictures of the chapter on one's own data: who is no person, newcomers, a model that ages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What an account really is: its colour, its marker, and how large that is.
_KINDS: Final = {
    "person": (COLOURS["blue"], ".", 4),
    "crawler": (COLOURS["vermillion"], "X", 8),
    "reseller": (COLOURS["green"], "D", 6),
    "tester": (COLOURS["black"], "^", 7),
}


def accounts(axes: "Axes", table: pd.DataFrame) -> None:
    """Draw what accounts did by what they are.

    Parameters
    ----------
    axes
        Where to draw; both axes become logarithmic.
    table
        A row an account: `rows`, `items` and `kind`, the first word of which is in `_KINDS`.
    """
    kinds = table["kind"].str.split(",").str[0]
    for kind, (colour, marker, size) in _KINDS.items():
        some = table[kinds == kind]
        x, y = _told_apart(some["rows"].to_numpy(), some["items"].to_numpy())
        axes.plot(x, y, marker, color=colour, markersize=size, markeredgewidth=0, label=kind)
    axes.set(xscale="log", yscale="log", xlabel="rows of an account", ylabel="different items")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.0f}")
    axes.minorticks_off()
    marks.legend_above(axes, 4)


def _told_apart(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Keep one of those that fall on one another, (2, n): thirty places a decade."""
    logs = np.log10(np.stack([x, y]))
    places: NDArray[Any] = 10 ** (np.unique(np.round(logs * 30), axis=1) / 30)
    return places


def few_clicks(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw a metric over the number of clicks that a model is shown, a line a model.

    Parameters
    ----------
    axes
        Where to draw.
    table
        Indexed by (model, shown), with `mean`, `low` and `high`; `shown` as it is to be written.
    label
        Of the metric.
    """
    models = table.index.unique(0)
    shown = table.index.unique(1)
    apart = marks.beside_one_another(len(models), 0.14)
    for name, offset in zip(models, apart, strict=True):
        colour, marker = look(name)
        rows, places = table.loc[name], np.arange(len(shown)) + offset
        marks.upwards(axes, places, rows["low"], rows["high"], colour, 1.5)
        axes.plot(places, rows["mean"], marker=marker, color=colour, label=name)
    axes.set_xticks(np.arange(len(shown)), [str(one) for one in shown])
    axes.set(xlabel="purchases shown", ylabel=label)
    _from_zero(axes)
    marks.legend_above(axes, 3)


def ageing(axes: "Sequence[Axes]", table: pd.DataFrame) -> None:
    """Draw how a model that is not trained again falls behind, and what it cannot know.

    Parameters
    ----------
    axes
        Two panels below each other.
    table
        Indexed by the weeks since training, with `fresh`, `old` and `popular` (a metric) and
        `unknown` (a share).
    """
    above, below = axes
    lines = {"trained each week": ("fresh", "EASE", "-"), "never again": ("old", "EASE", "--")}
    lines["popularity, each week"] = ("popular", "Popularity", ":")
    for label, (name, model, dash) in lines.items():
        colour, marker = look(model)
        above.plot(table.index, table[name], dash, marker=marker, color=colour, label=label)
    above.set(ylabel="Recall@10")
    _from_zero(above)
    marks.legend_above(above, 2)
    below.bar(table.index, table["unknown"], color=COLOURS["grey"])
    below.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    below.set(xlabel="weeks since training", ylabel="unknown products")


def price(axes: "Axes", table: pd.DataFrame) -> None:
    """Draw what it costs to hold popular products back.

    Parameters
    ----------
    axes
        Where to draw.
    table
        Indexed by the strength, with `tail` (a share, to the right), and `recall` with `low` and
        `high` (upwards).
    """
    colour, marker = look("Mult-VAE")
    marks.upwards(axes, table["tail"], table["low"], table["high"], colour, 1.5)
    axes.plot(table["tail"], table["recall"], marker=marker, color=colour)
    for strength, row in table.iterrows():
        marks.words(axes, f"{strength:g}", (row["tail"], row["low"]), (0, -14), ha="center")
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set(xlabel="share of the lists that is not popular", ylabel="Recall@10")
    axes.margins(x=0.1)
    _from_zero(axes)


def _from_zero(axes: "Axes") -> None:
    """Let the metric begin at zero, with ticks that two digits say exactly."""
    from matplotlib.ticker import MultipleLocator

    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MultipleLocator(0.05))
