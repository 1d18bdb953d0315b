"""What a page costs: bytes that it loads from disk, scripts, elements, stops of the keyboard."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from book_support import toc_files
from browser_support import first_page_with, visit
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MEGABYTE = 1_000_000
HEAVIEST = {"intro": 0.7}  # MB with all that is loaded
CHAPTER, REST = 2.0, 1.25  # MB of any other page, and of what is no picture
MODELS = "models"  # of practice/meet, whose limit is in test_browser_meet.py
PICTURES = (".png", ".svg", ".jpg", ".webp")
SCRIPTS, ELEMENTS = 0.2, 18_000
# Inline formulas whose comma, bracket or rest of a word stands on another line than they do.
TORN = """() => [...document.querySelectorAll("main span.math")].filter(formula => {
  const next = (formula.closest(".math-line") ?? formula).nextSibling;
  const inside = formula.nextSibling;
  const text = inside?.nodeType === 3 ? inside : next?.nodeType === 3 ? next : null;
  if (!text || !/^[^\\s]/.test(text.data) || !formula.getClientRects().length) return false;
  const range = document.createRange();
  range.setStart(text, 0);
  range.setEnd(text, 1);
  const [box, mark] = [formula.getBoundingClientRect(), range.getBoundingClientRect()];
  return mark.width > 0 && (mark.top > box.bottom || mark.left < box.left);
}).map(formula => formula.parentElement.textContent.slice(0, 80))"""
EQUATION = "main p a[href^='#equation-']"
# One that is wider than its line scrolls, and is a stop then.
STOPS = """() => [...document.querySelectorAll("main span.math, main span.math *")].filter(
  element => !element.matches(".scrolls") && (element.tabIndex >= 0
    || /auto|scroll/.test(getComputedStyle(element).overflowX)
    && element.scrollWidth > element.clientWidth)
).length"""

NAMELESS = "main .math svg[role=img]:not([aria-label]), main .math svg[aria-label='']"


@pytest.fixture
def loaded(page) -> set[Path]:
    """The files that the page has asked for."""
    files: set[Path] = set()
    page.on("request", lambda request: files.add(Path(unquote(urlsplit(request.url).path))))
    return files


def weight(files: set[Path]) -> float:
    """Return how many megabytes some files have."""
    return sum(path.stat().st_size for path in files if path.is_file()) / MEGABYTE


@pytest.mark.parametrize("name", [*toc_files(), "search", "genindex"])
def test_a_page_is_light_and_its_formulas_keep_their_marks(page, loaded, origins, name):
    """Opened once for both: what formulas are asked goes on while the page comes to rest."""
    visit(page, f"{origins['disk']}/{name}.html")
    assert page.evaluate(TORN) == []
    assert page.evaluate(STOPS) == 0
    assert page.locator(NAMELESS).count() == 0
    page.wait_for_load_state("networkidle")
    loaded = {path for path in loaded if MODELS not in path.parts}
    pictures = {path for path in loaded if path.suffix in PICTURES and "_images" in path.parts}
    scripts = {path for path in loaded if path.suffix == ".js" and path.name != "section-index.js"}
    assert weight(loaded) <= HEAVIEST.get(name, CHAPTER)
    assert weight(loaded - pictures) <= REST
    assert weight(scripts) <= SCRIPTS
    assert page.evaluate("document.getElementsByTagName('*').length") <= ELEMENTS
    assert not [path for path in loaded if "mathjax" in path.name or "plotly-basic" in path.name]


def test_formulas_follow_the_colour_of_the_text(page, origins):
    visit(page, f"{origins['disk']}/{first_page_with('main p span.math')}")
    same = """formula => getComputedStyle(formula.querySelector("svg")).fill
      === getComputedStyle(formula.parentElement).color"""
    for mode in ("light", "dark"):
        page.emulate_media(color_scheme=mode)
        page.wait_for_function(f"document.documentElement.dataset.theme == '{mode}'")
        assert page.locator("main p span.math").first.evaluate(same)


def test_a_link_to_an_equation_leads_to_it(page, origins):
    name = first_page_with(EQUATION)
    visit(page, f"{origins['disk']}/{name}")
    link = page.locator(EQUATION).first
    link.click()
    target = page.locator(f"[id='{link.get_attribute('href').removeprefix('#')}']")
    assert target.locator("mjx-container svg").is_visible()
    assert target.locator(".eqno").is_visible()


def test_copying_a_formula_gives_its_tex(page, origins):
    visit(page, f"{origins['disk']}/{first_page_with('main p span.math')}")
    tex = page.locator("main p span.math mjx-container").first.get_attribute("data-tex")
    copied = page.evaluate(
        """() => {
          const formula = document.querySelector("main p span.math");
          getSelection().selectAllChildren(formula.closest("p"));
          const data = new DataTransfer();
          const event = new ClipboardEvent("copy", {clipboardData: data, cancelable: true});
          document.dispatchEvent(event);
          return data.getData("text/plain");
        }"""
    )
    assert f"${tex}$" in copied


@pytest.mark.parametrize("name", ["foundations/elbo", "building/models"])
def test_a_bookmark_leads_to_its_section_though_much_is_not_drawn_yet(page, origins, name):
    page.goto(f"{origins['disk']}/{name}.html#summary", wait_until="load")
    box = page.locator("section#summary > h2").bounding_box()
    assert 0 <= box["y"] < 300


def colour(page: Page, selector: str) -> str:
    """Return the colour of the first element of a kind."""
    return page.locator(selector).first.evaluate("element => getComputedStyle(element).color")


def test_without_scripts_links_and_code_have_their_colours(chromium, origins):
    plain = chromium.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{origins['disk']}/{first_page_with('.cell_input .k, .cell_input .kn')}")
    text = colour(page, "main p")
    assert colour(page, "main p a[href]:not(.headerlink)") != text
    assert colour(page, ".cell_input .k, .cell_input .kn") != text
    plain.close()
