"""Show figures that `recotour_book.plotting.interactive.show` left in a notebook.

The stored output is the figure as data, under Plotly's own MIME type, which JupyterLab draws by
itself. Here it becomes a named figure, in words at first and as high as it will be, that
`_static/plotly-figures.js` draws when it comes into view. The script that draws is Plotly's basic
bundle from npm (1.2 MB, MIT), a quarter of the whole one: copied into the build, and loaded by
nobody who does not come to such a figure. Without JavaScript the reader finds the figure's
description and a table of what it holds; formats other than HTML print the description.
"""

import html
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core import render
from node_packages import find_package
from page_files import only_where_listed
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset_file

MIME = "application/vnd.plotly.v1+json"
SCRIPT, STYLE, COLOURS = "plotly-figures.js", "plotly-figures.css", "palette.js"
PACKAGE, BUNDLE = "plotly.js-basic-dist-min", "plotly-basic.min.js"
LIBRARY = f"plotly/{BUNDLE}"
TYPES = {"bar", "pie", "scatter"}  # what the basic bundle can draw
CLASS = "plotly-output"
FALLBACK = "The figure itself needs JavaScript; this is what it holds."
NO_WORDS = (
    "A Plotly figure has no description in words: show it with recotour_book.plotting.interactive."
)
NOT_BASIC = "Plotly's basic bundle draws no trace of the type {}: use one of bar, pie and scatter."

logger = logging.getLogger(__name__)


def find_library() -> Path:
    """Return the path of Plotly's script inside the installed package."""
    return find_package(PACKAGE) / BUNDLE


# What a figure holds, for those who run no scripts: a row for each of its series.


def ends(values: Sequence[Any]) -> str:
    """Return the least and the greatest of some numbers, or how many different words there are."""
    known = [value for value in values if value is not None]
    if not known or any(isinstance(value, str) for value in known):
        return f"{len(set(known))} different"
    low, high = (f"{end:.4g}".replace("-", "−") for end in (min(known), max(known)))
    return f"{low} to {high}"


def rows(figure: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of the table, its head first."""
    axes = [axis_name(figure["layout"], axis) for axis in "xy"]
    yield ("series", "points", *axes)
    for number, trace in enumerate(figure["data"], 1):
        x, y = trace.get("x") or (), trace.get("y") or ()
        yield (trace.get("name") or str(number), str(len(y)), ends(x), ends(y))


def axis_name(layout: dict[str, Any], axis: str) -> str:
    """Return what is written along an axis, or its letter."""
    title = layout.get(f"{axis}axis", {}).get("title") or {}
    return str(title.get("text") or axis)


def write_table(figure: dict[str, Any]) -> str:
    """Return the table in HTML."""
    head, *body = (tuple(map(html.escape, cells)) for cells in rows(figure))
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for name, *cells in body
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


def write_figure(figure: dict[str, Any]) -> str:
    """Return the HTML of a figure: its name, words and a table until it is drawn, and the data."""
    words = html.escape(figure["layout"]["meta"]["alt"])
    height = int(figure["layout"]["height"])
    data = json.dumps(figure, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<div class="plotly-figure" role="img" aria-label="{words}" '
        f'style="min-height: {height}px">'
        f"<p>{words}</p><noscript><p>{FALLBACK}</p>{write_table(figure)}</noscript>"
        f'<script type="application/json">{data}</script></div>'
    )


class PlotlyFigures:
    """What MyST-NB asks for when it meets an output of Plotly's type."""

    mime_priority_overrides = (("html", MIME, 5),)

    @staticmethod
    def handle_mime(
        renderer: object, data: render.MimeData, inline: bool
    ) -> Sequence[nodes.Node] | None:
        """Return the figure; None for an output of another type."""
        if data.mime_type != MIME:
            return None
        if not data.content["layout"].get("meta", {}).get("alt"):
            logger.warning(NO_WORDS, type="plotly")
            return []
        for kind in {trace.get("type", "scatter") for trace in data.content["data"]} - TYPES:
            logger.warning(NOT_BASIC.format(kind), type="plotly")
        text = write_figure(data.content)
        return [nodes.raw("", text, format="html", classes=["output", CLASS])]


def is_figure(node: nodes.raw) -> bool:
    """Tell whether a node is one of our figures."""
    return CLASS in node["classes"]


def list_files(
    app: Sphinx, pagename: str, templatename: str, context: object, doctree: nodes.document | None
) -> None:
    """List the script on a page that has a figure, which loads Plotly's own when it draws."""
    if doctree is None or not any(map(is_figure, doctree.findall(nodes.raw))):
        return
    target = Path(app.outdir) / "_static" / LIBRARY
    target.parent.mkdir(parents=True, exist_ok=True)
    copy_asset_file(str(find_library()), str(target))
    app.add_css_file(STYLE)
    app.add_js_file(COLOURS, loading_method="defer")
    app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, and with MyST-NB, which otherwise takes plugins of packages only."""
    plugins = render.load_mime_renders()
    if PlotlyFigures not in plugins:
        plugins.append(PlotlyFigures)
    only_where_listed(app, SCRIPT, STYLE, COLOURS)
    app.connect("html-page-context", list_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
