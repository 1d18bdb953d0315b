"""Give each SVG figure of a page a dark twin, and a link that shows it large.

The page holds both pictures, of which the theme shows one; the browser fetches that one alone, when
it comes into view. On paper it is the light one. The link leads to the picture, or with scripts
(`_static/figures.js`) opens it over the page, to be moved about on a telephone.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from page_files import only_where_listed
from sphinx.application import Sphinx
from sphinx.config import Config

from recotour_book.darkening import darken

SCRIPT, STYLE = "figures.js", "figures.css"
PICTURE = re.compile(r'<img\b[^>]*\bsrc="([^"]*_images/[^"]+)\.svg"[^>]*?/?>')
TWIN = "-dark"


def with_class(tag: str, name: str) -> str:
    """Add a class to an image's tag, and let it be fetched when it comes into view."""
    tag, there = re.subn(r'class="([^"]*)"', rf'class="\1 {name}"', tag, count=1)
    return tag.replace("<img", f'<img loading="lazy"{"" if there else f" class={name!r}"}', 1)


def both(found: re.Match[str]) -> str:
    """Return an image as a link around the light and the dark picture."""
    tag, path = found[0], found[1]
    light = with_class(tag, "only-light")
    dark = with_class(tag.replace(f"{path}.svg", f"{path}{TWIN}.svg"), "only-dark")
    return f'<a class="figure-link" href="{path}.svg">{light}{dark}</a>'


def pair_pictures(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put both pictures in the place of each, and list what opens them."""
    body, count = PICTURE.subn(both, context.get("body", ""))
    if count:
        context["body"] = body
        app.add_css_file(STYLE)
        app.add_js_file(SCRIPT, loading_method="defer")


def lighten(svg: str) -> str:
    """Leave out what nobody sees: where it was made, and places beyond a hundredth of a point.

    Only within tags: a number that is written in the picture keeps its decimals.
    """
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0]), svg)


def write_twins(app: Sphinx, exception: Exception | None) -> None:
    """Write the dark twin of each SVG among the images of the pages, and make both weigh less."""
    if exception or app.builder.format != "html":
        return
    for path in sorted((Path(app.outdir) / "_images").glob("*.svg")):
        if not path.stem.endswith(TWIN):
            light = lighten(path.read_text(encoding="utf-8"))
            path.write_text(light, encoding="utf-8")
            path.with_stem(path.stem + TWIN).write_text(darken(light), encoding="utf-8")


def link_once(app: Sphinx, config: Config) -> None:
    """Leave out Sphinx's own links around images that have a width."""
    config.html_scaled_image_link = False


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    only_where_listed(app, SCRIPT, STYLE)
    app.connect("config-inited", link_once)
    app.connect("html-page-context", pair_pictures)
    app.connect("build-finished", write_twins)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
