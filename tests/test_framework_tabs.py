"""Cells of two frameworks become tabs in HTML, and stay two cells everywhere else."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from book_support import BOOK, read_page
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from framework_book import INTRO, write
from hypothesis import given
from hypothesis import strategies as st
from modules_by_path import load_module
from sphinx.cmd.build import main as sphinx_build

pytestmark = pytest.mark.processes

EXTENSION = BOOK / "_ext" / "framework_tabs.py"
TOCTREE = "\n```{toctree}\nfirst\nsecond\n```\n"


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    return load_module("framework_tabs", EXTENSION)


# Which cells make a pair: p and m are cells of the frameworks, b of both, c of neither, t is text.

TAGS = {"p": ["pytorch"], "m": ["mxnet"], "b": ["pytorch", "mxnet"], "c": ["nbval-atol-0.1"]}


def make_page(letters: str) -> nodes.section:
    """Return a page with one child for each letter."""
    page = nodes.section()
    for letter in letters:
        if letter == "t":
            page += nodes.paragraph(name=letter)
        else:
            metadata = {"tags": TAGS[letter], "name": letter}
            page += nodes.container(nb_element="cell_code", cell_metadata=metadata, name=letter)
    return page


def spell(node: nodes.Element) -> str:
    """Write a page as letters again, a tab set as `[p|m]`."""
    if node.get("design_component") == "tab-set":
        return "[" + "|".join(spell(tab[1]) for tab in node.children) + "]"
    return "".join(child.get("name") or spell(child) for child in node.children)


def group(extension: ModuleType, letters: str) -> str:
    """Return how the cells of a page are grouped."""
    page = make_page(letters)
    extension.put_into_tabs(page)
    return spell(page)


@pytest.mark.parametrize(
    ("cells", "grouped"),
    [
        ("pm", "[p|m]"),
        ("cpmt", "c[p|m]t"),
        ("ppm", "[pp|m]"),
        ("pmm", "[p|mm]"),
        ("pmpm", "[p|m][p|m]"),
        ("pmtpm", "[p|m]t[p|m]"),
        ("pmp", "[p|m]p"),
        ("mpm", "m[p|m]"),
        ("p", "p"),
        ("m", "m"),
        ("mp", "mp"),
        ("ptm", "ptm"),
        ("pcm", "pcm"),
        ("bm", "bm"),
        ("pb", "pb"),
        ("pbm", "pbm"),
        ("", ""),
    ],
)
def test_cells_are_paired_only_when_one_framework_follows_the_other(extension, cells, grouped):
    assert group(extension, cells) == grouped


@given(cells=st.text("pmbct", max_size=12))
def test_no_cell_is_lost_or_moved(extension, cells):
    assert re.sub(r"[\[|\]]", "", group(extension, cells)) == cells


def test_each_cell_has_the_tab_as_its_parent(extension):
    page = make_page("cpm")
    extension.put_into_tabs(page)
    tab_set = page[1]
    assert [tab_set.parent, *(tab.parent for tab in tab_set)] == [page, tab_set, tab_set]
    assert all(cell.parent is tab[1] for tab in tab_set for cell in tab[1])


# A small book, built as HTML and as other formats, with every warning an error.

CONFIG = """
import sys
sys.path.insert(0, {folder!r})
extensions = ["myst_nb", "sphinx_design", *{more!r}]
nb_execution_mode = "off"
numfig = True
root_doc = "intro"
exclude_patterns = ["_*", "solution.ipynb"]
"""


def build(folder: Path, builder: str, more: tuple[str, ...] = ("framework_tabs",)) -> Path:
    """Build the book with plain Sphinx and the named extensions."""
    book = write(folder)
    (book / "intro.md").write_text(INTRO + TOCTREE)
    (book / "conf.py").write_text(CONFIG.format(folder=str(EXTENSION.parent), more=more))
    out = folder / builder
    assert sphinx_build(["-W", "-n", "-q", "-b", builder, str(book), str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("tabs"), "html")


@pytest.fixture(scope="module")
def first(html) -> BeautifulSoup:
    return read_page(html / "first.html")


def content_of(label: Tag) -> Tag:
    """Return the contents of the tab with this label."""
    found = label.find_next_sibling()
    assert found is not None
    return found


def tab(page: BeautifulSoup, framework: str, number: int) -> Tag:
    """Return the contents of a framework's tab in the tab set of this number."""
    tab_set = page.select(".sd-tab-set.framework-tabs")[number]
    (label,) = tab_set.select(f"label[data-sync-group=framework][data-sync-id={framework}]")
    return content_of(label)


def test_each_tab_set_has_two_named_tabs_and_shows_pytorch(first):
    tab_sets = first.select(".sd-tab-set.framework-tabs")
    assert len(tab_sets) == 2
    for tab_set in tab_sets:
        labels = [label.get_text(strip=True) for label in tab_set.find_all("label")]
        assert labels == ["PyTorch", "MXNet Gluon"]
        assert [radio.has_attr("checked") for radio in tab_set.find_all("input")] == [True, False]


def test_code_and_printed_words_stand_in_their_own_tab(first):
    torch, gluon = tab(first, "pytorch", 0), tab(first, "mxnet", 0)
    assert "import torch" in torch.get_text()
    assert "torch says hello" in torch.get_text()
    assert "import mxnet" in gluon.get_text()
    assert "gluon says hello" in gluon.get_text()
    assert "gluon" not in torch.get_text()


def test_tables_figures_and_folded_input_stand_in_their_own_tab(first):
    torch, gluon = tab(first, "pytorch", 1), tab(first, "mxnet", 1)
    assert len(torch.select(".cell")) == 2
    assert torch.select_one("table.dataframe") is not None
    assert torch.select_one("figure#fig-torch figcaption") is not None
    assert gluon.select_one("figure#fig-gluon figcaption") is not None
    assert "gluon_figure" in gluon.select_one("details.hide .cell_input").get_text()


def test_cells_without_a_partner_are_in_no_tab(first):
    bare = [cell for cell in first.select(".cell") if not cell.find_parent(class_="sd-tab-set")]
    words = [cell.select_one(".cell_input").get_text(strip=True) for cell in bare]
    assert words == ["importnumpyasnp", "torch_alone", "gluon_alone"]


def test_figures_in_tabs_are_numbered_and_linked_from_any_page(html, first):
    links = {a["href"]: a.get_text() for a in first.select("a.internal") if "fig-" in a["href"]}
    assert links == {"#fig-torch": "Fig. 1", "#fig-gluon": "Fig. 2"}
    second = read_page(html / "second.html")
    assert second.select_one('a[href="first.html#fig-gluon"]').get_text() == "Fig. 2"


def test_pairs_without_a_word_between_them_are_two_tab_sets(html):
    second = read_page(html / "second.html")
    assert len(second.select(".framework-tabs")) == 3
    assert "torch_b" in tab(second, "pytorch", 2).get_text()
    assert "gluon_a" not in tab(second, "mxnet", 2).get_text()


def test_the_search_finds_words_of_both_tabs(html):
    index = (html / "searchindex.js").read_text()
    assert "torch_b" in index
    assert "gluon_b" in index


@pytest.mark.parametrize(("builder", "suffix"), [("text", "txt"), ("latex", "tex")])
def test_other_formats_are_as_without_the_extension(tmp_path, builder, suffix):
    pages = {}
    for name, more in (("with", ("framework_tabs",)), ("without", ())):
        (tmp_path / name).mkdir()
        out = build(tmp_path / name, builder, more)
        pages[name] = {path.name: path.read_text() for path in out.glob(f"*.{suffix}")}
    assert "gluon says hello" in "".join(pages["with"].values())
    assert pages["with"] == pages["without"]
