"""Figures of the chapter on progress: differences with intervals, and lists beyond their hits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from recotour_book.plotting import marks
from recotour_book.plotting.labels import name_points
from recotour_book.plotting.style import COLOURS, GREYS, SMALL, WHITE, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

_DEEPEST: Final = 0.75  # of a colour, so that dark numbers can be read on it


def forest(axes: "Axes", table: pd.DataFrame, label: str, legend: bool = True) -> None:
    """Draw each difference with its two intervals around a line at zero, the largest on top.

    Thick is the pair's own interval, thin the joint one. A dot is filled where the joint
    interval is clear of zero, and hollow where it is not; the legend above says so.

    Parameters
    ----------
    axes
        To draw on; a row needs about 0.25 in of height.
    table
        From `comparison.compare`: indexed by (one, other).
    label
        What is measured, for the horizontal axis.
    legend
        Say above the panel what the marks mean; leave it out in all panels but one.
    """
    table = table.sort_values("mean", kind="stable")
    places, colour = np.arange(len(table)), COLOURS["blue"]
    marks.no_difference(axes)
    marks.across(axes, places, table["joint_low"], table["joint_high"], colour, 1)
    marks.across(axes, places, table["low"], table["high"], colour, 3.5)
    told = table["told_apart"].to_numpy(bool)
    for which, clear in ((told, True), (~told, False)):
        axes.plot(
            table["mean"][which],
            places[which],
            "o",
            color=colour,
            markersize=7,
            markerfacecolor=marks.face(colour, clear),
            markeredgewidth=1.5,
        )
    marks.rows(axes, places, [f"{one} − {other}" for one, other in table.index])
    axes.set_xlabel(label)
    axes.locator_params(axis="x", nbins=6)  # labels such as -0.025 are wide
    axes.grid(axis="y", visible=False)
    if legend:
        _forest_legend(axes, colour)


def pairwise_matrix(
    axes: "Axes",
    table: pd.DataFrame,
    order: Sequence[str] | None = None,
    limit: float | None = None,
    decimals: int = 3,
) -> None:
    """Draw the differences of all pairs as a triangle: the row's model less the column's.

    A cell is coloured where its joint interval is clear of zero. Elsewhere it is grey and the
    number stands in brackets.

    Parameters
    ----------
    axes
        To draw on; ten models need 5 in of height.
    table
        From `comparison.compare`, all pairs, each once and in either direction.
    order
        Models from the top; when None the worst is on top, so that the bottom row tells what the
        best model gains over each other one.
    limit
        Difference from which on the colour does not deepen; the largest one when None. A
        baseline far behind would leave all else pale.
    decimals
        Of the numbers.
    """
    mean, told = _square(table, "mean"), _square(table, "told_apart")
    order = list(order or mean.mean(axis=1).sort_values(kind="stable").index)
    values, clear = (
        frame.reindex(index=order, columns=order).to_numpy(float) for frame in (mean, told)
    )
    below = np.tri(len(order), k=-1, dtype=bool)
    limit = limit or np.abs(values[below]).max() or 1.0
    edges: dict[str, Any] = {"edgecolors": WHITE, "linewidth": 1.5}
    axes.pcolormesh(np.where(below, 0, np.nan), cmap=_flat(GREYS["press"]), **edges)
    shown = np.where(below & (clear == 1), values.clip(-limit, limit), np.nan)
    end = limit / _DEEPEST
    axes.pcolormesh(shown, cmap=_diverging(), vmin=-end, vmax=end, **edges)
    for row, column in zip(*np.nonzero(below), strict=True):
        text, colour = _number(values[row, column], bool(clear[row, column]), decimals)
        axes.text(
            column + 0.5, row + 0.5, text, color=colour, ha="center", va="center", fontsize=SMALL
        )
    _name_cells(axes, order)


def accuracy_against_popularity(
    axes: "Axes",
    table: pd.DataFrame,
    across: str = "popularity",
    up: str = "ndcg@100",
    labels: tuple[str, str] = ("mean popularity of what is shown", "NDCG@100"),
) -> None:
    """Draw a dot a model, named beside it: what its lists are like across, accuracy upwards.

    Call it last, when the figure has its size: the names are put where they do not meet.

    Parameters
    ----------
    axes
        To draw on.
    table
        Indexed by model.
    across, up
        Columns of the table.
    labels
        Of the two axes.
    """
    points = table[[across, up]].to_numpy(float)
    for name, (x, y) in zip(table.index, points, strict=True):
        colour, marker = look(str(name))
        axes.plot(x, y, marker=marker, color=colour, markersize=9, linestyle="none")
    axes.margins(0.15)
    axes.set(xlabel=labels[0], ylabel=labels[1])
    name_points(axes, points, [str(name) for name in table.index])


def by_history(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw a line a model over groups of users, from short histories to long ones.

    Parameters
    ----------
    axes
        To draw on.
    table
        From `beyond.by_history`: indexed by (history, model).
    label
        What is measured, for the vertical axis.
    """
    groups, models = (table.index.unique(level) for level in ("history", "model"))
    for name, shift in zip(models, marks.beside_one_another(len(models), 0.05), strict=True):
        rows = table.xs(name, level="model").loc[groups]
        x, (colour, marker) = np.arange(len(groups)) + shift, look(str(name))
        marks.upwards(axes, x, rows["low"], rows["high"], colour, 1.5)
        axes.plot(x, rows["mean"], marker=marker, color=colour, linewidth=1, label=str(name))
    n = table["n"].groupby(level="history").first()
    axes.set_xticks(range(len(groups)), [f"{group}\nn = {n[group]:,}" for group in groups])
    axes.set(xlabel="clicks that the model is shown, and number of users", ylabel=label)
    axes.grid(axis="x", visible=False)
    marks.legend_above(axes)


def tuning_curves(panels: "Sequence[Axes]", trials: pd.DataFrame, label: str) -> None:
    """Draw each search in its own panel: a dot a trial, and a line along the best so far.

    Parameters
    ----------
    panels
        To draw on, at least one a search, with shared axes; what is left over is hidden.
    trials
        Columns `search`, `trial` (from 0) and `value`, in which `search` is a model's name.
    label
        What is measured, for the vertical axes on the left.
    """
    searches = dict(list(trials.groupby("search", sort=False)))
    for axes in panels[len(searches) :]:
        axes.set_visible(False)
    for axes, (name, rows) in zip(panels, searches.items(), strict=False):
        rows = rows.sort_values("trial")
        number, colour = rows["trial"] + 1, look(str(name))[0]
        axes.step(number, rows["value"].cummax(), where="post", color=colour, linewidth=1.8)
        axes.plot(number, rows["value"], "o", color=colour, markersize=3.5)
        axes.set_title(str(name))
        axes.set(xlabel="trial", ylabel=label)
        axes.label_outer()  # keeps the labels on the left and below


def over_splits(axes: "Axes", differences: pd.DataFrame, table: pd.DataFrame, label: str) -> None:
    """Draw each model's difference on each split as a small dot, and the interval of their mean.

    Parameters
    ----------
    axes
        To draw on.
    differences
        A row a model, a column a split; a missing value leaves its dot out.
    table
        The same rows, with `mean`, `low` and `high`; the largest mean is drawn on top.
    label
        What is measured, for the horizontal axis.
    """
    table = table.sort_values("mean", kind="stable")
    marks.no_difference(axes)
    for place, (name, row) in enumerate(table.iterrows()):
        colour, marker = look(str(name))
        values = differences.loc[[name]].to_numpy(float)[0]
        marks.across(axes, place, row["low"], row["high"], colour, 2.5)
        axes.plot(values, np.full(len(values), place + 0.25), ".", color=colour, markersize=5)
        axes.plot(row["mean"], place, marker=marker, color=colour, markersize=8)
    marks.rows(axes, range(len(table)), list(table.index), above=0.8)
    axes.set_xlabel(label)
    axes.grid(axis="y", visible=False)


def _forest_legend(axes: "Axes", colour: str) -> None:
    """Say above the panel what thick, thin, filled and hollow mean."""
    from matplotlib.lines import Line2D

    dot: dict[str, Any] = {"marker": "o", "linestyle": "none", "color": colour}
    marks = {
        "interval of this pair": Line2D([], [], color=colour, linewidth=3.5),
        "interval jointly with all pairs": Line2D([], [], color=colour, linewidth=1),
        "zero outside the joint interval": Line2D([], [], **dot),
        "zero inside it": Line2D([], [], markerfacecolor=WHITE, markeredgewidth=1.5, **dot),
    }
    axes.legend(
        list(marks.values()),
        list(marks),
        loc="lower right",
        bbox_to_anchor=(1.02, 1),
        ncols=1,
        borderpad=0.2,
    )


def _square(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lay a column out as models by models, what is known in one direction in both."""
    half = table[column].astype(float).unstack("other")
    models = half.index.union(half.columns)
    half = half.reindex(index=models, columns=models)
    return half.fillna(half.T if column == "told_apart" else -half.T)


def _number(value: float, clear: bool, decimals: int) -> tuple[str, str]:
    """Text of a cell and its colour."""
    text = f"{value:.{decimals}f}".replace("-", "−").replace("0.", ".")
    return (text, COLOURS["black"]) if clear else (f"({text})", GREYS["text"])


def _name_cells(axes: "Axes", order: Sequence[str]) -> None:
    """Name rows and columns, and leave out the first row and the last column, which are empty."""
    last = len(order) - 1
    places = np.arange(last) + 0.5
    axes.set_yticks(places + 1, order[1:])
    axes.set_xticks(places, order[:-1], rotation=35, ha="right", rotation_mode="anchor")
    axes.set(xlim=(0, last), ylim=(last + 1, 1))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)


def _diverging() -> "Colormap":
    from matplotlib.colors import LinearSegmentedColormap

    ends = [COLOURS["vermillion"], WHITE, COLOURS["blue"]]
    return LinearSegmentedColormap.from_list("less-more", ends)


def _flat(colour: str) -> "Colormap":
    from matplotlib.colors import ListedColormap

    return ListedColormap([colour])
