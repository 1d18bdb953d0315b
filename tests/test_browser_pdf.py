"""Two chapters of the built book, printed by headless Chromium as `make pdf` prints all of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pdf
import pytest
from book_support import need_the_book
from browser_support import CHROMIUM
from pdf_joined import OUTWARD
from pypdf import PdfReader

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHAPTERS = ["results/progress", "practice/meet"]  # with figures by Plotly; with interactive parts
A4 = (595, 842)  # points


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_the_book()
    if not CHROMIUM:
        pytest.skip("no Chromium on the PATH")
    out = tmp_path_factory.mktemp("pdf") / "two.pdf"
    assert pdf.main(["--only", *CHAPTERS, "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def reader(book: Path) -> PdfReader:
    return PdfReader(book)


def words(reader: PdfReader, number: int) -> str:
    """The words of a sheet, one space between them."""
    return " ".join(reader.pages[number].extract_text().split())


def annotations(reader: PdfReader) -> Iterator[dict]:
    """Every link of the file."""
    for sheet in reader.pages:
        yield from (one.get_object() for one in sheet.get("/Annots", []))


def test_sheets_are_a4_and_numbered(reader):
    assert len(reader.pages) > 10
    sizes = {tuple(round(float(side)) for side in one.mediabox[2:]) for one in reader.pages}
    assert all(abs(a - b) <= 1 for size in sizes for a, b in zip(size, A4, strict=True))
    for number in range(2, len(reader.pages)):
        assert re.match(rf"{number + 1}(Results|In practice) · ", words(reader, number))


def test_bookmarks_and_contents_lead_to_the_chapters(reader):
    front, _, results, first, practice, second = reader.outline
    assert [front.title, results.title, practice.title] == ["Title", "Results", "In practice"]
    contents = words(reader, 1)
    for chapter, name in zip((first[0], second[0]), CHAPTERS, strict=True):
        number = reader.get_destination_page_number(chapter)
        assert chapter.title == pdf.title(name)
        assert chapter.title in words(reader, number)
        assert f"{chapter.title} {number + 1}" in contents
    assert any(section.title == "Exercises" for section in first[1])


def test_links_lead_within_the_file_or_to_the_web(book, reader):
    aims = list(annotations(reader))
    pages = [one["/Dest"][0].indirect_reference for one in aims if "/Dest" in one]
    assert len(pages) > 20
    assert set(pages) <= {sheet.indirect_reference for sheet in reader.pages}
    outside = [one["/A"]["/URI"] for one in aims if "/A" in one]
    assert [one for one in outside if not one.startswith(OUTWARD)] == []
    assert b"file:" not in book.read_bytes()
