"""The Jupyter edition among the built pages: the chapter's code, the page's words, nothing raw."""

import io
import re
import tarfile
import zipfile
from base64 import b85decode, b85encode
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from book_support import BOOK, HTML, need_the_book, read_page
from bs4 import BeautifulSoup
from edition_book import (
    EDITION,
    chapters,
    formulas,
    name_of,
    parser,
    read,
    reading,
    refused_by_katex,
    texts,
    tokens,
    words,
)

CHAPTERS = chapters()
GLUE = "application/papermill.record/"
RAW = re.compile(r"\{[\w:.-]+\}`|^\s*(?:`{3,}|:{3,})\s*\{|^\([\w-]+\)=$|^:label:", re.MULTILINE)
MACRO = re.compile(r"^ {10}(\w+): \[", re.MULTILINE)  # in _config.yml
FOLDED = ("remove-input", "hide-input", "hide-cell", "remove-cell")
# What a page has beside its words: code, what it printed, formulas, buttons.
NO_WORDS = (
    ".cell_input, .cell_output > *:not(figure), .cell_output figure img, .math, .headerlink, "
    "summary, script, style, .toggle-details__summary-text, .sd-tab-set > label, "
    ".numbered-table > :not(figcaption), .interactive-stage, .plotly-figure, .eqno, "
    "mjx-container, .solution > .admonition-title, .linked-picture"
)
# What the edition says of its own: which framework, and where an interactive part is.
OWN = re.compile(r"^(?:> )?\*\*(?:PyTorch|MXNet Gluon|On the page of .*)\*\*$", re.MULTILINE)


@pytest.fixture(autouse=True, scope="module")
def _built() -> None:
    need_the_book()


def edition() -> list[Path]:
    """Return the notebooks of the edition; when they are missing, the tests say so."""
    return sorted(EDITION.rglob("*.ipynb"))


def made(chapter: Path) -> Path:
    """Return the notebook that a chapter became."""
    return EDITION / f"{name_of(chapter)}.ipynb"


def by_name(path: Path) -> str:
    return name_of(path)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=by_name)
def test_code_is_the_chapters_but_for_the_first_cell(chapter):
    first, *code = [cell for cell in read(made(chapter)).cells if cell.cell_type == "code"]
    assert first.source.startswith("# @title Set up")
    ours = [cell for cell in read(chapter).cells if cell.cell_type == "code" and cell.source]
    assert [cell.source for cell in code] == [cell.source for cell in ours]
    assert [cell["id"] for cell in code] == [cell["id"] for cell in ours]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=by_name)
def test_outputs_are_the_chapters_but_for_what_is_glued(chapter):
    def shown(cell):
        bundles = [output.get("data", output) for output in cell.outputs]
        kept = [{k: v for k, v in one.items() if not k.startswith(GLUE)} for one in bundles]
        return [one for one in kept if one]

    theirs = {cell["id"]: cell for cell in read(made(chapter)).cells}
    for cell in read(chapter).cells:
        if cell.cell_type == "code" and cell.source:
            assert shown(theirs[cell["id"]]) == shown(cell)
            assert not any(
                kind.startswith(GLUE)
                for output in theirs[cell["id"]].outputs
                for kind in output.get("data", {})
            )


@pytest.mark.parametrize("chapter", CHAPTERS, ids=by_name)
def test_what_the_page_hides_is_folded(chapter):
    theirs = {cell["id"]: cell for cell in read(made(chapter)).cells}
    for cell in read(chapter).cells:
        if set(cell.metadata.get("tags", [])) & set(FOLDED):
            assert theirs[cell["id"]].metadata["jupyter"]["source_hidden"]


def test_the_first_cell_is_the_same_everywhere_but_for_what_it_carries():
    firsts = [read(made(chapter)).cells[1].source for chapter in CHAPTERS]
    own = re.compile(r'set_up\(.*\)$|CHAPTER, FILES = "[a-z]+"|\'[a-z]+\', Path', re.MULTILINE)
    same = {own.sub("", one) for one in firsts}
    assert len(same) == 1
    assert "<" + "packed>" not in firsts[0]


@pytest.mark.parametrize("has_filters", [True, False])
def test_the_first_cell_unpacks_with_and_without_filters(has_filters, tmp_path, monkeypatch):
    """Python 3.11.2, which a current Debian has, knows no filters of archives."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:xz") as packed:
        packed.addfile(tarfile.TarInfo("src/empty.py"))
    if not has_filters:
        extract = tarfile.TarFile.extractall
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
        monkeypatch.setattr(tarfile.TarFile, "extractall", lambda self, path: extract(self, path))
    text = (BOOK / "_ext" / "edition" / "first_cell.py").read_text(encoding="utf-8")
    defined: dict[str, Any] = {}
    exec(text.partition("\nat_home")[0], defined)  # what it defines, and not what it does
    monkeypatch.chdir(tmp_path)
    defined["unpack"](b85encode(archive.getvalue()).decode("ascii"))
    assert (tmp_path / "recotour-vae-files" / "src" / "empty.py").exists()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=by_name)
def test_what_a_chapter_reads_beside_the_book_travels_with_it(chapter):
    first = read(made(chapter)).cells[1].source
    packed = re.search(r"set_up\('(.*)'\)$|set_up\(\"(.*)\"\)$", first, re.M)
    assert packed
    data = b85decode((packed[1] or packed[2]).replace("\\\\", "\\"))
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:xz") as archive:
        names = set(archive.getnames())
    code = "\n".join(c.source for c in read(chapter).cells if c.cell_type == "code")
    for named in re.findall(r"\.\./\.\./((?:results|experiments)/[\w.-]+\.\w+)", code):
        assert named in names
    sources = {p.relative_to(BOOK.parent).as_posix() for p in BOOK.parent.glob("src/**/*.py")}
    assert {name for name in sources if "egg-info" not in name} <= names


# What is written.


def page_words(name: str) -> list[str]:
    """Return the words of a page in their order."""
    article = read_page(HTML / f"{name}.html").select_one("article.bd-article")
    article = BeautifulSoup(str(article), "html.parser")
    for other in article.select(NO_WORDS):
        other.decompose()
    return reading(article.get_text(" "))


def edition_words(name: str) -> list[str]:
    """Return the words of a notebook's text in their order, read as a notebook program reads it."""
    found = []
    for text in texts(EDITION / f"{name}.ipynb"):
        shown = BeautifulSoup(parser().render(OWN.sub("", text)), "html.parser")
        for other in shown.select("eq, eqn, section, .math, summary"):
            other.decompose()
        found += reading(shown.get_text(" "))
    return found


@pytest.mark.parametrize("name", [name_of(path) for path in CHAPTERS])
def test_text_is_the_pages_word_for_word(name):
    ours, theirs = edition_words(name), page_words(name)
    assert len(theirs) > 500
    assert ours == theirs


@pytest.mark.parametrize("path", edition(), ids=by_name)
def test_nothing_is_raw(path):
    macros = MACRO.findall((BOOK / "_config.yml").read_text())
    assert len(macros) > 5
    ours = re.compile(rf"\\(?:{'|'.join(macros)})(?![A-Za-z])")
    for text in texts(path):
        assert not RAW.findall(text)
        assert not ours.findall(text)
        assert "$" not in words(text)


def test_katex_typesets_every_formula():
    found = [one for path in edition() for text in texts(path) for one in formulas(text)]
    assert len(found) > 1000
    assert refused_by_katex(found) == []


def test_katex_refuses_what_it_does_not_know():
    assert refused_by_katex([(r"\bx", False), (r"\hat\mathbf{x}", False)])


@pytest.mark.parametrize("path", edition(), ids=by_name)
def test_links_lead_somewhere(path):
    anchors = {place for text in texts(path) for place in re.findall(r'<a id="([^"]+)"', text)}
    for text in texts(path):
        for token in tokens(text):
            address = unquote(str(token.attrs.get("href", "")))
            file, _, place = address.partition("#")
            if address.startswith(("http:", "https:", "mailto:")) or token.type != "link_open":
                continue
            there = anchors
            if file:
                other = (path.parent / file).resolve()
                assert other.is_file(), address
                there = {p for t in texts(other) for p in re.findall(r'<a id="([^"]+)"', t)}
            assert not place or place in there, address


@pytest.mark.parametrize("path", edition(), ids=by_name)
def test_pictures_are_in_the_notebook_itself(path):
    for text in texts(path):
        sources = re.findall(r'<img src="([^"]{0,30})', text)
        assert all(source.startswith("data:image/") for source in sources)
        assert "![" not in text


# How one comes by it.


def test_one_zip_has_them_all():
    with zipfile.ZipFile(EDITION / "recotour-vae-notebooks.zip") as packed:
        names = {name.partition("/")[2] for name in packed.namelist()}
    assert names == {path.relative_to(EDITION).as_posix() for path in edition()}
    assert {f"{name_of(path)}.ipynb" for path in CHAPTERS} < names


@pytest.mark.parametrize("name", [name_of(path) for path in CHAPTERS])
def test_the_button_gives_the_notebook_as_a_file(name):
    (button,) = read_page(HTML / f"{name}.html").select("a.btn-download-source-button")
    assert button["download"] == f"{Path(name).name}.ipynb"
    assert (HTML / name).parent.joinpath(str(button["href"])).resolve() == EDITION / f"{name}.ipynb"


def test_the_zip_is_linked_where_one_reads_how_to_run():
    links = read_page(HTML / "how-to.html").select('a[href="notebooks/recotour-vae-notebooks.zip"]')
    assert links
    assert all(link.has_attr("download") for link in links)
