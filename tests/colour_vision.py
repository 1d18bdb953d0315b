"""How colours look and differ: contrast, the difference CIEDE2000, and sight without some cones.

Sight without red, green or blue cones is that of Machado, Oliveira and Fernandes, A
Physiologically-based Model for Simulation of Color Vision Deficiency (2009), severity 1: matrices
for linear RGB, from the authors' tables. Contrast is WCAG 2's; the difference is that of Sharma,
Wu and Dalal, The CIEDE2000 Color-Difference Formula (2005), whose test data are in the tests.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]

SIGHTS: dict[str, Numbers] = {
    "normal": np.eye(3),
    "without red cones": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "without green cones": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "without blue cones": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65


def linear(colour: str) -> Numbers:
    """Return linear red, green and blue of a colour such as "#0373d2"."""
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, sight: str = "normal") -> Numbers:
    """Return a colour's place in CIELAB as some eyes see it."""
    xyz = TO_XYZ @ np.clip(SIGHTS[sight] @ linear(colour), 0, 1) / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: Numbers, other: Numbers) -> float:
    """Return CIEDE2000 between two places in CIELAB; 1 is about what can just be seen."""
    light, a, b = np.transpose([one, other])
    chroma = np.hypot(a, b).mean() ** 7
    a = a * (1.5 - 0.5 * np.sqrt(chroma / (chroma + 25**7)))
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = 0.0 if chroma.prod() == 0 else (hue[1] - hue[0] + 180) % 360 - 180
    middle = hue.sum() if chroma.prod() == 0 else (hue[0] + turn / 2) % 360
    bright = (light.mean() - 50) ** 2
    seen = [
        1 + 0.015 * bright / np.sqrt(20 + bright),
        1 + 0.045 * chroma.mean(),
        1 + 0.015 * chroma.mean() * _hue_weight(middle),
    ]
    around = 2 * np.sqrt(chroma.prod()) * np.sin(np.radians(turn / 2))
    apart = np.array([light[1] - light[0], chroma[1] - chroma[0], around]) / seen
    return float(np.sqrt(apart @ apart + _rotation(chroma.mean(), middle) * apart[1] * apart[2]))


def _hue_weight(hue: float) -> float:
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return 1 + sum(size * np.cos(np.radians(times * hue + by)) for size, times, by in waves)


def _rotation(chroma: float, hue: float) -> float:
    near_blue = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    return -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(np.radians(near_blue))


def least_difference(one: str, other: str) -> float:
    """Return the difference of two colours in the sight that tells them apart worst."""
    return min(difference(lab(one, sight), lab(other, sight)) for sight in SIGHTS)
