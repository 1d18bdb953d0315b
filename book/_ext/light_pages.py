"""Take out of pages what they load and do not need, and say in each what it is about.

The theme loads the whole index of the search, and the scripts that search it, on every page,
though they are used on the page of the search alone. A page says in its head, for those who meet
it in a list of results, what its first paragraph says. And it is light until a script says
otherwise: without scripts, links and code have their colours.
"""

import html
import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from written_pages import edit_pages, is_html

SEARCH = re.compile(
    r'\s*<script\b[^>]*\bsrc="[^"]*/?(searchtools|language_data|searchindex)\.js[^"]*"[^>]*>'
    r"\s*</script>"
)
UNDECIDED = re.compile(r'(<html\b[^>]*\bdata-theme=)"auto"')
LENGTH = 155  # characters of a description that lists of results show
ENOUGH = 40  # characters that say something
FORMULA = "\0"


def lighten_page(name: str, page: str) -> str:
    """Return a page without the scripts of the search, and light where no script runs."""

    def drop(script: re.Match[str]) -> str:
        stays = name == "search" and script[1] == "language_data"  # whose stems ours uses
        return script[0] if stays else ""

    return UNDECIDED.sub(r'\1"light"', SEARCH.sub(drop, page), count=1)


def lighten(app: Sphinx, exception: Exception | None) -> None:
    """Lighten every page once all are written."""
    if is_html(app, exception):
        edit_pages(app, lighten_page)


# What a page is about.


def shorten(words: str, length: int = LENGTH) -> str:
    """Return the first whole words of a text, with an ellipsis where some are left out."""
    text = " ".join(words.split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(" ,;:.–—") + " …"


def first_words(doctree: nodes.document) -> str:
    """Return the first sentences of a page that say something without a formula, or nothing."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.document):
            words = " ".join(filter(is_prose, sentences(paragraph)))
            if len(words) > ENOUGH:
                return words
    return ""


def sentences(paragraph: nodes.paragraph) -> list[str]:
    """Return the sentences of a paragraph, with a mark in the places of formulas."""
    return re.split(r"(?<=[.?!])\s+", "".join(texts(paragraph)).strip())


def texts(paragraph: nodes.paragraph) -> Iterator[str]:
    """Yield the pieces of text of a paragraph, the mark for a formula."""
    for text in paragraph.findall(nodes.Text):
        yield FORMULA if isinstance(text.parent, nodes.math) else text.astext()


def is_prose(sentence: str) -> bool:
    """Tell whether a sentence says something by itself."""
    return FORMULA not in sentence and not sentence.endswith(":")


def has_description(context: dict[str, str]) -> bool:
    """Tell whether an author wrote a description into the head of the source."""
    return 'name="description"' in context.get("metatags", "")


def describe(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, str],
    doctree: nodes.document | None,
) -> None:
    """Put a description into the head of a page that has none."""
    if has_description(context):
        return
    title = next(iter(doctree.findall(nodes.title)), None) if doctree is not None else None
    words = first_words(doctree) if doctree is not None else ""
    about = title.astext() if title is not None else ""
    said = ": ".join(filter(None, (about, words or app.config.html_title)))
    tag = f'\n    <meta name="description" content="{html.escape(shorten(said))}" />'
    context["metatags"] = context.get("metatags", "") + tag


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", describe)
    app.connect("build-finished", lighten, priority=750)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
