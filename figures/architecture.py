"""Draw Mult-VAE from left to right, and Mult-DAE below it: architecture.svg beside this file.

Usage: python figures/architecture.py
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
    VERMILLION,
    WHITE,
    arrow,
    box,
    card,
    head,
    index,
    pill,
    text,
)

HEIGHT: Final = 690
CLICKED: Final = (1, 4, 5, 8)  # cells of the user that is drawn
CHANCES: Final = (22, 46, 12, 30, 56, 40, 16, 26, 38)  # lengths of the bars of pi
MIDDLE: Final = 214  # height at which Mult-VAE's arrows run
DAE: Final = 622  # the same of Mult-DAE

TITLE: Final = "Mult-VAE and Mult-DAE"
DESCRIPTION: Final = (
    "Mult-VAE from left to right. The clicks of a user, a row of cells some of which are filled, "
    "are L2-normalised and partly dropped. A tanh layer of 600 units leads to mu and log sigma "
    "squared, 200 units each. The reparameterization step, in its own colour, makes "
    "z = mu + sigma times epsilon; epsilon comes from outside as a draw from N(0, I), is no "
    "parameter and gets no gradient, while the gradient's path runs back past it through mu and "
    "sigma. A tanh layer of 600 units leads to the logits f, and a softmax to the probabilities "
    "pi of all items, which the multinomial likelihood compares with the clicks. The loss adds "
    "beta times the KL divergence of q(z given x) from N(0, I). Below, Mult-DAE: the same input, "
    "one tanh layer of 200 units that is the code z, the logits, softmax and likelihood, with "
    "neither noise nor KL."
)


def cells(x: float, middle: float, side: float) -> list[str]:
    """Draw the row of clicks, standing on end; filled where the user clicked."""
    top = middle - side * len(CHANCES) / 2
    return [
        f'<rect x="{x + 1}" y="{top + i * side + 1:g}" width="{side - 2}" height="{side - 2}" '
        f'fill="{BLACK if i in CLICKED else WHITE}" stroke="{BLACK}" stroke-width="1"/>'
        for i in range(len(CHANCES))
    ]


def bars(x: float, middle: float, side: float) -> list[str]:
    """Draw pi, a bar an item, darker where the user clicked."""
    top = middle - side * len(CHANCES) / 2
    return [
        f'<rect x="{x}" y="{top + i * side + 1.5:g}" width="{length}" height="{side - 3:g}" '
        f'fill="{GREEN}" fill-opacity="{1 if i in CLICKED else 0.35}"/>'
        for i, length in enumerate(CHANCES)
    ]


def encoder() -> list[str]:
    """Lead from the clicks to mu and log sigma squared."""
    return [
        text(45, MIDDLE - 122, index("x", "u"), 26, weight="bold"),
        *cells(33, MIDDLE, 24),
        arrow(f"M64 {MIDDLE} H156"),
        text(108, MIDDLE - 38, "x / ‖x‖"),
        text(108, MIDDLE - 14, "dropout"),
        box(162, MIDDLE, 34, 190, BLUE),
        arrow(f"M198 {MIDDLE - 24} L236 {MIDDLE - 54}"),
        arrow(f"M198 {MIDDLE + 24} L236 {MIDDLE + 54}"),
        box(242, MIDDLE - 54, 88, 76, BLUE),
        box(242, MIDDLE + 54, 88, 76, BLUE),
        text(286, MIDDLE - 45, "μ", 28, weight="bold"),
        text(286, MIDDLE + 62, "log σ²", 21, weight="bold"),
    ]


def reparameterization() -> list[str]:
    """Draw the step with its own colour: noise comes in from outside the network."""
    colour = VERMILLION
    return [
        arrow(f"M332 {MIDDLE - 64} L381 {MIDDLE - 26}", colour),
        arrow(f"M332 {MIDDLE + 64} L381 {MIDDLE + 26}", colour),
        box(386, MIDDLE, 72, 72, colour),
        text(422, MIDDLE + 10, "z", 32, weight="bold"),
        text(417, MIDDLE + 92, "z = μ + σ ⊙ ε", 21, weight="bold"),
        pill(422, 75, 156),
        text(422, 82, "ε ~ N(0, I)", 22, weight="bold"),
        arrow(f"M422 99 V{MIDDLE - 41}", colour, NOISE),
        text(512, 70, "noise from outside: not a", 19, anchor="start"),
        text(512, 94, "parameter, no gradient", 19, anchor="start"),
    ]


def decoder() -> list[str]:
    """Lead from z to pi."""
    return [
        arrow(f"M460 {MIDDLE - 9} H502"),
        box(508, MIDDLE, 34, 190, BLUE),
        arrow(f"M544 {MIDDLE - 9} H580"),
        box(586, MIDDLE, 34, 190, BLUE),
        text(603, MIDDLE + 8, "f", 26, weight="bold"),
        arrow(f"M622 {MIDDLE - 9} H710"),
        text(665, MIDDLE - 22, "softmax"),
        *bars(718, MIDDLE, 24),
    ]


def gradient() -> list[str]:
    """Run the gradient's path back from the likelihood to the encoder, past the noise."""
    back = [
        f"M712 {MIDDLE + 11} H626",
        f"M584 {MIDDLE + 11} H548",
        f"M506 {MIDDLE + 11} H464",
        f"M382 {MIDDLE - 8} L336 {MIDDLE - 40}",
        f"M382 {MIDDLE + 8} L336 {MIDDLE + 40}",
        f"M240 {MIDDLE - 30} L202 {MIDDLE - 4}",
        f"M240 {MIDDLE + 30} L202 {MIDDLE + 4}",
    ]
    level = MIDDLE + 190
    return [
        *(arrow(points, PURPLE, BACK) for points in back),
        arrow(f"M196 {level} H136", PURPLE, BACK),
        text(
            208,
            level + 7,
            "gradient of the likelihood: through z to μ and σ, past ε",
            anchor="start",
        ),
    ]


def names() -> list[str]:
    """Say below each column what it is and how wide."""
    first, second = MIDDLE + 132, MIDDLE + 156
    columns = (
        (58, "clicks", "I items"),
        (179, "tanh", "600"),
        (286, "200", "each"),
        (525, "tanh", "600"),
        (603, "logits", "I"),
        (736, "π, over", "I items"),
    )
    lines = [(text(x, first, above), text(x, second, below)) for x, above, below in columns]
    return [line for pair in lines for line in pair]


def loss() -> list[str]:
    """Write the two terms and their sum."""
    y = MIDDLE + 246
    terms = f"− {index('Σ', 'i')} {index('x', 'ui')} log {index('π', 'ui')}"
    return [
        text(66, y + 7, "loss  =", 22, weight="bold"),
        box(118, y, 304, 46, GREEN),
        text(270, y + 7, terms, 22),
        text(270, y + 46, "multinomial likelihood"),
        text(444, y + 8, "+", 24, weight="bold"),
        box(466, y, 308, 46, VERMILLION),
        text(620, y + 7, "β KL( q(z | x) ‖ N(0, I) )", 22),
        text(620, y + 46, "annealed in training"),
    ]


def dae() -> list[str]:
    """Draw the thinner row: one point z, neither noise nor KL."""
    return [
        *cells(38, DAE, 11),
        arrow(f"M56 {DAE} H222"),
        text(138, DAE - 13, "x / ‖x‖, dropout"),
        box(228, DAE, 142, 44, BLUE),
        text(299, DAE + 7, "z: tanh, 200"),
        arrow(f"M372 {DAE} H412"),
        box(418, DAE, 106, 44, BLUE),
        text(471, DAE + 7, "f: logits, I"),
        arrow(f"M526 {DAE} H618"),
        text(571, DAE - 13, "softmax"),
        *bars(626, DAE, 11),
        text(690, DAE - 9, "π, I", anchor="start"),
        text(690, DAE + 17, "no KL", anchor="start"),
    ]


def draw() -> str:
    """Compose the picture."""
    parts = [
        text(24, 42, "Mult-VAE", 27, anchor="start", weight="bold"),
        *(part for piece in PIECES for part in piece()),
        text(24, DAE - 66, "Mult-DAE", 27, anchor="start", weight="bold"),
        *dae(),
    ]
    heads = [head(colour) for colour in (BLACK, VERMILLION, PURPLE)]
    return card(TITLE, DESCRIPTION, HEIGHT, heads, parts)


PIECES: Final = (encoder, reparameterization, decoder, gradient, names, loss)

if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
