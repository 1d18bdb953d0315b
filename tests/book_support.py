"""What the tests of the book share: where it is, which pages it has, how a page is read."""

import os
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from filelock import FileLock
from processes import run_bounded

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"
HTML = BOOK / "_build" / "html"
LIMIT = 480  # seconds that a build may take on a busy machine; less than a test may


def toc_files() -> list[str]:
    """Return the documents named in `_toc.yml`, in reading order, without suffixes."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text())

    def walk(node: dict) -> list[str]:
        below = [*node.get("parts", []), *node.get("chapters", []), *node.get("sections", [])]
        return [node[key] for key in ("root", "file") if key in node] + [
            name for child in below for name in walk(child)
        ]

    return walk(toc)


def notebooks() -> list[Path]:
    """Return the notebooks in the folder of the book, built or not."""
    found = sorted(BOOK.rglob("*.ipynb"))
    return [path for path in found if not {"_build", ".ipynb_checkpoints"} & set(path.parts)]


def copy_of_the_book(folder: Path, toc: str, intro: str) -> Path:
    """Put the settings, extensions and style of the book into a folder, with other pages."""
    book = folder / "book"
    for name in ("_ext", "_static", "_templates"):
        shutil.copytree(BOOK / name, book / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(BOOK / "references.bib", book)
    settings = (BOOK / "_config.yml").read_text().splitlines(keepends=True)
    # A notebook of the Jupyter edition carries the library, which is not here.
    kept = (line for line in settings if not line.lstrip(" -").startswith("edition"))
    (book / "_config.yml").write_text("".join(kept))
    (book / "_toc.yml").write_text(toc)
    (book / "intro.md").write_text(intro)
    return book


def need_the_book() -> None:
    """Fail, saying what to do, when the book is not built."""
    if not (HTML / "index.html").is_file():
        pytest.fail("The book is not built (no book/_build/html/index.html): run `make book`.")


@cache
def read_page(path: Path) -> BeautifulSoup:
    """Return a built page as a tree."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return every place in a page that a link can point at."""
    page = read_page(path)
    return frozenset(
        str(tag[key]) for key in ("id", "name") for tag in page.find_all(attrs={key: True})
    )


def build_pages(book: Path) -> Path:
    """Build a small book as the real one is built, and return the folder of its pages."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", book]
    done = run_bounded(command, timeout=LIMIT)
    assert done.returncode == 0, done.stdout + done.stderr
    return book / "_build" / "html"


def copy_the_checks(folder: Path) -> None:
    """Put what checks the book's notebooks beside others."""
    for name in ("conftest.py", "quiet_kernels.py", "side_by_side.py"):
        shutil.copy(BOOK / name, folder)


def build_once(name: str, build: Callable[[Path], Path], factory: pytest.TempPathFactory) -> Path:
    """Build a small book the first time that a session's workers ask for it; give its pages."""
    base = factory.getbasetemp()
    session = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # the workers share it
    with FileLock(session / f"{name}.lock", timeout=LIMIT):
        written = session / f"{name}.pages"
        if not written.exists():
            (session / name).mkdir()
            pages = build(session / name)
            written.write_text(str(pages))
        return Path(written.read_text())
