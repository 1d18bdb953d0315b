"""How the book's figures look: vector pictures for any screen, in the colours of `palette`.

A figure is 5.5 inches wide, panels stand on each other, and no writing is below 10.5 points: on a
telephone, where the column has 342 pixels, that is 9. `marks` draws with what is defined here.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

from cycler import cycler

from recotour_book import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: Final = {name: tone.light for name, tone in palette.HUES.items()}
GREYS: Final = {name: tone.light for name, tone in palette.GREYS.items()}
PALE: Final = {name: tone.light for name, tone in palette.PALE.items()}
QUANTITIES: Final = {name: it.tone.light for name, it in palette.QUANTITIES.items()}
WHITE: Final = palette.GROUND.light

LINES: Final = ("-", "--", "-.", ":")
LONG_DASHES: Final = (0, (8, 2))  # where a fifth line is needed

# A model keeps its colour through the whole book.
MODEL_COLOURS: Final = {name: model.tone.light for name, model in palette.MODELS.items()}

WIDTH: Final = 5.5  # inches
HEIGHT: Final = 2.9  # of a panel, in inches
SMALL: Final = 10.5  # points: the least that a telephone leaves readable
MANY: Final = 300  # dots from which on a picture of them is lighter than their outlines

# Wide letters first, as figures are laid out with the first: narrower ones then fit as well.
_FONTS: Final = ["DejaVu Sans", "Verdana", "Roboto", "sans-serif"]
_SETTINGS: Final[dict[Any, Any]] = {
    "figure.figsize": (WIDTH, HEIGHT),
    "figure.dpi": 110,
    "savefig.dpi": 160,
    "savefig.facecolor": WHITE,
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": cycler(color=[c for name, c in COLOURS.items() if name != "grey"]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.edgecolor": COLOURS["black"],
    "axes.labelcolor": COLOURS["black"],
    "grid.color": GREYS["faint"],
    "text.color": COLOURS["black"],
    "xtick.color": COLOURS["black"],
    "ytick.color": COLOURS["black"],
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "font.family": "sans-serif",
    "font.sans-serif": _FONTS,
    "font.size": SMALL * 1.2,  # of which "small" is SMALL
    "axes.labelsize": SMALL,
    "axes.titlesize": 11.5,
    "figure.titlesize": 11.5,
    "legend.fontsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "svg.fonttype": "none",  # writing stays writing: it can be read, searched and measured
    "svg.hashsalt": "recotour",  # the same names of clip paths at each run
}
_PRINT: Final[dict[str, Any]] = {"bbox_inches": None, "metadata": {"Date": None}}


def use_style() -> None:
    """Set matplotlib up for the book; call it once at the top of a notebook."""
    import matplotlib as mpl

    from recotour_book.plotting.logarithms import use_plain_logarithms

    mpl.rcParams.update(_SETTINGS)
    use_plain_logarithms()
    _show_as_svg()


def _show_as_svg() -> None:
    """Let a notebook keep its figures as SVG, as wide as they are asked to be, without a date."""
    import IPython

    shell = IPython.get_ipython()
    if shell is None:
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats
    from matplotlib_inline.config import InlineBackend

    backend = InlineBackend.instance(parent=shell)
    backend.figure_formats, backend.print_figure_kwargs = {"svg"}, dict(_PRINT)
    set_matplotlib_formats("svg", **_PRINT)  # type: ignore[no-untyped-call]


def new_axes(
    count: int = 1, height: float = HEIGHT, columns: int = 1, **options: Any
) -> "list[Axes]":
    """Make a figure with `count` panels below each other and give their axes.

    Parameters
    ----------
    count
        Number of panels.
    height
        Of each, in inches.
    columns
        Panels side by side; more than one only where each has little to write.
    **options
        Of `matplotlib.pyplot.subplots`, such as `sharex`.
    """
    import matplotlib.pyplot as plt

    rows = -(-count // columns)
    size = (WIDTH, height * rows)
    _, axes = plt.subplots(rows, columns, squeeze=False, figsize=size, **options)
    panels = list(axes.ravel())
    for spare in panels[count:]:
        spare.set_visible(False)
    return panels[:count]


def as_picture(dots: int) -> bool:
    """Say whether so many dots are kept as pixels inside the figure."""
    return dots > MANY


def markers() -> Iterator[str]:
    """Go round through markers, so that no line is told from another by colour alone."""
    while True:
        yield from "osD^vPX"


Look = tuple[str, str]  # a colour and a marker
Stroke = tuple[str, Any]  # a colour and a line

# For what has no look of its own. The two frameworks and the models keep theirs.
LOOKS: Final[tuple[Look, ...]] = tuple(zip(COLOURS.values(), markers(), strict=False))
FRAMEWORK_LOOKS: Final[dict[str, Look]] = {
    name: (it.tone.light, it.marker) for name, it in palette.FRAMEWORKS.items()
} | {"MXNet": (palette.FRAMEWORKS["Gluon"].tone.light, palette.FRAMEWORKS["Gluon"].marker)}
MODEL_LOOKS: Final[dict[str, Look]] = {
    name: (it.tone.light, it.marker) for name, it in palette.MODELS.items()
}


def look(model: str, other: str = GREYS["rule"]) -> Look:
    """Give colour and marker of a model; one that has none is a circle in another colour."""
    return MODEL_LOOKS.get(model, (other, "o"))


def colour_of(name: str, other: str) -> str:
    """Give the colour of the model that a name such as "EASE, 300 items" begins with."""
    return MODEL_COLOURS.get(name.split(",")[0], other)


def strokes(*first: str, lines: Sequence[Any] = LINES) -> Iterator[Stroke]:
    """Go round through colours, the named ones first, and through lines beside them.

    Neighbours differ by their line too: none is told by its colour alone.
    """
    order = [*first, *(name for name in COLOURS if name not in (*first, "grey"))]
    return zip(cycle([COLOURS[name] for name in order]), cycle(lines), strict=False)


def quantity(name: str) -> Stroke:
    """Give colour and line of a quantity of the bound, such as "elbo" or "gap"."""
    return QUANTITIES[name], palette.QUANTITIES[name].dash
