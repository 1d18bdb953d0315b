"""Put right, in finished pages, what screen readers stumble over in the markup of others.

Each function mends one thing that the theme, Sphinx or an extension writes, where there is no
template of it to override (those are in `_templates`). `tests/test_browser_axe.py` holds the kinds.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

PARAMETERS: Final = re.compile(
    r'<dl>\s*((?:<dd><em class="sig-param">.*?</dd>\s*)+)</dl>', re.DOTALL
)
EMPTY_HEAD: Final = re.compile(r"<th\b((?:\s[^>]*)?)>\s*</th>")
EMPTY_HEAD_OF_TEXT: Final = re.compile(r'<th( class="head[^>]*)>\s*<p>\s*</p>\s*</th>')


def heads_that_name(table: str) -> str:
    """Make cells of the heads that say nothing: pandas leaves one above the names of the rows."""
    return EMPTY_HEAD.sub(r"<td\1></td>", table)


def heads_of_tables_in_the_text(body: str) -> str:
    """Do the same for a table that is written in Markdown."""
    return EMPTY_HEAD_OF_TEXT.sub(r"<td\1></td>", body)


def sources_as_a_list(body: str) -> str:
    """Make items of the sources in a list of them: their role is retired, and no list's child."""
    return body.replace('role="doc-biblioentry"', 'role="listitem"')


def folds_named_by_their_words(body: str) -> str:
    """Let a folded cell be called what is written on it: MyST-NB gives it another name."""
    return body.replace('<summary aria-label="Toggle hidden content">', "<summary>")


def signatures_in_lines(body: str) -> str:
    """Make lines of a long signature's parameters: Sphinx makes definitions of no terms of them."""
    return PARAMETERS.sub(lambda found: lines_of(found[1]), body)


def lines_of(parameters: str) -> str:
    """Return the parameters of a signature as lines that its style sets in."""
    opened = parameters.replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
    return opened.strip()


def name_the_folds(navigation: BeautifulSoup) -> BeautifulSoup:
    """Name what unfolds the pages below another one after that page."""
    for fold in navigation.select("li > details > summary"):
        link = fold.find_parent("li").a
        fold["aria-label"] = f"Pages of: {link.get_text(strip=True)}"
    return navigation


class HeadsThatName(SphinxPostTransform):
    """Mend the tables of data frames, but for those that sort: there every head is a button."""

    default_priority = 197  # before the cells of frameworks move into tabs
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Visit the outputs of cells."""
        for node in list(self.document.findall(nodes.raw)):
            if "<table" in node.astext() and not sorts(node):
                mended = heads_that_name(node.astext())
                node.replace_self(nodes.raw("", mended, **node.attributes))


def sorts(node: nodes.Node | None) -> bool:
    """Tell whether a node is in a cell tagged `sortable`."""
    while node is not None:
        if isinstance(node, nodes.container) and "cell_metadata" in node:
            return "sortable" in node["cell_metadata"].get("tags", [])
        node = node.parent
    return False


MENDED: Final = (
    heads_of_tables_in_the_text,
    sources_as_a_list,
    folds_named_by_their_words,
    signatures_in_lines,
)


def mend(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Mend the body of a page, and the navigation beside it."""
    if "body" in context:
        for mended in MENDED:
            context["body"] = mended(context["body"])
    if "generate_toctree_html" in context:
        make: Callable[..., BeautifulSoup] = context["generate_toctree_html"]
        context["generate_toctree_html"] = partial(_named, make)


def _named(make: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    made = make(*arguments, **options)
    return name_the_folds(made) if isinstance(made, BeautifulSoup) else made


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(HeadsThatName)
    app.connect("html-page-context", mend, priority=900)  # after the theme's functions are there
    return {"parallel_read_safe": True, "parallel_write_safe": True}
