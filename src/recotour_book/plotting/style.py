"""One visual language for every figure: colours that survive colour-blindness, few lines.

Colours, greys, lines and markers are defined here and nowhere else; `marks` draws with them.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
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

# From dark to light, by what they are for.
GREYS: Final = {
    "text": "#666666",  # writing that steps back, and the line of an exact value
    "line": "#888888",  # what differences are held against, and models without a colour
    "left out": "#b8b8b8",
    "rest": "#bbbbbb",  # what comes after the last colour
    "band": "#dddddd",
    "miss": "#e3e3e3",
    "grid": "#e6e6e6",
    "says nothing": "#f0f0f0",
    "empty": "#f1f1f1",
}

LINES: Final = ("-", "--", "-.", ":")
LONG_DASHES: Final = (0, (8, 2))  # where a fifth line is needed

# A model keeps its colour through the whole book.
MODEL_COLOURS: Final = {
    "Mult-VAE": COLOURS["blue"],
    "Mult-DAE": COLOURS["sky"],
    "EASE": COLOURS["vermillion"],
    "Item-kNN": COLOURS["orange"],
    "Popularity": COLOURS["black"],
}

# Those that only the chapter on progress shows.
_MORE_COLOURS: Final = {
    "User-kNN": "#8A7A00",  # olive
    "RP3beta": COLOURS["green"],
    "PureSVD": COLOURS["purple"],
    "iALS": "#332288",  # indigo
    "SLIM": "#882255",  # wine
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
    "grid.color": GREYS["grid"],
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


Look = tuple[str, str]  # a colour and a marker
Stroke = tuple[str, Any]  # a colour and a line

# For what has no look of its own. The two frameworks and the models keep theirs.
LOOKS: Final[tuple[Look, ...]] = tuple(zip(COLOURS.values(), markers(), strict=False))
FRAMEWORK_LOOKS: Final = {"PyTorch": LOOKS[0], "Gluon": LOOKS[1], "MXNet": LOOKS[1]}
_MORE_MARKERS: Final = {"User-kNN": "<", "RP3beta": "P", "PureSVD": "X", "iALS": ">", "SLIM": "*"}
MODEL_LOOKS: Final[dict[str, Look]] = {
    name: (colour, marker)
    for (name, colour), marker in zip(MODEL_COLOURS.items(), markers(), strict=False)
} | {name: (colour, _MORE_MARKERS[name]) for name, colour in _MORE_COLOURS.items()}


def look(model: str, other: str = GREYS["line"]) -> Look:
    """Give colour and marker of a model; one that has none is a circle in another colour."""
    return MODEL_LOOKS.get(model, (other, "o"))


def colour_of(name: str, other: str) -> str:
    """Give the colour of the model that a name such as "EASE, 300 items" begins with."""
    return MODEL_COLOURS.get(name.split(",")[0], other)


def strokes(*first: str, lines: Sequence[Any] = LINES) -> Iterator[Stroke]:
    """Go round through colours, the named ones first, and through lines beside them.

    The first 28 differ, and neighbours by their line too: none is told by its colour alone.
    """
    order = [*first, *(name for name in COLOURS if name not in first)]
    return zip(cycle([COLOURS[name] for name in order]), cycle(lines), strict=False)
