"""The colours of the book can be seen, are told apart by all eyes, and are said in one place."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from colour_vision import contrast, difference, least_difference

from recotour_book import palette

ROOT = Path(__file__).parents[1]
SIDES = ("light", "dark")
TOLD_APART = 9  # CIEDE2000, in each of four sights
HEX = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b(?!;)")

NAMED = re.compile(r"""["'](?:white|C\d|tab:\w+)["']|colors?=["']\w+["']""")

each_side = pytest.mark.parametrize("side", SIDES)


# The measure: pairs 1, 5, 7, 9, 17 and 25 of Sharma, Wu and Dalal's test data.
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.1848, -84.8006), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_differences_are_those_of_the_published_data(one, other, expected):
    assert difference(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


def test_contrast_runs_from_one_to_twenty_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


@each_side
@pytest.mark.parametrize("name", palette.HUES)
def test_each_hue_stands_out_from_the_page_and_from_a_frame(name, side):
    colour = getattr(palette.HUES[name], side)
    grounds = [getattr(ground, side) for ground in (palette.GROUND, palette.PAGE)]
    assert min(contrast(colour, ground) for ground in grounds) >= 3


@each_side
def test_any_two_hues_are_told_apart_by_all_eyes(side):
    pairs = {
        (one, other): least_difference(getattr(a, side), getattr(b, side))
        for (one, a), (other, b) in combinations(palette.HUES.items(), 2)
    }
    assert not {pair: round(d, 1) for pair, d in pairs.items() if d < TOLD_APART}


@each_side
@pytest.mark.parametrize("ground", [palette.GROUND, *palette.PALE.values()], ids=str)
def test_writing_is_read_on_every_ground(ground, side):
    ink = palette.HUES["black"]
    assert contrast(getattr(ink, side), getattr(ground, side)) >= 7
    assert contrast(getattr(palette.GREYS["text"], side), getattr(palette.GROUND, side)) >= 4.5


def test_quantities_that_stand_together_have_hues_of_their_own():
    for names in palette.TOGETHER:
        assert len({palette.QUANTITIES[name].hue for name in names}) == len(names)


def test_models_have_looks_of_their_own_and_those_of_one_hue_differ_twice():
    looks = palette.MODELS.values()
    assert len(palette.MODELS) >= 20
    for one, other in combinations(looks, 2):
        assert one.hue != other.hue or (one.marker != other.marker and one.dash != other.dash)


def test_each_light_colour_has_one_dark_twin():
    tones = [palette.GROUND, *palette.HUES.values(), *palette.GREYS.values()]
    tones += palette.PALE.values()
    assert len(palette.to_dark()) == len(tones)
    assert all(
        re.fullmatch("#[0-9a-f]{6}", colour) for tone in tones for colour in vars(tone).values()
    )


@pytest.mark.parametrize("name", palette.FILES)
def test_what_the_pages_read_is_what_the_palette_writes(name):
    stored = (palette.STATIC / name).read_text(encoding="utf-8")
    assert stored == palette.FILES[name](), f"run: {palette.REMAKE}"


def test_on_paper_the_colours_are_the_light_ones():
    rules = palette.css().split("@media screen")
    assert len(rules) == 2
    assert palette.HUES["blue"].dark not in rules[0]


# Nobody else says a colour.

FREE = {
    "palette.css",
    "palette.js",  # written from the palette
    "book.css",  # the theme's own variables, beside which figures stand
    "favicon.svg",
    "logo.svg",
}


def painted() -> list[Path]:
    """Return the files that draw: modules, drawings, and what the interactive parts need."""
    folders = [
        ("src/recotour_book", "*.py"),
        ("figures", "*.py"),
        ("book/_static/interactive", "*"),
    ]
    found = [path for folder, kind in folders for path in (ROOT / folder).rglob(kind)]
    found += [*(ROOT / "book/_static").glob("plotly-figures.*")]
    return [path for path in found if path.is_file() and path.name not in FREE | {"palette.py"}]


@pytest.mark.parametrize("path", painted(), ids=lambda path: path.name)
def test_no_file_has_a_colour_of_its_own(path):
    words = path.read_text(encoding="utf-8")
    assert HEX.findall(words) == []
    assert NAMED.findall(words) == []


@pytest.mark.parametrize("path", sorted((ROOT / "figures").glob("*.svg")), ids=lambda p: p.name)
def test_drawings_have_the_palettes_colours(path):
    used = set(HEX.findall(path.read_text(encoding="utf-8")))
    assert used <= set(palette.to_dark())
