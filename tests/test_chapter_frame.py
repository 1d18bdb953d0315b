"""The head and the foot of chapters, and numbers of tables, in a small book."""

from pathlib import Path

import nbformat
import pytest
import yaml
from book_support import BOOK, build_once, build_pages, copy_of_the_book, read_page, toc_files
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tables_book import load_extension

TOC = """\
format: jb-book
root: intro
parts:
  - caption: Part
    numbered: 1
    chapters: [{file: one}, {file: two}]
"""
INTRO = "# Home\n\nIt takes {reading-time}`book`, and {reading-time}`one` of it the first.\n"
WORDS = """\
one:
  knows: how to read
  needs: []
  able: [tell one thing, tell another]
  next: The second one follows.
two:
  needs: [one]
  able: [stop]
  next: There is nothing more.
"""
TABLE = '<div class="table-scroll"><table class="dataframe"><tr><td>1</td></tr></table></div>'
DRAWING = f'<div class="plotly-figure"><noscript>{TABLE}</noscript></div>'
CAPTIONS = {"tab-x": "What $x$ is.", "fig-y": "What is drawn by a script."}


def captioned(name: str, html: str) -> nbformat.NotebookNode:
    output = new_output("execute_result", {"text/html": html}, execution_count=1)
    figure = {"caption": CAPTIONS[name], "name": name}
    metadata = {"mystnb": {"figure": figure}}
    return new_code_cell(name, metadata=metadata, outputs=[output], execution_count=1)


def build(folder: Path) -> Path:
    book = copy_of_the_book(folder, TOC, INTRO)
    (book / "chapters.yml").write_text(WORDS)
    (book / "one.md").write_text("# First\n\nSome words.\n")
    words = new_markdown_cell("# Second\n\nSee {numref}`tab-x` and {numref}`fig-y`.")
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel}
    cells = [words, captioned("fig-y", DRAWING), captioned("tab-x", TABLE)]
    nbformat.write(new_notebook(cells=cells, metadata=metadata), book / "two.ipynb")
    return build_pages(book)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    return build_once("frames", build, tmp_path_factory)


def text(pages: Path, name: str, css: str) -> str:
    found = read_page(pages / f"{name}.html").select_one(css)
    return " ".join(found.get_text().split())


@pytest.mark.slow
@pytest.mark.processes
class TestAChapter:
    def test_its_head_follows_the_title(self, pages):
        head = read_page(pages / "one.html").select_one("article h1").find_next_sibling()
        assert "chapter-head" in head["class"]
        said = text(pages, "one", ".chapter-head")
        assert said.startswith("Time: about 5 minutes")
        assert "Needs: how to read Afterwards you can tell one thing tell another" in said

    def test_what_it_needs_is_a_link_with_a_number(self, pages):
        link = read_page(pages / "two.html").select_one(".chapter-head a")
        assert (link["href"], link.get_text()) == ("one.html", "1. First")

    def test_its_foot_leads_to_the_next(self, pages):
        assert text(pages, "one", ".chapter-foot") == "Next: The second one follows. → 2. Second"
        assert text(pages, "two", ".chapter-foot") == "Next: There is nothing more."

    def test_a_page_that_is_no_chapter_has_neither(self, pages):
        assert not read_page(pages / "intro.html").select(".chapter-head, .chapter-foot")

    def test_times_stand_in_the_text(self, pages):
        assert "It takes 10 minutes, and 5 minutes of it" in text(pages, "intro", "article")

    def test_its_table_has_a_number_and_its_caption_above(self, pages):
        page = read_page(pages / "two.html")
        figure = page.select_one("figure.numbered-table#tab-x")
        caption, *_ = figure.find_all(recursive=False)
        assert caption.name == "figcaption"
        assert "Table 2.1" in caption.get_text()
        assert caption.select_one(".math") is not None
        assert figure.select_one("table.dataframe") is not None
        assert page.select_one('a[href="#tab-x"].reference').get_text() == "Table 2.1"

    def test_a_figure_that_a_script_draws_is_no_table(self, pages):
        page = read_page(pages / "two.html")
        assert "numbered-table" not in page.select_one("figure#fig-y")["class"]
        assert page.select_one('a[href="#fig-y"].reference').get_text() == "Fig. 2.1"


def test_every_chapter_of_the_book_has_its_words_in_the_order_of_reading():
    counting = load_extension("chapter_counts")
    chapters = [name for part in counting.parts(BOOK).values() for name in part]
    assert list(yaml.safe_load((BOOK / "chapters.yml").read_text())) == chapters
    assert set(chapters) <= set(toc_files())


def test_a_chapter_needs_only_what_comes_before():
    frames = load_extension("chapter_frame").read_frames(BOOK / "chapters.yml")
    names = list(frames)
    for n, (name, frame) in enumerate(frames.items()):
        assert set(frame.needs) <= set(names[:n]), name
        assert 1 <= len(frame.able) <= 4
        assert frame.next.endswith(".")


@pytest.mark.parametrize("said", ["", "one: 3", "one: {able: [x]}", "one: [x"])
def test_words_that_are_none_are_refused(said, tmp_path):
    extension = load_extension("chapter_frame")
    (tmp_path / "chapters.yml").write_text(said)
    with pytest.raises(Exception, match=r"chapters\.yml says nothing of use"):
        extension.read_frames(tmp_path / "chapters.yml")
