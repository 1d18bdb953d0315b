"""Show figures that `recotour_book.plotting.interactive.show` left in a notebook.

The stored output is the figure as data, under Plotly's own MIME type, which JupyterLab draws by
itself. Here it becomes a named figure that `_static/plotly-figures.js` draws with `plotly.min.js`
out of the installed package plotly (4.8 MB, MIT): copied into the build, and loaded only on pages
that have such a figure. Without JavaScript the reader finds the figure's description in its place;
formats other than HTML print it.
"""

import html
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core import render
from page_files import only_where_listed
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset_file

MIME = "application/vnd.plotly.v1+json"
SCRIPT, STYLE, COLOURS = "plotly-figures.js", "plotly-figures.css", "palette.js"
LIBRARY = "plotly/plotly.min.js"
CLASS = "plotly-output"
FALLBACK = "The figure itself needs JavaScript."
NO_WORDS = (
    "A Plotly figure has no description in words: show it with recotour_book.plotting.interactive."
)

logger = logging.getLogger(__name__)


def find_library() -> Path:
    """Return the path of Plotly's script inside the installed package."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ExtensionError(
            "The package plotly is not installed, so the book would have no interactive figures: "
            "run `make env`."
        )
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def write_figure(figure: dict[str, Any]) -> str:
    """Return the HTML of a figure: its name, words for pages without scripts, and the data."""
    words = html.escape(figure["layout"]["meta"]["alt"])
    height = int(figure["layout"]["height"])
    data = json.dumps(figure, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<div class="plotly-figure" role="img" aria-label="{words}" '
        f'style="min-height: {height}px">'
        f"<p>{words} {FALLBACK}</p>"
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
        text = write_figure(data.content)
        return [nodes.raw("", text, format="html", classes=["output", CLASS])]


def is_figure(node: nodes.raw) -> bool:
    """Tell whether a node is one of our figures."""
    return CLASS in node["classes"]


def list_files(
    app: Sphinx, pagename: str, templatename: str, context: object, doctree: nodes.document | None
) -> None:
    """List the scripts on a page that has a figure, Plotly's own first."""
    if doctree is None or not any(map(is_figure, doctree.findall(nodes.raw))):
        return
    target = Path(app.outdir) / "_static" / LIBRARY
    target.parent.mkdir(parents=True, exist_ok=True)
    copy_asset_file(str(find_library()), str(target))  # now, as its address has its checksum
    app.add_css_file(STYLE)
    app.add_js_file(LIBRARY, loading_method="defer")
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
