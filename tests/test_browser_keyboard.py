"""A page without a mouse, and on a telephone: lists that are one stop, drawers, names, focus."""

from collections.abc import Iterator

import pytest
from book_support import HTML, ROOT, read_page
from browser_support import PAGES, PATIENCE, first_page_with, visit
from playwright.sync_api import Browser, Page, expect
from screens_book import STOPS, address, settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 390, "height": 844}
SCROLLERS = (ROOT / "book/_static/scrollers.js").read_text(encoding="utf-8")
FOCUSED = "document.activeElement"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def chapter(page: Page, selector: str) -> None:
    """Open the first page of the book that has such an element."""
    visit(page, address(first_page_with(selector)))
    settle(page)


def stop(page: Page, selector: str) -> list[int]:
    """Return which members of a list Tab reaches."""
    return page.locator(selector).evaluate_all(
        "all => all.flatMap((one, i) => one.tabIndex >= 0 ? [i] : [])"
    )


def test_the_arrow_keys_go_from_one_copy_button_to_the_next(page):
    chapter(page, ".cell_input pre")
    buttons = page.locator("main button.copybtn:visible")
    expect(buttons.nth(1)).to_be_attached()
    assert stop(page, "main button.copybtn:visible") == [0]
    buttons.first.focus()
    page.keyboard.press("ArrowDown")
    assert buttons.nth(1).evaluate(f"one => one === {FOCUSED}")
    assert stop(page, "main button.copybtn:visible") == [1]
    page.wait_for_function(f"getComputedStyle({FOCUSED}).opacity === '1'")
    page.keyboard.press("Enter")
    page.wait_for_selector("button.copybtn.success")
    page.keyboard.press("End")
    assert stop(page, "main button.copybtn:visible") == [buttons.count() - 1]


@pytest.mark.parametrize("links", ["nav.bd-docs-nav a:visible", "nav.page-toc a:visible"])
def test_a_list_of_links_is_one_stop_that_the_arrow_keys_leave(page, links):
    chapter(page, ".cell_input pre")
    (here,) = stop(page, links)
    page.locator(links).nth(here).focus()
    page.keyboard.press("ArrowDown")
    assert stop(page, links) == [here + 1]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    assert stop(page, links) == [0]


def test_tab_stops_where_the_count_says(page):
    # An interactive part has its controls when it comes into view, on the way of the keyboard.
    chapter(page, "main:not(:has([data-interactive])) .cell_input pre")
    counted = len(page.evaluate(STOPS))
    page.evaluate(f"{FOCUSED}.blur()")
    pressed = 0
    for pressed in range(counted + 10):  # noqa: B007 (told at the end)
        page.keyboard.press("Tab")
        if page.evaluate(f"{FOCUSED} === document.body"):
            break
    assert abs(pressed - counted) <= 3, "browsers end their round with a stop or two of their own"


def test_a_look_that_a_new_width_overtakes_says_nothing(page):
    """Else the page says that it knows its new width, of which half was measured in the old one."""
    page.set_content("<main>" + "<div class='scroller'>" * 20)
    page.evaluate("""() => {
      [window.idle, window.late] = [[], []];
      window.requestIdleCallback = work => idle.push(work);
      window.setTimeout = work => late.push(work);
      window.clearTimeout = () => { late.length = 0; };
      window.step = () => idle.shift()({ timeRemaining: () => 0 });
      window.looked = () => document.documentElement.dataset.looked;
      addEventListener("resize", () => { window.resized = true; });
    }""")
    page.evaluate(SCROLLERS)
    page.evaluate("late.length = 0; step()")
    page.set_viewport_size(PHONE)
    page.wait_for_function("window.resized && innerWidth === 390")
    assert page.evaluate("() => { while (idle.length) step(); return looked() ?? null; }") is None
    known = "() => { late.forEach(work => work()); while (idle.length) step(); return looked(); }"
    assert page.evaluate(known) == "390"


def test_the_switch_of_the_mode_keeps_the_focus(page):
    visit(page, address("how-to.html"))
    switch = page.locator("button.theme-switch-button:visible")
    switch.focus()
    page.keyboard.press("Enter")
    assert switch.evaluate(f"one => one === {FOCUSED}")


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_a_button_closes_a_drawer(page, side):
    page.set_viewport_size(PHONE)
    chapter(page, ".cell_input pre")
    opener = page.locator(f"button.{side}-toggle:visible")
    opener.click()
    close = page.get_by_role("button", name="Close", exact=True)
    expect(close).to_be_visible()
    assert close.bounding_box()["height"] >= 40
    close.click()
    expect(close).to_be_hidden()
    assert opener.evaluate(f"one => one === {FOCUSED}")


def test_back_to_top_lies_below_what_can_be_used(page):
    page.set_viewport_size(PHONE)
    chapter(page, "figure[data-interactive=elbo]")
    part = page.locator("figure[data-interactive=elbo]")
    part.evaluate("one => one.scrollIntoView({block: 'end', behavior: 'instant'})")
    # above the theme's own script, which hides it when it looks at where the page is
    page.add_style_tag(content="#pst-back-to-top { display: block !important }")
    top = page.locator("#pst-back-to-top")
    middle = top.bounding_box()
    x, y = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    part.evaluate(
        "(one, y) => scrollBy({top: one.getBoundingClientRect().bottom - y - 60,"
        " behavior: 'instant'})",
        y,
    )
    assert page.evaluate(f"!!document.elementFromPoint({x}, {y}).closest('figure.interactive')")


def test_a_solution_is_named_after_its_exercise(page):
    chapter(page, ".solution.dropdown")
    buttons = page.locator(".solution .toggle-button")
    names = buttons.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    titles = page.locator(".solution > .admonition-title").all_text_contents()
    assert names == [title.strip() for title in titles]
    assert len(set(names)) == len(names)
    assert all(name.startswith("Solution to exercise ") for name in names)


@pytest.mark.parametrize("name", PAGES)
def test_no_number_of_an_equation_stands_in_two_pairs_of_brackets(name):
    main = read_page(HTML / f"{name}.html").select_one("main article")
    assert "((" not in " ".join(
        f"{link.previous_sibling}{link.get_text()}{link.next_sibling}"
        for link in main.select("a[href*='#equation-']")
        if f"{link.previous_sibling}".endswith("(") and f"{link.next_sibling}".startswith(")")
    )
