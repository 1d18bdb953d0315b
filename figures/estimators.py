"""Draw what two estimators make of the same four draws: estimators.svg beside this file.

Both estimate in which direction mu should go to lower E_q[f(z)] for f(z) = (z - 2)² and
q = N(0.5, 0.8²). The arrows have the lengths that the estimators give them.

Usage: python figures/estimators.py
"""

from pathlib import Path
from typing import Final

from drawing import (
    BLACK,
    PURPLE,
    RULE,
    VIOLET,
    WHITE,
    arrow,
    card,
    curve,
    head,
    line,
    text,
)
from linear_gaussian import Normal

HEIGHT: Final = 850
Q: Final = Normal(0.5, 0.8)
NOISE: Final = (-1.3, -0.5, 0.4, 1.2)  # the draws of eps
UNIT: Final = 130  # pixels of a unit of z
LEFT: Final = -2.3  # the z at the left edge
GROUND: Final = 316  # height of the axis of z
VOTE: Final = 52  # pixels of a unit of an estimate
ZERO: Final = 172  # where an estimate of 0 lies
SCORE: Final = 436  # height of the first arrow of the score-function estimator
PATHWISE: Final = 666  # the same of the pathwise one
STEP: Final = 30  # from arrow to arrow

TITLE: Final = "Two estimators of a gradient, with the same four draws"
DESCRIPTION: Final = (
    "Above, an axis z with the bell of q, four numbered draws from it, and a parabola f, dashed, "
    "whose lowest point lies to the right of the bell. Below, for each of two estimators, four "
    "arrows, one a draw, that say how far mu should move, a thick arrow with their mean, and a "
    "dashed line at the true value, 3. With the score function one arrow is very long, one is "
    "short, and two point the other way. With the pathwise estimator all four point the same way "
    "and are of similar length. The two means are near the true value."
)


def f(z: float) -> float:
    """Give what is to be lowered on average."""
    return (z - 2) ** 2


def draws() -> list[float]:
    """Give z = mu + sigma · eps."""
    return [Q.mu + Q.sigma * eps for eps in NOISE]


def score_votes() -> list[float]:
    """Give -f(z) times the slope of log q(z) in mu."""
    return [-f(z) * (z - Q.mu) / Q.sigma**2 for z in draws()]


def pathwise_votes() -> list[float]:
    """Give minus the slope of f(mu + sigma · eps) in mu."""
    return [-2 * (z - 2) for z in draws()]


def truth() -> float:
    """Give minus the slope of E_q[f(z)] = (mu - 2)² + sigma² in mu."""
    return -2 * (Q.mu - 2)


def across(z: float) -> float:
    """Give the horizontal place of z."""
    return 30 + UNIT * (z - LEFT)


def landscape() -> list[str]:
    """Draw the axis, f, the bell of q, and the draws."""
    grid = [LEFT + 5.6 * i / 112 for i in range(113)]
    bowl = curve((across(z), GROUND - 30 * f(z)) for z in grid if f(z) <= 7)
    bell = curve((across(z), GROUND - 210 * Q.density(z)) for z in grid)
    spots = [(across(z), number) for number, z in enumerate(draws(), start=1)]
    return [
        line(f"M30 {GROUND} H770", RULE, width=2),
        line(bowl, BLACK, "9 6"),
        line(bell, VIOLET, width=3.5),
        *(
            f'<circle cx="{x:.1f}" cy="{GROUND}" r="14" fill="{WHITE}" stroke="{BLACK}" '
            'stroke-width="2.5"/>'
            for x, _ in spots
        ),
        *(text(x, GROUND + 6, str(number), 19, weight="bold") for x, number in spots),
        text(across(Q.mu), GROUND + 36, "μ", 22, VIOLET, weight="bold"),
        text(across(2), GROUND + 32, "2"),
        text(762, GROUND + 32, "z"),
        text(across(-0.42), GROUND - 186, "f(z) = (z − 2)²", anchor="start"),
        text(across(-0.9), GROUND - 74, "q", 24, VIOLET, anchor="end", weight="bold"),
    ]


def votes(values: list[float], y: float, title: str) -> list[str]:
    """Draw an arrow for each draw, their mean, and the true value."""
    mean = sum(values) / len(values)
    level = y + STEP * len(values) + 6
    right = ZERO + VOTE * truth()
    return [
        text(24, y - 40, title, 22, anchor="start", weight="bold"),
        line(f"M{ZERO} {y - 18} V{level + 18}", RULE, width=2),
        line(f"M{right:g} {y - 18} V{level + 18}", BLACK, "5 5", width=2),
        *(text(70, y + STEP * i + 7, f"draw {i + 1}") for i in range(len(values))),
        *(
            arrow(f"M{ZERO} {y + STEP * i} H{ZERO + VOTE * vote:.1f}", PURPLE)
            for i, vote in enumerate(values)
        ),
        text(70, level + 7, "mean", weight="bold"),
        line(f"M{ZERO} {level} H{ZERO + VOTE * mean:.1f}", PURPLE, width=11),
    ]


def draw() -> str:
    """Compose the picture."""
    ahead = "Pathwise: −f′(z), z = μ + σ ε"
    by_score = "Score function: −f(z) (z − μ) / σ²"
    parts = [
        text(24, 46, "Where should μ go?", 27, anchor="start", weight="bold"),
        *landscape(),
        *votes(score_votes(), SCORE, by_score),
        *votes(pathwise_votes(), PATHWISE, ahead),
        text(ZERO + VOTE * truth(), HEIGHT - 16, "true: 3"),
    ]
    return card(TITLE, DESCRIPTION, HEIGHT, [head(PURPLE)], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
