"""The built book is whole: pages, links, pictures, and nothing from another host."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from book_support import BOOK, HTML, ROOT, anchors, need_the_book, notebooks, read_page, toc_files

PAGES = [*toc_files(), "genindex", "search"]
NOTEBOOKS = notebooks()
MEGABYTE = 1_000_000
# Attributes that make a browser fetch something while it shows the page.
RESOURCES = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src"}
LINKS_THAT_FETCH = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "preconnect"}
PICTURE_NAME = re.compile(r"\.(png|svg|jpe?g|gif|webp)$", re.IGNORECASE)
MACHINE_PATH = re.compile(
    rf"{re.escape(str(ROOT))}|(?<![\w.:/])/(home|root|Users|tmp|var|opt|mnt)/|[A-Z]:\\"
)


@pytest.fixture(autouse=True, scope="module")
def _built_book() -> None:
    need_the_book()


def resources(path: Path) -> Iterator[str]:
    """Yield the address of everything that a page fetches."""
    page = read_page(path)
    for tag, attribute in RESOURCES.items():
        yield from (str(found[attribute]) for found in page.find_all(tag, attrs={attribute: True}))
    for link in page.find_all("link", href=True):
        if LINKS_THAT_FETCH & set(link.get("rel", [])):
            yield str(link["href"])
    for style in page.find_all("style"):
        yield from addresses_in_css(style.get_text())
    for styled in page.find_all(style=True):
        yield from addresses_in_css(str(styled["style"]))


def addresses_in_css(css: str) -> list[str]:
    """Return what a style sheet fetches: `url(...)` and `@import "..."`."""
    found = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", css)
    return [first or second for first, second in found]


def is_elsewhere(address: str) -> bool:
    """Tell whether an address leaves the build (`data:` addresses carry their content)."""
    parts = urlsplit(address)
    return parts.scheme not in ("", "data") or bool(parts.netloc)


def target(page: Path, address: str) -> tuple[Path, str]:
    """Return the file and the anchor that an address in a page points at."""
    parts = urlsplit(address)
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    return path, unquote(parts.fragment)


def is_broken(page: Path, address: str) -> bool:
    """Tell whether an address within the build leads nowhere."""
    path, anchor = target(page, address)
    if not path.is_file() or HTML not in path.parents:
        return True
    return bool(anchor) and path.suffix == ".html" and anchor not in anchors(path)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_there_and_not_too_heavy(name):
    page = HTML / f"{name}.html"
    assert page.is_file()
    assert page.stat().st_size < 0.8 * MEGABYTE  # drawn mathematics included


@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_what_it_is_about(name):
    said = read_page(HTML / f"{name}.html").find("meta", attrs={"name": "description"})["content"]
    assert 30 < len(said) < 200
    assert "\\" not in said


def test_the_front_door_leads_to_the_first_page():
    front = read_page(HTML / "index.html")
    refresh = front.find("meta", attrs={"http-equiv": re.compile("refresh", re.IGNORECASE)})
    assert refresh is not None
    assert f"{toc_files()[0]}.html" in refresh["content"]


@pytest.mark.parametrize("name", PAGES)
def test_no_link_within_the_book_is_broken(name):
    page = HTML / f"{name}.html"
    links = {str(link["href"]) for link in read_page(page).find_all("a", href=True)}
    assert [
        link for link in sorted(links) if not is_elsewhere(link) and is_broken(page, link)
    ] == []


@pytest.mark.parametrize("name", PAGES)
def test_everything_a_page_fetches_is_in_the_build(name):
    page = HTML / f"{name}.html"
    fetched = set(resources(page))
    assert [address for address in sorted(fetched) if is_elsewhere(address)] == []
    local = [address for address in sorted(fetched) if not address.startswith("data:")]
    assert [address for address in local if is_broken(page, address)] == []


def test_no_style_sheet_fetches_from_another_host():
    sheets = sorted(HTML.rglob("*.css"))
    assert sheets
    outside = {
        sheet.name: [a for a in addresses_in_css(sheet.read_text()) if is_elsewhere(a)]
        for sheet in sheets
    }
    assert {name: found for name, found in outside.items() if found} == {}


@pytest.mark.parametrize("name", PAGES)
def test_each_picture_is_described_in_words(name):
    pictures = read_page(HTML / f"{name}.html").find_all("img")
    poor = [
        picture["src"]
        for picture in pictures
        if len(alt := str(picture.get("alt", "")).strip()) < 10 or PICTURE_NAME.search(alt)
    ]
    assert poor == [], "give these pictures an alt text that says what they show"


@pytest.mark.parametrize("name", toc_files())
def test_each_picture_that_a_cell_drew_has_a_caption(name):
    main = read_page(HTML / f"{name}.html").find("main")
    drawn = main.select("figure img, .cell_output img")
    bare = [picture["src"] for picture in drawn if not picture.find_parent("figure")]
    figures = {picture.find_parent("figure") for picture in drawn} - {None}
    bare += [str(figure.get("id")) for figure in figures if not figure.find("figcaption")]
    assert bare == []


def test_pictures_and_the_whole_build_stay_light():
    files = [path for path in HTML.rglob("*") if path.is_file()]
    pictures = [path for path in files if HTML / "_images" in path.parents]
    assert [path.name for path in pictures if path.stat().st_size > 0.4 * MEGABYTE] == []
    editions = [path for path in files if HTML / "notebooks" in path.parents]
    each = 2 * MEGABYTE  # a notebook with what it carries, alone and in the zip of all
    assert sum(path.stat().st_size for path in editions) < each * len(NOTEBOOKS)
    models = [path for path in files if "models" in path.parts]  # each has a limit of its own
    rest = set(files) - set(models)
    assert sum(path.stat().st_size for path in rest) < 3.5 * MEGABYTE * len(NOTEBOOKS)


def test_the_build_carries_no_source_maps():
    assert list(HTML.rglob("*.map")) == []


def test_no_page_names_the_machine_that_built_it():
    pages = sorted(HTML.rglob("*.html"))
    assert [page.name for page in pages if str(ROOT) in page.read_text()] == []


def test_the_table_of_contents_names_each_notebook_and_page_once():
    sources = [*NOTEBOOKS, *(path for path in BOOK.rglob("*.md") if "_build" not in path.parts)]
    names = [path.relative_to(BOOK).with_suffix("").as_posix() for path in sources]
    assert sorted(toc_files()) == sorted(names)


# The notebooks as they are stored.


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """Return the code cells of a notebook that hold something."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def name_of(path: Path) -> str:
    """Return how a notebook is called in the list of tests."""
    return path.relative_to(BOOK).as_posix()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_each_notebook_was_run_once_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"
    assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_no_notebook_stores_an_error_a_warning_or_a_path_of_a_machine(path):
    outputs = [output for cell in code_cells(path) for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    texts = [output.get("text", "") for output in outputs]
    texts += [
        text
        for output in outputs
        for kind, text in output.get("data", {}).items()
        if isinstance(text, str) and "image" not in kind
    ]
    assert [text for text in texts if MACHINE_PATH.search(text)] == []


# What is not prose: mathematics, code, directives' blocks of it, links. A paragraph with a citation
# may hold published figures.
NOT_PROSE = re.compile(r"```\{math\}.*?```|\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)", re.DOTALL)
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?!\w|\.\d)")


def typed_decimals(markdown: str) -> list[str]:
    """Return the decimal numbers in prose that were typed by hand and carry no citation."""
    cited = re.sub(r"\{cite:[tp]\}`[^`]*`", " CITED ", markdown)
    paragraphs = re.split(r"\n\s*\n", NOT_PROSE.sub(" ", cited))
    return [n for text in paragraphs if "CITED" not in text for n in DECIMAL.findall(text)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_numbers_in_prose_come_from_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    typed = {cell.id: typed_decimals(cell.source) for cell in cells if cell.cell_type == "markdown"}
    assert {name: found for name, found in typed.items() if found} == {}, "use glue"


# The tests' own eyes: what they look for, they find.


def test_a_typed_number_is_seen_and_a_published_one_is_let_be():
    assert typed_decimals("It reached 0.41.\n\nThe paper has 0.426 {cite:p}`a`.") == ["0.41"]
    assert typed_decimals("with $0.2$, `0.3` and {glue:text}`x`, version 1.0.4") == []


def test_a_broken_link_and_a_broken_anchor_are_seen():
    page = HTML / f"{toc_files()[0]}.html"
    assert not is_broken(page, page.name)
    assert is_broken(page, "no-such-page.html")
    assert is_broken(page, f"{page.name}#no-such-anchor")
    assert is_broken(page, "../../../pyproject.toml")


def test_another_host_is_seen_however_it_is_written():
    css = '@import "https://a.example/x.css"; p {background: url( //b.example/y.png )}'
    assert [a for a in addresses_in_css(css) if is_elsewhere(a)] == [
        "https://a.example/x.css",
        "//b.example/y.png ",
    ]
    assert not is_elsewhere("data:image/svg+xml,%3csvg/%3e")
    assert not is_elsewhere("../_static/book.css")


def test_a_path_of_a_machine_is_seen():
    assert MACHINE_PATH.search("saved to " + "/".join(["", "home", "ann", "runs"]))
    assert not MACHINE_PATH.search("https://example.org/home/ and and/or")
