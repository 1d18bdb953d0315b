"""Dark twins of figures: the palette's colours in them, on the ground of the page, and readable."""

import base64
import io
import re

import numpy as np
import pytest
from colour_vision import contrast
from dark_figures import lighten
from PIL import Image

from recotour_book import palette
from recotour_book.darkening import dark_of, darken

COLOUR = re.compile(r"#[0-9a-f]{6}")


def with_pixels(pixels):
    kept = io.BytesIO()
    Image.fromarray(np.array(pixels, dtype=np.uint8)).save(kept, "png")
    encoded = base64.b64encode(kept.getvalue()).decode()
    return f'<image xlink:href="data:image/png;base64,{encoded}"/>'


def pixels_of(svg):
    encoded = re.search('base64,([^"]+)', svg)[1]
    return np.array(Image.open(io.BytesIO(base64.b64decode(encoded))))


def test_colours_of_the_palette_become_their_twins_and_white_the_dark_page():
    blue = palette.HUES["blue"]
    assert dark_of(blue.light) == blue.dark
    assert dark_of("#ffffff") == palette.PAGE.dark
    assert darken(f"fill: {blue.light.upper()};") == f"fill: {blue.dark};"


@pytest.mark.parametrize("shade", range(0, 256, 15))
def test_steps_between_are_turned_over_so_that_what_stood_out_does(shade):
    grey = f"#{shade:02x}{shade:02x}{shade:02x}"
    before, after = contrast(grey, "#ffffff"), contrast(dark_of(grey), palette.PAGE.dark)
    assert (before > 4) == (after > 3.5) or 2.5 < before < 5


def test_pixels_become_their_twins_and_stay_as_clear_as_they_were():
    red, green, blue = (int(palette.HUES["blue"].light[at : at + 2], 16) for at in (1, 3, 5))
    drawn = pixels_of(darken(with_pixels([[[red, green, blue, 255], [red + 2, green, blue, 90]]])))
    twin = [int(palette.HUES["blue"].dark[at : at + 2], 16) for at in (1, 3, 5)]
    assert drawn.tolist() == [[[*twin, 255], [*twin, 90]]]


def test_a_scale_of_many_colours_stays_a_scale():
    scale = [[[value, value, 255 - value, 255] for value in range(256)]]
    drawn = pixels_of(darken(with_pixels(scale)))
    assert len(np.unique(drawn.reshape(-1, 4), axis=0)) > 100


def test_places_lose_decimals_and_what_is_written_keeps_them():
    drawn = '<metadata>made 1.234</metadata><text x="1.2345" y="10.5">0.168 of 12.3456</text>'
    assert lighten(drawn) == '<text x="1.23" y="10.5">0.168 of 12.3456</text>'
