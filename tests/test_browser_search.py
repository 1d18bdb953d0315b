"""The search in headless Chromium, opened from disk: sections, spellings, order."""

from urllib.parse import unquote, urlsplit

import pytest
from book_support import HTML, anchors, read_page
from browser_support import visit
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

TWINS = [
    ("reparametrisation", "reparameterization"),
    ("reparameterisation trick", "reparameterization trick"),
    ("normalised", "normalized"),
    ("regularisation", "regularization"),
    ("colour", "color"),
    ("generalisation", "generalization"),
]


def find(page: Page, address: str, query: str) -> list[str]:
    """Search the book for a query, and return the results as they are titled."""
    visit(page, f"{address}/search.html?q={query.replace(' ', '+')}")
    page.locator("#search-results .search-summary").wait_for()
    return page.locator("#search-results li a").all_text_contents()


def title_of(name: str) -> str:
    """Return the title of a chapter, without its number."""
    heading = read_page(HTML / f"{name}.html").find("h1")
    for extra in heading.select(".section-number, .headerlink"):
        extra.extract()
    return " ".join(heading.get_text().split())


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("KL annealing", "building/training"),
        ("reparametrisation", "foundations/reparameterization"),
        ("glossary", "back/glossary"),
        ("notation", "back/notation"),
        ("ranking metrics", "building/metrics"),
    ],
)
def test_a_chapter_is_found_first_by_its_title(page, watch, origins, query, name):
    found = find(page, origins["disk"], query)
    assert found[0].split(" › ")[0] == title_of(name)
    assert len(set(found)) == len(found)
    assert watch.errors == []


@pytest.mark.parametrize(("british", "american"), TWINS)
def test_both_spellings_find_the_same(page, origins, british, american):
    found = find(page, origins["disk"], british)
    assert found
    assert found == find(page, origins["disk"], american)


def test_results_are_sections_and_lead_to_them(page, watch, origins):
    found = find(page, origins["disk"], "posterior collapse")
    assert any(" › " in title for title in found)
    for link in page.locator("#search-results li a").all():
        parts = urlsplit(link.evaluate("link => link.href"))
        target = anchors(HTML / unquote(parts.path).removeprefix(str(HTML) + "/"))
        assert not parts.fragment or unquote(parts.fragment) in target
    assert page.locator("#search-results li p.context").first.inner_text().strip()
    assert watch.errors == []


def test_nothing_found_is_said(page, origins):
    assert find(page, origins["disk"], "xyzzyplugh") == []
    assert "Nothing was found" in page.locator(".search-summary").inner_text()


def test_a_query_is_shown_as_words_and_never_run(page, watch, origins):
    find(page, origins["disk"], "<img src=x onerror=alert(1)>")
    assert page.locator("#search-results img").count() == 0
    assert watch.errors == []
