"""The book as one PDF, without a browser: order, contents, bookmarks, links, refusals."""

from pathlib import Path

import pdf
import pytest
from book_support import toc_files
from pdf_joined import Printed, aim_of, join
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)

ROOT = "file:///the/book"
TOC = {
    "root": "intro",
    "parts": [
        {"caption": "One", "chapters": [{"file": "one/a"}, {"file": "one/b"}]},
        {
            "caption": "Back",
            "chapters": [{"file": "notes"}, {"file": "api/index", "sections": [{"file": "api/x"}]}],
        },
    ],
}


def link(**where: object) -> DictionaryObject:
    """A link as Chromium prints it: to an address or to a name in the same file."""
    made = DictionaryObject({NameObject("/Subtype"): NameObject("/Link")})
    if "uri" in where:
        action = {NameObject("/S"): NameObject("/URI")}
        action[NameObject("/URI")] = TextStringObject(where["uri"])
        made[NameObject("/A")] = DictionaryObject(action)
    else:
        made[NameObject("/Dest")] = NameObject(f"/{where['name']}")
    return made


def printed(
    folder: Path,
    name: str,
    part: str,
    sheets: int = 1,
    places: dict[str, tuple[int, int]] | None = None,
    links: tuple[DictionaryObject, ...] = (),
    sections: tuple[tuple[str, str], ...] = (),
) -> Printed:
    """Blank sheets with named places, each on a sheet and at a height, and links on the first."""
    writer = PdfWriter()
    pages = [writer.add_blank_page(595, 842) for _ in range(sheets)]
    named = DictionaryObject()
    for anchor, (number, top) in (places or {}).items():
        where = [NameObject("/XYZ"), FloatObject(6), FloatObject(top), NullObject()]
        named[NameObject(f"/{anchor}")] = ArrayObject([pages[number].indirect_reference, *where])
    writer.root_object[NameObject("/Dests")] = named
    pages[0][NameObject("/Annots")] = ArrayObject(links)
    path = folder / f"{name.replace('/', '-')}.pdf"
    writer.write(path)
    return Printed(name, name.upper(), part, sections, path)


def reread(pages: list[Printed], folder: Path) -> PdfReader:
    """What is joined, as a file."""
    join(pages, ROOT, {"Title": "A book"}).write(folder / "joined.pdf")
    return PdfReader(folder / "joined.pdf")


def aims(reader: PdfReader, number: int) -> list[object]:
    """Where the links of a sheet lead: an address, or a sheet and a height."""
    found = []
    for one in reader.pages[number].get("/Annots", []):
        if "/A" in one.get_object():
            found.append(one.get_object()["/A"]["/URI"])
        else:
            page, _, _, top, _ = one.get_object()["/Dest"]
            numbers = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages)}
            found.append((numbers[page.indirect_reference.idnum], float(top)))
    return found


def bookmarks(reader: PdfReader, items: list | None = None) -> list[object]:
    """Titles and numbers of sheets, nested as the bookmarks are."""
    items = reader.outline if items is None else items
    return [
        bookmarks(reader, one)
        if isinstance(one, list)
        else (one.title, reader.get_destination_page_number(one))
        for one in items
    ]


# Order and contents.


def test_pages_come_as_the_table_of_contents_has_them_without_the_library():
    assert pdf.order(TOC) == [("", "intro"), ("One", "one/a"), ("One", "one/b"), ("Back", "notes")]
    assert pdf.order(TOC, api=True)[4:] == [("Back", "api/index"), ("Back", "api/x")]


def test_no_page_of_the_book_is_forgotten(monkeypatch):
    monkeypatch.setattr(pdf, "title", str.upper)
    assert [one.name for one in pdf.entries(True, [])] == toc_files()
    assert [one.name for one in pdf.entries(False, [])] == [
        name for name in toc_files() if not name.startswith("api/")
    ]


def test_a_choice_keeps_the_order_and_an_unknown_page_is_refused(monkeypatch):
    monkeypatch.setattr(pdf, "title", str.upper)
    two = pdf.entries(False, ["building/metrics", "foundations/elbo"])
    assert [one.name for one in two] == ["foundations/elbo", "building/metrics"]
    assert [one.name for one in pdf.entries(False, ["api/models"])] == ["api/models"]
    with pytest.raises(pdf.BookError, match=r"no page elbo: take names as book/_toc\.yml"):
        pdf.entries(False, ["elbo"])


def test_the_contents_name_parts_once_and_lead_to_pages():
    pages = [pdf.Entry(part, name, f"<{name}>") for part, name in pdf.order(TOC)]
    about = {"title": "A & B", "author": "we", "version": "1", "date": "today"}
    text = pdf.front(pages, [3, 5, 8, 13], about)
    assert text.count("<h2>One</h2>") == text.count("<h2>Back</h2>") == 1
    assert text.index("<h2>One</h2>") > text.index("&lt;intro&gt;")
    assert f'<a href="{pdf.HTML.as_uri()}/one/b.html"><span>&lt;one/b&gt;</span>' in text
    assert "<span>8</span>" in text
    assert "<h1>A &amp; B</h1>" in text


def test_a_title_has_its_number_and_not_the_name_of_the_book(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "HTML", tmp_path)
    page = tmp_path / "elbo.html"
    page.write_text("<title>2. Bounds &amp; gaps &#8212; A book</title>", encoding="utf-8")
    assert pdf.title("elbo") == "2. Bounds & gaps"


# What is joined.


def test_bookmarks_are_parts_pages_and_sections(tmp_path):
    front = printed(tmp_path, "front", "", 2, {"contents": (1, 800)}, (), (("contents", "List"),))
    sections = (("s", "Why"), ("gone", "Lost"))
    a = printed(tmp_path, "one/a", "One", 2, {"s": (1, 500)}, (), sections)
    b = printed(tmp_path, "one/b", "One")
    reader = reread([front, a, b], tmp_path)
    assert bookmarks(reader) == [
        ("FRONT", 0),
        [("List", 1)],
        ("One", 2),
        [("ONE/A", 2), [("Why", 3), ("Lost", 2)], ("ONE/B", 4)],
    ]
    assert reader.metadata.title == "A book"


def test_links_lead_within_the_file_and_to_the_web_and_nowhere_else(tmp_path):
    addresses = ("one/b.html", "one/b.html#t", "one/b.html#gone", "api/x.html", "_images/a.svg")
    outside = ("https://example.org/one/b.html#t", "file:///somewhere/else.html")
    links = [link(uri=f"{ROOT}/{one}") for one in addresses] + [link(uri=one) for one in outside]
    links += [link(name="s"), link(name="gone")]
    a = printed(tmp_path, "one/a", "One", 2, {"s": (1, 500)}, tuple(links))
    b = printed(tmp_path, "one/b", "One", 2, {"t": (1, 700)}, (link(uri=f"{ROOT}/one/a.html#s"),))
    reader = reread([a, b], tmp_path)
    assert aims(reader, 0) == [(2, 842), (3, 700), (2, 842), outside[0], (1, 500)]
    assert aims(reader, 2) == [(1, 500)]
    assert b"file:" not in (tmp_path / "joined.pdf").read_bytes()


def test_addresses_are_read_as_pages_and_places():
    assert aim_of(f"{ROOT}/one/a.html#x%3Dy", "b", ROOT) == ("one/a", "x=y")
    assert aim_of("#here", "b", ROOT) == ("b", "here")
    assert aim_of("file:///the%20book/a.html", "b", "file:///the book") == ("a", "")
    for other in ("", f"{ROOT}/notebooks/a.ipynb", "file:///the/bookshop/a.html"):
        assert aim_of(other, "b", ROOT) is None


# What is refused, in a sentence.


def test_without_a_built_book_or_a_browser_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pdf, "HTML", tmp_path)
    assert pdf.main(["--only", "intro"]) == 1
    assert "The book is not built" in (said := capsys.readouterr().err)
    assert said.endswith("run `make book`.\n")
    (tmp_path / "intro.html").write_text("<title>A book</title>", encoding="utf-8")
    monkeypatch.setattr(pdf, "CHROMIUM", "")
    assert pdf.main(["--only", "intro", "--out", str(tmp_path / "book.pdf")]) == 1
    assert "install Chromium" in capsys.readouterr().err
    assert not (tmp_path / "book.pdf").exists()


def test_the_help_has_examples(capsys):
    with pytest.raises(SystemExit, match="0"):
        pdf.main(["--help"])
    assert "python book/pdf.py --api" in capsys.readouterr().out
