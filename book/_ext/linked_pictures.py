"""Put a drawing into a page whose parts are links to chapters.

    ```{linked-picture} ../../figures/family.svg
    :name: fig-family
    :alt: Words for who cannot see the picture.

    Caption in Markdown.
    ```

The drawing is an SVG of `figures/` that links to the sources of chapters. It stands in the page
itself, for an image has no links: in the page's colours, light or dark, without a script. A link to
a chapter that is not in the book yet is left out, and what it was around stays. In the Jupyter
edition it is an image.
"""

import re
from collections.abc import Callable
from os.path import dirname, join, relpath, splitext
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from docutils import nodes
from page_files import only_where_listed
from sphinx.application import Sphinx
from sphinx.directives.patches import Figure
from sphinx.writers.html5 import HTML5Translator

from recotour_book import palette

STYLE: Final = "linked-pictures.css"
NAMESPACE: Final = "http://www.w3.org/2000/svg"
SVG: Final = f"{{{NAMESPACE}}}"
HEX: Final = re.compile(r"#[0-9a-f]{6}\b")
NAMED: Final = ("id", "aria-labelledby", "marker-end")  # attributes that hold or mean an id

Link = Callable[[str], str | None]  # from where a drawing's link leads to the page's own address


class linked_picture(nodes.image):  # noqa: N801 (docutils' way)
    """A drawing that stands in the page itself."""


class LinkedPicture(Figure):
    """Read a figure, the picture of which is not fetched but written into the page."""

    def run(self) -> list[nodes.Node]:
        """Return the figure."""
        made = super().run()
        for image in [one for part in made for one in part.findall(nodes.image)]:
            image.replace_self(linked_picture("", **image.attributes))
        return made


# From the stored drawing to the one in a page.


def inline(svg: str, name: str, link: Link) -> str:
    """Return a drawing for a page: with the page's links, colours and ids."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(svg)
    for mark in list(root.iter()):
        if mark.tag == f"{SVG}a":
            point(mark, link)
        recolour(mark)
        rename(mark, name)
    # A picture as a whole has no links for who hears the page; a group has.
    root.attrib |= {"class": "linked-picture", "role": "group", "aria-labelledby": f"{name}-title"}
    return ElementTree.tostring(root, encoding="unicode")


def point(mark: ElementTree.Element, link: Link) -> None:
    """Let a link lead to a page; without one it is a picture by itself."""
    address = link(mark.attrib.pop("href"))
    if address is None:
        mark.tag = f"{SVG}g"
        mark.set("role", "img")
    else:
        mark.set("href", address)


def recolour(mark: ElementTree.Element) -> None:
    """Take the page's colours, which are light or dark."""
    known = palette.properties()
    for key, value in mark.attrib.items():
        if HEX.fullmatch(value):
            mark.set(key, known[value])


def rename(mark: ElementTree.Element, name: str) -> None:
    """Keep the ids of a drawing apart from those of the page."""
    for key in set(NAMED) & set(mark.attrib):
        words = mark.attrib[key]
        put = f"url(#{name}-" if words.startswith("url(#") else f"{name}-"
        mark.set(key, put + words.removeprefix("url(#"))


# HTML.


def visit(self: HTML5Translator, node: linked_picture) -> None:
    """Write the drawing."""
    builder, folder = self.builder, dirname(node["uri"])

    def link(address: str) -> str | None:
        page = page_of(folder, address)
        known = page in builder.env.all_docs
        return builder.get_relative_uri(builder.current_docname, page) if known else None

    source = Path(builder.env.srcdir, node["uri"])
    self.body.append(inline(source.read_text(encoding="utf-8"), source.stem, link))
    raise nodes.SkipNode


def page_of(folder: str, address: str) -> str:
    """Return the page that a drawing in a folder beside the book links to, by its source."""
    return splitext(relpath(join(folder, address), "../book"))[0]


def list_style(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the style where there is such a drawing."""
    if doctree is not None and any(doctree.findall(linked_picture)):
        app.add_css_file(STYLE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("linked-picture", LinkedPicture)
    app.add_node(linked_picture, html=(visit, None))
    only_where_listed(app, STYLE)
    app.connect("html-page-context", list_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
