"""The table of the family, which says in words what the drawing of it shows.

    ```{family-table}
    ```

stands for it in a page: a row for each model of `recotour_book.family`, with its paper and with a
link to its chapter, where that is in the book.
"""

from collections.abc import Container, Iterator
from typing import Any, Final

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from recotour_book import family

COLUMNS: Final = ("model", "what it adds")
FORMS: Final = {False: "Linear", True: "A network"}
ANSWERS: Final = {"ratings": "predicts ratings", "lists": "makes lists"}


def row(one: family.Relative, known: Container[str]) -> tuple[str, str]:
    """Give the cells of a model; two, which a telephone is wide enough for."""
    chapter = f" See {{doc}}`/{one.chapter}`." if one.chapter in known else ""
    here = f", here {one.here}" if one.here else ""
    words = f"{one.words[0].upper()}{one.words[1:]}"
    said = f"{words} {{cite:p}}`{one.paper}`. *{'; '.join(notes(one))}.*{chapter}"
    return f"**{one.name}** ({one.year}){here}", said


def notes(one: family.Relative) -> Iterator[str]:
    """Say what the marks, the corners and the arrows of the drawing say of a model."""
    yield FORMS[one.is_network]
    yield ANSWERS[one.answers]
    if one.reads_order:
        yield "reads in order"
    if one.grew_from:
        yield f"from {' and '.join(one.grew_from)}"


class FamilyTable(SphinxDirective):
    """A table with a row for each model."""

    def run(self) -> list[nodes.Node]:
        """Write it in Markdown, and have it read."""
        self.env.note_dependency(str(family.__file__))
        rows = (row(one, self.env.found_docs) for one in family.FAMILY)
        text = [f"| {' | '.join(cells)} |" for cells in (COLUMNS, ("---", "---"), *rows)]
        inner = nodes.container()
        self.state.nested_parse(StringList(text, self.get_location()), 0, inner)
        return inner.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directive known to Sphinx."""
    app.add_directive("family-table", FamilyTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
