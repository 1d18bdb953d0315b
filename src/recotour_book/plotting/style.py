"""One visual language for every figure: colours that survive colour-blindness, few lines."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from cycler import cycler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, less its yellow, which is hard to see on white.
COLOURS: Final = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#222222",
}

# A model keeps its colour through the whole book.
MODEL_COLOURS: Final = {
    "Mult-VAE": COLOURS["blue"],
    "Mult-DAE": COLOURS["sky"],
    "EASE": COLOURS["vermillion"],
    "Item-kNN": COLOURS["orange"],
    "Popularity": COLOURS["black"],
}

_SETTINGS: Final[dict[Any, Any]] = {
    "figure.figsize": (7.2, 3.6),
    "figure.dpi": 110,
    "savefig.dpi": 160,
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": cycler(color=list(COLOURS.values())),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "font.size": 11,
}


def use_style() -> None:
    """Set matplotlib up for the book; call it once at the top of a notebook."""
    import matplotlib as mpl

    mpl.rcParams.update(_SETTINGS)


def new_axes(count: int = 1, **options: Any) -> "list[Axes]":
    """Make a figure with `count` panels side by side and give their axes."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, count, squeeze=False, **options)
    return list(axes[0])


def markers() -> Iterator[str]:
    """Go round through markers, so that no line is told from another by colour alone."""
    while True:
        yield from "osD^vPX"
