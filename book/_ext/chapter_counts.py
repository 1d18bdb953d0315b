"""Count what a reader meets on the main path of each chapter, and say how long it takes.

The main path is what stands open on the page: not what is folded (a `dropdown`, a toggle, a folded
input or cell), nor exercises and their solutions, nor the second of two tabs that say the same.

The time is that of reading, in minutes:

    words / 200  +  (4 s a line of code  +  20 s a displayed formula
                     + 20 s a figure  +  15 s a table  +  120 s an interactive part) / 60

rounded up to five minutes. Nobody was measured for this rule: it is a reader's usual pace in prose,
and a slower look at everything else. Running the cells and solving the exercises come on top.

A page shows a time by the role `reading-time`, in words ("25 minutes", "3 hours"): of a chapter, of
a part by its caption in the table of contents, or of all chapters:

    {reading-time}`foundations/elbo`   {reading-time}`Foundations`   {reading-time}`book`

Other extensions ask `reading_time(env, name)`, once all pages are read. What was counted is left
in `counts.json` beside the pages, for the tests and for the table that `make book` prints.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from math import ceil
from pathlib import Path

import yaml
from docutils import nodes
from framework_tabs import find_pairs
from numbered_tables import has_table, table_caption
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

WORDS_A_MINUTE = 200
SECONDS = {"lines": 4, "formulas": 20, "figures": 20, "tables": 15, "interactive": 120}
WHOLE = "book"
FILE = "counts.json"
FOLDED = {"dropdown", "toggle", "sd-dropdown", "solution", "exercise"}  # classes of nodes
FOLDED_NODES = {"exercise_node", "exercise_enumerable_node", "solution_node"}
TEXT = (nodes.paragraph, nodes.term, nodes.title, nodes.caption)


@dataclass(frozen=True)
class Counts:
    """What stands on the main path of a chapter, or of several."""

    words: int = 0
    cells: int = 0  # whose code is seen
    lines: int = 0  # of that code
    formulas: int = 0  # displayed ones
    figures: int = 0
    tables: int = 0
    interactive: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Add up two chapters."""
        names = [field.name for field in fields(self)]
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def minutes(self) -> int:
        """Time to read, by the rule above."""
        slow = sum(seconds * getattr(self, name) for name, seconds in SECONDS.items()) / 60
        return 5 * ceil((self.words / WORDS_A_MINUTE + slow) / 5)


def is_folded(node: nodes.Node) -> bool:
    """Tell whether a node is shut, or an exercise, when the page opens."""
    if type(node).__name__ in FOLDED_NODES:
        return True
    if not isinstance(node, nodes.Element):
        return False
    if node.get("design_component") == "dropdown" or node.get("hide_mode") == "all":
        return True
    return bool(FOLDED & set(node.get("classes", [])))


def main_path(node: nodes.Node) -> Iterator[nodes.Node]:
    """Walk a page, and leave out what is folded and second tabs."""
    if is_folded(node):
        return
    yield node
    second = [id(cell) for pair in find_pairs(node) for cell in pair["mxnet"]]
    for child in node.children:
        if id(child) not in second:
            yield from main_path(child)


def is_cell(node: nodes.Node) -> bool:
    """Tell whether a node is a code cell."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def visible_code(cell: nodes.container) -> str | None:
    """Give the source of a cell as the page shows it; None where it is hidden."""
    if cell.get("hide_mode") in ("input", "all", "input+output"):
        return None
    for part in cell.children:
        if isinstance(part, nodes.container) and part.get("nb_element") == "cell_code_source":
            return part.astext()
    return None


def is_text(node: nodes.Node) -> bool:
    """Tell whether a node is read word by word; a table's caption is part of looking at it."""
    return isinstance(node, TEXT) and not isinstance(node, table_caption)


def count_words(text: nodes.Element) -> int:
    """Count the words of a text; a formula in it is one."""
    return sum(
        len(leaf.astext().split())
        for leaf in text.findall(nodes.Text)
        if not isinstance(leaf.parent, nodes.math)
    ) + len(list(text.findall(nodes.math)))


def is_table(node: nodes.Node) -> bool:
    """Tell whether a node is a table: one in the text, or a data frame of a cell."""
    if isinstance(node, nodes.table):
        return True
    return isinstance(node, nodes.raw) and has_table(node)


def count(document: nodes.document) -> Counts:
    """Count a page."""
    path = list(main_path(document))
    sources = [code for cell in filter(is_cell, path) if (code := visible_code(cell)) is not None]
    return Counts(
        words=sum(count_words(text) for text in path if is_text(text)),
        cells=len(sources),
        lines=sum(1 for code in sources for line in code.splitlines() if line.strip()),
        formulas=sum(isinstance(node, nodes.math_block) for node in path),
        figures=sum(type(node) is nodes.figure for node in path),
        tables=sum(map(is_table, path)),
        interactive=sum(type(node).__name__ == "interactive_part" for node in path),
    )


# The chapters are what the table of contents numbers.


def parts(folder: str | Path) -> dict[str, list[str]]:
    """Give the chapters of each numbered part, by its caption, in reading order."""
    toc = yaml.safe_load((Path(folder) / "_toc.yml").read_text(encoding="utf-8"))
    return {
        part["caption"]: [chapter["file"] for chapter in part["chapters"]]
        for part in toc.get("parts", [])
        if part.get("numbered")
    }


def chapters_of(env: BuildEnvironment, name: str) -> list[str]:
    """Give the chapters that a name stands for: a chapter, a part, or the book."""
    found = parts(env.srcdir)
    everything = [chapter for part in found.values() for chapter in part]
    if name == WHOLE:
        return everything
    return found.get(name) or [chapter for chapter in everything if chapter == name]


def minutes(env: BuildEnvironment, name: str) -> int:
    """Give the time of a chapter, a part or the book in minutes, once all pages are read."""
    chapters = chapters_of(env, name)
    if not chapters:
        raise ExtensionError(
            f"reading-time: {name!r} is no numbered chapter, no part of _toc.yml and not 'book'."
        )
    return sum(counts(env)[chapter].minutes for chapter in chapters)


def reading_time(env: BuildEnvironment, name: str) -> str:
    """Give the same in words: minutes, from two hours on in hours."""
    whole = minutes(env, name)
    return f"{whole} minutes" if whole < 120 else f"{round(whole / 60)} hours"


def counts(env: BuildEnvironment) -> dict[str, Counts]:
    """Give what is counted so far, by page."""
    if not hasattr(env, "chapter_counts"):
        env.chapter_counts = {}  # type: ignore[attr-defined]
    return env.chapter_counts  # type: ignore[no-any-return]


class reading_time_node(nodes.Inline, nodes.TextElement):  # noqa: N801 (docutils' way)
    """A time that is not known before all pages are read."""


class ReadingTime(SphinxRole):
    """The role `reading-time`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Leave a place for the time."""
        return [reading_time_node("", "", of=self.text)], []


def note_counts(app: Sphinx, document: nodes.document) -> None:
    """Count a page when it is read."""
    counts(app.env)[app.env.docname] = count(document)


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again."""
    counts(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over what another process counted."""
    counts(env).update({name: counts(other)[name] for name in docnames})


def fill_in(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Write the times where they belong."""
    for place in list(document.findall(reading_time_node)):
        place.replace_self(nodes.Text(reading_time(app.env, place["of"])))


def write(app: Sphinx, exception: Exception | None) -> None:
    """Leave the counts beside the pages."""
    if exception is None and app.builder.format == "html":
        chapters = chapters_of(app.env, WHOLE)
        found = {name: counts(app.env)[name] for name in chapters if name in counts(app.env)}
        told = {name: {"minutes": one.minutes} | asdict(one) for name, one in found.items()}
        (Path(app.outdir).parent / FILE).write_text(json.dumps(told, indent=1) + "\n")


def setup(app: Sphinx) -> dict[str, object]:
    """Register with Sphinx."""
    app.add_role("reading-time", ReadingTime())
    app.add_node(reading_time_node)
    app.connect("doctree-read", note_counts)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-resolved", fill_in, priority=400)
    app.connect("build-finished", write)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
