"""The built page of the family: every chapter that is there is led to, and by no dead link."""

import pytest
from book_support import HTML, need_the_book, read_page, toc_files
from bs4 import Tag

from recotour_book.family import FAMILY

WRITTEN = set(toc_files())


@pytest.fixture(scope="module")
def page() -> Tag:
    need_the_book()
    return read_page(HTML / "family" / "family.html").select_one("article")


def expected(one: str) -> str:
    """Return how the page of the family names a chapter."""
    part, name = one.split("/")
    return f"{name}.html" if part == "family" else f"../{one}.html"


def test_each_box_leads_to_its_chapter_where_that_is_in_the_book(page):
    found = {
        link.select_one("title").get_text().split()[0]: link["href"]
        for link in page.select("svg.linked-picture a")
    }
    assert found == {one.name: expected(one.chapter) for one in FAMILY if one.chapter in WRITTEN}


def test_what_has_no_chapter_yet_is_named_all_the_same(page):
    alone = page.select("svg.linked-picture g[role=img] > title")
    names = {title.get_text().split()[0] for title in alone}
    assert names == {one.name for one in FAMILY if one.chapter not in WRITTEN}


def test_the_table_says_the_same_with_the_same_links(page):
    rows = page.select("table tbody tr")
    assert [row.select_one("strong").get_text() for row in rows] == [one.name for one in FAMILY]
    for row, one in zip(rows, FAMILY, strict=True):
        chapters = [a["href"] for a in row.select("a.reference.internal") if ".html" in a["href"]]
        leads = expected(one.chapter)
        assert (leads in {address.split("#")[0] for address in chapters}) == (
            one.chapter in WRITTEN
        )


def test_the_drawing_has_a_number_and_a_caption(page):
    figure = page.select_one("figure#fig-family")
    assert figure.select_one("svg.linked-picture") is not None
    assert figure.select_one("figcaption .caption-number") is not None
