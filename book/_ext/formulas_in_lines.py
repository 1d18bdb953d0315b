"""Keep a formula and the mark after it on one line, and put no number in two pairs of brackets.

Browsers may break a line on either side of a formula, which leaves a comma or a bracket alone at
the beginning or the end of a line. And "(10.12)", the link to an equation, brings brackets: where
the text has some around it already, these are enough.
"""

import re
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

CLASS: Final = "formula-and-mark"
BEFORE: Final = re.compile(r"[(\[“‘]+\Z")
AFTER: Final = re.compile(r"\A(?:[,.;:!?)\]”’%]+|-\w+)")
NUMBER: Final = re.compile(r"\((\d+(?:\.\d+)*)\)")


def marks_around(formula: nodes.math) -> tuple[str, str]:
    """Return the marks that touch a formula, on its left and on its right."""
    before, after = neighbours(formula)
    left = BEFORE.search(before.astext()) if before else None
    right = AFTER.search(after.astext()) if after else None
    return left[0] if left else "", right[0] if right else ""


def neighbours(node: nodes.Node) -> tuple[nodes.Text | None, nodes.Text | None]:
    """Return the texts on both sides of a node, where there are any."""
    siblings, place = node.parent.children, node.parent.index(node)
    around = (siblings[place - 1 : place], siblings[place + 1 : place + 2])
    before, after = (found[0] if found else None for found in around)
    return (
        before if isinstance(before, nodes.Text) else None,
        after if isinstance(after, nodes.Text) else None,
    )


def bind(formula: nodes.math) -> None:
    """Put a formula and the marks that touch it into a part of the line that does not break."""
    left, right = marks_around(formula)
    if not (left or right):
        return
    before, after = neighbours(formula)
    if left and before:
        replace(before, before.astext().removesuffix(left))
    if right and after:
        replace(after, after.astext().removeprefix(right))
    whole = nodes.inline("", "", classes=[CLASS])
    formula.replace_self(whole)
    whole += [nodes.Text(left), formula, nodes.Text(right)]


def replace(text: nodes.Text, words: str) -> None:
    """Put other words in a text's place."""
    text.parent.replace(text, nodes.Text(words))


def unbracket(link: nodes.reference) -> None:
    """Take the brackets from the number of an equation that stands between brackets."""
    number = NUMBER.fullmatch(link.astext())
    before, after = neighbours(link)
    inside = before and before.astext().endswith("(") and after and after.astext().startswith(")")
    if number and inside:
        words = next(link.findall(nodes.Text))
        replace(words, number[1])


class FormulasInLines(SphinxPostTransform):
    """Go through the formulas and links of a page once its numbers are settled."""

    default_priority = 196
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Bind the formulas, mend the links."""
        for formula in list(self.document.findall(nodes.math)):
            bind(formula)
        for link in list(self.document.findall(nodes.reference)):
            unbracket(link)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(FormulasInLines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
