"""Pictures of the chapter on Mult-VAE: likelihoods, the rate–distortion plane, units, the sweep."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import (
    COLOURS,
    GREYS,
    LINES,
    LONG_DASHES,
    Stroke,
    markers,
    strokes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

_TANGENT: Final = 0.22  # half length of a tangent, as a share of its place on the horizontal axis


def gradients(ax: "Axes", logits: Numbers, curves: Mapping[str, Numbers]) -> None:
    """Draw the derivative of a loss with respect to one logit, a line a likelihood.

    Parameters
    ----------
    ax
        Where to draw.
    logits
        (n,) values of the logit.
    curves
        Derivatives there, (n,) each, by the name of the likelihood.
    """
    for (name, values), (colour, line) in zip(curves.items(), _strokes(), strict=False):
        ax.plot(logits, values, linestyle=line, color=colour, label=name, linewidth=2)
    ax.axhline(0, color=COLOURS["black"], linewidth=0.8)
    ax.set_xlabel("logit of the item")


def rate_distortion(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw models in the plane of rate and distortion, each with a short line of slope -β.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Indexed by β, with columns `kl` and `nll` in nats a user.
    """
    ax.plot(table["kl"], table["nll"], "o", color=COLOURS["blue"], label="models")
    for beta, kl, nll in zip(table.index, table["kl"], table["nll"], strict=True):
        ends = kl * np.array([1 - _TANGENT, 1 + _TANGENT])
        ax.plot(ends, nll - beta * (ends - kl), "-", color=COLOURS["black"])
        marks.words(ax, f"{beta:g}", (kl, nll), (5, 6))
    ax.lines[-1].set_label("slope −β")
    ax.set(xlabel="rate: KL, nats a user", ylabel="distortion: nll, nats a user")
    ax.legend()


def unit_rates(ax: "Axes", betas: Numbers, rates: Mapping[str, Numbers]) -> None:
    """Draw the KL divergence of single units over β, on a logarithmic axis.

    Parameters
    ----------
    ax
        Where to draw.
    betas
        (n,) weights.
    rates
        KL at those weights in nats, (n,) each, by the name of the unit.
    """
    for (name, values), (colour, line) in zip(rates.items(), _strokes(), strict=False):
        ax.plot(betas, values, linestyle=line, color=colour, label=name, linewidth=2)
    ax.set(xscale="log", xlabel="β", ylabel="KL of the unit, nats", ylim=(0, None))
    ax.legend()


def units_by_rank(ax: "Axes", units: Mapping[str, Numbers]) -> None:
    """Draw each unit's KL divergence, mean over users, largest first.

    Parameters
    ----------
    ax
        Where to draw.
    units
        (latent,) nats, by the name of the model.
    """
    for (name, kl), (colour, line) in zip(units.items(), _strokes(), strict=False):
        rank = np.arange(1, len(kl) + 1)
        ax.plot(rank, np.sort(kl)[::-1], linestyle=line, color=colour, label=name, linewidth=2)
    ax.set(yscale="log", xlabel="unit, by rank", ylabel="KL of the unit, nats")
    ax.set_ylim(bottom=ax.get_ylim()[0] / 10)  # room for the legend
    ax.legend(ncols=2, loc="lower left")


def sweep(
    axes: Sequence["Axes"], table: pd.DataFrame, panels: Mapping[str, str], marked: Sequence[float]
) -> None:
    """Draw what a sweep of β measured: a panel a column, a dot a seed, a line through the means.

    Parameters
    ----------
    axes
        One for each panel.
    table
        A row a run, with `beta_cap` and the columns of the panels.
    panels
        Title of each panel, by its column.
    marked
        Caps to set off by a grey band, as the three settings of a slider.
    """
    caps = sorted(table["beta_cap"].unique())
    place = {cap: number for number, cap in enumerate(caps)}
    for ax, (column, title), marker in zip(axes, panels.items(), markers(), strict=False):
        means = table.groupby("beta_cap")[column].mean()
        dots = table["beta_cap"].map(place)
        ax.plot(dots, table[column], ".", color=COLOURS["blue"], alpha=0.4, markersize=5)
        ax.plot(range(len(caps)), means, f"{marker}-", color=COLOURS["blue"], markersize=4)
        for cap in marked:
            ax.axvspan(place[cap] - 0.35, place[cap] + 0.35, color=GREYS["band"], zorder=0)
        ax.set_xticks(range(len(caps)), [f"{cap:g}" for cap in caps], rotation=40)
        ax.set(title=title, xlabel="cap of β")


def _strokes() -> Iterator[Stroke]:
    """Colours and lines in the order of this chapter, which compares five models."""
    order = ("blue", "vermillion", "green", "black", "purple")
    return strokes(*order, lines=(*LINES, LONG_DASHES))
