"""Drawings that stand in a page: links, colours and ids of the page's own."""

from types import ModuleType
from xml.etree import ElementTree

import pytest
from book_support import ROOT
from tables_book import load_extension

from recotour_book import palette

SVG = "{http://www.w3.org/2000/svg}"
BLUE, PALE = palette.HUES["blue"].light, palette.PALE["blue"].light
DRAWN = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" role="img"
 aria-labelledby="title desc"><title id="title">T</title><desc id="desc">D</desc>
<defs><marker id="head"/></defs><path stroke="{BLUE}" marker-end="url(#head)"/>
<a href="../book/one/here.ipynb"><title>Here</title><rect fill="{PALE}"/></a>
<a href="../book/one/gone.ipynb"><title>Gone</title><rect fill="none"/></a></svg>"""


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    return load_extension("linked_pictures")


@pytest.fixture(scope="module")
def root(pictures) -> ElementTree.Element:
    known = {"../book/one/here.ipynb": "here.html"}
    return ElementTree.fromstring(pictures.inline(DRAWN, "small", known.get))


def test_a_link_leads_to_the_page_and_one_to_nowhere_is_a_picture(root):
    (link,) = root.iter(f"{SVG}a")
    assert (link.get("href"), link.findtext(f"{SVG}title")) == ("here.html", "Here")
    (alone,) = root.iter(f"{SVG}g")
    assert (alone.get("role"), alone.findtext(f"{SVG}title")) == ("img", "Gone")
    assert "href" not in alone.attrib


def test_links_are_heard_for_the_drawing_is_a_group_with_a_name(root):
    assert (root.get("role"), root.get("aria-labelledby")) == ("group", "small-title")
    assert root.findtext(f"{SVG}title[@id='small-title']") == "T"


def test_its_ids_are_its_own_and_what_means_them_still_does(root):
    assert {one.get("id") for one in root.iter()} - {None} == {
        "small-title",
        "small-desc",
        "small-head",
    }
    assert next(root.iter(f"{SVG}path")).get("marker-end") == "url(#small-head)"


def test_its_colours_are_the_page_s(root):
    used = {next(root.iter(f"{SVG}path")).get("stroke"), next(root.iter(f"{SVG}rect")).get("fill")}
    assert used == {"var(--colour-elbo)", "var(--colour-pale-blue)"}
    assert palette._variables("dark")["--colour-pale-blue"] == palette.PALE["blue"].dark


def test_every_colour_has_one_dark_twin_under_whichever_name():
    light, dark = palette._variables("light"), palette._variables("dark")
    for colour, variable in palette.properties().items():
        name = variable.removeprefix("var(").removesuffix(")")
        assert light[name] == colour
        assert dark[name] == palette.to_dark()[colour]


def test_a_source_is_the_page_that_is_made_of_it(pictures):
    assert pictures.page_of("../figures", "../book/family/neighbours.ipynb") == "family/neighbours"


@pytest.mark.parametrize("name", ["family"])
def test_a_stored_drawing_has_no_colour_that_pages_lack(pictures, name):
    stored = (ROOT / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    made = pictures.inline(stored, name, lambda address: None)
    assert not pictures.HEX.search(made)
