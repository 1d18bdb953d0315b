"""Draw the way of a request through the service: service.svg beside this file.

Usage: python figures/service.py
"""

from pathlib import Path
from typing import Final

from drawing import AMBER, BLACK, BLUE, GREEN, NOISE, VERMILLION, arrow, box, card, head, text

HEIGHT: Final = 620
READ: Final = 130  # height of the reader
WAIT: Final = 250  # of the queue
MODEL: Final = 370  # of the thread that computes
SWAP: Final = 510  # of the models
LEFT: Final = 250  # where the boxes of the way begin
WIDE: Final = 300

TITLE: Final = "The way of a request through the service"
DESCRIPTION: Final = (
    "From top to bottom: a request comes in and is read within its bounds; if it is no such "
    "request, it is refused with status 4xx and one sentence, to the right. It then waits in a "
    "queue of bounded length; if that is full, it is refused with 503, to the right. One thread "
    "takes all who wait and scores them together; from it the lists go back, to the left. Below, "
    "the model of today feeds the thread, and the next model, which was opened beside it, waits "
    "with a dashed arrow to take its place."
)


def way() -> list[str]:
    """Draw what a request meets."""
    middle = LEFT + WIDE // 2
    return [
        text(middle, 50, "requests", 22, weight="bold"),
        arrow(f"M{middle} 62 V{READ - 38}"),
        box(LEFT, READ, WIDE, 68, AMBER),
        text(middle, READ - 4, "read, within bounds", weight="bold"),
        text(middle, READ + 22, "length, fields, time"),
        arrow(f"M{middle} {READ + 36} V{WAIT - 38}"),
        box(LEFT, WAIT, WIDE, 68, AMBER),
        text(middle, WAIT - 4, "wait", weight="bold"),
        text(middle, WAIT + 22, "at most so many"),
        arrow(f"M{middle} {WAIT + 36} V{MODEL - 42}"),
        box(LEFT, MODEL, WIDE, 76, BLUE),
        text(middle, MODEL - 4, "one thread computes:", weight="bold"),
        text(middle, MODEL + 22, "all who wait, together"),
    ]


def ends() -> list[str]:
    """Draw where requests end: refused on the right, answered on the left."""
    right = LEFT + WIDE
    return [
        arrow(f"M{right} {READ} H{right + 62}", VERMILLION),
        text(right + 72, READ - 4, "4xx and", anchor="start"),
        text(right + 72, READ + 22, "a sentence", anchor="start"),
        arrow(f"M{right} {WAIT} H{right + 62}", VERMILLION),
        text(right + 72, WAIT - 4, "503: come", anchor="start"),
        text(right + 72, WAIT + 22, "again", anchor="start"),
        arrow(f"M{LEFT} {MODEL} H140 V64", GREEN),
        text(140, 50, "lists", 22, weight="bold"),
    ]


def models() -> list[str]:
    """Draw the model that answers, and the one that comes."""
    y = SWAP
    return [
        box(LEFT, y, 140, 64, BLUE),
        text(LEFT + 70, y - 3, "model of"),
        text(LEFT + 70, y + 21, "today"),
        arrow(f"M{LEFT + 70} {y - 34} V{MODEL + 42}"),
        box(LEFT + WIDE - 20, y, 150, 64, BLUE),
        text(LEFT + WIDE + 55, y - 3, "the next,"),
        text(LEFT + WIDE + 55, y + 21, "tried once"),
        arrow(f"M{LEFT + WIDE - 24} {y} H{LEFT + 146}", BLACK, NOISE),
        text(LEFT + WIDE // 2, y + 74, "takes its place between two batches"),
    ]


def draw() -> str:
    """Compose the picture."""
    parts = [part for piece in (way, ends, models) for part in piece()]
    heads = [head(colour) for colour in (BLACK, VERMILLION, GREEN)]
    return card(TITLE, DESCRIPTION, HEIGHT, heads, parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
