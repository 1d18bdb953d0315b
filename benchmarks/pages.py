"""What a page of the book costs a browser: what it loads from disk, elements, and time.

Usage: python benchmarks/pages.py [--folder book/_build/html] [--rounds 5] [intro foundations/elbo]

Opens pages in headless Chromium with the processor slowed down four times. DOMContentLoaded is a
multiple of an empty page's in the same browser, taken in turns, so that it means the same on every
machine; the longest task and the sum of those over 50 ms are milliseconds, which do not. Without
names, all pages. Prints a table, sizes in MB of a million bytes.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright

HTML = Path(__file__).parents[1] / "book" / "_build" / "html"
SLOWER, PATIENCE = 4, 180_000
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WATCH = """window.longTasks = [];
new PerformanceObserver(list => longTasks.push(...list.getEntries().map(task => task.duration)))
  .observe({type: "longtask", buffered: true});"""
READY = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
NODES = "document.getElementsByTagName('*').length"
QUIET = 500  # milliseconds without anything to do, after which a page has come to rest


@dataclass(frozen=True)
class Visit:
    """One opening of a page."""

    ready: float  # milliseconds until DOMContentLoaded has been handled
    tasks: tuple[float, ...]  # milliseconds of each task over 50
    nodes: int
    size: int  # bytes


def file_size(address: str) -> int:
    """Return how large a file is that a page asked for."""
    path = Path(unquote(urlsplit(address).path))
    return path.stat().st_size if path.is_file() else 0


def visit(browser: Browser, path: Path) -> Visit:
    """Open a page for the first time, as a browser that has nothing of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, asked = context.new_page(), set[str]()
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.add(request.url))
    page.add_init_script(WATCH)
    slow = {"rate": SLOWER}
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", slow)
    seen = read(page, path)
    context.close()
    return Visit(**seen, size=sum(map(file_size, asked)))


def read(page: Page, path: Path) -> dict[str, Any]:
    """Load a page, let it come to rest, and return what it took."""
    page.goto(path.as_uri(), wait_until="load", timeout=PATIENCE)
    page.wait_for_timeout(QUIET)
    tasks = tuple(page.evaluate("longTasks"))
    return {"ready": page.evaluate(READY), "nodes": page.evaluate(NODES), "tasks": tasks}


def measure(browser: Browser, path: Path, empty: Path, rounds: int) -> dict[str, Any]:
    """Open a page and an empty one in turns, and return the row of the page."""
    pairs = [(visit(browser, empty), visit(browser, path)) for _ in range(rounds)]
    ratios = [page.ready / nothing.ready for nothing, page in pairs]
    pages = [page for _, page in pairs]
    return {
        "MB": round(pages[0].size / 1e6, 2),
        "elements": pages[0].nodes,
        "DOMContentLoaded": round(statistics.median(ratios), 1),
        "longest task": round(statistics.median(max(p.tasks, default=0) for p in pages)),
        "long tasks": round(statistics.median(sum(p.tasks) for p in pages)),
    }


def list_pages(folder: Path, names: list[str]) -> Iterator[Path]:
    """Yield the pages with these names, all when there are none."""
    for path in sorted(folder.rglob("*.html")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if (name in names) if names else "_static" not in path.parts:
            yield path


def table(folder: Path, names: list[str], rounds: int) -> pd.DataFrame:
    """Return a row for each page."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        empty = Path(scratch, "empty.html")
        empty.write_text("<!DOCTYPE html><title>Empty</title>")
        rows = {
            path.relative_to(folder).as_posix(): measure(browser, path, empty, rounds)
            for path in list_pages(folder, names)
        }
        browser.close()
    return pd.DataFrame.from_dict(rows, orient="index")


def main() -> None:
    """Measure the pages that are asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=HTML, help="of the built pages")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("names", nargs="*", help="of pages, such as foundations/elbo")
    options = parser.parse_args()
    print(table(options.folder, options.names, options.rounds).to_string())


if __name__ == "__main__":
    main()
