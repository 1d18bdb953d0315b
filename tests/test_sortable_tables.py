"""Which cells count as tables to sort, and which pages load what sorts them."""

import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import tables_book
from book_support import BOOK, build_once, read_page
from docutils import nodes

pytestmark = pytest.mark.processes

STATIC = BOOK / "_static"
FILES = ("sortable-tables.js", "sortable-tables.css")


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    return tables_book.load_extension("sortable_tables")


def cell(*tags: str, html: str = "<p>words</p>", kind: str = "cell_code") -> nodes.container:
    """Return a cell with some HTML below it."""
    made = nodes.container(nb_element=kind, cell_metadata={"tags": list(tags)})
    made += nodes.container("", nodes.raw("", html, format="html"))
    return made


TABLE = '<table border="1" class="dataframe"></table>'


def test_a_tagged_cell_with_a_table_is_one_to_sort(extension):
    assert extension.is_sortable(cell("hide-input", "sortable", html=TABLE))


@pytest.mark.parametrize(
    "other",
    [
        cell(html=TABLE),
        cell("sort", html=TABLE),
        cell("sortable"),
        cell("sortable", html=TABLE, kind="cell_code_output"),
        nodes.container("", nodes.raw("", TABLE, format="html")),
    ],
    ids=["no tag", "another tag", "no table", "part of a cell", "no cell"],
)
def test_other_cells_are_not(extension, other):
    assert not extension.is_sortable(other)


def test_a_cell_without_tags_is_not(extension):
    bare = nodes.container(nb_element="cell_code", cell_metadata={})
    assert not extension.is_sortable(bare)


# Pages, built with plain Sphinx that lists every script on every page.


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    return build_once("plain-tables", tables_book.build_plainly, tmp_path_factory)


def test_only_the_page_with_tables_to_sort_loads_the_script(html):
    loaded = {page.stem: set(FILES) & set(tables_book.listed(page)) for page in html.glob("*.html")}
    assert loaded.pop("tables") == set(FILES)
    assert {"intro", "figures", "plain", "search"} <= set(loaded)
    assert set().union(*loaded.values()) == set()


def test_the_script_waits_for_the_page_and_other_files_stay_listed(html):
    page = read_page(html / "tables.html")
    assert page.select_one("script[src*='sortable-tables.js']").has_attr("defer")
    assert {"framework-tabs.js", "book.css"} <= set(tables_book.listed(html / "plain.html"))


def test_without_the_script_it_is_the_table_that_pandas_wrote(html):
    page = read_page(html / "tables.html")
    tables = page.select(".tag_sortable .cell_output table.dataframe")
    assert len(tables) == 3
    assert page.select("th button, [aria-sort]") == []
    rows = [row.th.get_text() for row in tables[0].tbody.find_all("tr")]
    assert rows == list(tables_book.TABLE.index)


def test_entries_of_any_form_are_taken_off_the_lists():
    page_files = tables_book.load_extension("page_files")
    config = SimpleNamespace(
        html_js_files=["a.js", ("b.js", {"defer": "defer"}), ("mine.js", {}), "mine.js"],
        html_css_files=["mine.css", "a.css"],
    )
    page_files.unlist(("mine.js", "mine.css"), None, config)
    assert config.html_js_files == ["a.js", ("b.js", {"defer": "defer"})]
    assert config.html_css_files == ["a.css"]


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_another_host_or_runs_text(name):
    words = (STATIC / name).read_text()
    assert re.findall(r"https?:|url\(|@import|eval\(|Function\(|innerHTML|fetch\(", words) == []
