"""Print the built book to one PDF, with page numbers, bookmarks and links that lead within it.

Usage: python book/pdf.py [--api] [--only PAGE ...] [--out FILE]     (as `make pdf` does)

The pages are those of `book/_build/html`, printed by headless Chromium in the order of `_toc.yml`
as a reader would print them: light, with all that is folded open, interactive parts as they stand
at first. `pdf_joined.py` joins them; `_static/print.css` says how a page looks on paper.
"""

import argparse
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml
from headless import CHROMIUM, FLAGS, NAMES
from pdf_joined import Printed, join
from playwright.sync_api import Page, TimeoutError, sync_playwright
from pypdf import PdfWriter

from recotour_vae.runtime.progress import bar

BOOK = Path(__file__).parent
HTML = BOOK / "_build" / "html"
OUT = BOOK / "_build" / "recotour-vae.pdf"
API = "api/"  # the pages of the library, printed when asked for
SHEET = {"width": 680, "height": 980}  # pixels between the margins of a sheet of A4 paper
PATIENCE = 180_000  # milliseconds for anything that the browser does, on a busy machine
EXAMPLES = """examples:
  python book/pdf.py                                  every chapter and the back pages
  python book/pdf.py --api                            and the pages of the library
  python book/pdf.py --only foundations/elbo building/metrics --out two.pdf"""

# Before a page is printed: a place for every name in it, since Chromium keeps those alone that the
# page itself links to; and no link to what is not printed.
PREPARE = """([root, printed]) => {
  const main = document.querySelector("main") ?? document.body;
  const names = [...main.querySelectorAll("[id]")].map(one => one.id).filter(Boolean);
  const places = document.createElement("div");
  places.hidden = true;
  for (const name of names) {
    const link = document.createElement("a");
    link.href = `#${encodeURIComponent(name)}`;
    places.append(link);
  }
  for (const link of main.querySelectorAll("a[href]")) {
    const aim = new URL(link.getAttribute("href"), document.baseURI);
    const [file] = aim.href.split("#").map(decodeURI);
    const name = file.replace(`${decodeURI(root)}/`, "").replace(/\\.html$/, "");
    if (aim.protocol !== "file:" || printed.includes(name)) continue;
    link.removeAttribute("href");
    link.style.setProperty("color", "inherit", "important");
    link.style.setProperty("text-decoration", "none", "important");
  }
  document.body.append(places);
}"""
# What is drawn when it comes near the reader's window is drawn now.
DRAW = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  dispatchEvent(new Event("beforeprint"));
  for (const image of document.images) if (image.checkVisibility()) image.loading = "eager";
  for (const late of document.querySelectorAll(".plotly-figure")) {
    late.scrollIntoView();
    await frame();
    await frame();
  }
  await document.fonts.ready;
}"""
# The parts of one chapter share models, which come after the parts are there.
DRAWN = """() =>
  [...document.querySelectorAll("[data-interactive]")].every(one => "ready" in one.dataset)
  && [...document.querySelectorAll(".plotly-figure")].every(one => one.querySelector(".main-svg"))
  && (!window.Meet || window.Meet.models.size === window.Meet.known.length)
  && [...document.images].every(one => one.complete || !one.checkVisibility())"""
SECTIONS = """() => [...document.querySelectorAll("main article section[id] > h2")].map(head => {
  const words = head.cloneNode(true);
  for (const mark of words.querySelectorAll(".headerlink")) mark.remove();
  return [head.parentElement.id, words.textContent.trim().replace(/\\s+/g, " ")];
})"""
FOOTER = """@page {{
  @bottom-left {{ content: {words}; font: 8pt sans-serif; color: #48566b; }}
  @bottom-right {{ content: counter(page); font: 8pt sans-serif; color: #48566b; }}
}}
@page :first {{ counter-set: page {number}; }}"""


# What is printed, and in which order.


class Entry(NamedTuple):
    """A page of the table of contents: its part, its name within the book, and its title."""

    part: str
    name: str
    title: str


def order(toc: dict[str, Any], api: bool = False) -> list[tuple[str, str]]:
    """Return the pages of a table of contents, each with its part, in reading order."""
    pages = [("", str(toc["root"]))]
    for part in toc.get("parts", []):
        pages += [(str(part.get("caption", "")), name) for name in below(part)]
    return [(part, name) for part, name in pages if api or not name.startswith(API)]


def below(node: dict[str, Any]) -> Iterator[str]:
    """Yield the pages below a part or a page."""
    for child in [*node.get("chapters", []), *node.get("sections", [])]:
        yield str(child["file"])
        yield from below(child)


def entries(api: bool, only: Sequence[str]) -> list[Entry]:
    """Look up what is to be printed: all, or the pages that somebody named."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    pages = order(toc, api or any(name.startswith(API) for name in only))
    unknown = set(only) - {name for _, name in pages}
    if unknown:
        raise BookError(f"There is no page {min(unknown)}: take names as book/_toc.yml has them.")
    return [Entry(part, name, title(name)) for part, name in pages if not only or name in only]


def title(name: str) -> str:
    """Read the title of a built page, with its number; the book's own stands behind it."""
    path = HTML / f"{name}.html"
    if not path.is_file():
        raise BookError(f"The book is not built (no {shown(path)}): run `make book`.")
    found = re.search(r"<title>(.*?)( &#8212; [^<]*)?</title>", path.read_text(encoding="utf-8"))
    return html.unescape(found[1]) if found else name


def shown(path: Path) -> str:
    """Name a file by its place below the folder that we are in, if it is there."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


# The front: title and contents.


def front(pages: Sequence[Entry], starts: Sequence[int], about: dict[str, str]) -> str:
    """Write the title page, and the contents with the numbers of the sheets."""
    rows = []
    for part, group in groupby(zip(pages, starts, strict=True), key=lambda row: row[0].part):
        rows += [f"<h2>{html.escape(part)}</h2>"] if part else []
        rows += [row(entry, start) for entry, start in group]
    template = Template((BOOK / "_templates" / "pdf-front.html").read_text(encoding="utf-8"))
    said = {key: html.escape(value) for key, value in about.items()}
    return template.substitute(said, static=(BOOK / "_static").as_uri(), rows="\n".join(rows))


def row(entry: Entry, start: int) -> str:
    """Write a line of the contents."""
    words = f"<span>{html.escape(entry.title)}</span><i></i><span>{start}</span>"
    return f'<p><a href="{HTML.as_uri()}/{entry.name}.html">{words}</a></p>'


def described() -> dict[str, str]:
    """Say which book this is: its name, who wrote it, of which version, and from when."""
    settings = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))
    return {
        "title": str(settings["title"]),
        "author": str(settings["author"]),
        "version": f"Version {version('recotour-vae')}{commit()}",
        "date": f"{date.today():%d %B %Y}".lstrip("0"),
    }


def commit() -> str:
    """Name the commit, where there is git; with a mark where files were changed since."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        told = subprocess.run(command, cwd=BOOK, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f", commit {told.stdout.strip()}"


# Printing.


@contextmanager
def opened() -> Iterator[Page]:
    """Open a page as wide as the sheet, which is light whatever the system is."""
    if not CHROMIUM:
        raise BookError(f"There is none of {', '.join(NAMES)} on the PATH: install Chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE)
        page = browser.new_page(viewport=SHEET, color_scheme="light")
        page.set_default_timeout(PATIENCE)
        page.emulate_media(media="print")  # so that figures are drawn as wide as they are printed
        yield page
        browser.close()


def print_book(pages: Sequence[Entry], out: Path) -> int:
    """Print the pages to one file, and return the number of its sheets."""
    about, number = described(), 1
    with TemporaryDirectory() as folder, opened() as page:
        printer = Printer(page, Path(folder), [entry.name for entry in pages])
        # Printed once to know how many sheets it takes, and once more with the right numbers.
        number += printer.front(front(pages, [0] * len(pages), about)).sheets
        printed, starts = [], []
        for entry in bar(pages, desc="Printing", unit="page"):
            starts.append(number)
            printed.append(printer.chapter(entry, number))
            number += printed[-1].sheets
        first = printer.front(front(pages, starts, about))
        joined = join([first, *printed], HTML.as_uri(), metadata(about))
        write(joined, out)
    return len(joined.pages)


def metadata(about: dict[str, str]) -> dict[str, str]:
    """Say in a reader's window which book this is."""
    return {"Title": about["title"], "Author": about["author"], "Subject": about["version"]}


def write(joined: PdfWriter, out: Path) -> None:
    """Put the file in place once it is whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".part")
    joined.write(unfinished)
    unfinished.replace(out)


@dataclass(frozen=True)
class Printer:
    """A browser's page, a folder for what it prints, and the names of all that is printed."""

    page: Page
    folder: Path
    names: list[str]

    def front(self, text: str) -> Printed:
        """Print the title page and the contents."""
        source = self.folder / "front.html"
        source.write_text(text, encoding="utf-8")
        self.page.goto(source.as_uri(), wait_until="load")
        return self.print(Entry("", "front", "Title"), (("contents", "Contents"),))

    def chapter(self, entry: Entry, number: int) -> Printed:
        """Print a page of the book, whose first sheet has that number."""
        self.page.goto((HTML / f"{entry.name}.html").as_uri(), wait_until="load")
        self.page.evaluate(DRAW)
        try:
            self.page.wait_for_function(DRAWN)
        except TimeoutError as error:
            raise BookError(f"The figures of {entry.name} were not drawn: try again.") from error
        words = json.dumps(" · ".join(filter(None, entry[::2])), ensure_ascii=False)
        self.page.add_style_tag(content=FOOTER.format(words=words, number=number))
        return self.print(entry, self.page.evaluate(SECTIONS))

    def print(self, entry: Entry, sections: Iterable[tuple[str, str]]) -> Printed:
        """Print what is open."""
        self.page.evaluate(PREPARE, [HTML.as_uri(), self.names])
        path = self.folder / f"{entry.name.replace('/', '-')}.pdf"
        self.page.pdf(path=path, format="A4", print_background=True, prefer_css_page_size=True)
        marks = tuple((anchor, words) for anchor, words in sections)
        return Printed(entry.name, entry.title, entry.part, marks, path)


# The command.


class BookError(Exception):
    """The book cannot be printed; one sentence with what to do."""


def main(arguments: list[str]) -> int:
    """Print the book, and say where it is."""
    options = parser().parse_args(arguments)
    try:
        sheets = print_book(entries(options.api, options.only), options.out)
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    size = options.out.stat().st_size / 1e6
    print(f"The book is printed: {shown(options.out)} ({sheets} pages, {size:.1f} MB)")
    return 0


def parser() -> argparse.ArgumentParser:
    """Describe the options."""
    made = argparse.ArgumentParser(
        description="Print the built book (`make book`) to one PDF, with headless Chromium.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--api", action="store_true", help="print the pages of the library too")
    made.add_argument("--only", nargs="+", default=[], metavar="PAGE", help="print these pages")
    made.add_argument("--out", type=Path, default=OUT, help=f"the file (default: {shown(OUT)})")
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
