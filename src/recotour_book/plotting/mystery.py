"""Figures of the chapter on Gluon's missing regularisation: metrics against β, and σ."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import FRAMEWORK_LOOKS, LOOKS, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A variant keeps its colour and marker in all panels, also where others are missing.
_NAMES: Final = (
    "as it should be",
    "frozen",
    "divided twice",
    "squashed",
    "decay",
    "as published",
    "divided twice, decay",
)
_LOOKS: Final = dict(zip(_NAMES, LOOKS, strict=False))
_APART: Final = 0.08  # from one variant to the next, in steps of β


def against_beta(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw a line a variant over β, each point with its interval, side by side.

    Parameters
    ----------
    axes
        To draw on.
    table
        Columns `mean`, `low` and `high`; indexed by variant and β. The variants are drawn in
        their order in the table.
    label
        What is measured, for the vertical axis.
    """
    names = list(table.index.unique("variant"))
    betas = sorted(table.index.unique("beta"))
    shifts = marks.beside_one_another(len(names), _APART)
    for i, (name, shift) in enumerate(zip(names, shifts, strict=True)):
        colour, marker = _LOOKS.get(name, LOOKS[i % len(LOOKS)])
        rows, places = table.loc[name].loc[betas], np.arange(len(betas)) + shift
        marks.upwards(axes, places, rows["low"], rows["high"], colour, 1.5)
        axes.plot(places, rows["mean"], marker=marker, color=colour, linewidth=1, label=name)
    axes.set_xticks(range(len(betas)), [f"{beta:g}" for beta in betas])
    axes.set(xlabel="cap of β", ylabel=label)


def runs_by_framework(axes: "Axes", table: pd.DataFrame, metric: str) -> None:
    """Draw single runs of the two frameworks against β.

    Parameters
    ----------
    axes
        To draw on.
    table
        A row a run, with the columns `framework`, `cap of β` and `metric`.
    metric
        Name of the column.
    """
    for name in ("PyTorch", "MXNet"):
        colour, marker = FRAMEWORK_LOOKS[name]
        runs = table[table["framework"] == name]
        places, values = runs["cap of β"], runs[metric]
        axes.plot(places, values, marker, color=colour, label=name, markersize=7, alpha=0.8)
    axes.set(xlabel="cap of β", ylabel=metric, xlim=(-0.05, None))


def deviations(axes: "Axes", sigmas: Mapping[float, NDArray[Any]]) -> None:
    """Draw how the posterior deviations σ are spread, an outline for each β.

    Parameters
    ----------
    axes
        To draw on.
    sigmas
        (n_users, latent) deviations by β.
    """
    bins = np.linspace(0, max(sigma.max() for sigma in sigmas.values()), 60).tolist()
    for (beta, sigma), (colour, line) in zip(sigmas.items(), strokes(), strict=False):
        axes.hist(
            sigma.ravel(),
            bins,
            density=True,
            histtype="step",
            color=colour,
            linestyle=line,
            linewidth=2,
            label=f"β = {beta:g}",
        )
    axes.set(xlabel="posterior deviation σ", ylabel="density")
