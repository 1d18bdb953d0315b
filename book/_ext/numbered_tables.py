"""Number the tables that cells show, and put their captions above them.

A cell gives its table a caption and a name as it does for a figure,

    "mystnb": {"figure": {"caption": "The best settings.", "name": "tab-best"}}

and because what it shows is a table, "Table 14.2" stands above it, and {numref}`tab-best` finds it.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

NOSCRIPT = re.compile("<noscript>.*?</noscript>", re.DOTALL)


class numbered_table(nodes.figure):  # noqa: N801 (docutils' way)
    """A table of a cell with a caption above it."""


class table_caption(nodes.caption):  # noqa: N801
    """The caption of such a table."""


def has_table(raw: nodes.raw) -> bool:
    """Tell whether HTML has a table that is seen; a Plotly figure's is for readers without it."""
    return "<table" in NOSCRIPT.sub("", raw.astext())


def shows_table(figure: nodes.figure) -> bool:
    """Tell whether a figure of MyST-NB holds a table."""
    return any(map(has_table, figure.findall(nodes.raw)))


def make(figure: nodes.figure) -> numbered_table:
    """Make a numbered table of a figure, the caption first."""
    captions = [node for node in figure.children if isinstance(node, nodes.caption)]
    rest = [node for node in figure.children if node not in captions]
    above = [table_caption("", "", *caption.children) for caption in captions]
    return numbered_table("", *above, *rest, **figure.attributes)


class NumberTables(SphinxTransform):
    """Make them when a page is read, before anything is numbered."""

    default_priority = 500

    def apply(self, **kwargs: object) -> None:
        """Visit the figures of a page."""
        for figure in list(self.document.findall(nodes.figure)):
            if type(figure) is nodes.figure and shows_table(figure):
                made = make(figure)
                figure.replace_self(made)
                for name in made["ids"]:
                    self.document.ids[name] = made


def visit_table(self: HTML5Translator, node: numbered_table) -> None:
    """Open the figure."""
    self.body.append(self.starttag(node, "figure", CLASS="numbered-table"))


def depart_table(self: HTML5Translator, node: numbered_table) -> None:
    """Close the figure."""
    self.body.append("</figure>\n")


def visit_caption(self: HTML5Translator, node: table_caption) -> None:
    """Open the caption, with its number."""
    self.body.append("<figcaption><p>")
    self.add_fignumber(node.parent)
    self.body.append('<span class="caption-text">')


def depart_caption(self: HTML5Translator, node: table_caption) -> None:
    """Close the caption, with the link to the table."""
    self.body.append("</span>")
    self.add_permalink_ref(node.parent, "Link to this table")
    self.body.append("</p></figcaption>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_enumerable_node(numbered_table, "table", html=(visit_table, depart_table))
    app.add_node(table_caption, html=(visit_caption, depart_caption))
    app.add_transform(NumberTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
