"""Figures of the chapter on the reparameterization trick: estimates, their noise, and its parts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, SMALL, WHITE, markers, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

# An estimator keeps its colour, line and marker through the chapter: blue is the pathwise one.
_ORDER: Final = ("blue", "vermillion", "amber", "green")
_SOURCES: Final = ("blue", "amber", "green", "purple")


def running_means(ax: "Axes", draws: Mapping[str, Numbers], truth: float) -> None:
    """Draw the mean of the first 1, 2, 3 ... draws of each estimator, and where it belongs.

    Parameters
    ----------
    ax
        Where to draw; the axis of the draws becomes logarithmic.
    draws
        Estimates from one draw each, (n_draws,), by the name of the estimator.
    truth
        What they estimate, drawn as a line.
    """
    marks.exact(ax, truth)
    for (name, values), (colour, line) in zip(draws.items(), strokes(*_ORDER), strict=False):
        count = np.arange(1, len(values) + 1)
        mean = np.cumsum(values) / count
        ax.semilogx(count, mean, line, color=colour, label=name, linewidth=2)
    ax.set(xlabel="draws", ylabel="mean of the estimates")


def on_log_axes(ax: "Axes", measured: pd.DataFrame, theory: pd.DataFrame | None = None) -> None:
    """Draw positive columns against the index: markers for measurements, lines for theory.

    Parameters
    ----------
    ax
        Where to draw; both axes become logarithmic.
    measured
        A column an estimator; the name of the index labels the axis.
    theory
        The same columns by formula; without it lines join the measurements.
    """
    for name, (colour, line), marker in zip(measured, strokes(*_ORDER), markers(), strict=False):
        look: dict[str, Any] = {"color": colour, "marker": marker, "label": name}
        ax.loglog(
            measured.index,
            measured[name],
            linestyle="none" if theory is not None else line,
            markersize=5,
            **look,
        )
        if theory is not None:
            ax.loglog(theory.index, theory[name], line, color=colour, linewidth=1.5)
    ax.set(xlabel=str(measured.index.name))


def walks(ax: "Axes", runs: Mapping[str, Numbers], target: float) -> None:
    """Draw many runs of each kind: their median, and a band that holds the middle 80 %.

    Parameters
    ----------
    ax
        Where to draw.
    runs
        (n_steps, n_runs) by the name of the kind.
    target
        Where they should arrive, drawn as a line.
    """
    for (name, values), (colour, line) in zip(runs.items(), strokes(*_ORDER), strict=False):
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=1)  # (n_steps,) each
        step, level = np.arange(len(values)), 3 - len(ax.lines) / 10  # the first lies on top
        marks.band(ax, step, low, high, colour, 0.3, zorder=level - 1)
        ax.plot(step, middle, line, color=colour, label=name, linewidth=2, zorder=level)
    marks.exact(ax, target)
    ax.set(xlabel="step")


def shares(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw each row as a bar cut into its columns' shares of the row's sum.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Numbers that are not negative; a row a bar, a column a source.
    """
    portions = table.div(table.sum(axis=1), axis=0)
    starts = portions.cumsum(axis=1) - portions
    for source, colour in zip(table, _SOURCES, strict=False):
        bars = ax.barh(
            list(table.index),
            portions[source],
            left=starts[source],
            color=COLOURS[colour],
            label=source,
            edgecolor=WHITE,
        )
        texts = [f"{share:.0%}" if share > 0.06 else "" for share in portions[source]]
        ax.bar_label(bars, texts, label_type="center", color=WHITE, fontsize=SMALL)
    ax.invert_yaxis()
    ax.set(xlabel="share of the variance", xlim=(0, 1))
    ax.grid(visible=False)
