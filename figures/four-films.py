"""Draw what clicks say of a taste and of the next film, for three people: four-films.svg.

The numbers are those of recotour_book.toy.

Usage: python figures/four-films.py
"""

from pathlib import Path
from typing import Final

import numpy as np
from drawing import FRAME, GREY, RULE, TEAL, VIOLET, card, curve, line, text

from recotour_book import toy

HEIGHT: Final = 730
TOP: Final = 104  # of the first row
ROW: Final = 186  # from row to row
LEFT, WIDE, TALL = 40, 320, 96  # of the densities, in pixels: where they begin, how large they are
EDGE: Final = 3.0  # of the tastes that are drawn
HIGHEST: Final = 0.9  # density
ZERO, UNIT = 520, 340  # where the bars begin, and how long a probability of one is

PEOPLE: Final = (
    ("no click", "none", (0, 0, 0, 0)),
    ("a click on Alien", "one", (1, 0, 0, 0)),
    ("one on Alien, one on Sabrina", "both", (1, 0, 0, 1)),
)

TITLE: Final = "A taste on a line, after no click, one and two"
DESCRIPTION: Final = (
    "Three rows. Left in each, the prior of the taste z as a dashed curve, the posterior as a "
    "dotted one and the normal q that comes nearest as a solid one; right, a bar for the "
    "probability that each of four films is clicked next. Without a click all three curves are "
    "the same, and Contact and Emma lead. After a click on Alien the posterior stands to the "
    "right, towards space, and is narrower; Alien and Contact lead. After clicks on Alien and "
    "Sabrina it stands in the middle, narrower still, and Contact and Emma lead. That q can "
    "hardly be told from the posterior."
)


def density(values: toy.Array, base: float) -> str:
    """Give the path of a density above a line."""
    shown = np.flatnonzero(np.abs(toy.GRID) <= EDGE + 1e-9)[::12]
    across = LEFT + WIDE * (toy.GRID[shown] + EDGE) / (2 * EDGE)
    up = base - TALL * values[shown] / HIGHEST
    return curve(zip(across.tolist(), up.tolist(), strict=True))


def beliefs(clicks: tuple[int, ...], base: float) -> list[str]:
    """Draw prior, posterior and the nearest q over the tastes."""
    prior, exact = toy.normal(0, 1), toy.posterior(clicks)
    q = toy.normal(*toy.best(clicks))
    return [
        line(f"M{LEFT} {base} H{LEFT + WIDE}", RULE, width=2),
        line(density(prior.density, base), GREY, "9 5", width=3),
        line(density(q.density, base), VIOLET, width=2.5),
        line(density(exact.density, base), TEAL, "2 6", width=5),
    ]


def bars(key: str, clicks: tuple[int, ...], base: float) -> list[str]:
    """Draw the probability of each film to be clicked next."""
    parts = []
    for film, share in enumerate(toy.posterior(clicks).following):
        y, name = base - TALL - 10 + 31 * film, toy.FILMS[film]
        parts += [
            text(ZERO - 12, y + 18, name, anchor="end"),
            f'<rect id="{key}-{name.lower()}" x="{ZERO}" y="{y}" width="{UNIT * share:.2f}" '
            f'height="22" fill="{TEAL}"/>',
            text(ZERO + UNIT * share + 10, y + 18, f"{share:.2f}", anchor="start"),
        ]
    return parts


def row(number: int) -> list[str]:
    """Draw one person: what was clicked, what it says of z, and of the next film."""
    words, key, clicks = PEOPLE[number]
    base = TOP + ROW * number + 136
    return [
        text(24, base - 120, words, 21, anchor="start", weight="bold"),
        *beliefs(clicks, base),
        *bars(key, clicks, base),
    ]


def legend() -> list[str]:
    """Say what the curves are, and which way the tastes go."""
    y, last = HEIGHT - 34, TOP + 2 * ROW + 136
    return [
        text(LEFT, last + 26, "z: love", anchor="start"),
        text(LEFT + WIDE, last + 26, "space", anchor="end"),
        line(f"M24 {HEIGHT - 74} H776", FRAME, width=2),
        line(f"M28 {y} h56", GREY, "9 5", width=3),
        text(94, y + 7, "prior p(z)", anchor="start"),
        line(f"M238 {y} h56", TEAL, "2 6", width=5),
        text(304, y + 7, "posterior p(z | x)", anchor="start"),
        line(f"M526 {y} h56", VIOLET, width=2.5),
        text(590, y + 7, "nearest normal, q", anchor="start"),
    ]


def draw() -> str:
    """Compose the picture."""
    parts = [
        text(24, 48, "What is believed of a taste", 25, anchor="start", weight="bold"),
        text(ZERO - 66, 48, "Which film is next", 25, anchor="start", weight="bold"),
        *(part for number in range(len(PEOPLE)) for part in row(number)),
        *legend(),
    ]
    return card(TITLE, DESCRIPTION, HEIGHT, [], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
