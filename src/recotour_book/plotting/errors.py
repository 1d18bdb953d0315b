"""Pictures of the chapter on errors: who is missed, what is never shown, what the axes mean."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import (
    COLOURS,
    LINES,
    MODEL_COLOURS,
    SMALL,
    WHITE,
    markers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

Numbers = NDArray[Any]

_NEVER: Final = 0.4  # where a logarithmic axis shows zero
_ROOM: Final = 0.55  # of a name's height on a logarithmic axis: how high the next one may stand


def distributions(ax: "Axes", per_user: Mapping[str, Numbers], metric: str) -> None:
    """Draw how a metric is spread over users, an outline a model.

    Parameters
    ----------
    ax
        Where to draw.
    per_user
        (n_users,) values between 0 and 1, by the model's name.
    metric
        What was measured, for the axis.
    """
    bins = np.linspace(0, 1, 21)
    for (name, values), line in zip(per_user.items(), cycle(LINES), strict=False):
        share = np.histogram(values, bins)[0] / len(values)
        ax.stairs(share, bins, color=MODEL_COLOURS[name], linestyle=line, linewidth=1.8, label=name)
    ax.set(xlabel=metric, ylabel="share of people", xlim=(0, 1), ylim=(0, None))
    ax.legend()


def by_amount(ax: "Axes", tables: Mapping[str, pd.DataFrame], label: str) -> None:
    """Draw a mean with its interval against how many clicks were left, a line a model.

    Parameters
    ----------
    ax
        Where to draw.
    tables
        For each model, columns `mean`, `low` and `high`; a row an amount, in order.
    label
        What the amounts are, for the axis.
    """
    for (name, table), line, marker in zip(tables.items(), cycle(LINES), markers(), strict=False):
        places, colour = np.arange(len(table)), MODEL_COLOURS[name]
        marks.band(ax, places, table["low"], table["high"], colour)
        ax.plot(places, table["mean"], line, marker=marker, color=colour, label=name)
        ax.set_xticks(places, [str(amount) for amount in table.index])
    ax.set_xlabel(label)


def exposure(ax: "Axes", clicks: Numbers, shown: Numbers, name: str) -> None:
    """Draw a dot an item: its training clicks across, in how many lists it stands upwards.

    Parameters
    ----------
    ax
        Where to draw; both axes become logarithmic, with a line of its own for never.
    clicks, shown
        (n_items,) counts.
    name
        The model, for colour and title.
    """
    jitter = np.random.default_rng(0).uniform(0.85, 1.18, (2, len(clicks)))  # equal counts part
    upwards = np.where(shown > 0, shown, _NEVER)
    marks.dots(ax, clicks * jitter[0], upwards * jitter[1], 6, MODEL_COLOURS[name], alpha=0.4)
    ax.set(xscale="log", yscale="log", title=name, ylim=(_NEVER / 1.6, None))
    ax.set_xticks([1, 10, 100], ["1", "10", "100"])
    ax.set_yticks([_NEVER, 1, 10, 100], ["never", "1", "10", "100"])
    ax.minorticks_off()
    ax.set_xlabel("clicks in training")


def traversal(ax: "Axes", steps: Numbers, curves: Mapping[str, Numbers], label: str) -> None:
    """Draw the probability of some items along a direction, each named at its higher end.

    Parameters
    ----------
    ax
        Where to draw; the vertical axis becomes logarithmic.
    steps
        (n_steps,) distances from the centre.
    curves
        (n_steps,) probabilities, by title.
    label
        Which direction, for the axis.
    """
    colours, lowest = list(COLOURS.values()), {-1: np.inf, 0: np.inf}
    for number, title in enumerate(sorted(curves, key=lambda t: -curves[t].max())):
        chance, colour = curves[title], colours[number % len(colours)]
        line = LINES[number % len(LINES)]
        ax.plot(steps, chance, line, color=colour, linewidth=1.8)
        end = -1 if chance[-1] > chance[0] else 0
        height = lowest[end] = min(chance[end], lowest[end] * _ROOM)  # names do not overlap
        marks.words(
            ax,
            title,
            (steps[end], height),
            (-4 - 8 * end, 0),
            color=colour,
            va="center",
            ha="left" if end else "right",
        )
    ax.set(xlabel=label, yscale="log")


def agreement(ax: "Axes", correlations: Numbers, names: Sequence[str]) -> None:
    """Draw the sizes of correlations between two sets of axes as a grid of squares.

    Parameters
    ----------
    ax
        Where to draw.
    correlations
        (k, k) between the axes of one run (rows) and of another (columns).
    names
        Of the run upwards and of the run across.
    """
    size = np.abs(correlations)
    ticks = np.arange(len(size))
    ax.pcolormesh(ticks, ticks, size, cmap=_from_white(), vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(size):
        if value >= 0.25:
            ink = WHITE if value > 0.55 else COLOURS["black"]
            text = f"{value:.1f}".removeprefix("0")
            ax.text(column, row, text, ha="center", va="center", color=ink, fontsize=SMALL)
    ax.set_xticks(ticks, [str(tick + 1) for tick in ticks])
    ax.set_yticks(ticks, [str(tick + 1) for tick in ticks])
    ax.set(ylabel=f"axes of {names[0]}", xlabel=f"axes of {names[1]}")
    ax.set(aspect="equal")
    ax.invert_yaxis()
    ax.grid(visible=False)


def _from_white() -> "Colormap":
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("from-white", [WHITE, COLOURS["black"]])
