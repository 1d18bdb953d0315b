"""Make the index of the search: the book's sections, the terms of its glossary, its functions.

Sphinx's own search finds pages, fetches each page that it found for a few words of context, which
browsers refuse for pages opened from disk, and puts its index into every page. This index is read
by `_static/section-search.js` on the page of the search alone. An entry is a place that a result
can lead to, with its title, its first words, and the stems of what stands there, without
mathematics, code cells and what they print.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from docutils import nodes
from light_pages import shorten
from page_files import only_where_listed
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from written_pages import is_html

SCRIPT, INDEX = "section-search.js", "section-index.js"
START = "window.SECTION_INDEX = "
OPENING = 120  # characters of a place's first words
NOT_WORDS = (
    nodes.comment,
    nodes.image,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.title,
    addnodes.index,
)
PLACES = (nodes.section, addnodes.desc, nodes.term)


@dataclass(frozen=True)
class Entry:
    """A place in a page: its anchor (none at the page's head), and what is said there."""

    anchor: str
    title: str
    opening: str
    stems: str


Pages = dict[str, list[Entry]]


# Words of a place.


def texts(node: nodes.Node) -> Iterator[str]:
    """Yield the text below a node that belongs to its own place, not to one inside it."""
    if isinstance(node, nodes.Text):
        yield node.astext()
    for child in node.children:
        if not isinstance(child, (*NOT_WORDS, *PLACES)) and not is_printed(child):
            yield from texts(child)
            yield " " if isinstance(child, nodes.TextElement) else ""


def is_printed(node: nodes.Node) -> bool:
    """Tell whether a node is what a cell printed."""
    return isinstance(node, nodes.container) and "cell_output" in node["classes"]


def stems(words: str, language: SearchEnglish) -> str:
    """Return the stems of a text, as often as they occur."""
    split = (word.lower() for word in language.split(words))
    return " ".join(language.stem(word) for word in split if language.word_filter(word))


def make_entry(anchor: str, title: str, words: str, language: SearchEnglish) -> Entry:
    """Return the entry of a place."""
    return Entry(anchor, " ".join(title.split()), shorten(words, OPENING), stems(words, language))


# Places of a page.


def read_section(node: nodes.section, language: SearchEnglish) -> Entry:
    """Return the entry of a section; that of a whole page has no anchor."""
    top = isinstance(node.parent, nodes.document)
    title = next(iter(node.findall(nodes.title)), None)
    name = title.astext() if title is not None else ""
    return make_entry("" if top else node["ids"][0], name, "".join(texts(node)), language)


def read_object(node: addnodes.desc, language: SearchEnglish) -> Entry | None:
    """Return the entry of a function or class."""
    signature = next(iter(node.findall(addnodes.desc_signature)), None)
    if signature is None or not signature["ids"]:
        return None
    name = signature.get("fullname") or signature["ids"][0]
    return make_entry(signature["ids"][0], name, "".join(texts(node)), language)


def read_term(node: nodes.term, language: SearchEnglish) -> Entry | None:
    """Return the entry of a term of the glossary."""
    if not node["ids"]:
        return None
    after = node.next_node(nodes.definition, descend=False, siblings=True)
    words = "".join(texts(after)) if after is not None else ""
    return make_entry(node["ids"][0], "".join(texts(node)), words, language)


def read_place(node: nodes.Node, language: SearchEnglish) -> Entry | None:
    """Return the entry of a place, whatever its kind."""
    if isinstance(node, nodes.section):
        return read_section(node, language)
    if isinstance(node, addnodes.desc):
        return read_object(node, language)
    return read_term(node, language) if isinstance(node, nodes.term) else None


def read_page(doctree: nodes.document, language: SearchEnglish) -> list[Entry]:
    """Return the entries of a page in their order."""
    found = (read_place(node, language) for node in doctree.findall() if isinstance(node, PLACES))
    return [entry for entry in found if entry is not None and entry.title]


# The index of the book.


def note_page(
    app: Sphinx, pagename: str, templatename: str, context: object, doctree: nodes.document | None
) -> None:
    """Remember the entries of a page as it is written; list the scripts on the search's own."""
    if pagename == "search":
        for name in (INDEX, SCRIPT):  # the theme lists the one with the stems
            app.add_js_file(name, loading_method="defer")
    if doctree is not None:
        pages_of(app)[pagename] = read_page(doctree, SearchEnglish({}))


def pages_of(app: Sphinx) -> Pages:
    """Return what this build has found so far."""
    if not hasattr(app, "book_sections"):
        app.book_sections = {}  # type: ignore[attr-defined]
    found: Pages = app.book_sections  # type: ignore[attr-defined]
    return found


def read_index(path: Path) -> Pages:
    """Return the pages of an index, none when there is none."""
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8").removeprefix(START).rstrip(";\n"))
    return {name: [Entry(**entry) for entry in entries] for name, entries in stored.items()}


def write_index(path: Path, pages: Pages) -> None:
    """Write an index as a script, which a page opened from disk can load."""
    plain = {name: [asdict(entry) for entry in pages[name]] for name in sorted(pages)}
    data = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    path.write_text(f"{START}{data};\n", encoding="utf-8")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the index: what this build has found, and of what it left alone what stood there."""
    if not is_html(app, exception):
        return
    path = Path(app.outdir, "_static", INDEX)
    known = read_index(path) | pages_of(app)
    write_index(path, {name: known[name] for name in app.env.found_docs & set(known)})
    for unused in ("searchindex.js", "_static/searchtools.js"):
        Path(app.outdir, unused).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    only_where_listed(app, SCRIPT)
    app.connect("html-page-context", note_page)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
