"""Figures of Plotly in the pages: what stands there, which pages load the scripts, warnings."""

import json
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbformat
import pytest
import tables_book
from book_support import BOOK, build_once, notebooks, read_page
from bs4 import BeautifulSoup, Tag
from sphinx.errors import ExtensionError

pytestmark = pytest.mark.processes

STATIC = BOOK / "_static"
FILES = ("plotly-figures.js", "plotly-figures.css")
LIBRARY = "plotly/plotly-basic.min.js"


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    return tables_book.load_extension("plotly_figures")


def content(alt: str = "Words.", **more: object) -> dict[str, object]:
    """Return a figure as a notebook stores it."""
    return {"data": [], "layout": {"height": 300, "meta": {"alt": alt}}, **more}


def parse(html: str) -> Tag:
    """Return the one element that some HTML holds."""
    (element,) = BeautifulSoup(html, "html.parser").find_all(recursive=False)
    return element


def test_a_figure_has_a_name_words_without_scripts_and_its_data(extension):
    figure = parse(extension.write_figure(content('A "hump" & <more>.')))
    assert figure["role"] == "img"
    assert figure["aria-label"] == 'A "hump" & <more>.'
    assert figure["style"] == "min-height: 300px"
    assert figure.p.get_text() == 'A "hump" & <more>.'
    assert json.loads(figure.script.string) == content('A "hump" & <more>.')


def test_without_scripts_a_table_says_what_each_series_holds(extension):
    series = {"name": "<EASE>", "x": [1, 2.5, None], "y": [-0.25, 0.5, 0.4]}
    axes = {"xaxis": {"title": {"text": "trial"}}}
    figure = content(data=[series, {"x": ["a", "b", "a"], "y": [1, 2, 3]}])
    figure["layout"].update(axes)
    rows = parse(extension.write_figure(figure)).noscript.find_all("tr")
    assert [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows] == [
        ["series", "points", "trial", "y"],
        ["<EASE>", "3", "1 to 2.5", "−0.25 to 0.5"],
        ["2", "3", "2 different", "1 to 3"],
    ]


def test_a_figure_that_the_basic_bundle_cannot_draw_is_warned_of(extension, monkeypatch):
    said: list[str] = []
    logger = SimpleNamespace(warning=lambda words, **_: said.append(words))
    monkeypatch.setattr(extension, "logger", logger)
    surface = SimpleNamespace(mime_type=extension.MIME, content=content(data=[{"type": "surface"}]))
    extension.PlotlyFigures.handle_mime(None, surface, False)
    assert said == [extension.NOT_BASIC.format("surface")]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_the_basic_bundle_can_draw_every_figure_of_the_book(extension, path):
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    figures = [o.data[extension.MIME] for o in outputs if extension.MIME in o.get("data", {})]
    kinds = {trace.get("type", "scatter") for figure in figures for trace in figure["data"]}
    assert kinds <= extension.TYPES


def test_data_cannot_end_the_element_that_holds_them(extension):
    data = content(data=[{"name": "</script><b>x</b><!--"}])
    figure = parse(extension.write_figure(data))
    assert figure.find("b") is None
    assert json.loads(figure.script.string) == data


def test_outputs_of_other_types_are_left_to_others(extension):
    other = SimpleNamespace(mime_type="text/html", content="<p>")
    assert extension.PlotlyFigures.handle_mime(None, other, False) is None


@pytest.mark.parametrize("layout", [{}, {"meta": {}}, {"meta": {"alt": ""}}])
def test_a_figure_without_words_is_left_out_with_a_warning(extension, layout, monkeypatch):
    said: list[str] = []
    logger = SimpleNamespace(warning=lambda words, **_: said.append(words))
    monkeypatch.setattr(extension, "logger", logger)
    bare = SimpleNamespace(mime_type=extension.MIME, content={"data": [], "layout": layout})
    assert extension.PlotlyFigures.handle_mime(None, bare, False) == []
    assert said == [extension.NO_WORDS]


def test_a_missing_package_is_an_error_that_says_what_to_do(extension, monkeypatch):
    monkeypatch.setattr(extension, "PACKAGE", "no-such-package")
    with pytest.raises(
        ExtensionError, match=r"no-such-package is not installed: run `make env`\.$"
    ):
        extension.find_library()


# Pages, built with plain Sphinx that lists every script on every page.


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    return build_once("plain-tables", tables_book.build_plainly, tmp_path_factory)


def test_only_the_page_with_a_figure_loads_the_scripts(html):
    ours = set(FILES)
    loaded = {page.stem: ours & set(tables_book.listed(page)) for page in html.glob("*.html")}
    assert loaded.pop("figures") == ours
    assert {"intro", "tables", "plain", "search"} <= set(loaded)
    assert set().union(*loaded.values()) == set()


def test_plotly_comes_from_the_installed_package_and_no_page_lists_it(html, extension):
    (script,) = read_page(html / "figures.html").select("script[src*='plotly']")
    assert script.has_attr("defer")
    assert "plotly-figures.js" in script["src"]
    assert (html / "_static" / LIBRARY).read_bytes() == extension.find_library().read_bytes()


def test_the_figure_is_numbered_and_has_its_caption(html):
    page = read_page(html / "figures.html")
    (figure,) = page.select("figure#fig-runs .plotly-figure[role=img]")
    assert figure["aria-label"] == tables_book.ALT
    assert "Runs, a point each." in page.select_one("figure#fig-runs figcaption").get_text()
    assert page.select_one('a[href="#fig-runs"]').get_text() == "Fig. 1"


def test_words_are_found_by_the_search_and_data_are_not(html):
    index = (html / "searchindex.js").read_text()
    assert "hump" in index
    assert "hovertext" not in index


def test_other_formats_print_the_words(tmp_path):
    words = (tables_book.build_plainly(tmp_path, "text") / "figures.txt").read_text()
    assert tables_book.ALT in " ".join(words.split())
    assert "hovertext" not in words
    assert "needs JavaScript" not in words


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_another_host_or_runs_text(name):
    words = (STATIC / name).read_text()
    assert re.findall(r"https?:|url\(|@import|eval\(|Function\(|innerHTML|fetch\(", words) == []
