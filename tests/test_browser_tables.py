"""Tables that sort and figures of Plotly in headless Chromium, opened from disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tables_book
from browser_support import CONTRAST, PATIENCE, Watch, come_to_rest
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from tables_book import ALT, MODELS, TABLE

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
COMING = list(TABLE.index)  # the rows in the order that they come in
# The right orders, by hand: what is blank stays last, whichever way round.
RISING = {
    "model": ["EASE", "Item-kNN", "Mult-VAE", "Popularity", "SLIM"],
    "NDCG@100": ["SLIM", "EASE", "Mult-VAE", "Item-kNN", "Popularity"],
    "clicks": ["Item-kNN", "Mult-VAE", "SLIM", "Popularity", "EASE"],
    "gain": ["EASE", "Mult-VAE", "Popularity", "Item-kNN", "SLIM"],
    "data": ["Item-kNN", "EASE", "Popularity", "Mult-VAE", "SLIM"],
}
BLANK = {"NDCG@100": "Popularity", "gain": "SLIM"}


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    return tables_book.build(tmp_path_factory.mktemp("tables"))


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What goes wrong in the pages of one test: nothing may."""
    made = Watch()
    yield made
    assert made == Watch()


@pytest.fixture
def context(chromium: Browser, watch: Watch) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport=DESK, color_scheme="light")
    opened.set_default_timeout(PATIENCE)
    opened.on("page", watch.on)
    yield opened
    opened.close()


@pytest.fixture
def tables(context: BrowserContext, html: Path) -> Page:
    """The page with tables, just opened."""
    page = context.new_page()
    page.goto(f"{html.as_uri()}/tables.html")
    return page


def head(page: Page, column: str) -> Locator:
    """Return the head of a column of the first table."""
    return page.locator("table").first.locator("th", has_text=column).first


def rows(page: Page, number: int = 0) -> list[str]:
    """Return the names of a table's rows, from top to bottom."""
    return page.locator("table").nth(number).locator("tbody th").all_inner_texts()


def orders(page: Page) -> list[str | None]:
    """Return what every head says about the order, where it says something."""
    return page.locator("th[aria-sort]").evaluate_all("all => all.map(th => th.ariaSort)")


def falling(column: str) -> list[str]:
    """Return the other way round, with what is blank at the end again."""
    blank = [BLANK[column]] if column in BLANK else []
    return [name for name in reversed(RISING[column]) if name not in blank] + blank


@pytest.mark.parametrize("column", RISING)
def test_clicks_sort_turn_round_and_restore(tables, column):
    button = head(tables, column).locator("button")
    for expected, order in (
        (RISING[column], ["ascending"]),
        (falling(column), ["descending"]),
        (COMING, []),
        (RISING[column], ["ascending"]),
    ):
        button.click()
        assert rows(tables) == expected
        assert orders(tables) == order


def test_another_column_begins_anew_and_whole_rows_move(tables):
    head(tables, "clicks").locator("button").click()
    head(tables, "gain").locator("button").click()
    assert rows(tables) == RISING["gain"]
    assert orders(tables) == ["ascending"]
    assert head(tables, "gain").get_attribute("aria-sort") == "ascending"
    cells = tables.locator("table").first.locator("tbody tr").first.locator("td").all_inner_texts()
    assert cells == TABLE.loc["EASE"].tolist()


def test_rows_that_are_equal_stay_in_their_order(tables):
    for _ in range(2):
        head(tables, "wide").locator("button").click()
        assert rows(tables) == COMING


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_sorts_and_shows_where_it_is(tables, key):
    head(tables, "NDCG@100").locator("button").focus()
    tables.keyboard.press("ArrowRight")  # heads that sort are one stop of Tab
    ring = "getComputedStyle(document.activeElement)"
    assert tables.evaluate(f"{ring}.outlineStyle != 'none' && parseFloat({ring}.outlineWidth) >= 2")
    tables.keyboard.press(key)
    assert rows(tables) == RISING["clicks"]
    tables.keyboard.press(key)
    assert rows(tables) == falling("clicks")


def test_a_head_is_a_button_with_the_name_of_its_column_and_an_arrow(tables):
    button = tables.get_by_role("button", name="clicks", exact=True)
    arrow = "e => getComputedStyle(e.querySelector('.sort-arrow'), '::after').content"
    seen = [button.evaluate(arrow)]
    for _ in range(3):
        button.click()
        seen.append(button.evaluate(arrow))
    assert seen == ['"↕"', '"↑"', '"↓"', '"↕"']


def test_rows_without_a_name_for_them_sort_too(tables):
    tables.get_by_role("button", name="Row", exact=True).click()
    assert rows(tables, 1) == ["a", "b", "c"]


def test_a_table_that_spans_and_one_without_the_tag_are_left_alone(tables):
    counts = [table.locator("button").count() for table in tables.locator("table").all()]
    assert counts == [len(TABLE.columns) + 1, 2, 0, 0]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_tables_can_be_read_and_scroll_inside_themselves(tables, mode):
    tables.emulate_media(color_scheme=mode)
    tables.set_viewport_size(PHONE)
    tables.wait_for_function(f"document.documentElement.dataset.theme == '{mode}'")
    assert tables.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    head(tables, "gain").locator("button").click()
    tables.mouse.move(0, 0)
    come_to_rest(tables)
    buttons = tables.locator("button.sort").all()
    assert min(button.evaluate(CONTRAST) for button in buttons) >= 4.5


def test_paper_shows_only_the_arrow_of_the_order_that_it_has(tables):
    head(tables, "gain").locator("button").click()
    tables.emulate_media(media="print")
    shown = tables.locator("table").first.locator(".sort-arrow:visible")
    assert shown.count() == 1


@pytest.mark.parametrize("page", ["tables", "figures"])
def test_without_javascript_there_are_the_table_and_the_words(chromium, html, page):
    context = chromium.new_context(viewport=DESK, java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{html.as_uri()}/{page}.html")
    if page == "tables":
        assert rows(opened) == COMING
        assert opened.locator("th button").count() == 0
    else:
        words = opened.locator(".plotly-figure p")
        assert ALT in words.first.text_content()
        assert "The figure itself needs JavaScript" in words.nth(1).text_content()
        assert words.nth(1).is_visible()
    context.close()


# Figures of Plotly.

FIGURE = ".plotly-figure"
COLOURS = """figure => {
  const style = (selector, name) => getComputedStyle(figure.querySelector(selector))[name];
  return {
    axis: style(".xtick text", "fill"),
    legend: style(".legendtext", "fill"),
    grid: style(".gridlayer path", "stroke"),
  };
}"""
FITS = """() => {
  const figure = document.querySelector(".plotly-figure");
  const picture = figure.querySelector(".main-svg");
  return picture && picture.getBoundingClientRect().width === Math.floor(figure.clientWidth);
}"""


def open_figure(context: BrowserContext, html: Path) -> Page:
    """Open the page with the figure, and wait until it is drawn."""
    page = context.new_page()
    page.goto(f"{html.as_uri()}/figures.html")
    page.wait_for_function(FITS)
    return page


@pytest.fixture
def figures(context: BrowserContext, html: Path) -> Page:
    return open_figure(context, html)


def brightness(colour: str) -> float:
    """Return how bright a colour such as `rgb(0, 0, 0)` is, from 0 to 255."""
    return sum(float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]) / 3


def test_a_figure_is_drawn_and_named(figures):
    figure = figures.get_by_role("img", name=ALT)
    assert figure.locator(".point").count() == len(tables_book.runs())
    assert figure.locator(".legendtext").all_text_contents() == list(MODELS)
    assert figure.locator(".xtitle, .ytitle").all_text_contents() == ["cap of β", "NDCG@100"]
    assert figure.locator("p").count() == 0, "the words give way to the picture"
    assert figure.locator("a, .modebar-btn").count() == 0


def test_the_mouse_reads_the_settings_of_a_point(figures):
    figures.locator(f"{FIGURE} .point").nth(12).hover(force=True)
    label = figures.locator(f"{FIGURE} .hovertext")
    label.wait_for()
    words = label.text_content()
    assert all(part in words for part in ("model: Mult-VAE", "seed: 0", "cap of β: 0.2222"))


def test_ink_follows_the_theme_and_the_ground_is_the_page(figures):
    figure, black = figures.locator(FIGURE), figures.locator(f"{FIGURE} .point").last
    light = figure.evaluate(COLOURS)
    assert max(brightness(light[part]) for part in ("axis", "legend")) < 80
    assert brightness(light["grid"]) > 180
    assert brightness(black.evaluate("e => getComputedStyle(e).fill")) < 80
    figures.emulate_media(color_scheme="dark")
    figures.wait_for_function(
        "before => getComputedStyle(document.querySelector('.xtick text')).fill != before",
        arg=light["axis"],
    )
    dark = figure.evaluate(COLOURS)
    assert min(brightness(dark[part]) for part in ("axis", "legend")) > 180
    assert brightness(dark["grid"]) < 80
    assert brightness(black.evaluate("e => getComputedStyle(e).fill")) > 120
    ground = "svg => getComputedStyle(svg).backgroundColor"
    assert figures.locator(f"{FIGURE} .main-svg").first.evaluate(ground) == "rgba(0, 0, 0, 0)"


def test_letters_are_those_of_the_page(figures):
    family = "e => getComputedStyle(e).fontFamily"
    of_page = figures.locator("main p").first.evaluate(family)
    assert figures.locator(f"{FIGURE} .xtick text").first.evaluate(family) == of_page


def test_the_figure_is_as_wide_as_its_column_and_keeps_what_the_reader_chose(figures):
    figures.locator(f"{FIGURE} .legendtoggle").first.click()
    hidden = "() => document.querySelectorAll('.plotly-figure .point').length == 30"
    figures.wait_for_function(hidden)
    figures.set_viewport_size(PHONE)
    figures.wait_for_function(FITS)
    assert figures.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert figures.evaluate(hidden)


def test_a_finger_scrolls_the_page_and_a_tap_reads_a_point(chromium, html, watch):
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE)
    context.on("page", watch.on)
    page = open_figure(context, html)
    assert page.evaluate("document.querySelector('.js-plotly-plot').layout.dragmode") is False
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(f"{FIGURE} .point").nth(12).tap(force=True)
    page.locator(f"{FIGURE} .hovertext").wait_for()
    context.close()


def test_a_figure_in_a_folded_box_is_drawn_when_it_opens(context, html):
    page = context.new_page()
    fold = """addEventListener("DOMContentLoaded", () => {
      const box = document.createElement("details");
      const figure = document.querySelector("figure");
      figure.replaceWith(box);
      box.append(figure);
    })"""
    page.add_init_script(f"document.{fold}")
    page.goto(f"{html.as_uri()}/figures.html")
    page.wait_for_function("document.querySelector('details .plotly-figure')")
    page.locator("details").evaluate("box => { box.open = true; }")
    page.wait_for_function(FITS)
    assert page.locator(f"{FIGURE} .point").count() == len(tables_book.runs())


def test_where_plotly_is_missing_the_words_stay(context, html):
    page = context.new_page()
    page.route("**/plotly-basic.min.js*", lambda route: route.fulfill(body=""))
    page.goto(f"{html.as_uri()}/figures.html")
    page.locator(FIGURE).scroll_into_view_if_needed()
    assert page.get_by_text(ALT).is_visible()


def test_without_scripts_there_are_words_and_a_table(chromium, html):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{html.as_uri()}/figures.html")
    assert page.get_by_text(f"{ALT}").first.is_visible()
    assert page.locator(f"{FIGURE} tbody th").all_text_contents() == list(MODELS)
    context.close()


def test_plotly_is_loaded_when_a_figure_comes_into_view_and_nothing_moves(context, html):
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    far = """addEventListener("DOMContentLoaded", () => {
      document.querySelector("figure").style.marginTop = "5000px";
    })"""
    page.add_init_script(far)
    page.goto(f"{html.as_uri()}/figures.html", wait_until="load")
    assert not any("plotly-basic" in address for address in asked)
    height = page.locator(FIGURE).bounding_box()["height"]
    page.locator(FIGURE).scroll_into_view_if_needed()
    page.wait_for_function(FITS)
    assert any("plotly-basic" in address for address in asked)
    assert abs(page.locator(FIGURE).bounding_box()["height"] - height) < 1


def test_paper_has_dark_ink_and_no_label_of_the_mouse(figures):
    figures.emulate_media(color_scheme="dark")
    figures.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    figures.locator(f"{FIGURE} .point").nth(12).hover(force=True)
    figures.locator(f"{FIGURE} .hovertext").wait_for()
    figures.emulate_media(media="print")
    seen = figures.locator(FIGURE).evaluate(COLOURS)
    assert max(brightness(seen[part]) for part in ("axis", "legend")) < 80
    assert brightness(seen["grid"]) > 180
    assert not figures.locator(f"{FIGURE} .hovertext").is_visible()
