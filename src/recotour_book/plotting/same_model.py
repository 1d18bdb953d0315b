"""Figures of the chapter that holds PyTorch and Gluon against a referee."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.logarithms import RAISED
from recotour_book.plotting.style import (
    COLOURS,
    FRAMEWORK_LOOKS,
    GREYS,
    LOOKS,
    SMALL,
    WHITE,
    as_picture,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

_LOOKS: Final = FRAMEWORK_LOOKS | {"MXNet's own Adam": LOOKS[2]}


def distances(ax: "Axes", walks: Mapping[str, "pd.Series[float]"], tolerance: float) -> None:
    """Draw how far players are from the referee after each step, and what is allowed.

    Parameters
    ----------
    ax
        Where to draw; both axes become logarithmic.
    walks
        Distance, indexed by step, by the name of the player.
    tolerance
        Drawn as a line with its name.
    """
    for name, walk in walks.items():
        colour, marker = _LOOKS.get(name, LOOKS[-1])
        ax.loglog(walk.index, walk, marker=marker, color=colour, label=name, markersize=5)
    marks.exact(ax, tolerance, "tolerance", "--")
    ax.set(xlabel="step", ylabel="distance from the referee")


def amplification(ax: "Axes", gradient: Numbers, moved: Numbers, bound: Numbers) -> None:
    """Draw the difference of two first steps, weight by weight, against the gradient.

    Parameters
    ----------
    ax
        Where to draw; both axes become logarithmic.
    gradient
        Its size, (n_weights,).
    moved
        Difference of the two steps, in learning rates, (n_weights,).
    bound
        What the difference may be at most, (n_weights,); drawn as a line.
    """
    order = np.argsort(gradient)
    many = as_picture(len(gradient))
    ax.loglog(
        gradient,
        moved,
        ".",
        color=COLOURS["blue"],
        markersize=2,
        label="one weight",
        rasterized=many,
    )
    ax.loglog(
        gradient[order], bound[order], color=COLOURS["vermillion"], linewidth=1.5, label="bound"
    )
    ax.set(xlabel="size of the gradient", ylabel="difference / learning rate")


def seeds(ax: "Axes", values: Mapping[str, Numbers], metric: str) -> None:
    """Draw a dot a seed for each framework, and a bar at their mean.

    Parameters
    ----------
    ax
        Where to draw.
    values
        (n_seeds,) by the name of the framework.
    metric
        What it is, for the axis.
    """
    for place, (name, runs) in enumerate(values.items()):
        colour, marker = _LOOKS.get(name, LOOKS[-1])
        beside = place + np.linspace(-0.2, 0.2, len(runs))  # no two dots on each other
        ax.plot(beside, runs, marker, color=colour, markersize=5, alpha=0.7)
        marks.across(ax, runs.mean(), place - 0.3, place + 0.3, colour, 2)
    ax.set_xticks(range(len(values)), list(values))
    ax.set(ylabel=metric, xlim=(-0.6, len(values) - 0.4))


def faults(ax: "Axes", table: pd.DataFrame, tolerance: "pd.Series[float]") -> None:
    """Draw a table of differences: what is beyond its column's tolerance is filled.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Positive numbers; a row a fault, a column a check.
    tolerance
        By column.
    """
    from matplotlib.colors import ListedColormap

    seen = (table > tolerance[table.columns]).to_numpy()
    ax.pcolormesh(seen, cmap=ListedColormap([WHITE, COLOURS["wine"]]), edgecolors=WHITE)
    for (row, column), value in np.ndenumerate(table.to_numpy()):
        colour = WHITE if seen[row, column] else GREYS["text"]
        ax.text(
            column + 0.5,
            row + 0.5,
            _power(value),
            color=colour,
            ha="center",
            va="center",
            fontsize=SMALL,
        )
    ax.set_xticks(np.arange(table.shape[1]) + 0.5, list(table.columns))
    ax.set_yticks(np.arange(len(table)) + 0.5, list(table.index))
    marks.as_table(ax)
    ax.invert_yaxis()


def _power(value: float) -> str:
    """Write a number as the nearest power of ten."""
    return "10" + str(round(np.log10(value))).translate(RAISED)
