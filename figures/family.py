"""Draw the family of models, what each adds and from which it grew: family.svg beside this file.

Usage: python figures/family.py

What is drawn is said in `recotour_book.family`; here is only where it stands. Years run downwards.
Each box links to the source of its chapter; the book's page turns these links into its own
(`book/_ext/linked_pictures.py`).
"""

from collections.abc import Callable
from math import cos, pi, sin
from pathlib import Path
from textwrap import wrap
from typing import Final

from drawing import AMBER, BLACK, BLUE, PALE, WIDTH, arrow, card, curve, head, line, text

from recotour_book.family import FAMILY, Relative

TITLE: Final = "The family: what each model adds"
WIDE, HIGH = 228, 102  # of a box
ROW: Final = 146
TOP: Final = 122  # of the middle of the first row
HEIGHT: Final = TOP + 6 * ROW + HIGH // 2 + 24
ROUND: Final = 0.24  # of its height, the corners of a network's box
LINE: Final = 20  # characters of a line in a box
MIDDLES: Final = (144, 400, 656)  # of the columns
PLACES: Final = {  # (column, row); half a column is between two
    "Item-kNN": (0, 0),
    "PMF": (1, 0),
    "SLIM": (0, 1),
    "AutoRec": (1, 1),
    "CDAE": (2, 1),
    "DeepRec": (1, 2),
    "Mult-DAE": (2, 2),
    "Mult-VAE": (1.5, 3),
    "EASE": (0, 4),
    "SVAE": (1, 4),
    "H+Vamp": (2, 4),
    "EDLAE": (0, 5),
    "RecVAE": (1.5, 5),
    "ELSA": (0, 6),
}
COLOURS: Final = {"ratings": AMBER, "lists": BLUE}


def middle(name: str) -> tuple[int, int]:
    """Return where the middle of a model's box is."""
    column, row = PLACES[name]
    return round(MIDDLES[0] + column * (MIDDLES[1] - MIDDLES[0])), TOP + row * ROW


# Marks: what a model predicts, and whether it reads in order.


def star(x: float, y: float) -> str:
    """Draw the star of what predicts ratings, its middle at (x, y)."""
    corners = [(11 if n % 2 == 0 else 4.6, pi * n / 5) for n in range(10)]
    points = [(x + far * sin(turn), y - far * cos(turn)) for far, turn in corners]
    return f'<path d="{curve(points)} Z" fill="{BLACK}"/>'


def rows(x: float, y: float) -> str:
    """Draw the three lines of what makes lists."""
    return line(" ".join(f"M{x - 9:g} {y + at} h18" for at in (-7, 0, 7)), width=3)


def clock(x: float, y: float) -> str:
    """Draw the clock of what reads in order."""
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="10" fill="none" stroke="{BLACK}" stroke-width="2.5"/>'
        + line(f"M{x:g} {y - 6:g} v6 h5", width=2.5)
    )


Mark = Callable[[float, float], str]
MARKS: Final[dict[str, Mark]] = {"ratings": star, "lists": rows}
SMALL: Final = (36, 32)  # width and height of a box in the legend


# A box.


def outline(x: float, y: float, size: tuple[int, int], colour: str, round_by: float) -> str:
    """Draw the outline of a box: round for a network, with corners for what is linear."""
    wide, high = size
    return (
        f'<rect x="{x - wide / 2:g}" y="{y - high / 2:g}" width="{wide}" height="{high}" '
        f'rx="{high * round_by:g}" fill="{PALE[colour]}" stroke="{colour}" stroke-width="2.5"/>'
    )


def lines_of(one: Relative) -> list[str]:
    """Break what a model adds into two lines, as even as can be."""
    widths = (width for width in range(8, LINE) if len(wrap(one.adds, width)) <= 2)
    return wrap(one.adds, next(widths, LINE))


def box(one: Relative) -> str:
    """Draw a model as a link to its chapter, with a title for who hears the picture."""
    x, y = middle(one.name)
    left, right = x - WIDE // 2 + 14, x + WIDE // 2 - 22
    name = f'{one.name} <tspan font-weight="normal">{one.year}</tspan>'
    drawn = [
        outline(x, y, (WIDE, HIGH), COLOURS[one.answers], ROUND if one.is_network else 0),
        text(left, y - 20, name, anchor="start", weight="bold"),
        MARKS[one.answers](right, y - 27),
        clock(right - 30, y - 27) if one.reads_order else "",
        *(text(left, y + 10 + 27 * n, it, anchor="start") for n, it in enumerate(lines_of(one))),
    ]
    title = f"<title>{one.name} {one.year}: {one.words}</title>"
    return f'<a href="../book/{one.chapter}.ipynb">{title}{"".join(drawn)}</a>'


# Arrows, from a model to those that it led to.


def way(parent: str, child: str) -> str:
    """Return the path of an arrow, between the edges of two boxes that face one another."""
    (x, y), (to_x, to_y) = middle(parent), middle(child)
    if (parent, child) == ("EASE", "ELSA"):  # round the box between them
        return f"M{x + WIDE // 2} {y + 20} h17 V{to_y} h-14"
    if (parent, child) == ("PMF", "CDAE"):
        return f"M{x + WIDE // 2} {y} H{to_x} V{to_y - HIGH // 2 - 3}"
    if y == to_y:
        return f"M{x + WIDE // 2} {y} H{to_x - WIDE // 2 - 3}"
    if x == to_x:
        return f"M{x} {y + HIGH // 2} V{to_y - HIGH // 2 - 3}"
    lean = 60 if to_x > x else -60
    return f"M{x + lean} {y + HIGH // 2} L{to_x - lean} {to_y - HIGH // 2 - 3}"


def arrows() -> list[str]:
    """Draw all arrows."""
    return [arrow(way(parent, one.name)) for one in FAMILY for parent in one.grew_from]


# What the marks mean, and the picture.


def legend() -> list[str]:
    """Say what colours, marks, corners and arrows mean, in the corner that is free."""
    x, y = 310, TOP + 6 * ROW - 40
    said: tuple[tuple[Mark, str], ...] = (
        (sample("ratings"), "predicts ratings"),
        (sample("lists"), "makes lists"),
        (clock, "reads in order"),
        (lambda x, y: outline(x, y, SMALL, BLACK, 0), "linear"),
        (lambda x, y: outline(x, y, SMALL, BLACK, ROUND), "a network"),
        (lambda x, y: arrow(f"M{x - 20:g} {y:g} h37"), "led to"),
    )
    parts = []
    for n, (mark, words) in enumerate(said):
        at_x, at_y = x + 262 * (n // 3), y + 40 * (n % 3)
        parts += [mark(at_x, at_y), text(at_x + 32, at_y + 7, words, anchor="start")]
    return parts


def sample(answers: str) -> Mark:
    """Return what draws a small box with the mark of what is predicted."""
    mark, colour = MARKS[answers], COLOURS[answers]
    return lambda x, y: outline(x, y, SMALL, colour, 0) + mark(x, y)


def in_words() -> str:
    """Say what the picture shows."""
    grown = ". ".join(
        f"{one.name}, {one.year}, {one.adds}"
        + (f", from {' and '.join(one.grew_from)}" if one.grew_from else "")
        for one in FAMILY
    )
    return f"Fourteen boxes, years running downwards, joined by arrows. {grown}."


def draw() -> str:
    """Compose the picture."""
    parts = [
        text(WIDTH / 2, 46, TITLE, 27, weight="bold"),
        *arrows(),
        *(box(one) for one in FAMILY),
        *legend(),
    ]
    return card(TITLE, in_words(), HEIGHT, [head(BLACK)], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
