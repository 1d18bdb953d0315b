"""Pictures of the chapter on linear autoencoders: weights, dropout, penalties, widths."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, look, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

_LEAST: Final = 0.02  # of the largest weight; a smaller one is not drawn


def squares(ax: "Axes", weights: Numbers, names: Sequence[str], largest: float = 1.0) -> None:
    """Draw each weight as a square as large as it is, hollow where it is below zero.

    Parameters
    ----------
    ax
        Where to draw.
    weights
        (n, n): the row speaks for the column.
    names
        Of both.
    largest
        The weight whose square fills its cell.
    """
    from matplotlib.patches import Rectangle

    for (row, column), weight in np.ndenumerate(weights):
        if abs(weight) < _LEAST * largest:
            continue
        side = 0.9 * min(1.0, float(np.sqrt(abs(weight) / largest)))
        colour = COLOURS["vermillion" if weight < 0 else "blue"]
        fill = "none" if weight < 0 else colour
        corner = (column - side / 2, row - side / 2)
        ax.add_patch(Rectangle(corner, side, side, linewidth=1.5, facecolor=fill, edgecolor=colour))
    places = np.arange(len(names))
    ax.set_xticks(places, list(names))
    ax.set_yticks(places, list(names))
    ax.set(xlim=(-0.6, len(names) - 0.4), ylim=(len(names) - 0.4, -0.6), aspect="equal")
    marks.as_table(ax)


def explained(ax: "Axes", weights: "pd.Series[float]", counts: Sequence[int]) -> None:
    """Draw one weight against how many other films speak as well.

    Parameters
    ----------
    ax
        Where to draw.
    weights
        By number of other films.
    counts
        Numbers that are written below the axis.
    """
    ax.axhline(0, color=COLOURS["black"], linewidth=1)
    ax.plot(weights.index, weights, "o-", color=COLOURS["vermillion"], linewidth=2)
    ax.set_xscale("symlog", linthresh=1)
    _plain(ax, counts)
    ax.set(xlabel="other films that speak as well", ylabel="weight")


def draws(ax: "Axes", distances: Mapping[str, "pd.Series[float]"]) -> None:
    """Draw how far a fit to masked copies is from the closed form, and the way of a mean.

    Parameters
    ----------
    ax
        Where to draw.
    distances
        For each dropout the distance by number of copies.
    """
    looks = strokes("blue", "vermillion", "green")
    for (name, values), (colour, line), marker in zip(
        distances.items(), looks, "osD", strict=False
    ):
        ax.plot(values.index, values, line, marker=marker, color=colour, linewidth=2, label=name)
    first = next(iter(distances.values()))
    slope = first.iloc[0] * np.sqrt(first.index[0] / np.asarray(first.index, float))
    ax.plot(first.index, slope, ":", color=COLOURS["black"], linewidth=1.5, label="1 / √copies")
    ax.set(xscale="log", yscale="log", xlabel="masked copies", ylabel="distance of the weights")
    _plain(ax, list(first.index))


def penalties(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw a measure against the penalty, a line a dropout, and a ring around each line's best.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a penalty, a column a dropout.
    """
    looks = strokes("vermillion", "blue", "green", "violet")
    for (name, values), (colour, line), marker in zip(table.items(), looks, "Dos^", strict=False):
        ax.plot(
            table.index, values, line, marker=marker, color=colour, linewidth=2, label=str(name)
        )
        best = int(values.to_numpy().argmax())
        ax.plot(
            table.index[best], values.iloc[best], "o", color=colour, markersize=13, fillstyle="none"
        )
    ax.set_xscale("log")
    _plain(ax, list(table.index))
    ax.set(xlabel="penalty λ", ylabel="NDCG@100, validation")


def widths(ax: "Axes", table: pd.DataFrame, level: float) -> None:
    """Draw a measure against the width, a line a model, and the level of EASE.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a width, a column a model.
    level
        Of EASE, whose weights have the rank of the whole catalogue.
    """
    for (name, values), (other, line) in zip(table.items(), strokes("grey"), strict=False):
        colour, marker = look(str(name), other)
        line = "-" if name == "ELSA" else "--"
        ax.plot(table.index, values, line, marker=marker, color=colour, linewidth=2, label=name)
    ax.axhline(level, color=look("EASE")[0], linestyle="-.", linewidth=1.5, label="EASE")
    ax.set_xscale("log", base=2)
    _plain(ax, list(table.index))
    ax.set(xlabel="numbers a film (width, rank)", ylabel="NDCG@100")


def _plain(ax: "Axes", values: Sequence[float]) -> None:
    """Write these values below the axis, and no others."""
    ax.set_xticks(list(values), [f"{value:g}" for value in values])
    ax.set_xticks([], minor=True)
