"""Draw the plane of rate and distortion, with beta as a slope: rate-distortion.svg.

The curve is that of the model in linear_gaussian.py: for each beta the best q.

Usage: python figures/rate-distortion.py
"""

from pathlib import Path
from typing import Final

from drawing import (
    AMBER,
    BLACK,
    BLUE,
    RULE,
    STONE,
    WHITE,
    card,
    curve,
    line,
    text,
)
from linear_gaussian import PRIOR, Normal, best, evidence, reconstruction

HEIGHT: Final = 728
NAT: Final = 152  # pixels, on both axes, so that a slope of -1 looks like one
LEFT: Final = 134  # where the rate is 0
FLOOR: Final = 636  # where the distortion is 0
END: Final = 4.2  # of the axis of the rate
TOP: Final = 3.7  # of the axis of the distortion

TITLE: Final = "The plane of rate and distortion"
DESCRIPTION: Final = (
    "Rate, the KL divergence of q from the prior, runs to the right, and distortion, the expected "
    "negative log-likelihood, upwards, both in nats. A blue curve falls steeply from a point on "
    "the left axis, marked prior only, and flattens to the right towards a dotted level, marked "
    "autoencoder; it holds the best q for each beta. Below the curve the ground is shaded: no q "
    "gets there. Two straight lines touch the curve. The one for beta 1 falls at 45 degrees and "
    "meets the axis of the distortion at minus log p(x); the one for beta 0.2 is flatter, and "
    "touches further to the right and lower. A square above the curve is a q that could be better."
)


def rate(q: Normal) -> float:
    """Give KL(q || prior)."""
    return q.divergence(PRIOR)


def distortion(q: Normal) -> float:
    """Give -E_q[log p(x | z)]."""
    return -reconstruction(q)


def place(r: float, d: float) -> tuple[float, float]:
    """Give the pixels of a rate and a distortion."""
    return LEFT + NAT * r, FLOOR - NAT * d


def frontier() -> list[tuple[float, float]]:
    """Give the curve's pixels, from the prior to nearly no noise."""
    betas = [10 ** (4 - i / 40) for i in range(301)]
    spots = [(rate(best(beta)), distortion(best(beta))) for beta in betas]
    return [place(r, d) for r, d in spots if r <= END]


def shore() -> str:
    """Shade what no q reaches."""
    corner = f" L{place(END, 0)[0]:g} {FLOOR} L{LEFT} {FLOOR} Z"
    return f'<path d="{curve(frontier())}{corner}" fill="{STONE}"/>'


def tangent(beta: float, start: float, end: float, dash: str) -> str:
    """Draw the line of slope -beta that touches the curve, between two rates."""
    r, d = rate(best(beta)), distortion(best(beta))
    spots = [place(at, d - beta * (at - r)) for at in (start, end)]
    return line(curve(spots), BLACK, dash, width=3)


def dot(beta: float) -> str:
    """Mark the point of a beta on the curve."""
    x, y = place(rate(best(beta)), distortion(best(beta)))
    return (
        f'<circle id="beta-{beta:g}" cx="{x:.2f}" cy="{y:.2f}" r="10" fill="{BLUE}" '
        f'stroke="{WHITE}" stroke-width="2"/>'
    )


def axes() -> list[str]:
    """Draw the two axes with a tick at each nat."""
    right, ceiling = place(END, TOP)
    return [
        line(f"M{LEFT} {ceiling:g} V{FLOOR} H{right:g}", RULE, width=2),
        *(line(f"M{place(r, 0)[0]:g} {FLOOR} v8", RULE, width=2) for r in range(5)),
        *(text(place(r, 0)[0], FLOOR + 32, str(r)) for r in range(5)),
        *(line(f"M{LEFT} {place(0, d)[1]:g} h-8", RULE, width=2) for d in (1, 2, 3)),
        *(text(LEFT - 24, place(0, d)[1] + 7, str(d)) for d in (1, 2, 3)),
        text(right, FLOOR + 68, "rate: KL(q ‖ prior), in nats", 21, anchor="end", weight="bold"),
        text(24, 50, "distortion: −E log p(x|z), in nats", 21, anchor="start", weight="bold"),
    ]


def extremes() -> list[str]:
    """Mark the two ends: nothing known of the clicks, and everything."""
    x, y = place(0, distortion(PRIOR))
    level = place(0, -reconstruction(Normal(0.8, 1e-9)))[1]
    return [
        line(f"M{LEFT} {level:.1f} H{place(END, 0)[0]:g}", BLACK, "2 6", width=2),
        f'<circle id="prior" cx="{x:.2f}" cy="{y:.2f}" r="9" fill="{BLACK}"/>',
        text(x + 20, y + 2, "prior only: β → ∞", 20, anchor="start", weight="bold"),
        text(x + 20, y + 28, "q ignores x", 20, anchor="start"),
        text(768, level + 40, "autoencoder: β → 0", 20, anchor="end", weight="bold"),
        text(768, level + 66, "z without noise", 20, anchor="end"),
    ]


def slopes() -> list[str]:
    """Draw the tangents with what they say."""
    one, fifth = best(), best(0.2)
    x, y = place(rate(one), distortion(one))
    start, height = place(0, -evidence())
    return [
        tangent(1, 0, 1.4, "none"),
        tangent(0.2, 0, 2.5, "11 6"),
        dot(1),
        dot(0.2),
        text(x + 24, y - 12, "β = 1, slope −1: best ELBO", 20, anchor="start", weight="bold"),
        text(
            place(rate(fifth), 0)[0] + 4,
            place(0, distortion(fifth))[1] - 22,
            "β = 0.2, slope −0.2",
            20,
            anchor="start",
            weight="bold",
        ),
        line(f"M{start - 12:g} {height:.2f} h24", BLACK, width=4),
        text(start - 18, height + 7, "−log p(x)", 20, anchor="end"),
    ]


def wasteful() -> list[str]:
    """Mark a q above the curve: as narrow as the posterior, in another place."""
    q = Normal(1.4, best().sigma)
    x, y = place(rate(q), distortion(q))
    return [
        f'<rect x="{x - 8:.2f}" y="{y - 8:.2f}" width="16" height="16" fill="{AMBER}" '
        f'stroke="{BLACK}"/>',
        text(x + 20, y + 7, "a q that could be better", anchor="start"),
    ]


def draw() -> str:
    """Compose the picture."""
    parts = [
        shore(),
        *axes(),
        *extremes(),
        line(curve(frontier()), BLUE, width=5),
        *slopes(),
        *wasteful(),
        text(LEFT + 16, FLOOR - 20, "no q gets here", anchor="start"),
    ]
    return card(TITLE, DESCRIPTION, HEIGHT, [], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
