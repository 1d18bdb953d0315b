"""The figures of the built book: readable on a telephone, light, dark, on paper, and large.

What is measured is every SVG that a page shows, in headless Chromium; weights are those on disk.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from book_support import BOOK, HTML, need_the_book, notebooks, read_page, toc_files
from browser_support import PATIENCE, launched
from colour_vision import contrast
from playwright.sync_api import Browser, Page, expect

from recotour_book import palette

pytestmark = pytest.mark.browser

COLUMN = 342  # pixels of text on a telephone of 390
LEAST = 9  # pixels of a letter
ONE, ALL = 250_000, 1_000_000  # bytes of a figure, and of all that a page shows
TWIN = "-dark"
MEASURE = """() => {
  const root = document.documentElement, box = root.viewBox.baseVal;
  const [frame, scale] = [root.getBoundingClientRect(), 342 / box.width];
  const unit = frame.width / box.width;
  return [...document.querySelectorAll("text, tspan")].filter(e => e.textContent.trim()).map(e => {
    const place = e.getBoundingClientRect();
    const out = Math.max(frame.left - place.left, place.right - frame.right,
      frame.top - place.top, place.bottom - frame.bottom) / unit;
    return [e.textContent, parseFloat(getComputedStyle(e).fontSize) * scale, out];
  });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need_the_book()
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def links(name: str) -> list:
    """Return the links around the figures of a page."""
    return read_page(HTML / f"{name}.html").select("a.figure-link")


def shown(name: str) -> list[Path]:
    """Return the light figures of a page, each once."""
    folder = (HTML / name).parent
    return sorted({(folder / str(link["href"])).resolve() for link in links(name)})


@pytest.fixture(scope="module")
def figures() -> list[Path]:
    need_the_book()
    found = sorted({path for name in toc_files() for path in shown(name)})
    assert len(found) > 7
    return found


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_notebooks_keep_no_figure_as_pixels(path):
    kinds = re.findall(r'"(?:application/papermill.record/)?image/(\w+)[\w+]*":', path.read_text())
    assert set(kinds) <= {"svg"}


def test_no_writing_is_too_small_or_cut_off(page, figures):
    wrong = []
    for path in figures:
        page.goto(path.as_uri())
        for words, size, outside in page.evaluate(MEASURE):
            if size < LEAST - 0.01 or outside > 1:
                wrong.append((path.name[-16:], words, round(size, 1), round(outside, 1)))
    assert wrong == []


def test_every_figure_has_a_dark_twin_with_writing_that_is_read(figures):
    for path in figures:
        twin = path.with_stem(path.stem + TWIN).read_text(encoding="utf-8")
        fills = re.findall(r"<text[^>]*fill(?:: |=\")(#[0-9a-f]{6})", twin)
        grounds = {palette.PAGE.dark, palette.GROUND.dark}  # on a cell that is filled
        assert all(contrast(fill, palette.PAGE.dark) >= 3 for fill in {*fills} - grounds), path
        assert palette.GROUND.light not in twin


def test_lines_and_areas_in_the_dark_are_the_palettes(figures):
    """Steps between two hues aside, each colour of the light one has become its twin."""
    for path in figures:
        light, dark = (
            set(re.findall(r"#[0-9a-f]{6}\b", each.read_text(encoding="utf-8")))
            for each in (path, path.with_stem(path.stem + TWIN))
        )
        twins = {**palette.to_dark(), palette.PAGE.light: palette.PAGE.dark}
        assert {twins[colour] for colour in light if colour in twins} <= dark


def test_figures_weigh_little(figures):
    assert {path.name: size for path in figures if (size := path.stat().st_size) > ONE} == {}
    for name in toc_files():
        assert sum(path.stat().st_size for path in shown(name)) < ALL, name


def test_both_pictures_of_a_figure_have_its_words_and_wait_for_the_reader():
    for name in toc_files():
        for link in links(name):
            light, dark = link.select("img")
            assert light["alt"] == dark["alt"] != ""
            assert light["loading"] == dark["loading"] == "lazy"
            assert {"only-light", "only-dark"} <= {*light["class"], *dark["class"]}


def visible(page: Page) -> list[str]:
    """Return the classes of the pictures of the first figure that are shown."""
    return page.locator("a.figure-link").first.evaluate(
        "a => [...a.children].filter(e => getComputedStyle(e).display != 'none')"
        ".map(e => e.className)"
    )


def test_the_theme_shows_one_picture_and_paper_the_light_one(page):
    page.goto((HTML / "foundations/drawn.html").as_uri())
    for scheme, media, expected in (
        ("dark", "screen", "only-dark"),
        ("light", "screen", "only-light"),
        ("dark", "print", "only-light"),
    ):
        page.emulate_media(color_scheme=scheme, media=media)
        (name,) = visible(page)
        assert expected in name
    page.emulate_media(color_scheme="dark", media="screen")


def test_a_figure_opens_large_and_the_keyboard_closes_it(page):
    page.goto((HTML / "foundations/drawn.html").as_uri())
    link = page.locator("a.figure-link").first
    link.focus()
    page.keyboard.press("Enter")
    large = page.locator("dialog.figure-large img")
    expect(large).to_be_visible()
    assert large.evaluate("img => img.getBoundingClientRect().width") >= 700
    assert large.get_attribute("src").endswith("-dark.svg")
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(link).to_be_focused()


def test_without_its_script_the_link_leads_to_the_picture():
    for link in links("foundations/drawn"):
        assert (HTML / "foundations" / link["href"]).resolve().is_file()
    assert (BOOK / "_static" / "figures.js").is_file()
