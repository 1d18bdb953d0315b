"""Every page on every screen and on paper: nothing is cut without a sign, and few stops for Tab.

Each page is opened once, looked at in four widths, and then as it would be printed from the dark.
"""

from collections.abc import Iterator

import pytest
from browser_support import PATIENCE, brightness, visit
from playwright.sync_api import Browser, Page
from screens_book import (
    CUT,
    LOST_ROWS,
    PAPER,
    PHONE,
    PLACES,
    SHEET,
    STOPS,
    WIDTHS,
    address,
    page_files,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_STOPS = 120


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(color_scheme="dark")
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def on_a_screen(page: Page, width: int) -> list[str]:
    """Say what is wrong with a page in one width."""
    page.set_viewport_size({"width": width, "height": 900})
    settle(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    found = [f"the page scrolls: {wide}"] if wide > width else []
    found += page.evaluate(CUT) + page.evaluate(PLACES, width < PHONE)
    found += page.evaluate(LOST_ROWS) if width < PHONE else []
    return [f"{width}: {one}" for one in found]


def on_paper(page: Page) -> list[str]:
    """Say what is wrong with a page on paper, when it was dark on the screen."""
    page.set_viewport_size({"width": SHEET, "height": 900})
    page.emulate_media(media="print")
    settle(page)
    found = page.evaluate(PAPER)
    found += [] if brightness(page) > 250 else ["the paper is dark"]
    seen = ".bd-sidebar, .bd-header-article, .prev-next-footer, button:not(.interactive *, .sort)"
    return found + page.locator(f":is({seen}):visible").evaluate_all(
        "all => all.map(one => `on paper: ${one.className}`)"
    )


@pytest.mark.parametrize("name", page_files())
def test_nothing_is_cut_and_tab_stops_seldom(page, name):
    visit(page, address(name))
    # What is not drawn yet keeps the measures of another width until it is.
    page.add_style_tag(content="* { content-visibility: visible !important }")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    found = [one for width in WIDTHS[1:] for one in on_a_screen(page, width)]
    found += on_a_screen(page, WIDTHS[0])
    stops = page.evaluate(STOPS)
    found += [f"{len(stops)} stops"] if len(stops) > MOST_STOPS else []
    assert found + on_paper(page) == []


def test_what_is_cut_is_noticed(page):
    """A page with a fault of each kind: the tests above can fail."""
    page.set_viewport_size({"width": 390, "height": 900})
    wide = '<div style="width: 900px">wide</div>'
    page.set_content(f"""<main><article>
      <div style="overflow: hidden">{wide}</div><div style="overflow: auto">{wide}</div>
      <div tabindex="-1" style="overflow: auto;
        background: linear-gradient(red, blue) local">{wide}</div>
      <div class="math" style="display: flex"><svg width="50" height="50"></svg>
        <span class="eqno">(1.1)</span></div>
      <span class="math">
        <svg width="50" height="9" style="max-width: 9px" aria-label="x"></svg></span>
      <div class="prev-next-area"><a><p>one</p></a>
        <a style="position: absolute; left: 380px; top: 0"><p>two</p></a></div>
      <div class="cell_output"><div class="table-scroll" style="overflow: auto">
        <table><tr><td>name</td><td>{wide}</td></tr></table></div></div>
      <pre style="overflow: auto">{"long " * 90}</pre></article></main>""")
    cut = [one.split(":")[0] for one in page.evaluate(CUT)]
    assert cut == ["cut", "no sign", "no keyboard", "no sign", "no sign"]
    places = page.evaluate(PLACES, True)
    assert [one.split()[0] for one in places] == ["number", "shrunk", "link", "links"]
    assert page.evaluate(LOST_ROWS) == ["name"]
    assert [one.split(".")[0] for one in page.evaluate(PAPER)] == ["P", "TABLE", "PRE"]
    assert page.evaluate(STOPS)[0] == "DIV."
