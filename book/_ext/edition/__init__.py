"""The Jupyter edition: each chapter as a notebook that shows, anywhere, what its page shows.

The chapter is the one source. While the pages are built, each page's tree, with all references
resolved and all values filled in, is also written as a notebook: text in plain Markdown
(`markdown`, `maths`), code and outputs as the chapter has them (`cells`), and a first cell with
which it runs by itself (`support`). They land in `notebooks/` among the pages, with a zip of all
(`files`). `make lab` opens a copy, a page's button *Download* gives its notebook, and where the
pages have an address, other buttons open it elsewhere (`launch`).
"""

from pathlib import Path
from posixpath import join, normpath, relpath
from typing import Any
from urllib.parse import unquote

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from edition import files, launch, support
from edition.cells import Walk, cells
from edition.markdown import Page

logger = logging.getLogger(__name__)


class WriteEdition(SphinxPostTransform):
    """Write a page's notebook as soon as all that the page says is settled."""

    default_priority = 190  # after references (10), before tabs and folds become HTML's (198)
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Write the notebook, if the page is one of the edition's."""
        name = self.env.docname
        if name not in pages(self.env):
            return
        path = Path(self.env.doc2path(name))
        chapter = nbformat.read(path, as_version=4) if path.suffix == ".ipynb" else None
        kinds = [cell.cell_type for cell in chapter.cells] if chapter else []
        walk = Walk(self.page(name), kinds)
        made = list(cells(walk.flow(self.document, 0), chapter))
        if chapter:
            made.insert(1, support.first_cell(chapter, name, Path(self.env.srcdir).parent))
        files.write(self.app, name, made)

    def page(self, name: str) -> Page:
        """Collect what the Markdown depends on."""
        numbers = {**self.env.toc_fignumbers.get(name, {})}
        numbers["section"] = self.env.toc_secnumbers.get(name, {})
        macros = self.config.mathjax3_config["tex"]["macros"]
        formats = self.config.numfig_format
        place = Path(self.env.srcdir)
        return Page(name, place, macros, numbers, formats, self.link, self.warn)

    def link(self, node: nodes.reference) -> str | None:
        """Find where a reference leads; None for a page that is not in the edition."""
        here, target = self.env.docname, node.get("refuri", "")
        if "refid" in node:
            return f"#{node['refid']}"
        if not node.get("internal"):
            return target or None
        page, _, place = unquote(target).partition("#")
        name = normpath(join(here, "..", page)).removesuffix(".html") if page else here
        return self.link_to(name, here, place)

    def link_to(self, name: str, here: str, place: str) -> str | None:
        """Write the link from a notebook to another; to other pages only where they are known."""
        mark = f"#{place}" if place else ""
        if name in pages(self.env):
            return f"{relpath(name, join(here, '..'))}.ipynb{mark}" if name != here else mark
        site = self.config.edition_site
        return f"{site.rstrip('/')}/{name}.html{mark}" if site else None

    def warn(self, what: str, node: nodes.Node) -> None:
        """Say that the edition cannot write something."""
        where = "teach it to book/_ext/edition/markdown.py"
        logger.warning(f"The Jupyter edition has {what}: {where}.", location=node, type="edition")


def pages(env: BuildEnvironment) -> frozenset[str]:
    """Name the pages that become notebooks: all chapters, and the pages that they refer to."""
    chapters = (name for name in env.all_docs if Path(env.doc2path(name)).suffix == ".ipynb")
    return frozenset((*chapters, *env.config.edition_pages))


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the list of contents, and the zip."""
    if exception or app.builder.format != "html":
        return
    text = files.contents(app, pages(app.env))
    files.write(app, files.CONTENTS, [nbformat.v4.new_markdown_cell(text, id="contents")])
    files.zip_all(app)


def point_buttons(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Let the buttons of a page give its notebook, or open it elsewhere."""
    if pagename not in pages(app.env):
        return
    files.point_button(pagename, context)
    if where := launch.published():
        path = f"{files.FOLDER}/{pagename}.ipynb"
        context["header_buttons"].insert(0, launch.group(where, path))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_config_value("edition_pages", [], "env")
    app.add_config_value("edition_site", "", "env")
    app.add_post_transform(WriteEdition)
    app.connect("html-page-context", point_buttons, priority=900)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
