"""Place an interactive part of the book: a figure that scripts draw and the reader moves.

    ```{interactive} elbo
    Caption in Markdown: what to move and what to see.
    ```

The scripts and styles are in `_static/interactive/`, one script for each part and one that they
share; only pages that have a part load them. What a part shows comes from formulas in its script or
from a table that is read here and put into the page. The caption and a sentence stand there
without JavaScript; formats other than HTML leave the part out, and keep the figure before it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from scipy import stats
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

FOLDER = "interactive/"
SWEEP = "results/beta-sweep.csv"  # beside the folder of the book
REMAKE = "run `python experiments/beta_sweep.py`"
METRICS = ("ndcg100", "nll", "kl", "active_units")
FALLBACK = "This part needs JavaScript; the figure above shows the same at a few settings."

logger = logging.getLogger(__name__)


class interactive_part(nodes.General, nodes.Element):  # noqa: N801
    """A part on a page: `name`, `data` for its script (or None), and its caption as children."""


# What the table of the sweep over beta says, a row for each cap and seed.


def check_sweep(table: pd.DataFrame) -> None:
    """Raise an error that says what the table lacks."""
    if table.empty:
        raise ExtensionError(f"{SWEEP} has no rows: {REMAKE}.")
    for column in ("beta_cap", "seed", *METRICS):
        if column not in table:
            raise ExtensionError(f"{SWEEP} has no column `{column}`: {REMAKE}.")
        values = pd.to_numeric(table[column], errors="coerce")
        if not values.abs().lt(float("inf")).all():
            raise ExtensionError(f"{SWEEP} has a `{column}` that is not a number: {REMAKE}.")


def summarise(values: pd.Series) -> dict[str, Any]:
    """Return the value of each seed, their mean, and its 95 % interval by Student's t."""
    mean, count = values.mean(), len(values)
    margin = stats.t.ppf(0.975, count - 1) * values.sem() if count > 1 else None
    ends = [None, None] if margin is None else [mean - margin, mean + margin]
    return {"values": values.tolist(), "mean": mean, "low": ends[0], "high": ends[1]}


def read_sweep(book: Path) -> dict[str, Any]:
    """Return the caps in rising order, and of each metric a summary for each cap."""
    path = book.parent / SWEEP
    if not path.is_file():
        raise ExtensionError(f"The interactive part `beta` finds no {SWEEP}: {REMAKE}.")
    table = pd.read_csv(path)
    check_sweep(table)
    runs = table.sort_values(["beta_cap", "seed"]).groupby("beta_cap")
    metrics = {name: [summarise(values) for _, values in runs[name]] for name in METRICS}
    return {"caps": [float(cap) for cap in runs.groups], **metrics}


# The parts there are; a part that needs data names the function that reads them.
PARTS: dict[str, Callable[[Path], dict[str, Any]] | None] = {
    "beta": read_sweep,
    "elbo": None,
    "reparameterization": None,
}


class InteractiveDirective(SphinxDirective):
    """Read the name and the caption of a part."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the part; where it cannot be made, its caption alone, and warn."""
        self.assert_has_content()
        name = self.arguments[0]
        part = interactive_part(name=name, data=None)
        self.state.nested_parse(self.content, self.content_offset, part)
        try:
            part["data"] = self.read_data(name)
        except ExtensionError as error:
            logger.warning(str(error), location=self.get_location(), type="interactive")
            return list(part.children)
        return [part]

    def read_data(self, name: str) -> dict[str, Any] | None:
        """Return what the part shows, if that comes from a file."""
        if name not in PARTS:
            known = ", ".join(f"`{part}`" for part in PARTS)
            raise ExtensionError(f"There is no interactive part `{name}`: use one of {known}.")
        read = PARTS[name]
        if read is None:
            return None
        self.env.note_dependency(str(Path(self.env.srcdir).parent / SWEEP))
        return read(Path(self.env.srcdir))


def visit_part(self: HTML5Translator, node: interactive_part) -> None:
    """Open the figure: the place to draw in, the data, and then the caption."""
    self.body.append(f'<figure class="interactive" data-interactive="{node["name"]}">\n')
    self.body.append(f'<div class="interactive-stage"><p>{FALLBACK}</p></div>\n')
    if node["data"] is not None:
        data = json.dumps(node["data"], allow_nan=False).replace("<", "\\u003c")
        self.body.append(f'<script type="application/json">{data}</script>\n')
    self.body.append("<figcaption>\n")


def depart_part(self: HTML5Translator, node: interactive_part) -> None:
    """Close the caption and the figure."""
    self.body.append("</figcaption>\n</figure>\n")


def leave_out(self: object, node: nodes.Node) -> None:
    """Skip the part in a format that cannot move."""
    raise nodes.SkipNode


# Jupyter Book lists every script and style under _static on every page: take ours off its lists.


def is_ours(entry: str | tuple[str, object]) -> bool:
    """Tell whether an entry of such a list is a file of the interactive parts."""
    return (entry if isinstance(entry, str) else entry[0]).startswith(FOLDER)


def unlist_files(app: Sphinx, config: Config) -> None:
    """Take our files off the lists of what every page loads."""
    for files in (config.html_js_files, config.html_css_files):
        files[:] = [entry for entry in files if not is_ours(entry)]


def list_files(
    app: Sphinx, pagename: str, templatename: str, context: object, doctree: nodes.document | None
) -> None:
    """List on a page the scripts of the parts that it has, to run when the page is there."""
    parts = doctree.findall(interactive_part) if doctree else ()
    names = sorted({part["name"] for part in parts})
    if names:
        app.add_css_file(f"{FOLDER}interactive.css")
    for name in ["common", *names] if names else []:
        app.add_js_file(f"{FOLDER}{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    skip = (leave_out, None)
    formats = dict.fromkeys(("latex", "text", "man", "texinfo"), skip)
    app.add_node(interactive_part, html=(visit_part, depart_part), **formats)
    app.add_directive("interactive", InteractiveDirective)
    app.connect("config-inited", unlist_files)
    app.connect("html-page-context", list_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
