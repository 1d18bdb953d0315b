"""What the drawings share: their colours, the marks, and the white card that they stand on.

A module for the scripts beside it; run as a script it does nothing.

The marks mean the same in every drawing. A circle is random, a shaded one observed; a box is
computed; a small square is a parameter. Colours are those of recotour_book.palette: blue is a
network, vermillion the noise and the divergence from the prior, green the likelihood, violet what
is inferred, purple with dashes a gradient on its way back.
"""

from collections.abc import Iterable
from typing import Final

from recotour_book import palette

BLUE, VERMILLION, GREEN, PURPLE, AMBER, VIOLET, TEAL, BLACK, GREY = (
    palette.HUES[name].light
    for name in (
        "blue",
        "vermillion",
        "green",
        "purple",
        "amber",
        "violet",
        "teal",
        "black",
        "grey",
    )
)
PALE: Final = {palette.HUES[name].light: tone.light for name, tone in palette.PALE.items()}
WHITE: Final = palette.GROUND.light
SHADE: Final = palette.GREYS["observed"].light
STONE: Final = palette.GREYS["faint"].light  # of areas that no model changes
RULE: Final = palette.GREYS["rule"].light  # axes and plates
FRAME: Final = palette.GREYS["frame"].light  # of the card, and lines across it

WIDTH: Final = 800
MARGIN: Final = 12  # of the 800, on each side, that lies outside the card
LEAST: Final = 20.5  # of a text: 9 pixels where the card is 342 wide
BACK: Final = "7 4"  # dashes of a gradient
NOISE: Final = "6 5"  # dashes of what comes from outside
INFERENCE: Final = "12 6"  # dashes of the inference network


def text(
    x: float, y: float, content: str, size: float = LEAST, fill: str = BLACK, **more: str
) -> str:
    """Write one line, centred on x unless `anchor` says otherwise."""
    anchor, weight = more.get("anchor", "middle"), more.get("weight", "normal")
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{max(size, LEAST):g}" fill="{fill}" '
        f'text-anchor="{anchor}" font-weight="{weight}">{content}</text>'
    )


def index(base: str, below: str) -> str:
    """Set a letter with a subscript; what follows stands on the line again."""
    return f'{base}<tspan dy="5" font-size="{LEAST}">{below}</tspan><tspan dy="-5">&#8203;</tspan>'


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Draw a rounded box, its middle at height y."""
    return (
        f'<rect x="{x}" y="{y - height / 2:g}" width="{width}" height="{height}" rx="7" '
        f'fill="{PALE[colour]}" stroke="{colour}" stroke-width="2.5"/>'
    )


def circle(x: float, y: float, radius: float, colour: str, fill: str | None = None) -> str:
    """Draw a random quantity."""
    return (
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill or PALE[colour]}" '
        f'stroke="{colour}" stroke-width="{4 if colour == VERMILLION else 2.5}"/>'
    )


def pill(x: float, y: float, width: float, colour: str = VERMILLION) -> str:
    """Draw the dashed outline of something that comes from outside, its middle at (x, y)."""
    return (
        f'<rect x="{x - width / 2:g}" y="{y - 23:g}" width="{width}" height="46" rx="23" '
        f'fill="{WHITE}" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{NOISE}"/>'
    )


def parameter(x: float, y: float, colour: str = BLACK) -> str:
    """Draw a small filled square, a number that is given or learned, its middle at (x, y)."""
    return f'<rect x="{x - 8:g}" y="{y - 8:g}" width="16" height="16" fill="{colour}"/>'


def arrow(points: str, colour: str = BLACK, dash: str = "none") -> str:
    """Draw a path with a head at its end."""
    return (
        f'<path d="{points}" fill="none" stroke="{colour}" stroke-width="2.5" '
        f'stroke-dasharray="{dash}" marker-end="url(#head-{colour[1:]})"/>'
    )


def line(points: str, colour: str = BLACK, dash: str = "none", width: float = 2.5) -> str:
    """Draw a path without a head."""
    return (
        f'<path d="{points}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-dasharray="{dash}"/>'
    )


def curve(points: Iterable[tuple[float, float]]) -> str:
    """Join points to the description of a path, in tenths of a pixel."""
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def head(colour: str) -> str:
    """Define the arrowhead of a colour."""
    return (
        f'<marker id="head-{colour[1:]}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="5" '
        f'markerHeight="5" orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" '
        f'fill="{colour}"/></marker>'
    )


def hatch(colour: str) -> str:
    """Define slanting stripes of a colour on its pale shade, to fill areas with."""
    return (
        f'<pattern id="hatch-{colour[1:]}" width="9" height="9" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="9" height="9" fill="{PALE[colour]}"/>'
        f'<rect width="4" height="9" fill="{colour}"/></pattern>'
    )


def card(title: str, description: str, height: int, defs: list[str], parts: list[str]) -> str:
    """Put the parts of a drawing on a white card that says in words what it shows."""
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{MARGIN} 0 {WIDTH - 2 * MARGIN} {height}" '
        'font-family="sans-serif" role="img" aria-labelledby="title desc">',
        f'<title id="title">{title}</title>',
        f'<desc id="desc">{description}</desc>',
        "<defs>",
        *defs,
        "</defs>",
        f'<rect x="{MARGIN + 1}" y="1" width="{WIDTH - 2 * MARGIN - 2}" height="{height - 2}" '
        f'rx="16" fill="{WHITE}" '
        f'stroke="{FRAME}" stroke-width="2"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
