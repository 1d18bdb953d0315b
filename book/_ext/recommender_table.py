"""The table of recommenders, made from the registry: what each is, needs and answers.

    ```{recommender-table}
    ```

stands for it in a page. Nothing of a recommender is imported to make it, but for the names of its
settings.
"""

from typing import Any, Final

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from recotour_vae.recommenders.registry import Entry, entry, names

COLUMNS: Final = (
    "recommender",
    "what it is, what it is fitted on, what it answers, what can be set",
)


def row(one: Entry) -> tuple[str, str]:
    """Give the cells of a recommender; two, which a telephone is wide enough for."""
    notes = [one.paper] if one.paper != "none" else []
    notes += [f"in {' and '.join(one.frameworks)}"] if one.frameworks else []
    what = f"{one.about} ({'; '.join(notes)})" if notes else one.about
    asks = f"{', '.join(one.needs)} → {', '.join(one.answers)}"
    own = ", ".join(f"`{name}`" for name in _settings(one)) or "nothing"
    return f"{one.title}, `{one.name}`", f"{what}; {asks}; {own}"


def _settings(one: Entry) -> list[str]:
    from dataclasses import fields

    return [each.name for each in fields(one.config_class()) if each.init]


class RecommenderTable(SphinxDirective):
    """A table with a row for each recommender."""

    def run(self) -> list[nodes.Node]:
        """Write it in Markdown, and have it read."""
        lines = [COLUMNS, ("---",) * len(COLUMNS), *(row(entry(name)) for name in names())]
        text = [f"| {' | '.join(cells)} |" for cells in lines]
        inner = nodes.container(classes=["recommender-table"])
        self.state.nested_parse(StringList(text, self.get_location()), 0, inner)
        return inner.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directive known to Sphinx."""
    app.add_directive("recommender-table", RecommenderTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
