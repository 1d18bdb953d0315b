"""The drawing of the family in a browser: on a telephone, with the keyboard, without scripts."""

import pytest
from book_support import HTML, need_the_book
from browser_support import NARROW, PATIENCE, WIDE, visit
from playwright.sync_api import Browser, Page

from recotour_book import palette

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWING = "svg.linked-picture"
SIZES = """svg => [...svg.querySelectorAll("text")].map(text =>
  parseFloat(text.getAttribute("font-size")) * svg.getBoundingClientRect().width
  / svg.viewBox.baseVal.width)"""


@pytest.fixture
def opened(chromium: Browser):
    """Give what opens the page from disk, without scripts unless asked."""
    need_the_book()
    pages: list[Page] = []

    def open_page(viewport=WIDE, **options) -> Page:
        page = chromium.new_page(viewport=viewport, java_script_enabled=False, **options)
        page.set_default_timeout(PATIENCE)
        visit(page, (HTML / "family" / "family.html").as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()


def test_its_words_can_be_read_on_a_telephone(opened):
    sizes = opened(NARROW).locator(DRAWING).evaluate(SIZES)
    assert len(sizes) > 40
    assert min(sizes) >= 9


def test_the_keyboard_follows_a_link_without_scripts(opened):
    page = opened()
    link = page.locator(f"{DRAWING} a").first
    link.focus()
    assert link.evaluate("link => link === document.activeElement")
    page.keyboard.press("Tab")
    second = page.locator(f"{DRAWING} a").nth(1)
    assert second.evaluate("link => link === document.activeElement")
    address = second.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{address}")


@pytest.mark.parametrize("side", ["light", "dark"])
def test_its_boxes_have_the_page_s_colours(chromium, side):
    need_the_book()
    page = chromium.new_page(viewport=WIDE, color_scheme=side)
    page.set_default_timeout(PATIENCE)
    visit(page, (HTML / "family" / "family.html").as_uri())
    page.wait_for_function(f"document.documentElement.dataset.theme === '{side}'")
    box = page.locator(f"{DRAWING} a rect").first
    fill = box.evaluate("box => getComputedStyle(box).fill")
    said = getattr(palette.PALE["amber"], side)
    assert fill == f"rgb({', '.join(str(int(said[n : n + 2], 16)) for n in (1, 3, 5))})"
    page.close()
