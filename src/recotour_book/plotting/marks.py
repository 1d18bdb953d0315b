"""Marks that mean the same in every figure: intervals, lines to hold against, words beside dots."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recotour_book.plotting.style import COLOURS, GREYS, SMALL, WHITE, as_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

# Intervals and means.


def across(
    axes: "Axes",
    places: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    colour: str,
    width: float,
    **look: Any,
) -> None:
    """Draw horizontal bars from low to high, such as intervals, at their heights."""
    axes.hlines(places, low, high, color=colour, linewidth=width, **look)


def upwards(
    axes: "Axes", places: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str, width: float
) -> None:
    """Draw upright bars from low to high, such as intervals, at their places."""
    axes.vlines(places, low, high, color=colour, linewidth=width)


def dot_with_interval(
    axes: "Axes", place: float, row: Any, look: tuple[str, str], width: float = 2, **dot: Any
) -> None:
    """Draw a row's `mean` as a dot on its interval from `low` to `high`.

    Parameters
    ----------
    axes
        To draw on.
    place
        Its height.
    row
        With `mean`, `low` and `high`.
    look
        Colour and marker.
    width
        Of the interval, in points.
    **dot
        Properties of the dot that differ from the usual ones.
    """
    colour, marker = look
    across(axes, place, row["low"], row["high"], colour, width, capstyle="projecting")
    axes.plot(row["mean"], place, marker, color=colour, **{"markersize": 8, **dot})


def face(colour: str, clear: bool) -> str:
    """Give what fills a dot: its colour where its interval is clear of zero, else the ground's."""
    return colour if clear else WHITE


def band(
    axes: "Axes",
    places: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    colour: str,
    alpha: float = 0.15,
    **more: Any,
) -> None:
    """Shade what lies between two curves."""
    axes.fill_between(places, low, high, color=colour, alpha=alpha, linewidth=0, **more)


def beside_one_another(count: int, apart: float) -> NDArray[np.floating[Any]]:
    """Places around a tick, `apart` from each other, so that intervals do not hide one another."""
    return apart * (np.arange(count) - (count - 1) / 2)


def dots(axes: "Axes", x: ArrayLike, y: ArrayLike, size: float, colour: str, **look: Any) -> None:
    """Draw a dot a pair; very many of them are kept as pixels, which weigh less."""
    many = as_picture(np.size(x))
    axes.scatter(x, y, s=size, color=colour, linewidths=0, rasterized=many, **look)


# Lines to hold something against.


def no_difference(axes: "Axes") -> None:
    """Draw the upright line at zero that differences are held against."""
    axes.axvline(0, color=GREYS["rule"], linestyle="--", linewidth=1)


def cut(axes: "Axes", place: float) -> None:
    """Draw the upright line at which something ends."""
    axes.axvline(place, color=COLOURS["black"], linestyle="--", linewidth=1)


def exact(axes: "Axes", height: float, label: str = "exact", line: str = "-") -> None:
    """Draw the level line of a value that others should come to."""
    axes.axhline(height, color=GREYS["text"], linestyle=line, linewidth=1, label=label)


# Words.


def words(
    axes: "Axes", text: str, place: tuple[float, float], offset: tuple[float, float], **look: Any
) -> "Annotation":
    """Write beside a place, `offset` points to the right of it and above."""
    look = {"fontsize": SMALL, **look}
    return axes.annotate(text, place, textcoords="offset points", xytext=offset, **look)


def after_bar(axes: "Axes", text: str, end: float, place: float, **look: Any) -> None:
    """Write a bar's number behind its end."""
    words(axes, text, (end, place), (4, 0), va="center", **look)


def legend_above(axes: "Axes", columns: int = 3) -> None:
    """Put the legend over the panel, where it hides nothing and takes no width."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1),
        ncols=columns,
        columnspacing=1.2,
        handletextpad=0.5,
        borderpad=0.2,
    )


def rows(axes: "Axes", places: ArrayLike, names: Sequence[object], above: float = 0.6) -> None:
    """Name the rows of a panel, the highest of which has `above` rows of room over it."""
    axes.set_yticks(np.asarray(places), [str(name) for name in names])
    axes.set_ylim(-0.6, len(names) - 1 + above)


# Panels that are tables.


def as_table(axes: "Axes", **ticks: Any) -> None:
    """Take away frame, grid and ticks, and put the names of the columns on top."""
    look: dict[str, Any] = {"top": True, "labeltop": True, "bottom": False, "labelbottom": False}
    axes.tick_params(length=0, **look, **ticks)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
