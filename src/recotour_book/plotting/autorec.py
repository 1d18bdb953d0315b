"""Pictures of the chapter on AutoRec and DeepRec: what is a target, folds, arms, fixed points."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, look, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

BINS: Final = [quarter / 4 for quarter in range(-4, 25)]  # in stars


def predictions(ax: "Axes", found: Numbers, right: float, colour: str = "blue") -> None:
    """Draw how often each prediction is made, and the mean of what people really gave.

    Parameters
    ----------
    ax
        Where to draw.
    found
        (n_pairs,) in stars.
    right
        Mean rating.
    colour
        Of the bars.
    """
    ax.hist(found, bins=BINS, color=COLOURS[colour], alpha=0.7)
    marks.cut(ax, right)
    ax.set(xlabel="predicted stars", ylabel="ratings asked for", xlim=(-1, 6))


def folds(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw the error of each model on each fold, a line a model.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a model, a column a fold, errors in the cells.
    """
    places = np.arange(table.shape[1])
    for (name, row), (colour, line), marker in zip(
        table.iterrows(), strokes("blue", "vermillion", "green"), "osD^v", strict=False
    ):
        ax.plot(places, row, line, marker=marker, color=colour, linewidth=2, label=str(name))
    ax.set_xticks(places, [str(name) for name in table.columns])
    ax.set(xlabel="fold", ylabel="RMSE", xlim=(-0.2, len(places) - 0.8))


def arms(ax: "Axes", each: Mapping[str, Numbers], table: pd.DataFrame) -> None:
    """Draw each run as a small dot, and their mean with its interval, a row an arm.

    Parameters
    ----------
    ax
        Where to draw.
    each
        For each arm the errors of its runs.
    table
        For each arm `mean`, `low` and `high`.
    """
    places = np.arange(len(table))[::-1]
    for place, (name, row) in zip(places, table.iterrows(), strict=True):
        values = np.asarray(each[str(name)])
        marks.dots(ax, values, np.full(len(values), place + 0.2), 14, COLOURS["blue"])
        marks.dot_with_interval(ax, place, row, look("DeepRec"))
    marks.rows(ax, places, list(table.index))
    ax.set(xlabel="RMSE")


def applied(ax: "Axes", table: pd.DataFrame, what: str) -> None:
    """Draw what happens to a network's output when it is shown to the network again and again.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a number of times, a column a network.
    what
        Is on the upright axis.
    """
    looks = strokes("vermillion", "blue")
    for name, (colour, line), marker in zip(table.columns, looks, "os^", strict=False):
        values = table[name]
        ax.plot(table.index, values, line, marker=marker, color=colour, linewidth=2, label=name)
    ax.set_xticks(table.index)
    ax.set(xlabel="times that the network is applied", ylabel=what)
