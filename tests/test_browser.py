"""The built book in headless Chromium: from disk and from a server, in every size and mode.

One browser serves all the tests; it can reach no other host. A page is loaded once from each
origin, then looked at wide and narrow, light and dark. What it asks of another host is noted.
"""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from book_support import HTML, need_the_book, read_page, toc_files
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

pytestmark = pytest.mark.browser

PAGES = toc_files()
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
HERE = ("file:", "data:", "blob:", "http://127.0.0.1:")
MATHS_IS_DONE = (
    "!window.MathJax || !!MathJax.startup?.promise && MathJax.startup.promise.then(() => true)"
)
# The words of the page as a reader sees them, without code and without typeset mathematics.
PROSE = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("pre, code, script, style, mjx-container").forEach(e => e.remove());
  return main.textContent;
}"""


@dataclass
class Watch:
    """What went wrong in a page since it was opened."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        """Listen to the console, to exceptions, to requests and to those that fail."""
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("requestfailed", lambda request: self.errors.append(f"failed: {request.url}"))
        page.on("request", lambda request: self.note(request.url))

    def note(self, address: str) -> None:
        """Remember an address that is not on this machine."""
        if not address.startswith(HERE):
            self.outside.append(address)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def origins() -> Iterator[dict[str, str]]:
    need_the_book()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"disk": HTML.as_uri(), "server": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=WIDE, color_scheme="light")
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    opened = context.new_page()
    watch.on(opened)
    return opened


def visit(page: Page, address: str) -> None:
    """Open a page and wait until its mathematics is drawn."""
    page.goto(address, wait_until="load")
    page.wait_for_function(MATHS_IS_DONE)


def brightness(page: Page) -> float:
    """Return the brightness of the page's background, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = colour[colour.index("(") + 1 : -1].split(",")[:3]
    return sum(float(channel) for channel in channels) / 3


def first_page_with(selector: str) -> str:
    """Return the address, within the book, of the first page that has such an element."""
    found = [name for name in PAGES if read_page(HTML / f"{name}.html").select_one(selector)]
    assert found, f"no page has {selector}"
    return f"{found[0]}.html"


@pytest.mark.parametrize("origin", ["disk", "server"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_in_every_size_and_mode(page, watch, origins, origin, name):
    visit(page, f"{origins[origin]}/{name}.html")
    for viewport in (WIDE, NARROW):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.emulate_media(color_scheme="light")
    assert brightness(page) > 200
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    assert brightness(page) < 80
    formulas = page.locator(".math").count()
    assert page.locator(".math mjx-container").count() >= formulas
    assert page.locator("[data-mjx-error]").count() == 0
    assert [mark for mark in ("$$", "\\begin", "\\(", "\\[") if mark in page.evaluate(PROSE)] == []
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert page.evaluate(broken) == []
    assert watch == Watch()


@pytest.mark.parametrize("origin", ["disk", "server"])
def test_search_finds_a_word(page, watch, origins, origin):
    visit(page, f"{origins[origin]}/{PAGES[0]}.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("reparameterization")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert "found" in page.locator("#search-results .search-summary").inner_text()
    page.wait_for_load_state("networkidle")
    assert page.locator("#search-results li p.context").count() == 0 or origin == "server"
    page.locator("#search-results li a").first.click()
    page.wait_for_load_state("load")
    assert "reparameterization" in page.locator("main").inner_text().lower()
    assert watch == Watch()


def test_a_solution_opens_when_it_is_clicked(page, watch, origins):
    visit(page, f"{origins['disk']}/{first_page_with('.solution.dropdown')}")
    solution = page.locator(".solution.dropdown").first
    body = solution.locator(".section, .solution-content, p:not(.admonition-title)").first
    assert not body.is_visible()
    solution.locator(".admonition-title").first.click()
    body.wait_for(state="visible")
    assert watch == Watch()


def test_the_switch_changes_the_mode_and_the_book_remembers_it(page, watch, origins):
    visit(page, f"{origins['disk']}/{PAGES[0]}.html")
    mode = "document.documentElement.dataset.mode"
    seen = [page.evaluate(mode)]
    for _ in range(2):
        page.locator("button.theme-switch-button:visible").click()
        seen.append(page.evaluate(mode))
    assert set(seen) == {"auto", "light", "dark"}
    visit(page, f"{origins['disk']}/{PAGES[1]}.html")
    assert page.evaluate(mode) == seen[-1]
    assert watch == Watch()


def test_code_can_be_copied(page, watch, origins):
    visit(page, f"{origins['disk']}/{first_page_with('.cell_input pre')}")
    cell = page.locator(".cell_input").first
    cell.hover()
    cell.locator("button.copybtn").click()
    page.wait_for_selector(".cell_input button.copybtn.success")
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<textarea id=paste>')")
    page.locator("#paste").focus()
    page.keyboard.press("Control+v")
    assert page.locator("#paste").input_value() == cell.locator("pre").inner_text().rstrip("\n")
    assert watch == Watch()


def test_the_keyboard_reaches_the_links_and_shows_where_it_is(page, watch, origins):
    visit(page, f"{origins['disk']}/{PAGES[0]}.html")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(
            f"{style}.outlineStyle != 'none' && parseFloat({style}.outlineWidth) >= 2"
        )
    assert "#main-content" in reached[0], "the first stop skips to the content"
    assert len(set(reached)) == len(reached)
    assert watch == Watch()


def test_another_host_a_missing_file_and_a_bad_formula_are_noticed(page, watch, origins):
    visit(page, f"{origins['server']}/{first_page_with('.math')}")
    page.evaluate("fetch('http://host.invalid/x.js').catch(() => 0)")
    page.evaluate("fetch('no-such-file').catch(() => 0)")
    page.evaluate("document.querySelector('.math').innerHTML = '\\\\(\\\\nosuchmacro\\\\)'")
    page.evaluate("MathJax.typesetPromise()")
    page.wait_for_selector("[data-mjx-error]")
    assert watch.outside == ["http://host.invalid/x.js"]
    assert any("404" in error for error in watch.errors)
