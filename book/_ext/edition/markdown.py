"""Write the nodes of a page as Markdown that every notebook program shows.

What the page shows comes in as Sphinx's nodes, with every reference resolved and every value filled
in; what goes out is CommonMark with tables, dollars for mathematics, `<details>` for what is folded
and `<a id>` for the places that links point at. A node that nobody has taught it is a warning, and
so an error of the build: nothing is left out in silence.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape as in_html
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from docutils import nodes

from edition import maths

# What Markdown would take for its own signs: everywhere, and at the beginning of a line.
SIGNS: Final = re.compile(r"[\\`*~$]|(?<!\w)_|_(?!\w)|\](?=\()")
AT_START: Final = re.compile(r"(?m)^(\s*)(?:([#>+-])(?=\s|$)|(\d+)(?=[.)](?:\s|$)))")
SILENT: Final = (
    nodes.target,
    nodes.comment,
    nodes.substitution_definition,
    nodes.system_message,
)

Blocks = list[str]


@dataclass
class Page:
    """What the Markdown of a page depends on, beside its nodes."""

    name: str
    sources: Path
    macros: maths.Macros
    numbers: dict[str, dict[str, tuple[int, ...]]]  # of figures, equations, theorems by id
    formats: dict[str, str]  # how a number is said: `Fig. %s`
    link: Callable[[nodes.reference], str | None]  # where a link leads; None for words alone
    warn: Callable[[str, nodes.Node], None]
    in_table: bool = field(default=False, init=False)

    # Words.

    def inline(self, node: nodes.Node) -> str:
        """Write the words in a node."""
        return "".join(map(self.word, node.children))

    def word(self, node: nodes.Node) -> str:
        """Write a piece of a sentence."""
        kind = type(node).__name__
        if isinstance(node, nodes.Text):
            return escape(node.astext(), self.in_table)
        if write := getattr(self, f"_word_{kind}", None):
            return write(node)
        if isinstance(node, nodes.reference):
            return self._word_reference(node)
        if isinstance(node, (*SILENT, nodes.Invisible)):
            return ""
        self.warn(f"no words for a `{kind}`", node)
        return ""

    def _word_math(self, node: nodes.math) -> str:
        formula = maths.expand(node.astext(), self.macros)
        return maths.in_table(formula) if self.in_table else maths.inline(formula)

    def _word_literal(self, node: nodes.literal) -> str:
        text = " ".join(node.astext().split("\n"))
        fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        text = text.replace("|", r"\|") if self.in_table else text
        return f"{fence}{pad}{text}{pad}{fence}"

    def _word_emphasis(self, node: nodes.emphasis) -> str:
        return f"*{self.inline(node)}*"

    _word_title_reference = _word_emphasis

    def _word_strong(self, node: nodes.strong) -> str:
        return f"**{self.inline(node)}**"

    def _word_inline(self, node: nodes.Element) -> str:
        return self.inline(node)

    _word_abbreviation = _word_caption = _word_term = _word_paragraph = _word_inline
    _word_live_number = _word_inline

    def _word_subscript(self, node: nodes.Element) -> str:
        return f"<sub>{self.inline(node)}</sub>"

    def _word_superscript(self, node: nodes.Element) -> str:
        return f"<sup>{self.inline(node)}</sup>"

    def _word_raw(self, node: nodes.raw) -> str:
        return node.astext() if "html" in node["format"] else ""

    def _word_index(self, node: nodes.Element) -> str:
        return ""

    def _word_reference(self, node: nodes.reference) -> str:
        words, address = self.inline(node), self.link(node)
        return f"[{words}]({address})" if address else words

    def _word_image(self, node: nodes.image) -> str:
        return picture(self.sources / node["uri"], node.get("alt", ""), node.get("width"))

    _word_linked_picture = _word_image  # its links are in the text beside it

    # Blocks.

    def blocks(self, parents: Iterable[nodes.Node]) -> Blocks:
        """Write nodes that stand below one another."""
        return [block for node in parents for block in self.block(node)]

    def block(self, node: nodes.Node) -> Blocks:
        """Write one node as blocks of Markdown."""
        kind = type(node).__name__
        if write := getattr(self, f"_block_{kind}", None):
            return write(node)
        if isinstance(node, SILENT):
            return []
        if isinstance(node, nodes.Admonition) or "content" in self.parts(node):
            return self.boxed(node)
        self.warn(f"no block for a `{kind}`", node)
        return []

    def _block_paragraph(self, node: nodes.paragraph) -> Blocks:
        text = self.inline(node).strip()
        return [text] if text else []

    def _block_math_block(self, node: nodes.math_block) -> Blocks:
        formula = maths.expand(node.astext(), self.macros)
        return [*self.places(node), maths.display(formula, self.number(node, "displaymath"))]

    def _block_literal_block(self, node: nodes.literal_block) -> Blocks:
        language = node.get("language", "")
        language = "" if language in ("default", "none", "text", "myst-ansi") else language
        fence = "`" * max(3, max(map(len, re.findall("`+", node.astext())), default=0) + 1)
        return [f"{fence}{language}\n{node.astext()}\n{fence}"]

    def _block_bullet_list(self, node: nodes.Element) -> Blocks:
        return ["\n".join(self.item("- ", item) for item in node.children)]

    def _block_enumerated_list(self, node: nodes.Element) -> Blocks:
        first = node.get("start", 1)
        rows = enumerate(node.children, first)
        return ["\n".join(self.item(f"{number}. ", item) for number, item in rows)]

    def item(self, mark: str, item: nodes.Node) -> str:
        """Write an item of a list, all of it behind its mark."""
        text = joined(self.blocks(item.children))
        return mark + text.replace("\n", "\n" + " " * len(mark)).replace(
            " " * len(mark) + "\n", "\n"
        )

    def _block_block_quote(self, node: nodes.Element) -> Blocks:
        return [quoted(joined(self.blocks(node.children)))]

    def _block_definition_list(self, node: nodes.Element) -> Blocks:
        return self.blocks(node.children)

    def _block_definition_list_item(self, node: nodes.Element) -> Blocks:
        terms = [part for part in node.children if isinstance(part, nodes.term)]
        meaning = [part for part in node.children if isinstance(part, nodes.definition)]
        places = [place for term in terms for place in self.places(term)]
        head = ", ".join(f"**{self.inline(term)}**" for term in terms)
        below = joined(self.blocks(child for part in meaning for child in part.children))
        return [f"{''.join(places)}{head}\n\n{below}"]

    def _block_container(self, node: nodes.Element) -> Blocks:
        if node.get("design_component") == "dropdown":
            return self.folded(node)
        return self.blocks(node.children)

    _block_compound = _block_section = _block_glossary = _block_proof_node = _block_container

    def folded(self, node: nodes.Element) -> Blocks:
        """Fold what the page folds, under its title."""
        title, *below = node.children
        return details(title.astext(), self.blocks(below))

    def _block_figure(self, node: nodes.figure) -> Blocks:
        rest = [
            part for part in node.children if not isinstance(part, (nodes.image, nodes.caption))
        ]
        pictures = [self.word(part) for part in node.findall(nodes.image)]
        return [*self.places(node), *pictures, *self.caption(node), *self.blocks(rest)]

    def _block_image(self, node: nodes.image) -> Blocks:
        return [self.word(node)]

    def caption(self, node: nodes.figure) -> Blocks:
        """Write a figure's number and caption."""
        said = self.said(node, "figure")
        return [f"{said}{self.inline(part)}" for part in node.findall(nodes.caption)]

    def caption_above(self, table: nodes.figure) -> Blocks:
        """Write the number and the caption of a table that a cell shows."""
        said = self.said(table, "table")
        return [f"{said}{self.inline(part)}" for part in table.findall(nodes.caption)]

    def _block_table(self, node: nodes.table) -> Blocks:
        said = self.said(node, "table")
        titles = [f"{said}{self.inline(part)}" for part in node.findall(nodes.title)]
        rows = [[self.cell(entry) for entry in row.children] for row in node.findall(nodes.row)]
        head, *body = rows if any(node.findall(nodes.thead)) else [[""] * len(rows[0]), *rows]
        lines = [head, ["---"] * len(head), *body]
        return [*self.places(node), *titles, "\n".join(f"| {' | '.join(row)} |" for row in lines)]

    def cell(self, entry: nodes.Node) -> str:
        """Write a cell of a table on one line."""
        before, self.in_table = self.in_table, True
        text = "<br>".join(self.blocks(entry.children)).replace("\n", " ")
        self.in_table = before
        return text

    def _block_transition(self, node: nodes.Node) -> Blocks:
        return ["---"]

    def _block_rubric(self, node: nodes.Element) -> Blocks:
        return [f"**{self.inline(node)}**"]

    def _block_title(self, node: nodes.title) -> Blocks:
        return [f"**{self.inline(node).strip()}**"]

    def _block_raw(self, node: nodes.raw) -> Blocks:
        return [node.astext().strip()] if "html" in node["format"] else []

    def _block_citation(self, node: nodes.Element) -> Blocks:
        label, *about = node.children
        return [*self.places(node), f"\\[{label.astext()}\\] {joined(self.blocks(about))}"]

    def _block_interactive_part(self, node: nodes.Element) -> Blocks:
        words = f"**On the page of this chapter, `{self.name}.html`, this is a figure to move.**"
        pictures = [self.word(part) for part in node.findall(nodes.image)]
        below = [block for part in node.children for block in self.blocks([part])]
        return [*self.places(node), *pictures, quoted(joined([words, *below]))]

    def _block_interactive_steps(self, node: nodes.Element) -> Blocks:
        return self.blocks(node.children)

    def _block_interactive_stage(self, node: nodes.Element) -> Blocks:
        return []

    def _block_interactive_caption(self, node: nodes.Element) -> Blocks:
        first, *rest = self.blocks(node.children)
        return [f"{self.said(node.parent, 'interactive')}{first}", *rest]

    def boxed(self, node: nodes.Element) -> Blocks:
        """Write what stands in a box on the page as a quotation, its title first."""
        places = (
            self.places(node) if node.get("label") else []
        )  # others have ids of Sphinx's making
        return [*places, quoted(joined([*self.heading(node), *self.body(node)]))]

    def heading(self, node: nodes.Element) -> Blocks:
        """Write the title of a box, with its number."""
        kind = node.get("countertype") or node.get("type", "")
        title = "".join(self.inline(part) for part in self.parts(node)["title"])
        text = f"{self.said(node, kind)}{title.strip()}".strip()
        text = text or str(node.get("realtype", "")).title()
        return [text if text.startswith("**") else f"**{text}**"] if text else []

    def body(self, node: nodes.Element) -> Blocks:
        """Write what a box has below its title."""
        parts = self.parts(node)
        return self.blocks([*parts["rest"], *parts.get("content", [])])

    def parts(self, node: nodes.Element) -> dict[str, list[nodes.Node]]:
        """Take a box apart: title, content, and what else there is."""
        found: dict[str, list[nodes.Node]] = {"title": [], "rest": []}
        for child in node.children:
            if isinstance(child, nodes.title):
                found["title"].append(child)
            elif isinstance(child, nodes.section) and not isinstance(child[0], nodes.title):
                found.setdefault("content", []).extend(child.children)
            else:
                found["rest"].append(child)
        return found

    # Numbers and places.

    def number(self, node: nodes.Element, kind: str) -> str | None:
        """Give the number of a node, as the page says it."""
        known = self.numbers.get(kind, {})
        found = next((known[one] for one in node["ids"] if one in known), None)
        return None if found is None else ".".join(map(str, found))

    def said(self, node: nodes.Element, kind: str) -> str:
        """Say what a node is and its number: `**Fig. 2.1** `."""
        number = self.number(node, kind)
        name = self.formats.get(kind, "%s")
        name = name[:1].upper() + name[1:]
        return f"**{name % number}** " if number else ""

    def places(self, node: nodes.Element, skip: int = 0) -> Blocks:
        """Mark a place that links lead to; a section's first id is that of its title alone."""
        marks = "".join(f'<a id="{one}"></a>' for one in node["ids"][skip:])
        return [marks] if marks else []


def escape(text: str, in_table: bool = False) -> str:
    """Write words so that Markdown reads them as words."""
    text = SIGNS.sub(lambda sign: f"\\{sign[0]}", text).replace("&", "&amp;").replace("<", "&lt;")
    text = AT_START.sub(_at_start, text)
    return text.replace("|", r"\|") if in_table else text


def _at_start(found: re.Match[str]) -> str:
    space, sign, number = found.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\"


def joined(blocks: Blocks) -> str:
    """Put blocks below each other, an empty line between."""
    return "\n\n".join(blocks)


def quoted(text: str) -> str:
    """Write a quotation; its formulas on one line, since a sign before their lines would show."""
    text = re.sub(r"\$\$\n(.*?)\n\$\$", _on_one_line, text, flags=re.DOTALL)
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _on_one_line(formula: re.Match[str]) -> str:
    return f"$${' '.join(formula[1].split())}$$"


def details(title: str, blocks: Blocks) -> Blocks:
    """Fold blocks under a title."""
    return [f"<details>\n<summary>{in_html(title)}</summary>", *blocks, "</details>"]


def picture(path: Path, alt: str, width: str | None) -> str:
    """Put a picture into the text itself, so that a notebook alone is whole.

    An attachment of the cell would be tidier; Colab does not show those.
    """
    kind = guess_type(path.name)[0]
    data = b64encode(path.read_bytes()).decode("ascii")
    size = f' width="{in_html(width)}"' if width else ""
    return f'<img src="data:{kind};base64,{data}" alt="{in_html(alt)}"{size}>'
