"""Put no number of an equation in two pairs of brackets.

"(10.12)", the link to an equation, brings brackets: where the text has some around it already,
these are enough.
"""

import re
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

NUMBER: Final = re.compile(r"\((\d+(?:\.\d+)*)\)")


def neighbours(node: nodes.Node) -> tuple[str, str]:
    """Return the words on both sides of a node, empty where there are none."""
    siblings, place = node.parent.children, node.parent.index(node)
    around = (siblings[max(place - 1, 0) : place], siblings[place + 1 : place + 2])
    before, after = (found[0].astext() if found else "" for found in around)
    return before, after


def unbracket(link: nodes.reference) -> None:
    """Take the brackets from the number of an equation that stands between brackets."""
    number = NUMBER.fullmatch(link.astext())
    before, after = neighbours(link)
    if number and before.endswith("(") and after.startswith(")"):
        words = next(link.findall(nodes.Text))
        words.parent.replace(words, nodes.Text(number[1]))


class EquationLinks(SphinxPostTransform):
    """Go through the links of a page once its numbers are settled."""

    default_priority = 196
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Mend the links."""
        for link in list(self.document.findall(nodes.reference)):
            unbracket(link)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(EquationLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
