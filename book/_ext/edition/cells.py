"""Make the cells of a notebook out of a page: its text as Markdown, its code as the chapter has it.

A page is walked from top to bottom. Text goes into a Markdown cell, which keeps the id of the
chapter's; what stands in a box or is folded on the page is quoted or folded; a picture, long in its
text, gets a cell of its own. Code is copied, with what it printed. What the page hides is folded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import framework_tabs
import nbformat
import numbered_tables
from docutils import nodes
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

from edition.markdown import Blocks, Page, details, joined, quoted

PLAIN, BOXED, FOLDED = "plain", "boxed", "folded"
HIDDEN_INPUT: Final = {"remove-input", "remove_input", "hide-input", "hide-cell", "remove-cell"}
HIDDEN_OUTPUT: Final = {"hide-output", "remove-output", "hide-cell", "remove-cell"}
GLUE: Final = "application/papermill.record/"
EDITOR: Final = 10_000  # MyST-NB counts the lines of a cell from here, times the cell's place


@dataclass(frozen=True)
class Text:
    """Blocks of Markdown that come out of one cell of the chapter."""

    cell: int
    style: str
    blocks: tuple[str, ...]
    alone: bool = False  # in a cell of its own


@dataclass(frozen=True)
class Code:
    """A code cell of the chapter."""

    cell: int
    folded: bool = False


class Walk:
    """From top to bottom through a page, giving what each cell is made of."""

    def __init__(self, page: Page, kinds: list[str]) -> None:
        self.page, self.kinds, self.at = page, kinds, 0

    def flow(
        self, parent: nodes.Element, level: int, style: str = PLAIN, start: int = 0
    ) -> Iterator[Text | Code]:
        """Walk through what stands below one another."""
        labels = dict(tab_labels(parent))
        for node in parent.children[start:]:
            if node in labels:
                yield self.text(node, style, [f"**{labels[node]}**"])
            yield from self.step(node, level, style)

    def step(self, node: nodes.Node, level: int, style: str) -> Iterator[Text | Code]:
        """Give a node as what it becomes."""
        if is_code(node):
            yield from self.code(node, style)
        elif isinstance(node, nodes.section) and isinstance(node.next_node(), nodes.title):
            yield from self.section(node, level + 1, style)
        elif is_exercise_node(node):
            yield self.text(node, style, self.page.places(node))
            yield self.text(node, BOXED, self.page.heading(node))
            yield from self.inside(node, level, BOXED)
        elif is_solution_node(node):
            yield from self.inside(node, level, FOLDED)
        elif any(map(is_code, node.findall(nodes.container))):
            yield from self.flow(node, level, style)
        elif blocks := self.page.block(node):
            alone = isinstance(node, nodes.figure) and style == PLAIN
            yield self.text(node, style, blocks, alone=alone)

    def section(self, node: nodes.section, level: int, style: str) -> Iterator[Text | Code]:
        """Give the heading of a section, with its number, and what is in it."""
        title, *_ = node.children
        numbers = self.page.numbers["section"]
        number = next(
            (numbers[one] for one in ["", *node["ids"]][level > 1 :] if one in numbers), ()
        )
        head = f"{'.'.join(map(str, number))}. " if number else ""
        heading = f"{'#' * level} {head}{self.page.inline(title)}"
        yield self.text(title, style, [*self.page.places(node, skip=1), heading])
        yield from self.flow(node, level, style, start=1)

    def inside(self, node: nodes.Element, level: int, style: str) -> Iterator[Text | Code]:
        """Walk through an exercise or a solution, without its title."""
        for child in node.children:
            if isinstance(child, nodes.section):
                yield from self.flow(child, level, style)
            elif not isinstance(child, nodes.title):
                yield from self.step(child, level, style)

    def code(self, node: nodes.Element, style: str) -> Iterator[Text | Code]:
        """Give a code cell, and the caption that the page has below its picture."""
        self.at = node["cell_index"]
        for table in node.findall(numbered_tables.numbered_table):
            blocks = [*self.page.places(table), *self.page.caption_above(table)]
            yield Text(self.at, style, tuple(blocks), alone=True)
        yield Code(self.at, folded=style == FOLDED)
        for figure in node.findall(_is_picture):
            blocks = [*self.page.places(figure), *self.page.caption(figure)]
            yield Text(self.at, style, tuple(blocks), alone=True)

    def text(self, node: nodes.Node, style: str, blocks: Blocks, alone: bool = False) -> Text:
        """Give text, and find the cell that it comes out of."""
        self.at = max(self.at, self.cell_of(node))
        return Text(self.at, style, tuple(blocks), alone)

    def cell_of(self, node: nodes.Node) -> int:
        """Find a node's cell by its line; of text in a Markdown file, by its section."""
        if not self.kinds:
            return self.at + isinstance(node, nodes.title)
        lines = [part.line for part in node.findall() if getattr(part, "line", None)]
        found = [line // EDITOR - 1 for line in [node.line, *lines] if line]
        texts = [
            one for one in found if 0 <= one < len(self.kinds) and self.kinds[one] == "markdown"
        ]
        return next(iter(texts), self.at)


def _is_picture(node: nodes.Node) -> bool:
    return isinstance(node, nodes.figure) and not isinstance(node, numbered_tables.numbered_table)


def is_code(node: nodes.Node) -> bool:
    """Tell whether a node is a code cell."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def tab_labels(parent: nodes.Element) -> Iterator[tuple[nodes.Node, str]]:
    """Name the framework in front of cells that are tabs on the page."""
    for pair in framework_tabs.find_pairs(parent):
        for name, cells in pair.items():
            yield cells[0], framework_tabs.TITLES[name]


# From pieces to cells.


def cells(pieces: Iterable[Text | Code], chapter: nbformat.NotebookNode | None) -> Iterator[Any]:
    """Make the cells; code that the page leaves out altogether comes along, folded."""
    given = list(chapter.cells) if chapter else []
    done = -1
    used = {cell["id"]: 1 for cell in given if cell.cell_type == "code"}
    for (code, cell, _), group in groupby(pieces, key=_same_cell):
        group = list(group)
        if code:
            yield from map(code_cell, _left_out(given, done, cell))
            yield code_cell(given[cell], folded=group[0].folded)
            done = cell
        else:
            name = given[cell]["id"] if given else f"text-{cell:03d}"
            used[name] = used.get(name, 0) + 1
            yield markdown_cell(group, name if used[name] == 1 else f"{name}_{used[name]}")
    yield from map(code_cell, _left_out(given, done, len(given)))


def _same_cell(piece: Text | Code) -> tuple[bool, int, object]:
    code = isinstance(piece, Code)
    return code, piece.cell, id(piece) if code or piece.alone else None


def _left_out(given: list[Any], after: int, before: int) -> list[Any]:
    """Find the code cells between two that the page does not have."""
    return [cell for cell in given[after + 1 : before] if cell.cell_type == "code" and cell.source]


def markdown_cell(pieces: list[Text], name: str) -> Any:
    """Make a Markdown cell, each run of blocks in its style."""
    runs = [(style, list(run)) for style, run in groupby(pieces, key=lambda piece: piece.style)]
    blocks = [block for style, run in runs for block in styled(style, run)]
    return nbformat.v4.new_markdown_cell(joined(blocks), id=name)


def styled(style: str, run: list[Text]) -> Blocks:
    """Write blocks as they are, quoted, or folded."""
    blocks = [block for piece in run for block in piece.blocks]
    if style == BOXED:
        return [quoted(joined(blocks))]
    return details("Solution", blocks) if style == FOLDED else blocks


def code_cell(cell: Any, folded: bool = False) -> Any:
    """Copy a code cell, and fold what the page hides."""
    tags = set(cell.metadata.get("tags", []))
    hidden = {"source_hidden": HIDDEN_INPUT, "outputs_hidden": HIDDEN_OUTPUT}
    jupyter = {name: True for name, which in hidden.items() if folded or tags & which}
    made = nbformat.v4.new_code_cell(
        cell.source, id=cell["id"], execution_count=cell.execution_count
    )
    made.metadata = nbformat.from_dict({"tags": sorted(tags)} if tags else {})
    if jupyter:
        made.metadata["jupyter"] = jupyter
    made.outputs = [shown for output in cell.outputs if (shown := without_glue(output))]
    return made


def without_glue(output: Any) -> Any:
    """Leave out what a cell stored for the text: that is in the text now."""
    if "data" not in output:
        return output
    data = {kind: data for kind, data in output.data.items() if not kind.startswith(GLUE)}
    return nbformat.from_dict({**output, "data": data}) if data else None
