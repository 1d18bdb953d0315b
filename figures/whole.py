"""Draw the way of the book, from clicks to a verdict, with its chapters: whole.svg.

The picture of the landing page.

Usage: python figures/whole.py
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import yaml
from drawing import BLACK, BLUE, GREEN, VERMILLION, arrow, box, card, head, text

HEIGHT: Final = 500
CONTENTS: Final = Path(__file__).parents[1] / "book" / "_toc.yml"


def numbers(chapters: str) -> str:
    """Give the numbers of chapters, named by their files, as the table of contents has them."""
    parts = yaml.safe_load(CONTENTS.read_text(encoding="utf-8"))["parts"]
    files = [one["file"] for part in parts if "numbered" in part for one in part["chapters"]]
    order = [Path(one).name for one in files]
    return ", ".join(str(order.index(name) + 1) for name in chapters.split())


STATIONS: Final = (  # name, what happens there, chapters, colour
    ("Clicks", "who liked what", numbers("problem data"), BLACK),
    ("A model", "of how they come about", numbers("elbo mult-vae drawn"), BLUE),
    ("A loss", "with one draw of noise", numbers("reparameterization mult-vae"), VERMILLION),
    ("A network", "in two frameworks", numbers("models same-model"), BLUE),
    ("Training", "slowly, then at scale", numbers("training speed"), BLUE),
    ("Lists", "for people never met", numbers("problem first-results"), GREEN),
    ("A measure", "with an interval", numbers("metrics experiments"), GREEN),
    ("Rivals", "tuned as carefully", numbers("first-results progress"), BLACK),
    ("A verdict", "and what goes wrong", numbers("gluon-mystery progress errors"), VERMILLION),
)
COLUMNS: Final = 3
WIDE, HIGH = 236, 112
TITLE: Final = "From clicks to a verdict"
DESCRIPTION: Final = (
    "Nine boxes in three rows, joined by arrows in reading order, each with its chapters. "
    + ". ".join(f"{name}, {what}: {chapters}" for name, what, chapters, _ in STATIONS)
    + "."
)


def middle(number: int) -> tuple[int, int]:
    """Return the middle of a box; every second row runs backwards."""
    row, column = divmod(number, COLUMNS)
    if row % 2:
        column = COLUMNS - 1 - column
    return 140 + 260 * column, 130 + 146 * row


def station(number: int) -> list[str]:
    """Draw a box with its words."""
    (name, what, chapters, colour), (x, y) = STATIONS[number], middle(number)
    return [
        box(x - WIDE // 2, y, WIDE, HIGH, colour),
        text(x, y - 20, name, 25, weight="bold"),
        text(x, y + 10, what, 21),
        text(x, y + 42, f"chapters {chapters}", 21),
    ]


def way(one: int, other: int) -> str:
    """Draw an arrow from a box to the next: along a row, or down to the next row."""
    (x, y), (to_x, to_y) = middle(one), middle(other)
    if x == to_x:
        return arrow(f"M{x} {y + HIGH // 2 + 3} V{to_y - HIGH // 2 - 6}")
    side = 1 if to_x > x else -1
    return arrow(f"M{x + side * (WIDE // 2 + 2)} {y} H{to_x - side * (WIDE // 2 + 6)}")


def draw() -> str:
    """Put all together."""
    numbers = range(len(STATIONS))
    parts = [text(24, 44, TITLE, 27, BLUE, anchor="start", weight="bold")]
    parts += [part for number in numbers for part in station(number)]
    parts += [way(one, other) for one, other in pairwise(numbers)]
    return card(TITLE, DESCRIPTION, HEIGHT, [head(BLACK)], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
