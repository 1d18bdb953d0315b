"""A link that leads into a folded box opens it, wherever the reader comes from."""

import pytest
from browser_support import visit
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGE = "foundations/reparameterization"
# Places in a folded box that a link of the same page, outside of that box, leads to.
LED_TO = """() => [...document.querySelectorAll("main a.reference[href^='#']")]
  .filter(link => link.checkVisibility({ visibilityProperty: true }))
  .map(link => decodeURIComponent(link.hash.slice(1)))
  .filter(name => document.getElementById(name)?.closest(".admonition.toggle-hidden"))"""
BOX = "element => element.closest('.admonition.dropdown').classList.contains('toggle-hidden')"


@pytest.fixture
def opened(page: Page, origins) -> Page:
    visit(page, f"{origins['disk']}/{PAGE}.html")
    return page


def place(page: Page, name: str):
    """What stands at an anchor, equation or other."""
    return page.locator(f"[id='{name}']")


def in_view(page: Page, name: str) -> bool:
    """Tell whether a place is within the window."""
    box = place(page, name).bounding_box()
    return box is not None and 0 <= box["y"] < page.viewport_size["height"]


def test_a_click_opens_the_box_and_leaves_the_others_closed(opened):
    name = opened.evaluate(LED_TO)[0]
    closed = opened.locator(".admonition.toggle-hidden").count()
    opened.locator(f"main a.reference[href='#{name}']:visible").first.click()
    expect(place(opened, name)).to_be_visible()
    opened.wait_for_function("scrollY > 0")
    assert in_view(opened, name)
    assert 0 < opened.locator(".admonition.toggle-hidden").count() < closed


def test_a_second_click_opens_what_the_reader_has_closed(opened):
    name = opened.evaluate(LED_TO)[0]
    link = opened.locator(f"main a.reference[href='#{name}']:visible").first
    link.click()
    expect(place(opened, name)).to_be_visible()
    place(opened, name).evaluate(
        "element => element.closest('.admonition.dropdown').querySelector('.toggle-button').click()"
    )
    expect(place(opened, name)).not_to_be_visible()
    link.click()
    expect(place(opened, name)).to_be_visible()


def test_a_bookmark_opens_its_box(opened, context, origins):
    name = opened.evaluate(LED_TO)[0]
    later = context.new_page()
    visit(later, f"{origins['disk']}/{PAGE}.html#{name}")
    expect(place(later, name)).to_be_visible()
    assert in_view(later, name)
    assert not place(later, name).evaluate(BOX)
