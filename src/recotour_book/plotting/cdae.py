"""Pictures of the chapter on CDAE: copying against predicting, corruption, who is asked for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import GREYS, QUANTITIES, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

# What a click is for, by its number in a panel: the colour of its quantity, and a shape.
_CLICKS: Final = {
    1: ("train", QUANTITIES["clicks"], "s"),
    2: ("shown", QUANTITIES["fold-in"], "o"),
    3: ("asked for", QUANTITIES["held-out"], "X"),
}


def weights(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw weights over the corruption, a line a column.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Indexed by the corruption q.
    """
    looks = strokes("vermillion", "green", "blue")
    for (name, values), (colour, line) in zip(table.items(), looks, strict=False):
        ax.plot(table.index, values, linestyle=line, color=colour, linewidth=2, label=name)
    ax.set(xlabel="share q of clicks that is hidden", ylabel="weight", xlim=(0, 1))
    marks.legend_above(ax, 3)


def over_corruption(ax: "Axes", found: pd.Series, levels: Mapping[str, float]) -> None:
    """Draw a metric over the corruption, and level lines of others to hold it against.

    Parameters
    ----------
    ax
        Where to draw.
    found
        The metric, indexed by the corruption q.
    levels
        The metric of what has no corruption, by name.
    """
    ax.plot(found.index, found, "o-", linewidth=2, label="denoising, linear")
    for (name, height), line in zip(levels.items(), ("--", ":", "-."), strict=False):
        marks.exact(ax, height, name, line)
    ax.set(xlabel="share q of clicks that is hidden", ylabel=str(found.name), xlim=(-0.02, 1.02))
    marks.legend_above(ax, 3)


def protocol(ax: "Axes", cells: Numbers, title: str, across: str = "films") -> None:
    """Draw a small click matrix with what each click is for.

    Parameters
    ----------
    ax
        Where to draw.
    cells
        (n_users, n_items): 0 where nothing was clicked, 1 to train, 2 shown, 3 asked for.
    title
        Of the panel.
    across
        What the columns are.
    """
    for kind, (name, colour, marker) in _CLICKS.items():
        rows, columns = np.nonzero(cells == kind)
        if len(rows):
            ax.scatter(columns, rows, s=60, color=colour, marker=marker, linewidths=0, label=name)
    n_users, n_items = cells.shape
    ax.set(xlabel=across, ylabel="people", title=title, xticks=[], yticks=[])
    ax.set(xlim=(-0.6, n_items - 0.4), ylim=(n_users - 0.4, -0.6))
    ax.grid(visible=False)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def gains(ax: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw differences with their intervals over the corruption, groups side by side.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Indexed by (group, q), with `mean`, `low` and `high`.
    label
        What the difference is in.
    """
    groups = list(dict.fromkeys(table.index.get_level_values(0)))
    shifts = marks.beside_one_another(len(groups), 0.02)
    looks = strokes("blue", "vermillion")
    for group, shift, (colour, _), marker in zip(groups, shifts, looks, "os^", strict=False):
        rows = table.loc[group]
        places = rows.index.to_numpy(float) + shift
        marks.upwards(ax, places, rows["low"], rows["high"], colour, 2)
        ax.plot(places, rows["mean"], marker, color=colour, markersize=7, label=group)
    ax.axhline(0, color=GREYS["rule"], linestyle="--", linewidth=1)
    ax.set(xlabel="share q of clicks that is hidden", ylabel=label)
    marks.legend_above(ax, 2)


def changes(ax: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw what changes of a setting are worth, a row a change, groups beside one another.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Indexed by (change, group), with `mean`, `low` and `high`.
    label
        What the differences are in.
    """
    marks.no_difference(ax)
    names, groups = (list(dict.fromkeys(table.index.get_level_values(n))) for n in (0, 1))
    places = np.arange(len(names))[::-1]
    shifts = -marks.beside_one_another(len(groups), 0.3)
    looks = strokes("blue", "vermillion")
    for group, shift, (colour, _), marker in zip(groups, shifts, looks, "os^", strict=False):
        rows = table.xs(group, level=1).reindex(names)
        marks.across(ax, places + shift, rows["low"], rows["high"], colour, 2)
        ax.plot(rows["mean"], places + shift, marker, color=colour, markersize=6, label=group)
    marks.rows(ax, places, names)
    ax.set(xlabel=label)
    ax.locator_params(axis="x", nbins=6)
    marks.legend_above(ax, 2)
