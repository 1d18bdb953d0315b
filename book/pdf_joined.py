"""Join what was printed to one PDF: its links lead within it, and bookmarks name its places.

Chromium prints a link to another page as an address on this machine. Here it becomes a link to the
page of the PDF on which that place was printed; what leads nowhere in the PDF is no link any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    Fit,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    TextStringObject,
)

OUTWARD = ("http:", "https:", "mailto:")
Place = tuple[int, float, float]  # page of the PDF from 0; points from its left and its bottom


@dataclass(frozen=True)
class Printed:
    """A page of the book, printed.

    Parameters
    ----------
    name
        The page within the book, without a suffix, as `foundations/elbo`.
    title
        What the bookmarks call it.
    part
        The part that it is in; empty for what is in none.
    sections
        The ids of its sections and their titles.
    path
        The file that was printed.
    """

    name: str
    title: str
    part: str
    sections: tuple[tuple[str, str], ...]
    path: Path

    @property
    def sheets(self) -> int:
        """How many sheets of paper it takes."""
        return len(PdfReader(self.path).pages)


@dataclass
class Joined:
    """The PDF so far: its sheets, with the page of the book that each shows, and all places."""

    writer: PdfWriter = field(default_factory=PdfWriter)
    sheets: list[tuple[str, PageObject]] = field(default_factory=list)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)

    def add(self, name: str, reader: PdfReader) -> None:
        """Put what was printed behind the rest, and note the places in it."""
        first = len(self.sheets)
        self.sheets += [(name, self.writer.add_page(sheet)) for sheet in reader.pages]
        self.places[name, ""] = (first, 0.0, float(reader.pages[0].mediabox.top))
        for anchor, found in reader.named_destinations.items():
            number = reader.get_destination_page_number(found)
            if number is not None and number >= 0:
                where = (first + number, float(found.left or 0), float(found.top or 0))
                self.places[name, anchor.removeprefix("/")] = where

    def find(self, name: str, anchor: str) -> Place | None:
        """Say where a place is; None where it was not printed."""
        return self.places.get((name, anchor))

    def sheet(self, place: Place) -> IndirectObject | None:
        """Give the sheet that a place is on."""
        return self.sheets[place[0]][1].indirect_reference


def join(printed: Sequence[Printed], root: str, about: dict[str, str]) -> PdfWriter:
    """Join what was printed from the folder with the address `root`; `about` is the metadata."""
    joined = Joined()
    for one in printed:
        joined.add(one.name, PdfReader(one.path))
    for owner, sheet in joined.sheets:
        lead(sheet, joined, owner, root)
    bookmark(joined, printed)
    joined.writer.add_metadata({f"/{key}": value for key, value in about.items()})
    joined.writer.root_object[NameObject("/Lang")] = TextStringObject("en")
    joined.writer.page_mode = "/UseOutlines"
    joined.writer.compress_identical_objects()
    return joined.writer


# Links.


def lead(sheet: PageObject, joined: Joined, owner: str, root: str) -> None:
    """Make the links of a sheet lead within the PDF or to the web, and take away the others."""
    links = sheet.get("/Annots", ArrayObject()).get_object()
    kept = [link for link in links if redirect(link.get_object(), joined, owner, root)]
    sheet[NameObject("/Annots")] = ArrayObject(kept)


def redirect(link: DictionaryObject, joined: Joined, owner: str, root: str) -> bool:
    """Give a link its place in the PDF; False where it has none."""
    address = address_of(link)
    if address.startswith(OUTWARD):
        return True
    aim = aim_of(address, owner, root)
    # A place of another page that was not printed is, at the nearest, where that page begins.
    near = (aim[0], "") if aim and aim[0] != owner else None
    place = (aim and joined.find(*aim)) or (near and joined.find(*near))
    if not place:
        return False
    link.pop("/A", None)
    where = (FloatObject(place[1]), FloatObject(place[2]), NullObject())
    link[NameObject("/Dest")] = ArrayObject([joined.sheet(place), NameObject("/XYZ"), *where])
    return True


def address_of(link: DictionaryObject) -> str:
    """Say where a printed link leads: an address, or `#place` within its own page."""
    if "/Dest" in link:
        return f"#{str(link['/Dest']).removeprefix('/')}"
    return str(link.get("/A", DictionaryObject()).get_object().get("/URI", ""))


def aim_of(address: str, owner: str, root: str) -> tuple[str, str] | None:
    """Read an address as a page of the book and a place in it; None for any other file."""
    path, _, fragment = address.partition("#")
    if not path:
        return (owner, unquote(fragment)) if fragment else None
    file, folder = unquote(path), f"{unquote(root)}/"
    if not (file.startswith(folder) and file.endswith(".html")):
        return None
    return file.removeprefix(folder).removesuffix(".html"), unquote(fragment)


# Bookmarks.


def bookmark(joined: Joined, printed: Iterable[Printed]) -> None:
    """Name each part, in it each page, and in that each section, which is folded at first."""
    parts: dict[str, IndirectObject | None] = {"": None}
    for one in printed:
        if one.part not in parts:
            parts[one.part] = mark(joined, one.part, (one.name, ""), None)
        page = mark(joined, one.title, (one.name, ""), parts[one.part], is_open=False)
        for anchor, title in one.sections:
            mark(joined, title, (one.name, anchor), page)


def mark(
    joined: Joined,
    title: str,
    aim: tuple[str, str],
    parent: IndirectObject | None,
    is_open: bool = True,
) -> IndirectObject:
    """Add one bookmark below its parent."""
    place = joined.find(*aim) or joined.places[aim[0], ""]
    fit = Fit.xyz(place[1], place[2])
    return joined.writer.add_outline_item(
        title=title, page_number=joined.sheet(place), parent=parent, fit=fit, is_open=is_open
    )
