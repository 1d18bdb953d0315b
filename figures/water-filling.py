"""Draw variances as bars with the water at beta s² in front of them: water-filling.svg.

The variances are those of the interactive part `water`, and so is what each unit does.

Usage: python figures/water-filling.py
"""

import runpy
from math import log
from pathlib import Path
from typing import Final

from drawing import BLUE, GREEN, PALE, RULE, VERMILLION, card, line, text

ROOT: Final = Path(__file__).parents[1]
PART: Final = runpy.run_path(str(ROOT / "book" / "_ext" / "interactive_parts" / "water.py"))
VARIANCES: Final[list[float]] = PART["data"](ROOT)["variances"]
LEVEL: Final[float] = PART["NOISE"]  # beta s² at beta = 1

HEIGHT: Final = 616
LEFT: Final = 96  # where the axes begin
STEP: Final = 54  # from bar to bar
WIDE: Final = 32  # of a bar
FLOOR: Final = 380  # where the variance is 0
UNIT: Final = 420  # pixels of a variance of 1
LOW: Final = 560  # where the rate is 0
NAT: Final = 130  # pixels

TITLE: Final = "Twelve variances, and the water at beta s squared"
DESCRIPTION: Final = (
    "Twelve bars of falling height, the variances of the clicks on twelve films along their main "
    "directions: the first is about 0.75, the others lie between 0.26 and 0.08. A blue line at 0.2 "
    "is the water, beta s squared at beta 1. The first four bars stand out of it; what is above is "
    "filled and marked restored, what is below it is pale and marked lost. The other eight bars "
    "are wholly below. Under the bars a second row has the rate of each unit in nats: large for "
    "the first, small for the next three, and nothing for the eight that are silent."
)


def left(unit: int) -> float:
    """Give where the bar of a unit begins."""
    return LEFT + 14 + STEP * unit


def rectangle(name: str, x: float, low: float, high: float, fill: str, stroke: str) -> str:
    """Draw a bar between two heights in pixels, the higher one with the smaller number."""
    return (
        f'<rect id="{name}" x="{x:g}" y="{high:.2f}" width="{WIDE}" height="{low - high:.2f}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="2"/>'
    )


def unit(number: int) -> list[str]:
    """Draw a variance in its two parts, and the rate of its unit."""
    a, x = VARIANCES[number], left(number)
    surface = FLOOR - UNIT * min(a, LEVEL)
    below = rectangle(f"lost-{number}", x, FLOOR, surface, PALE[GREEN], GREEN)
    if a <= LEVEL:
        return [below, text(x + WIDE / 2, LOW - 10, "0")]
    rate = LOW - NAT * log(a / LEVEL) / 2
    return [
        below,
        rectangle(f"kept-{number}", x, surface, FLOOR - UNIT * a, GREEN, GREEN),
        rectangle(f"rate-{number}", x, LOW, rate, PALE[VERMILLION], VERMILLION),
    ]


def axes() -> list[str]:
    """Draw the axes of the variances and of the rates."""
    right = LEFT + STEP * len(VARIANCES) + 6
    height = {value: FLOOR - UNIT * value for value in (0.2, 0.4, 0.6)}
    return [
        line(f"M{LEFT} 52 V{FLOOR} H{right}", RULE, width=2),
        *(line(f"M{LEFT} {y:g} h-8", RULE, width=2) for y in height.values()),
        *(text(LEFT - 16, y + 7, f"{value}", anchor="end") for value, y in height.items()),
        text(26, 38, "variance", 21, anchor="start", weight="bold"),
        line(f"M{LEFT} {LOW} H{right}", RULE, width=2),
        text(26, FLOOR + 48, "rate of the unit, nats", 21, anchor="start", weight="bold"),
        text(right, LOW + 34, "units, the largest variance first", anchor="end"),
    ]


def water() -> list[str]:
    """Draw the surface, and say what is above and below it."""
    y, right = FLOOR - UNIT * LEVEL, LEFT + STEP * len(VARIANCES) + 6
    rate = log(VARIANCES[0] / LEVEL) / 2
    return [
        line(f"M{LEFT} {y:g} H{right}", BLUE, width=4),
        text(right, y - 14, "water: β s² = 0.2", 21, fill=BLUE, anchor="end", weight="bold"),
        text(left(1) - 8, 118, "above it: restored, w² = a − β s²", anchor="start"),
        text(left(1) - 8, 148, "below it: lost", anchor="start"),
        text(left(1) - 8, LOW - NAT * rate + 18, f"½ log (a / β s²) = {rate:.2f}", anchor="start"),
    ]


def draw() -> str:
    """Compose the picture."""
    sea = (
        f'<rect x="{LEFT}" y="{FLOOR - UNIT * LEVEL:g}" width="{STEP * len(VARIANCES) + 6}" '
        f'height="{UNIT * LEVEL:g}" fill="{PALE[BLUE]}"/>'
    )
    units = [part for number in range(len(VARIANCES)) for part in unit(number)]
    return card(TITLE, DESCRIPTION, HEIGHT, [], [sea, *axes(), *units, *water()])


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
