"""Figures of the chapter on the experiments: levels, courses, and a metric against the loss."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, WHITE, colour_of, markers, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

_SPREAD: Final = 0.5  # of the room between two levels, for the groups side by side
_WIDE: Final = 8  # letters of a level; longer ones are written at a slant


def levels(axes: "Axes", table: pd.DataFrame, across: str, label: str) -> None:
    """Draw means with intervals at each level of a factor, groups side by side.

    Parameters
    ----------
    axes
        To draw on.
    table
        Columns `mean`, `low` and `high`; indexed by `across`, or by (group, `across`). Levels and
        groups stand in the order of the table.
    across
        Level of the index that goes along the horizontal axis.
    label
        What is measured, for the vertical axis.
    """
    names = list(dict.fromkeys(table.index.get_level_values(across)))
    groups = _groups(table, across)
    shifts = marks.beside_one_another(len(groups), _SPREAD / max(1, len(groups)))
    for (group, rows), shift, marker in zip(groups.items(), shifts, markers(), strict=False):
        places = np.array([names.index(name) for name in rows.index]) + shift
        colour = colour_of(group, _colour(list(groups).index(group)))
        marks.upwards(axes, places, rows["low"], rows["high"], colour, 2)
        axes.plot(places, rows["mean"], marker, color=colour, markersize=7, label=group)
    words = [str(name) for name in names]
    slant = 20 if max(map(len, words)) > _WIDE else 0
    axes.set_xticks(range(len(names)), words, rotation=slant)
    axes.set(xlabel=across, ylabel=label)
    if len(groups) > 1:
        marks.legend_above(axes, 2)


def courses(
    axes: "Sequence[Axes]", runs: Mapping[str, Sequence[pd.DataFrame]], metric: str, label: str
) -> None:
    """Draw a metric over the epochs, and below it the schedule of β that went with it.

    Parameters
    ----------
    axes
        Two: for the metric and for β.
    runs
        Courses, one a seed, by the name of the setting: columns `metric` and `beta`, a row an
        epoch. Seeds that stopped earlier end earlier.
    metric
        Column of the courses.
    label
        What it is, for the axis.
    """
    for (name, seeds), (colour, line) in zip(runs.items(), strokes(), strict=False):
        look: dict[str, Any] = {"color": colour, "linestyle": line}
        mean = pd.concat([seed[metric] for seed in seeds], axis=1).mean(axis=1)
        axes[0].plot(mean.index, mean, label=name, **look)
        axes[1].plot(seeds[0].index, seeds[0]["beta"], **look)
    axes[0].set(xlabel="epoch", ylabel=label)
    axes[0].legend()
    axes[1].set(xlabel="epoch", ylabel="β")


def against_loss(
    axes: "Axes", loss: Any, metric: Any, beta: NDArray[np.floating[Any]], labels: tuple[str, str]
) -> "PathCollection":
    """Draw a metric against a loss, a dot a run, coloured by its β.

    Parameters
    ----------
    axes
        To draw on.
    loss, metric, beta
        (n_runs,) each.
    labels
        Of the horizontal and the vertical axis.

    Returns
    -------
    matplotlib.collections.PathCollection
        The dots, for a colour bar.
    """
    dots = axes.scatter(loss, metric, c=beta, cmap="viridis", s=36, edgecolors=WHITE, linewidth=0.5)
    axes.set(xlabel=labels[0], ylabel=labels[1])
    return dots


def effects(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw differences from a reference, a row a change, in groups with a heading.

    Parameters
    ----------
    axes
        To draw on; allow a quarter of an inch of height a row and heading.
    table
        Columns `mean`, `low` and `high`; indexed by (what was changed, to what).
    label
        What is measured, for the horizontal axis.
    """
    marks.no_difference(axes)
    ticks: dict[int, str] = {}
    place = 0
    for what, rows in table.groupby(level=0, sort=False):
        ticks[place] = str(what)
        for to, row in rows.droplevel(0).iterrows():
            place -= 1
            ticks[place] = str(to)
            _one_effect(axes, place, row)
        place -= 1
    axes.set_yticks(list(ticks), list(ticks.values()))
    _embolden(axes, set(map(str, table.index.get_level_values(0))))
    axes.set_ylim(place + 0.4, 0.6)
    axes.set_xlabel(label, loc="right")  # long ones have no room below the panel alone


def _one_effect(axes: "Axes", place: int, row: "pd.Series[float]") -> None:
    """Draw one difference; hollow where its interval contains zero."""
    clear, colour = row["low"] > 0 or row["high"] < 0, COLOURS["blue"]
    face = marks.face(colour, clear)
    marks.dot_with_interval(axes, place, row, (colour, "o"), markerfacecolor=face, markersize=7)


def _embolden(axes: "Axes", headings: set[str]) -> None:
    for tick in axes.get_yticklabels():
        if tick.get_text() in headings:
            tick.set_fontweight("bold")


def _groups(table: pd.DataFrame, across: str) -> dict[str, pd.DataFrame]:
    """Cut a table into its groups, each indexed by the level alone."""
    others = [name for name in table.index.names if name != across]
    if not others:
        return {"": table}
    flat = table.reset_index(others)
    name = flat[others].astype(str).agg(", ".join, axis=1)
    return {str(group): flat[name == group] for group in dict.fromkeys(name)}


def _colour(place: int) -> str:
    return list(COLOURS.values())[place % len(COLOURS)]
