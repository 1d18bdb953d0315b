"""Pictures of the chapter on the ELBO: estimates, bounds, their parts, and how they move."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, QUANTITIES, WHITE, markers, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

_ORDER: Final = ("black", "blue", "wine", "green")  # of the colours of lines


def curves(
    ax: "Axes", x: Numbers, lines: Mapping[str, Numbers], order: Sequence[str] = _ORDER
) -> None:
    """Draw functions of one variable, each with a colour and a stroke of its own.

    Parameters
    ----------
    ax
        Where to draw.
    x
        (n,) places.
    lines
        Values at those places, (n,) each, by name; the first is drawn solid.
    order
        Of the colours.
    """
    for (name, values), (colour, line) in zip(lines.items(), strokes(*order), strict=False):
        ax.plot(x, values, line, color=colour, label=name, linewidth=2)


def by_draws(
    ax: "Axes", lines: Mapping[str, "pd.Series[float]"], ringed: Mapping[str, float]
) -> None:
    """Draw what a Monte Carlo mean gives against the number of draws, and a ring on a line.

    Parameters
    ----------
    ax
        Where to draw; its horizontal axis becomes logarithmic.
    lines
        Values in nats, indexed by the number of draws, by name.
    ringed
        A number of draws at which the line of that name has a ring, read off between its places.
    """
    styles = zip(strokes(*_ORDER), markers(), strict=False)
    for (name, line), ((colour, stroke), marker) in zip(lines.items(), styles, strict=False):
        look = {"linestyle": stroke, "marker": marker, "markersize": 4}
        ax.plot(line.index, line, color=colour, label=name, **look)
        if name in ringed:
            height = np.interp(np.log(ringed[name]), np.log(line.index), line)
            ax.plot(ringed[name], height, "o", color=colour, fillstyle="none", markersize=11)
    ax.set(xscale="log", xlabel="draws $L$", ylabel="nats")


def path(ax: "Axes", t: Numbers, elbo: Numbers, log_p: float) -> None:
    """Draw the ELBO along a path of q's below log p(x), and shade the gap between them.

    Parameters
    ----------
    ax
        Where to draw.
    t
        (n,) places on the path.
    elbo
        (n,) the ELBO at those places, in nats.
    log_p
        log p(x), in nats.
    """
    marks.band(ax, t, elbo, log_p, QUANTITIES["gap"], 0.35, label="gap")
    ax.plot(t, elbo, color=QUANTITIES["elbo"], linewidth=2, label="ELBO")
    ax.axhline(log_p, color=QUANTITIES["evidence"], label="log p(x)")
    ax.set(xlabel="from prior (0) to posterior (1)", ylabel="nats")
    ax.legend(loc="lower right")


def bound_by_draws(ax: "Axes", table: pd.DataFrame, elbo: float, log_p: float) -> None:
    """Draw importance-weighted bounds with their intervals, between the ELBO and log p(x).

    Parameters
    ----------
    ax
        Where to draw; its horizontal axis becomes logarithmic.
    table
        Columns `bound` and `error` (half an interval's length), indexed by the number of draws.
    elbo, log_p
        Drawn as horizontal lines, in nats.
    """
    ax.axhline(log_p, color=QUANTITIES["evidence"], label="log p(x)")
    ax.axhline(elbo, color=QUANTITIES["elbo"], linestyle="--", label="ELBO")
    ax.errorbar(
        table.index,
        table["bound"],
        yerr=table["error"],
        fmt="o",
        markersize=4,
        capsize=3,
        color=COLOURS["wine"],
        label="bound with $L$ draws",
    )
    ax.set(xscale="log", xlabel="draws $L$", ylabel="nats")
    ax.legend(loc="center right")


def half_steps(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw the ELBO and log p(x) after each half step of EM.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Columns `ELBO` and `log p`, a row a half step, indexed by a text such as "E1" or "M1".
    """
    places = np.arange(len(table))
    marks.band(ax, places, table["ELBO"], table["log p"], QUANTITIES["gap"], 0.35, label="gap")
    ax.plot(
        places, table["log p"], "o-", color=QUANTITIES["evidence"], label="log p(x)", markersize=4
    )
    ax.plot(places, table["ELBO"], "s--", color=QUANTITIES["elbo"], label="ELBO", markersize=4)
    ax.set_xticks(places, [str(name) for name in table.index])
    ax.set(xlabel="half step", ylabel="nats a user")
    ax.legend(loc="lower right")


def spans(ax: "Axes", ends: Mapping[str, tuple[float, float]]) -> None:
    """Draw the parts of the bound as bars from one value to another, the first on top.

    Parameters
    ----------
    ax
        Where to draw.
    ends
        Start and end of each bar in nats, by the name of a quantity, with or without its sign.
    """
    places = np.arange(len(ends))[::-1]
    starts, stops = np.transpose(list(ends.values()))
    colours = [QUANTITIES[name.strip("+- ").lower()] for name in ends]
    ax.barh(places, stops - starts, left=starts, color=colours, height=0.6)
    ax.axvline(0, color=COLOURS["black"], linewidth=0.8)
    paper = {"facecolor": WHITE, "edgecolor": "none", "pad": 0.6}  # over the line at zero
    for place, start, stop in zip(places, starts, stops, strict=True):
        marks.after_bar(ax, f"{stop - start + 0.0:.2f}", max(start, stop), place, bbox=paper)
    ax.set_yticks(places, list(ends))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("nats")
