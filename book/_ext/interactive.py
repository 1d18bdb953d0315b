"""Place an interactive part of the book: a figure that scripts draw and the reader moves.

    ```{interactive} elbo
    :name: int-elbo
    :picture: ../../figures/elbo-decomposition.svg
    :alt: Words for who cannot see the picture.

    Caption in Markdown: what to move and what to see.

    1. A step: something to try, and a question.
    ```

A part is there when its script is, `_static/interactive/NAME.js`; nothing else has to be
registered. What it shows comes from formulas in the script or from `interactive_parts/NAME.py`
beside this file, whose `data` is put into the page, and whose `still` is what stands there until
the script runs. `files` there names files that the script fetches itself, by their place below
`_static/interactive`. A page with a part loads a small script, which fetches the part's own when
it comes into view, and before it those that its head names: `// Needs: folder/one folder/two`. A
name makes it a numbered figure, "Interactive 2.1", for `{numref}`. A picture is for readers without
JavaScript; formats other than HTML leave the part out. A part may have several views, which its
module names in `VIEWS`: `:view: NAME` asks for one, and its script gets it.

The role `` {live}`the gap <elbo:gap>` `` lets a sentence of the chapter say the present value of
a number that a part shows.
"""

import importlib.util
import json
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator

FOLDER = "interactive/"
SHARED = ("common", "load")  # scripts that are no part
SCRIPTS = Path(__file__).parents[1] / "_static" / FOLDER
MODULES = Path(__file__).parent / "interactive_parts"
FALLBACK = "This part moves where JavaScript runs; the text says what it shows."

logger = logging.getLogger(__name__)


class interactive_part(nodes.General, nodes.Element):  # noqa: N801
    """A part on a page.

    It has `part`, its `view` (or None), `data` for its script (or None), `still` in HTML, the
    `scripts` that come before its own, and `files` that it fetches: paths, by their place below
    the scripts.
    """


class interactive_steps(nodes.General, nodes.Element):  # noqa: N801
    """What to try, above the part."""


class interactive_stage(nodes.General, nodes.Element):  # noqa: N801
    """Where the script draws; what is in it stands there until then."""


class interactive_caption(nodes.General, nodes.Element):  # noqa: N801
    """The words below."""


class live_number(nodes.Inline, nodes.TextElement):  # noqa: N801
    """Words of a sentence that a part's number follows: `part` and `number`."""


# The parts there are, and what each of them shows.


def parts() -> list[str]:
    """Return the names of the parts, each of which is a script."""
    return sorted(path.stem for path in SCRIPTS.glob("*.js") if path.stem not in SHARED)


def scripts_before(name: str) -> list[str]:
    """Return the scripts that a part needs, as its head names them."""
    lines = re.findall(r"^// Needs: (.+)$", (SCRIPTS / f"{name}.js").read_text("utf-8"), re.M)
    needed = " ".join(lines).split()
    lacking = [one for one in needed if not (SCRIPTS / f"{one}.js").is_file()]
    if lacking:
        raise ExtensionError(f"The part `{name}` needs {lacking[0]}.js, and there is none.")
    return needed


def module_of(name: str) -> ModuleType | None:
    """Return the Python module of a part, if it has one."""
    path = MODULES / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"interactive_parts.{name}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The directive and the role.


class InteractiveDirective(SphinxDirective):
    """Read the name, the picture, the caption and the steps of a part."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "name": directives.unchanged_required,
        "view": directives.unchanged_required,
        "picture": directives.uri,
        "alt": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return the part; where it cannot be made, its words alone, and warn."""
        self.assert_has_content()
        words = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, words)
        try:
            return [self.make(self.arguments[0], list(words.children))]
        except ExtensionError as error:
            logger.warning(str(error), location=self.get_location(), type="interactive")
            return list(words.children)

    def make(self, name: str, words: list[nodes.Node]) -> interactive_part:
        """Put the pieces of a part together."""
        part = interactive_part(part=name, **self.contents(name))
        steps = [child for child in words if isinstance(child, nodes.enumerated_list)]
        part += interactive_steps("", *steps) if steps else []
        part += interactive_stage("", *self.picture(), still=part["still"])
        part += interactive_caption("", *(child for child in words if child not in steps))
        self.add_name(part)
        return part

    def contents(self, name: str) -> dict[str, Any]:
        """Return what the part shows, and what stands there before."""
        if name not in parts():
            known = ", ".join(f"`{part}`" for part in parts())
            raise ExtensionError(f"There is no interactive part `{name}`: use one of {known}.")
        root, module = Path(self.env.srcdir).parent, module_of(name)
        for source in getattr(module, "SOURCES", ()):
            self.env.note_dependency(str(root / source))
        files = module.files(root) if module and hasattr(module, "files") else {}
        return {
            "view": self.view(name, getattr(module, "VIEWS", ())),
            "data": module.data(root) if module else None,
            "still": module.still(root) if module and hasattr(module, "still") else None,
            "scripts": scripts_before(name),
            "files": {place: str(path) for place, path in files.items()},
        }

    def view(self, name: str, known: tuple[str, ...]) -> str | None:
        """Return the view that is asked for, if one is."""
        view = self.options.get("view")
        if view is None or view in known:
            return view
        use = f"use one of {', '.join(f'`{one}`' for one in known)}" if known else "it has none"
        raise ExtensionError(f"The interactive part `{name}` has no view `{view}`: {use}.")

    def picture(self) -> Iterator[nodes.Node]:
        """Yield the picture for readers without scripts, if there is one."""
        if "picture" in self.options:
            yield nodes.image(uri=self.options["picture"], alt=self.options.get("alt", ""))


class LiveRole(SphinxRole):
    """Read `words <part:number>`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the words, marked for the part."""
        found = re.fullmatch(r"(.+?)\s*<([\w-]+):([\w-]+)>", self.text, re.DOTALL)
        if found is None or found[2] not in parts():
            words = f"`{self.text}` names no number of a part: write `words <part:number>`."
            logger.warning(words, location=self.get_location(), type="interactive")
            return [nodes.Text(self.text)], []
        return [live_number(found[1], found[1], part=found[2], number=found[3])], []


# HTML.


def visit_part(self: HTML5Translator, node: interactive_part) -> None:
    """Open the figure, and put in the data."""
    name = f' id="{node["ids"][0]}"' if node["ids"] else ""
    before = f' data-scripts="{" ".join(node["scripts"])}"' if node.get("scripts") else ""
    view = f' data-view="{node["view"]}"' if node.get("view") else ""
    part = f'data-interactive="{node["part"]}"{view}{before}'
    self.body.append(f'<figure class="interactive"{name} {part}>\n')
    if node["data"] is not None:
        data = json.dumps(node["data"], allow_nan=False).replace("<", "\\u003c")
        self.body.append(f'<script type="application/json">{data}</script>\n')


def depart_part(self: HTML5Translator, node: interactive_part) -> None:
    """Close the figure."""
    self.body.append("</figure>\n")


def title_of(part: nodes.Element) -> str | None:
    """Return a title for `{numref}`; what has none, as it has no name, is not numbered."""
    return str(part["part"]) if part["names"] else None


def visit_steps(self: HTML5Translator, node: interactive_steps) -> None:
    """Open the steps."""
    self.body.append('<div class="interactive-steps">\n')


def depart_steps(self: HTML5Translator, node: interactive_steps) -> None:
    """Close the steps."""
    self.body.append("</div>\n")


def visit_stage(self: HTML5Translator, node: interactive_stage) -> None:
    """Open the stage with what stands there; a picture is fetched only without scripts."""
    self.body.append('<div class="interactive-stage">\n')
    self.body.append(node["still"] or f"<p>{FALLBACK}</p>\n")
    if node.children:
        self.body.append("<noscript>")


def depart_stage(self: HTML5Translator, node: interactive_stage) -> None:
    """Close the stage."""
    self.body.append("</noscript></div>\n" if node.children else "</div>\n")


def visit_caption(self: HTML5Translator, node: interactive_caption) -> None:
    """Open the caption, with the number of the figure if it has one."""
    self.body.append("<figcaption>\n")
    if node.parent["ids"]:
        self.add_fignumber(node.parent)


def depart_caption(self: HTML5Translator, node: interactive_caption) -> None:
    """Close the caption."""
    self.body.append("</figcaption>\n")


def visit_live(self: HTML5Translator, node: live_number) -> None:
    """Open the words that a number follows."""
    self.body.append(f'<span class="live" data-live="{escape(node["part"])}:{node["number"]}">')


def depart_live(self: HTML5Translator, node: live_number) -> None:
    """Close them."""
    self.body.append("</span>")


def leave_out(self: object, node: nodes.Node) -> None:
    """Skip the part in a format that cannot move."""
    raise nodes.SkipNode


def pass_by(self: object, node: nodes.Node) -> None:
    """Leave only what is inside."""


# Jupyter Book lists every script and style under _static on every page: take ours off its lists.


def is_ours(entry: str | tuple[str, object]) -> bool:
    """Tell whether an entry of such a list is a file of the interactive parts."""
    return (entry if isinstance(entry, str) else entry[0]).startswith(FOLDER)


def unlist_files(app: Sphinx, config: Config) -> None:
    """Take our files off the lists of what every page loads."""
    for files in (config.html_js_files, config.html_css_files):
        files[:] = [entry for entry in files if not is_ours(entry)]


def name_numbers(app: Sphinx, config: Config) -> None:
    """Say how parts are numbered, unless the settings do."""
    config.numfig_format = {"interactive": "Interactive %s"} | dict(config.numfig_format)


def copy_files(files: dict[str, str], folder: Path) -> None:
    """Put the files that a part fetches where it will look for them."""
    for place, path in files.items():
        if not Path(path).is_file():
            raise ExtensionError(f"{path} is gone since the page was read: build the book anew.")
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / place)


def list_files(
    app: Sphinx, pagename: str, templatename: str, context: object, doctree: nodes.document | None
) -> None:
    """List on a page with parts what fetches their scripts, and the styles."""
    found = list(doctree.findall(interactive_part)) if doctree else []
    names = {part["part"] for part in found}
    if not names:
        return
    for part in found:
        copy_files(part["files"], Path(app.outdir) / "_static" / FOLDER)
    app.add_css_file(f"{FOLDER}interactive.css")
    for name in sorted(names):
        if (SCRIPTS / f"{name}.css").is_file():
            app.add_css_file(f"{FOLDER}{name}.css")
    app.add_js_file(f"{FOLDER}load.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    others = ("latex", "text", "man", "texinfo")
    skip = dict.fromkeys(others, (leave_out, None))
    app.add_enumerable_node(
        interactive_part, "interactive", title_of, html=(visit_part, depart_part), **skip
    )
    app.add_node(interactive_steps, html=(visit_steps, depart_steps), **skip)
    app.add_node(interactive_stage, html=(visit_stage, depart_stage), **skip)
    app.add_node(interactive_caption, html=(visit_caption, depart_caption), **skip)
    app.add_node(
        live_number, html=(visit_live, depart_live), **dict.fromkeys(others, (pass_by, pass_by))
    )
    app.add_directive("interactive", InteractiveDirective)
    app.add_role("live", LiveRole())
    app.connect("config-inited", unlist_files)
    app.connect("config-inited", name_numbers)
    app.connect("html-page-context", list_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
