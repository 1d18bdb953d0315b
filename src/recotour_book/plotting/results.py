"""Figures of the chapter on first results: dots with intervals, never bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting.style import COLOURS, MODEL_COLOURS, markers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GREY: Final = "#888888"
_MARKERS: Final = dict(zip(MODEL_COLOURS, markers(), strict=False))


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
        colour, marker = _look(str(name))
        axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2)
        axes.plot(row["mean"], place, marker=marker, color=colour, markersize=8)
    axes.set_yticks(places, [str(name) for name in table.index])
    axes.set_ylim(-0.6, len(table) - 0.4)
    axes.locator_params(axis="x", nbins=5)  # labels such as -0.04 are wide
    axes.set_xlabel(label)


def differences(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw differences with their intervals around a line at zero: no difference."""
    axes.axvline(0, color=_GREY, linestyle="--", linewidth=1)
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
        colour, marker = _look(str(name))
        axes.plot(places, values, marker=marker, color=colour, linewidth=1, label=str(name))
    axes.set_xticks(places, [str(split) for split in table.index])
    axes.set_xlabel("split")
    axes.set_ylabel(label)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


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
        axes.annotate(
            name, (n_users, difference), textcoords="offset points", xytext=(8, 6), fontsize=10
        )
    _plain_logarithms(axes)
    axes.set_xlabel("test users")
    axes.set_ylabel("smallest visible difference")


def _look(name: str) -> tuple[str, str]:
    """Colour and marker of a model, the same in every figure."""
    return MODEL_COLOURS.get(name, COLOURS["blue"]), _MARKERS.get(name, "o")


def _plain_logarithms(axes: "Axes") -> None:
    """Write 0.01 and 1,000 along logarithmic axes instead of powers of ten."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1,)))  # wide labels: one a decade
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis, style in ((axes.xaxis, "{x:,.0f}"), (axes.yaxis, "{x:g}")):
        axis.set_major_formatter(style)
        axis.set_minor_formatter(NullFormatter())
