"""Draw one update of Mult-VAE and how it repeats: training-loop.svg beside this file.

Usage: python figures/training-loop.py
"""

from pathlib import Path
from typing import Final

from drawing import (
    BACK,
    BLACK,
    BLUE,
    GREEN,
    NOISE,
    PURPLE,
    RULE,
    SHADE,
    VERMILLION,
    arrow,
    box,
    card,
    circle,
    head,
    index,
    line,
    pill,
    text,
)

HEIGHT: Final = 680
TOP: Final = 190  # height of the clicks, the networks and z
TARGET: Final = 280  # height at which the clicks run to the likelihood
TERMS: Final = 362  # height of the two terms
SUM: Final = 482  # height of beta and of the loss
STEP: Final = 614  # height of the update

TITLE: Final = "One update of Mult-VAE, and the next"
DESCRIPTION: Final = (
    "In the upper row the clicks of a batch of users lead through the encoder to mu and log sigma "
    "squared, with fresh noise epsilon to z, and through the decoder to pi. Below, pi and the "
    "clicks, which run there a second time as the target, give the negative log-likelihood, and mu "
    "and log sigma squared give the KL divergence. The KL divergence is multiplied by beta, which "
    "rises over the updates, and the two are added to the loss. Dashed purple arrows run from the "
    "loss back through both terms: through the likelihood to the decoder, z and the encoder, and "
    "through the KL divergence to mu, log sigma squared and the encoder, not to the decoder. Adam "
    "turns the gradients into new values of theta and phi, and the next batch begins."
)


def forward() -> list[str]:
    """Draw the way from the clicks to pi."""
    y = TOP
    ahead = ("M120 {} H144", "M264 {} H300", "M424 {} H452", "M528 {} H566", "M686 {} H722")
    return [
        circle(84, y, 34, BLACK, SHADE),
        text(84, y + 8, index("x", "u"), 26, weight="bold"),
        text(84, y - 48, "a batch"),
        box(150, y, 112, 80, BLUE),
        text(206, y - 4, "encoder"),
        text(206, y + 24, "φ", 24, weight="bold"),
        box(306, y, 116, 80, BLUE),
        text(364, y + 8, "μ, log σ²", 22, weight="bold"),
        box(460, y, 64, 80, VERMILLION),
        text(492, y + 10, "z", 30, weight="bold"),
        box(572, y, 112, 80, BLUE),
        text(628, y - 4, "decoder"),
        text(628, y + 24, "θ", 24, weight="bold"),
        text(746, y + 10, "π", 30, weight="bold"),
        *(arrow(points.format(y - 10)) for points in ahead),
    ]


def noise() -> list[str]:
    """Draw epsilon, which comes in from outside."""
    return [
        pill(492, 76, 150),
        text(492, 83, "ε ~ N(0, I)", 22, weight="bold"),
        arrow(f"M492 101 V{TOP - 40}", VERMILLION, NOISE),
        text(580, 70, "new noise", anchor="start"),
        text(580, 94, "for each batch", anchor="start"),
    ]


def loss() -> list[str]:
    """Draw the two terms, the weight of the second, and their sum."""
    return [
        line(f"M84 226 V{TARGET} H690"),
        arrow(f"M690 {TARGET} V{TERMS - 35}"),
        text(130, TARGET - 12, "and as the target", anchor="start"),
        arrow(f"M736 {TOP + 22} V{TERMS - 35}"),
        box(656, TERMS, 120, 60, GREEN),
        text(716, TERMS + 8, "nll", 24, weight="bold"),
        arrow(f"M354 {TOP + 42} V{TERMS - 35}"),
        box(306, TERMS, 116, 60, VERMILLION),
        text(364, TERMS + 8, "KL", 24, weight="bold"),
        text(292, TERMS - 4, "to N(0, I);", anchor="end"),
        text(292, TERMS + 20, "no noise in it", anchor="end"),
        arrow(f"M354 {TERMS + 32} V{SUM - 29}"),
        pill(364, SUM, 116),
        text(364, SUM + 8, "× β", 24, weight="bold"),
        arrow(f"M424 {SUM - 8} H614"),
        arrow(f"M706 {TERMS + 32} V{SUM - 37}"),
        box(620, SUM, 156, 64, BLACK),
        text(698, SUM + 9, "loss", 26, weight="bold"),
    ]


def annealing() -> list[str]:
    """Sketch how beta rises to its cap."""
    left, bottom = 452, SUM + 76
    return [
        line(f"M{left} {bottom - 46} V{bottom} H{left + 120}", RULE, width=2),
        line(f"M{left} {bottom} L{left + 84} {bottom - 36} H{left + 120}", VERMILLION, width=3.5),
        text(left - 12, bottom - 20, "β", 22, anchor="end"),
        text(left + 132, bottom + 2, "updates", anchor="start"),
    ]


def backward() -> list[str]:
    """Run the gradients back through both terms."""
    y = TOP + 14
    pieces = (
        f"M612 {SUM + 10} H430",
        f"M730 {SUM - 35} V{TERMS + 36}",
        f"M378 {SUM - 25} V{TERMS + 36}",
        f"M378 {TERMS - 33} V{TOP + 46}",
        f"M758 {TERMS - 33} V{TOP + 26}",
        f"M726 {y} H690",
        f"M568 {y} H532",
        f"M454 {y} H428",
        f"M302 {y} H268",
    )
    return [arrow(points, PURPLE, BACK) for points in pieces]


def step() -> list[str]:
    """Draw Adam and the way to the next batch."""
    return [
        arrow(f"M402 {STEP} H340", PURPLE, BACK),
        text(414, STEP + 7, "gradients of θ and φ", anchor="start"),
        box(110, STEP, 222, 60, BLUE),
        text(221, STEP + 8, "Adam: new θ, φ", 22, weight="bold"),
        arrow(f"M108 {STEP} H26 V{TOP} H44"),
        text(40, STEP - 130, "the next", anchor="start"),
        text(40, STEP - 106, "batch", anchor="start"),
    ]


def draw() -> str:
    """Compose the picture."""
    pieces = (forward, noise, loss, annealing, backward, step)
    parts = [
        text(24, 46, "One update", 27, anchor="start", weight="bold"),
        *(part for piece in pieces for part in piece()),
    ]
    heads = [head(colour) for colour in (BLACK, VERMILLION, PURPLE)]
    return card(TITLE, DESCRIPTION, HEIGHT, heads, parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
