"""Names of dots, put where they meet neither one another nor a dot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from recotour_book.plotting.marks import words
from recotour_book.plotting.style import GREYS, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Where a label may stand, in points from its dot, the best place first; far ones get a line.
_PLACES: Final = [
    (9, 0, "left", "center"),
    (-9, 0, "right", "center"),
    (0, 9, "center", "bottom"),
    (0, -9, "center", "top"),
    (7, 7, "left", "bottom"),
    (7, -7, "left", "top"),
    (-7, 7, "right", "bottom"),
    (-7, -7, "right", "top"),
    (16, 20, "left", "bottom"),
    (16, -20, "left", "top"),
    (-16, 20, "right", "bottom"),
    (-16, -20, "right", "top"),
]
_FAR: Final = 10  # points


def name_points(axes: "Axes", points: NDArray[Any], names: Sequence[str]) -> None:
    """Write each name beside its dot, and join those that stand far from it by a line.

    Call it last, when the figure has its size.

    Parameters
    ----------
    axes
        Where the dots are.
    points
        (n_points, 2) their places.
    names
        One a dot.
    """
    axes.figure.canvas.draw()  # so that places on the screen are known
    dots = axes.transData.transform(points)  # (n_points, 2) pixels
    boxes = np.array([_boxes(axes, name, dot) for name, dot in zip(names, dots, strict=True)])
    places = _choose(boxes, _around(dots, 0.09 * axes.figure.dpi), np.ravel(axes.bbox.extents))
    line = {"arrowstyle": "-", "color": GREYS["rule"], "linewidth": 0.8, "shrinkA": 0, "shrinkB": 5}
    for name, (x, y), place in zip(names, points, places, strict=True):
        right, up, ha, va = _PLACES[place]
        words(
            axes,
            name,
            (x, y),
            (right, up),
            ha=ha,
            va=va,
            in_layout=False,
            arrowprops=line if abs(up) > _FAR else None,
        )


def _boxes(axes: "Axes", name: str, dot: NDArray[Any]) -> NDArray[Any]:
    """Boxes of a name at each place beside its dot: left, bottom, right, top in pixels."""
    text = axes.text(0, 0, name, fontsize=SMALL)
    size = np.array(text.get_window_extent().size)
    text.remove()
    back = {"left": 0.0, "bottom": 0.0, "center": 0.5, "right": 1.0, "top": 1.0}
    offset = np.array([place[:2] for place in _PLACES]) * axes.figure.dpi / 72
    anchor = np.array([[back[ha], back[va]] for *_, ha, va in _PLACES])
    corner = dot + offset - anchor * size
    return np.hstack([corner, corner + size])


def _choose(boxes: NDArray[Any], dots: NDArray[Any], panel: NDArray[Any]) -> NDArray[np.intp]:
    """Choose each name's place, in turns, until none can do better for itself.

    Parameters
    ----------
    boxes
        (n_names, n_places, 4).
    dots
        (n_names, 4) boxes around the dots.
    panel
        (4,) what a name should not leave.
    """
    names = np.arange(len(boxes))
    area = np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)  # (n_names, n_places)
    alone = area - shared_area(boxes, panel) + 0.01 * area * np.arange(boxes.shape[1])
    alone += shared_area(boxes[:, :, None], dots).sum(axis=-1) - shared_area(boxes, dots[:, None])
    chosen: NDArray[np.intp] = alone.argmin(axis=1)
    for turn in np.tile(names, 5):
        others = boxes[names, chosen][names != turn]
        cost = alone[turn] + shared_area(boxes[turn][:, None], others).sum(axis=-1)
        chosen[turn] = cost.argmin()
    return chosen


def _around(dots: NDArray[Any], reach: float) -> NDArray[Any]:
    return np.hstack([dots - reach, dots + reach])


def shared_area(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Area that two boxes have in common, (..., 4) and (..., 4) in."""
    low, high = np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])
    area: NDArray[Any] = np.prod(np.maximum(high - low, 0), axis=-1)
    return area
