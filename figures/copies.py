"""Draw a prior and the posterior after one and after five copies of the clicks: copies.svg.

The clicks and the densities are those of the interactive part `copies`.

Usage: python figures/copies.py
"""

import runpy
from pathlib import Path
from typing import Final

import numpy as np
from drawing import GREY, PALE, RULE, TEAL, VIOLET, card, curve, line, text

ROOT: Final = Path(__file__).parents[1]
PART: Final = runpy.run_path(str(ROOT / "book" / "_ext" / "interactive_parts" / "copies.py"))

HEIGHT: Final = 556
MIDDLE: Final = 380  # where z is 0
UNIT: Final = 116  # pixels of z
FLOOR: Final = 470  # where the density is 0
TALL: Final = 390  # pixels of a density of 1
ENDS: Final = (-2.9, 3.2)

# Copies of the clicks: colour, dashes, and where the words stand.
LOOKS: Final = {
    0: (GREY, "9 6", (-2.8, 0.44)),
    1: (TEAL, "2 6", (-1.5, 0.66)),
    5: (VIOLET, "none", (-1.0, 0.96)),
}

TITLE: Final = "One person's taste after one and after five copies of the clicks"
DESCRIPTION: Final = (
    "Three densities over a taste z. A dashed one, the prior, is wide and has its middle at 0. A "
    "dotted one, the posterior after one copy of the clicks, is narrower and lies to the right, at "
    "about 0.9. A solid one, the posterior after five copies or at beta one fifth, is the "
    "narrowest. Of four films, Alien, Contact, Emma and Sabrina, the first two were clicked."
)


def density(copies: int) -> tuple[np.ndarray, np.ndarray]:
    """Give places and the density that is proportional to p(z) p(x|z) to the copies."""
    z = np.linspace(*PART["GRID"])
    r = np.exp(-(z**2) / 2 + copies * PART["log_likelihood"](z))
    return z, r / (r.sum() * (z[1] - z[0]))


def place(z: float, height: float) -> tuple[float, float]:
    """Give the pixels of a place and a density."""
    return MIDDLE + UNIT * z, FLOOR - TALL * height


def outline(copies: int) -> str:
    """Give a density as a path between the ends of the axis."""
    seen = [(z, r) for z, r in zip(*density(copies), strict=True) if ENDS[0] <= z <= ENDS[1]]
    return curve(place(z, r) for z, r in seen[::5])


def words(copies: int) -> list[str]:
    """Say what a density is, and how wide."""
    colour, dash, spot = LOOKS[copies]
    name = {0: "prior", 1: "1 copy, β = 1", 5: "5 copies, β = 0.2"}[copies]
    x, y = place(*spot)
    deviation = f"σ = {PART['numbers'](copies)['sd']:.2f}"
    return [
        line(f"M{x:g} {y - 30:g} h52", colour, dash, width=4),
        text(x, y, name, 21, anchor="start", weight="bold"),
        text(x, y + 28, deviation, anchor="start"),
    ]


def axis() -> list[str]:
    """Draw the axis of z."""
    ticks = range(-2, 4)
    signs = {tick: f"{tick}".replace("-", "−") for tick in ticks}
    return [
        line(f"M{place(ENDS[0], 0)[0]:g} {FLOOR} H{place(ENDS[1], 0)[0]:g}", RULE, width=2),
        *(line(f"M{place(tick, 0)[0]:g} {FLOOR} v8", RULE, width=2) for tick in ticks),
        *(text(place(tick, 0)[0], FLOOR + 32, signs[tick]) for tick in ticks),
        text(place(ENDS[1], 0)[0], FLOOR + 60, "taste z", 21, anchor="end", weight="bold"),
    ]


def draw() -> str:
    """Compose the picture."""
    base = f" V{FLOOR} H{place(ENDS[0], 0)[0]:g} Z"
    area = f'<path d="{outline(5)}{base}" fill="{PALE[VIOLET]}"/>'
    hills = [line(outline(copies), *look[:2], width=4) for copies, look in LOOKS.items()]
    said = [part for copies in LOOKS for part in words(copies)]
    return card(TITLE, DESCRIPTION, HEIGHT, [], [area, *axis(), *hills, *said])


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
