"""Pictures of what happens in the latent space: densities, widths, and units in use."""

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, LINES, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]


def densities(ax: "Axes", z: Numbers, curves: Mapping[str, Numbers]) -> None:
    """Draw densities over a one-dimensional latent variable: the prior, the posterior and q.

    Dashed, dotted and solid, in the colours that they have in the interactive parts.

    Parameters
    ----------
    ax
        Where to draw.
    z
        (n,) places.
    curves
        Densities at those places, (n,) each, by name, in that order.
    """
    styles = [quantity(name) for name in ("prior", "posterior", "q")]
    for (name, density), (colour, line) in zip(curves.items(), styles, strict=False):
        ax.plot(z, density, line, color=colour, label=name, linewidth=2)
    ax.set(xlabel="z", ylabel="density", ylim=(0, None))


def sigma_by_clicks(ax: "Axes", clicks: Numbers, sigma: Numbers, n_groups: int = 8) -> None:
    """Draw each user's posterior width against their clicks, with medians of equal groups.

    Parameters
    ----------
    ax
        Where to draw.
    clicks
        (n_users,) clicks of each user.
    sigma
        (n_users,) posterior standard deviation, mean over latent dimensions.
    n_groups
        Groups of (nearly) as many users each, ordered by clicks.
    """
    groups = np.array_split(np.argsort(clicks, kind="stable"), n_groups)
    middle = [[np.median(values[group]) for group in groups] for values in (clicks, sigma)]
    marks.dots(ax, clicks, sigma, 9, COLOURS["teal"], alpha=0.5, label="one user")
    ax.plot(*middle, "o-", color=COLOURS["blue"], label="median of a group of users")
    ax.set(xscale="log", xlabel="clicks of the user", ylabel="mean of σ over dimensions")
    ax.set_xticks([5, 10, 20, 50, 100, 200], ["5", "10", "20", "50", "100", "200"])
    ax.minorticks_off()
    ax.legend()


def unit_variances(ax: "Axes", variances: Mapping[str, Numbers], threshold: float = 0.01) -> None:
    """Draw how much each latent dimension tells users apart, largest first.

    Parameters
    ----------
    ax
        Where to draw.
    variances
        Variance of mu over users in each dimension, (latent,), by the name of the model.
    threshold
        Dimensions above it are called active (Burda et al. 2016).
    """
    for (name, variance), line in zip(variances.items(), cycle(LINES), strict=False):
        ax.plot(np.arange(1, len(variance) + 1), np.sort(variance)[::-1], line, label=name)
    ax.axhline(threshold, color=COLOURS["black"], linewidth=1)
    ax.set(yscale="log", xlabel="latent dimension, by rank", ylabel="variance of μ over users")
    marks.legend_above(ax)
