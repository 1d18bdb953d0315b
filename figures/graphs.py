"""Draw the computation graph without the reparameterization trick and with it: graphs.svg.

Usage: python figures/graphs.py
"""

from pathlib import Path
from typing import Final

from drawing import (
    BACK,
    BLACK,
    BLUE,
    FRAME,
    GREEN,
    NOISE,
    PURPLE,
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

HEIGHT: Final = 764
WITHOUT: Final = 170  # height at which the upper graph runs
WITH: Final = 470  # the same of the lower one
ABOVE: Final = 10  # arrows run forward so far above the middle, and back so far below

TITLE: Final = "The computation graph, without and with the reparameterization trick"
DESCRIPTION: Final = (
    "Two graphs, one below the other. In both, the clicks x lead to an encoder with parameters "
    "phi, to mu and sigma, to z, to a decoder with parameters theta, and to the negative "
    "log-likelihood. Above, without the trick, z is a circle, a random draw from N(mu, sigma "
    "squared). Dashed purple arrows, the gradient, run back from the likelihood through the "
    "decoder to z and stop there at a bar; none reaches mu, sigma or the encoder. Below, with the "
    "trick, z is a box, computed as mu plus sigma times epsilon. Epsilon is a dashed outline above "
    "it: noise that comes in from outside. The dashed purple arrows run back through the box to mu "
    "and sigma and on to the encoder, and none runs to epsilon."
)


def row(y: float) -> list[str]:
    """Draw what both graphs share: encoder, mu and sigma, decoder, likelihood."""
    forward = y - ABOVE
    return [
        circle(52, y, 28, BLACK, SHADE),
        text(52, y + 8, index("x", "u"), 24, weight="bold"),
        arrow(f"M82 {forward} H106"),
        box(112, y, 112, 84, BLUE),
        text(168, y - 4, "encoder", 20),
        text(168, y + 24, "φ", 24, weight="bold"),
        arrow(f"M226 {forward} H256"),
        box(262, y, 76, 84, BLUE),
        text(300, y + 8, "μ, σ", 24, weight="bold"),
        box(548, y, 112, 84, BLUE),
        text(604, y - 4, "decoder", 20),
        text(604, y + 24, "θ", 24, weight="bold"),
        arrow(f"M662 {forward} H692"),
        box(698, y, 78, 84, GREEN),
        text(737, y + 8, "nll", 24, weight="bold"),
    ]


def back(y: float, pieces: tuple[tuple[float, float], ...]) -> list[str]:
    """Run the gradient back, a piece between two nodes at a time."""
    return [arrow(f"M{start} {y + ABOVE + 4} H{end}", PURPLE, BACK) for start, end in pieces]


def without() -> list[str]:
    """Draw the random node that stops the gradient."""
    y = WITHOUT
    return [
        *row(y),
        arrow(f"M340 {y - ABOVE} H388"),
        circle(432, y, 38, VERMILLION),
        text(432, y + 10, "z", 30, weight="bold"),
        text(432, y - 56, "z ~ N(μ, σ²)", 21, weight="bold"),
        arrow(f"M472 {y - ABOVE} H542"),
        *back(y, ((694, 666), (544, 478))),
        line(f"M472 {y - 2} V{y + 32}", PURPLE, width=7),
        text(432, y + 72, "a draw has no slope:", 20),
        text(432, y + 97, "the gradient stops here", 20),
        text(168, y + 72, "φ learns nothing", 20),
        text(168, y + 97, "from the nll", 20),
    ]


def with_trick() -> list[str]:
    """Draw the computed node, with the noise as one more input."""
    y = WITH
    return [
        *row(y),
        arrow(f"M340 {y - ABOVE} H362"),
        box(368, y, 144, 84, VERMILLION),
        text(440, y - 4, "z =", 22, weight="bold"),
        text(440, y + 24, "μ + σ ⊙ ε", 22, weight="bold"),
        pill(440, y - 105, 156),
        text(440, y - 98, "ε ~ N(0, I)", 22, weight="bold"),
        arrow(f"M440 {y - 80} V{y - 48}", VERMILLION, NOISE),
        text(534, y - 110, "noise comes from", anchor="start"),
        text(534, y - 86, "outside: no gradient", anchor="start"),
        arrow(f"M514 {y - ABOVE} H542"),
        *back(y, ((694, 666), (544, 518), (364, 342), (258, 230))),
        text(440, y + 72, "slope 1 in μ, ε in σ:", 20),
        text(440, y + 97, "the gradient goes on", 20),
        text(168, y + 72, "φ learns", 20),
        text(168, y + 97, "from the nll", 20),
    ]


def legend() -> list[str]:
    """Say what each mark means."""
    first, second, third = HEIGHT - 122, HEIGHT - 78, HEIGHT - 26
    return [
        line(f"M24 {HEIGHT - 156} H776", FRAME, width=2),
        circle(58, first, 15, VERMILLION),
        text(96, first + 7, "drawn at random", anchor="start"),
        box(38, second, 40, 28, BLUE),
        text(96, second + 7, "computed", anchor="start"),
        arrow(f"M392 {first} H452"),
        text(468, first + 7, "forward", anchor="start"),
        arrow(f"M452 {second} H392", PURPLE, BACK),
        text(468, second + 7, "gradient of the nll", anchor="start"),
        text(
            24, third, "The KL needs no draw: its gradient reaches μ and σ in both.", anchor="start"
        ),
    ]


def draw() -> str:
    """Compose the picture."""
    parts = [
        text(24, 46, "Without the trick", 27, anchor="start", weight="bold"),
        *without(),
        line("M24 300 H776", FRAME, width=2),
        text(24, 346, "With the trick", 27, anchor="start", weight="bold"),
        *with_trick(),
        *legend(),
    ]
    return card(TITLE, DESCRIPTION, HEIGHT, [head(c) for c in (BLACK, VERMILLION, PURPLE)], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
