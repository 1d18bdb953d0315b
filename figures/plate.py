"""Draw what Mult-VAE and matrix factorisation assume, as plates: plate.svg beside this file.

Usage: python figures/plate.py
"""

from pathlib import Path
from typing import Final

from drawing import (
    BLACK,
    FRAME,
    INFERENCE,
    RULE,
    SHADE,
    VERMILLION,
    VIOLET,
    arrow,
    card,
    circle,
    head,
    index,
    line,
    parameter,
    text,
)

HEIGHT: Final = 640
LATENT: Final = 140  # height of the latent circles
CLICKS: Final = 330  # height of the clicks

TITLE: Final = "Plates of Mult-VAE and of matrix factorisation"
DESCRIPTION: Final = (
    "Left, Mult-VAE. In a plate that is repeated for each user, a latent circle z leads by a solid "
    "arrow to a shaded circle x, the user's clicks; the number of clicks N, a small square, leads "
    "to x too. Outside the plate stand two parameters. Theta has a solid arrow to x: the "
    "generative model. Phi has a dashed arrow to z, and a dashed arrow runs from x back to z: the "
    "inference network. Right, matrix factorisation. A plate of users holds z of a user, a plate "
    "of items holds w of an item, and where the two plates overlap lies the shaded x of user and "
    "item, with an arrow from each. There is no inference network."
)


def plate(x: float, y: float, width: float, height: float) -> str:
    """Draw the frame around what is repeated."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" fill="none" '
        f'stroke="{RULE}" stroke-width="2.5"/>'
    )


def node(x: float, y: float, name: str, observed: bool = False) -> list[str]:
    """Draw a random quantity, shaded where it is observed."""
    ring = circle(x, y, 36, BLACK, SHADE) if observed else circle(x, y, 36, VERMILLION)
    return [ring, text(x, y + 8, name, 28, weight="bold")]


def generative() -> list[str]:
    """Draw p: z and theta lead to x."""
    return [
        plate(110, 80, 210, 330),
        *node(220, LATENT, index("z", "u")),
        *node(220, CLICKS, index("x", "u"), observed=True),
        arrow(f"M220 {LATENT + 38} V{CLICKS - 42}"),
        parameter(140, CLICKS),
        text(140, CLICKS - 18, index("N", "u"), 22),
        arrow(f"M150 {CLICKS} H178"),
        parameter(370, CLICKS),
        text(370, CLICKS - 20, "θ", 28, weight="bold"),
        arrow(f"M360 {CLICKS} H262"),
        text(215, 400, "users u = 1, …, U", 20),
    ]


def inference() -> list[str]:
    """Draw q, dashed: x and phi lead to z."""
    left, right = LATENT + 26, CLICKS - 26
    return [
        parameter(50, LATENT, VIOLET),
        text(50, LATENT - 20, "φ", 28, VIOLET, weight="bold"),
        arrow(f"M60 {LATENT} H178", VIOLET, INFERENCE),
        arrow(f"M192 {right} C150 {right - 40} 150 {left + 40} 190 {left + 4}", VIOLET, INFERENCE),
    ]


def factorisation() -> list[str]:
    """Draw the plates of users and of items, with the clicks where they overlap."""
    return [
        plate(450, 80, 190, 330),
        plate(540, 250, 236, 190),
        *node(500, LATENT, index("z", "u")),
        *node(590, CLICKS, index("x", "ui"), observed=True),
        *node(716, CLICKS, index("w", "i")),
        arrow(f"M518 {LATENT + 34} L571 {CLICKS - 38}"),
        arrow(f"M678 {CLICKS} H632"),
        text(545, 72, "users", 20),
        text(710, 430, "items", 20),
    ]


def legend() -> list[str]:
    """Say what each mark means."""
    rows = (488, 536, 584)
    return [
        line(f"M24 452 H{776}", FRAME, width=2),
        circle(50, rows[0], 16, VERMILLION),
        text(84, rows[0] + 7, "random, never seen", anchor="start"),
        circle(50, rows[1], 17, BLACK, SHADE),
        text(84, rows[1] + 7, "random, observed", anchor="start"),
        parameter(50, rows[2]),
        text(84, rows[2] + 7, "given or learned, not random", anchor="start"),
        arrow(f"M396 {rows[0]} H466"),
        text(486, rows[0] + 7, "p: how clicks come about", anchor="start"),
        arrow(f"M396 {rows[1]} H466", VIOLET, INFERENCE),
        text(486, rows[1] + 7, "q: what is inferred", anchor="start"),
        plate(412, rows[2] - 17, 54, 34),
        text(486, rows[2] + 7, "repeated, independently", anchor="start"),
    ]


def draw() -> str:
    """Compose the picture."""
    parts = [
        text(24, 42, "Mult-VAE", 27, anchor="start", weight="bold"),
        text(450, 42, "Matrix factorisation", 27, anchor="start", weight="bold"),
        *generative(),
        *inference(),
        *factorisation(),
        *legend(),
    ]
    return card(TITLE, DESCRIPTION, HEIGHT, [head(BLACK), head(VIOLET)], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
