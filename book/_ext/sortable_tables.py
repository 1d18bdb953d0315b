"""Let the reader sort the table of a code cell that is tagged `sortable`.

MyST-NB puts a cell's tags on the page as classes; `_static/sortable-tables.js` finds the table of a
data frame there and makes a button of each column's head. Only pages that have such a table load
the script. Without JavaScript, in print and in formats other than HTML it is a table like any
other, and so is one whose cells span rows or columns (a MultiIndex): it has no single order.
"""

from docutils import nodes
from page_files import only_where_listed
from sphinx.application import Sphinx

TAG = "sortable"
SCRIPT, STYLE = "sortable-tables.js", "sortable-tables.css"


def is_sortable(node: nodes.container) -> bool:
    """Tell whether a node is a code cell that has the tag and shows a table."""
    if node.get("nb_element") != "cell_code":
        return False
    tagged = TAG in node["cell_metadata"].get("tags", [])
    return tagged and any("<table" in raw.astext() for raw in node.findall(nodes.raw))


def list_files(
    app: Sphinx, pagename: str, templatename: str, context: object, doctree: nodes.document | None
) -> None:
    """List the script and the style on a page that has a table to sort."""
    if doctree is not None and any(map(is_sortable, doctree.findall(nodes.container))):
        app.add_css_file(STYLE)
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    only_where_listed(app, SCRIPT, STYLE)
    app.connect("html-page-context", list_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
