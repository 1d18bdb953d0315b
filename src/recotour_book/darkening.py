"""Dark twins of the figures: the same SVG in the palette's colours for the dark page.

A colour of the palette becomes its twin. Others, such as the steps between two hues, have their
lightness turned over. Pixels inside a figure are told by the nearest colour of the palette.
"""

import base64
import colorsys
import io
import re
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recotour_book import palette

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}\b")
_PIXELS: Final = re.compile(r"(data:image/png;base64,)([A-Za-z0-9+/=\s]+)")
_MANY: Final = 64  # colours from which on pixels are a scale, not dots of one kind
_LIGHTEST, _DARKEST = 0.93, 0.1


def darken(svg: str) -> str:
    """Return an SVG in dark colours on the ground of the dark page."""
    # First the colours, as the letters of pixels know no "#".
    svg = _COLOUR.sub(lambda found: dark_of(found[0].lower()), svg)
    return _PIXELS.sub(lambda found: found[1] + _dark_pixels(found[2]), svg)


@cache
def dark_of(colour: str) -> str:
    """Return the dark twin of a colour in hexadecimal digits."""
    return _twins().get(colour) or _turned(colour)


@cache
def _twins() -> dict[str, str]:
    return {**palette.to_dark(), palette.PAGE.light: palette.PAGE.dark}


def _turned(colour: str) -> str:
    """Turn the lightness of a colour over, so that what stands out does so in the dark."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, strong = colorsys.rgb_to_hls(red, green, blue)
    light = _LIGHTEST + (_DARKEST - _LIGHTEST) * light
    parts = colorsys.hls_to_rgb(hue, light, strong)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _dark_pixels(encoded: str) -> str:
    """Return a picture in dark colours, encoded as it came."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    pixels = np.array(picture)
    colours, places = np.unique(pixels[..., :3].reshape(-1, 3), axis=0, return_inverse=True)
    twin = _of_a_scale if _is_scale(pixels) else _of_the_nearest
    pixels[..., :3] = np.array([twin(colour) for colour in colours])[places].reshape(
        pixels[..., :3].shape
    )
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "png", optimize=True)
    return base64.b64encode(kept.getvalue()).decode()


def _is_scale(pixels: NDArray[Any]) -> bool:
    """Say whether the pixels that hide what is below have very many colours."""
    opaque = pixels[pixels[..., 3] == 255][:, :3]
    return len(np.unique(opaque, axis=0)) > _MANY


def _of_a_scale(colour: NDArray[Any]) -> tuple[int, ...]:
    return _channels(_turned("#" + "".join(f"{part:02x}" for part in colour)))


def _of_the_nearest(colour: NDArray[Any]) -> tuple[int, ...]:
    near = min(_twins(), key=lambda light: np.abs(np.subtract(_channels(light), colour)).sum())
    return _channels(_twins()[near])


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
