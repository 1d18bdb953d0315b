"""Figures of the chapter on first results: dots with intervals, never bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, look, markers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def dots_with_intervals(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw a row of a table as a dot with its interval, the first row on top.

    Parameters
    ----------
    axes
        To draw on.
    table
        Columns `mean`, `low` and `high`; indexed by what a row is called.
    label
        What is measured, for the horizontal axis.
    """
    places = np.arange(len(table))[::-1]
    for place, (name, row) in zip(places, table.iterrows(), strict=True):
        marks.dot_with_interval(axes, place, row, look(str(name), COLOURS["blue"]))
    marks.rows(axes, places, list(table.index))
    axes.locator_params(axis="x", nbins=5)  # labels such as -0.04 are wide
    axes.set_xlabel(label)


def differences(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw differences with their intervals around a line at zero: no difference."""
    marks.no_difference(axes)
    dots_with_intervals(axes, table, label)


def over_splits(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw each model's mean on each split: lines that rise and fall together.

    Parameters
    ----------
    axes
        To draw on.
    table
        A row a split, a column a model; a missing value leaves a gap.
    label
        What is measured, for the vertical axis.
    """
    places = np.arange(len(table))
    for name, values in table.items():
        colour, marker = look(str(name), COLOURS["blue"])
        axes.plot(places, values, marker=marker, color=colour, linewidth=1, label=str(name))
    axes.set_xticks(places, [str(split) for split in table.index])
    axes.set_xlabel("split")
    axes.set_ylabel(label)
    marks.legend_above(axes)


def users_against_difference(
    axes: "Axes",
    users: NDArray[np.integer[Any]],
    smallest: NDArray[np.floating[Any]],
    marked: Sequence[tuple[str, int, float]],
) -> None:
    """Draw the smallest difference that can be seen against the number of test users.

    Parameters
    ----------
    axes
        To draw on; both axes become logarithmic.
    users, smallest
        (n_points,) the curve.
    marked
        Points with a name: (name, users, difference).
    """
    axes.loglog(users, smallest, color=COLOURS["blue"])
    for (name, n_users, difference), marker in zip(marked, markers(), strict=False):
        axes.plot(n_users, difference, marker=marker, color=COLOURS["vermillion"], markersize=8)
        marks.words(axes, name, (n_users, difference), (8, 6))
    _plain_logarithms(axes)
    axes.set_xlabel("test users")
    axes.set_ylabel("smallest visible difference")


def _plain_logarithms(axes: "Axes") -> None:
    """Write 0.01 and 1,000 along logarithmic axes instead of powers of ten."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1,)))  # wide labels: one a decade
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis, style in ((axes.xaxis, "{x:,.0f}"), (axes.yaxis, "{x:g}")):
        axis.set_major_formatter(style)
        axis.set_minor_formatter(NullFormatter())
