"""Draw log p(x) and the ELBO as bars, for three choices of q: elbo-decomposition.svg.

The lengths are those of the model in linear_gaussian.py.

Usage: python figures/elbo-decomposition.py
"""

from pathlib import Path
from typing import Final

from drawing import (
    AMBER,
    BLACK,
    BLUE,
    FRAME,
    GREEN,
    PALE,
    RULE,
    STONE,
    TEAL,
    VERMILLION,
    VIOLET,
    card,
    curve,
    hatch,
    line,
    text,
)
from linear_gaussian import PRIOR, Normal, best, elbo, evidence, reconstruction

HEIGHT: Final = 790
ZERO: Final = 770  # where 0 nats lie
NAT: Final = 125  # pixels
TOP: Final = 168  # middle of the first row
ROW: Final = 162  # from row to row
BAR: Final = 40  # height

CHOICES: Final = (
    ("poor: q is the prior", "poor", PRIOR),
    ("better: N(0.3, 0.6²)", "better", Normal(0.3, 0.6)),
    ("best: q is the posterior", "best", best()),
)

TITLE: Final = "The ELBO in two readings, for three choices of q"
DESCRIPTION: Final = (
    "Three rows, one for each q: a poor one that is the prior, a better one, and the posterior. "
    "Left of each row, q as a solid curve beside the posterior, which is dotted. Right, two bars "
    "of equal length on a scale of nats that ends at zero on the right; their left end is the "
    "ELBO. The upper bar is log p(x), as long in every row, and the KL divergence of q from the "
    "posterior, which shrinks from row to row and is nothing in the last. The lower bar is the "
    "expected log-likelihood, which gets shorter, and the KL divergence of q from the prior, which "
    "is nothing in the first row and grows."
)


def place(nats: float) -> float:
    """Give the horizontal place of a number of nats."""
    return ZERO + NAT * nats


def bar(name: str, left: float, right: float, y: float, fill: str, stroke: str) -> str:
    """Draw a piece of a bar between two numbers of nats, its middle at height y."""
    return (
        f'<rect id="{name}" x="{place(left):.2f}" y="{y - BAR / 2:g}" '
        f'width="{NAT * abs(right - left):.2f}" height="{BAR}" fill="{fill}" stroke="{stroke}" '
        'stroke-width="2"/>'
    )


def minus(nats: float) -> str:
    """Write a number with the sign for minus."""
    return f"{nats:.2f}".replace("-", "−")


def bars(key: str, q: Normal, y: float) -> list[str]:
    """Draw the two readings of one ELBO, one bar above the other."""
    whole, likelihood, bound = evidence(), reconstruction(q), elbo(q)
    upper, lower, left = y - 27, y + 27, place(bound) - 12
    striped = f"url(#hatch-{AMBER[1:]})"
    middle = (place(likelihood) + ZERO) / 2
    return [
        bar(f"{key}-evidence", whole, 0, upper, STONE, BLACK),
        bar(f"{key}-gap", bound, whole, upper, striped, AMBER),
        bar(f"{key}-likelihood", likelihood, 0, lower, PALE[GREEN], GREEN),
        bar(f"{key}-kl", bound, likelihood, lower, PALE[VERMILLION], VERMILLION),
        text((place(whole) + ZERO) / 2, upper + 7, minus(whole)),
        text(middle, lower + 7, minus(likelihood)),
        text(left, upper + 7, f"KL {abs(whole - bound):.2f}", anchor="end"),
        text(left, lower + 7, f"KL {abs(likelihood - bound):.2f}", anchor="end"),
        line(f"M{place(bound):.2f} {upper - 27} V{lower + 27}", BLUE, width=4),
    ]


def densities(q: Normal, y: float) -> list[str]:
    """Draw q, solid, and the posterior, dotted."""
    base, left, width, height = y + 52, 28, 190, 100
    grid = [-2.5 + 5 * i / 80 for i in range(81)]

    def path(density: Normal) -> str:
        return curve(
            (left + (z + 2.5) / 5 * width, base - height * density.density(z)) for z in grid
        )

    return [
        line(f"M{left} {base} H{left + width}", RULE, width=2),
        line(path(q), VIOLET, width=3.5),
        line(path(best()), TEAL, "2 5", width=3),
    ]


def row(number: int) -> list[str]:
    """Draw one q: its name, its density and its bars."""
    name, key, q = CHOICES[number]
    y = TOP + ROW * number
    return [
        text(24, y - 58, name, 20, anchor="start", weight="bold"),
        *densities(q, y),
        *bars(key, q, y),
    ]


def scale() -> list[str]:
    """Draw the axis of nats, and the line of log p(x) through all rows."""
    y = TOP + 2 * ROW + 76
    ticks = range(-4, 1)
    level = place(evidence())
    return [
        line(f"M{place(-4):g} {y} H{ZERO}", RULE, width=2),
        *(line(f"M{place(tick):g} {y} v8", RULE, width=2) for tick in ticks),
        *(
            text(place(tick) - 8 * (tick == 0), y + 30, f"{tick}".replace("-", "−"))
            for tick in ticks
        ),
        text(236, y + 30, "nats", anchor="end"),
        line(f"M{level:.2f} {TOP - 62} V{y}", BLACK, "3 5", width=2),
        text(level, TOP - 72, "log p(x)", 21, weight="bold"),
    ]


def key() -> list[str]:
    """Say what the pieces are."""
    first, second, third = HEIGHT - 122, HEIGHT - 82, HEIGHT - 42

    def swatch(x: float, y: float, fill: str, stroke: str) -> str:
        return (
            f'<rect x="{x}" y="{y - 12}" width="44" height="24" fill="{fill}" stroke="{stroke}" '
            'stroke-width="2"/>'
        )

    return [
        line(f"M24 {HEIGHT - 152} H776", FRAME, width=2),
        swatch(28, first, STONE, BLACK),
        text(84, first + 7, "log p(x): the same for all q", anchor="start"),
        swatch(28, second, f"url(#hatch-{AMBER[1:]})", AMBER),
        text(84, second + 7, "KL(q ‖ posterior), the gap", anchor="start"),
        line(f"M50 {third - 14} V{third + 14}", BLUE, width=4),
        text(84, third + 7, "ELBO, where both bars end", anchor="start"),
        swatch(420, first, PALE[GREEN], GREEN),
        text(476, first + 7, "reconstruction, E log p(x|z)", anchor="start"),
        swatch(420, second, PALE[VERMILLION], VERMILLION),
        text(476, second + 7, "KL(q ‖ prior), the price", anchor="start"),
        line(f"M420 {third} h44", VIOLET, width=3.5),
        text(476, third + 7, "q", anchor="start"),
        line(f"M516 {third} h44", TEAL, "2 5", width=3),
        text(572, third + 7, "posterior", anchor="start"),
    ]


def draw() -> str:
    """Compose the picture."""
    parts = [
        text(24, 46, "Two bars, one ELBO", 27, anchor="start", weight="bold"),
        *scale(),
        *(part for number in range(len(CHOICES)) for part in row(number)),
        *key(),
    ]
    return card(TITLE, DESCRIPTION, HEIGHT, [hatch(AMBER)], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
