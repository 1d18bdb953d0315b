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


def draws_needed(ax: "Axes", theory: pd.DataFrame, measured: pd.DataFrame) -> None:
    """Draw how many draws an estimate needs, on a logarithmic axis: lines, and dots on them.

    Parameters
    ----------
    ax
        Where to draw; its vertical axis becomes logarithmic.
    theory
        Draws by the closed form, indexed by the number of latent dimensions, a column a line.
    measured
        The same from simulation, in columns of the same names, where it was feasible.
    """
    from matplotlib.ticker import MaxNLocator

    for name, (colour, line), marker in zip(theory, strokes(*_ORDER), markers(), strict=False):
        ax.plot(theory.index, theory[name], line, color=colour, linewidth=1.5, label=str(name))
        ax.plot(measured.index, measured[name], marker, color=colour)
    ax.set(yscale="log", xlabel="latent dimensions $K$", ylabel="draws needed")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def log_estimates(ax: "Axes", logs: Mapping[int, Numbers], exact: float) -> None:
    """Draw the logarithm of a Monte Carlo mean against the number of draws.

    Parameters
    ----------
    ax
        Where to draw; its horizontal axis becomes logarithmic.
    logs
        (n_repeats,) logarithms of the mean of L draws, by L; in a band lie nine out of ten.
    exact
        What the mean estimates, as a logarithm.
    """
    draws = list(logs)
    mean = [np.mean(values) for values in logs.values()]
    low, high = np.transpose([np.quantile(values, [0.05, 0.95]) for values in logs.values()])
    marks.band(ax, draws, low, high, COLOURS["blue"], 0.25)
    ax.plot(draws, mean, "o-", color=COLOURS["blue"], label="mean of the logarithms")
    ax.axhline(exact, color=QUANTITIES["evidence"], label="logarithm of the exact value")
    ax.set(xscale="log", xlabel="draws $L$", ylabel="nats")
    ax.legend()


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
