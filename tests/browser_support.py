"""A headless Chromium for tests of pages: how it is started, what it is shown, what goes wrong.

It can reach no other host; what a page asks of one is noted. `conftest.py` has the fixtures.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from book_support import HTML, read_page, toc_files
from headless import CHROMIUM, FLAGS, NAMES
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

PAGES = toc_files()
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
HERE = ("file:", "data:", "blob:", "http://127.0.0.1:")
PATIENCE = 180_000  # milliseconds for anything that the browser does, on a busy machine
expect.set_options(timeout=PATIENCE)
CONTRAST = """element => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => channels(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  let behind = element;
  while (channels(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const both = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
  const [dark, bright] = both.map(light).sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
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
        page.on("requestfailed", self.fail)
        page.on("request", lambda request: self.note(request.url))

    def fail(self, request: Request) -> None:
        """Remember a request that failed; what is on its way when the reader goes on is given up.

        A file that is not there fails in another way, and so does a host that is out of reach.
        """
        if request.failure != "net::ERR_ABORTED":
            self.errors.append(f"failed: {request.url}")

    def note(self, address: str) -> None:
        """Remember an address that is not on this machine."""
        if not address.startswith(HERE):
            self.outside.append(address)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """Serve a folder, and say where it is on disk and on the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"disk": folder.as_uri(), "server": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()
    server.server_close()


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser, or skip the test where there is none."""
    if not CHROMIUM:
        pytest.skip(f"none of {', '.join(NAMES)} on the PATH")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE)
        yield started
        started.close()


def visit(page: Page, address: str) -> None:
    """Open a page and wait until all that it asks for is there."""
    page.goto(address, wait_until="load")


def come_to_rest(page: Page) -> None:
    """Wait until colours have faded and nothing moves."""
    page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")


def brightness(page: Page) -> float:
    """Return the brightness of the page's background, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = colour[colour.index("(") + 1 : -1].split(",")[:3]
    return sum(float(channel) for channel in channels) / 3


def first_page_with(selector: str) -> str:
    """Return the address, within the book, of the first page that has such an element."""
    having = (name for name in PAGES if read_page(HTML / f"{name}.html").select_one(selector))
    found = next(having, None)  # to read all of them takes half a minute
    assert found, f"no page has {selector}"
    return f"{found}.html"


def opened_alone(
    chromium: Browser,
    watch: Watch,
    address: str,
    width: int,
    height: int,
    note: Callable[[Request], None] | None = None,
    **options: object,
) -> Page:
    """Open a page in a context of its own; `note` gets each request.

    Without scripts nothing is watched: those that are not run count as failed.
    """
    context = chromium.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    if note:
        page.on("request", note)
    if options.get("java_script_enabled", True):
        watch.on(page)
        visit(page, address)
    else:
        page.goto(address)
    return page


def change_the_picks(page: Page) -> None:
    """Take one of three films off and add another, by the keyboard alone."""
    page.locator(".picker-chips button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".picker-chips li").count() == 2
    assert page.evaluate("document.activeElement.closest('.picker-chips') !== null")
    page.get_by_role("combobox", name="Add a film").focus()
    page.keyboard.type("Alien (1979)")
    assert "Alien (1979)" in page.locator(".picker-chips").inner_text()


def too_low_for_a_finger(page: Page) -> list[str]:
    """Name the controls of interactive parts that are less than 34 pixels high."""
    controls = page.locator(".interactive :is(button, input, select)").all()
    heights = {str(control): control.bounding_box()["height"] for control in controls}
    return [name for name, height in heights.items() if height < 34]
