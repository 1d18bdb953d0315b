"""The book's legend shows each quantity and each model of the palette, in its colour."""

import pytest
import tables_book
from bs4 import BeautifulSoup

from recotour_book import palette


@pytest.fixture(scope="module")
def extension():
    return tables_book.load_extension("colour_legend")


@pytest.mark.parametrize("name", ["quantities", "models"])
def test_each_row_has_a_sample_words_and_the_name_of_the_colour(extension, name):
    rows = BeautifulSoup(extension.table(name), "html.parser").select("tbody tr")
    said = [tuple(cell.get_text() for cell in row.select("td")[1:]) for row in rows]
    if name == "quantities":
        assert said == [(it.words, it.hue) for it in palette.QUANTITIES.values()]
    else:
        both = {**palette.MODELS, **palette.FRAMEWORKS}
        assert said == [(model, it.hue) for model, it in both.items()]
    assert all(row.select_one("svg[aria-hidden=true] > line") for row in rows)


@pytest.mark.parametrize("name", ["quantities", "models"])
def test_samples_take_colours_that_the_pages_know(extension, name):
    table = BeautifulSoup(extension.table(name), "html.parser")
    used = {mark.get("stroke") or mark.get("fill") for mark in table.select("svg > *")}
    assert used <= {f"var({variable})" for variable in palette._variables("light")}


def test_every_marker_has_an_outline(extension):
    assert all("points=" in extension.mark("ink", it.marker) for it in palette.MODELS.values())
