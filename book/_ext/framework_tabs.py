"""Show the same step in two frameworks as two tabs.

A cell cannot stand inside a directive and still be a cell, so a notebook says with tags and order
what belongs together: cells tagged `pytorch`, and right after them, with no text between, cells
tagged `mxnet`. In Jupyter and in `pytest --nbval` these are cells like any other. In HTML they
become a tab set of `sphinx-design`, whose script keeps all tab sets of a page in step and
remembers the choice; `_static/framework-tabs.js` adds what it leaves open. Any other cell, and any
other format than HTML, is left as it is.
"""

from collections.abc import Iterator
from itertools import groupby, pairwise

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_design.shared import create_component

GROUP = "framework"
TITLES = {"pytorch": "PyTorch", "mxnet": "MXNet Gluon"}


def framework(node: nodes.Node) -> str | None:
    """Return the framework that a code cell is tagged with; None for both tags, or for neither."""
    if not isinstance(node, nodes.container) or node.get("nb_element") != "cell_code":
        return None
    tags = node["cell_metadata"].get("tags", [])
    named = [name for name in TITLES if name in tags]
    return named[0] if len(named) == 1 else None


def find_pairs(parent: nodes.Element) -> Iterator[dict[str, list[nodes.Element]]]:
    """Yield each run of `pytorch` cells that a run of `mxnet` cells follows at once, with it."""
    runs = [(name, list(cells)) for name, cells in groupby(parent.children, framework)]
    for pair in pairwise(runs):
        if [name for name, _ in pair] == list(TITLES):
            yield dict(pair)


def make_tab(name: str, cells: list[nodes.Element]) -> nodes.container:
    """Return one tab with the cells in it."""
    label = nodes.rubric("", TITLES[name], classes=["sd-tab-label"])
    label["sync_group"], label["sync_id"] = GROUP, name
    content = create_component("tab-content", classes=["sd-tab-content"], children=cells)
    return create_component("tab-item", classes=["sd-tab-item"], children=[label, content])


def put_into_tabs(parent: nodes.Element) -> None:
    """Replace each pair of runs among the children by its tab set."""
    for pair in list(find_pairs(parent)):
        cells = [cell for run in pair.values() for cell in run]
        start = parent.index(cells[0])
        tabs = [make_tab(name, run) for name, run in pair.items()]
        tab_set = create_component(
            "tab-set", classes=["sd-tab-set", "framework-tabs"], children=tabs
        )
        tab_set.source, tab_set.line = cells[0].source, cells[0].line
        parent[start : start + len(cells)] = [tab_set]


class FrameworkTabs(SphinxPostTransform):
    """Make the tabs when a page is written as HTML, so that labels and numbers are settled."""

    default_priority = 198  # before 199, when MyST-NB folds hidden input, and sphinx-design's 200
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Visit every part of the page that holds a tagged cell, folded solutions too."""
        tagged = [cell for cell in self.document.findall(nodes.container) if framework(cell)]
        for parent in dict.fromkeys(cell.parent for cell in tagged):
            put_into_tabs(parent)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("sphinx_design")
    app.add_post_transform(FrameworkTabs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
