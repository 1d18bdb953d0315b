r"""Draw the mathematics while the book is built: pages hold pictures of formulas and no MathJax.

The writer leaves each formula's TeX in its place. When all pages are written, one Node.js process
draws every formula of the build with MathJax (`static_maths.js`), once for each different one. A
formula is an SVG in the text's colour, named in words for those who hear the page, and knows its
TeX, which `maths.js` gives to whoever copies it. What makes a formula, such as `\KL`, is in
`mathjax3_config` in _config.yml; a formula that MathJax cannot read ends the build.

Measured on the chapter with most mathematics (405 formulas), MathJax's markup: SVG 735 kB and
10,800 elements, HTML with fonts 440 kB and 11,100 besides 150 kB of fonts, MathML 140 kB and 5,500
besides a font of its own, and only as good as the browser. Flattened, SVG is 395 kB and 5,500
elements, words and TeX included, looks the same everywhere, and needs no font.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from node_packages import run_script
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator
from written_pages import html_pages, is_html

SCRIPT = Path(__file__).with_suffix(".js")
NAME = "static"
CLASSES = "math notranslate nohighlight"
# A formula as the writer leaves it; inline, with what must stand on its line: an opening bracket
# before it and what follows without a space, such as a comma or the rest of "β-VAE".
FORMULA = re.compile(r"<mjx-tex( display)?>(.*?)</mjx-tex>", re.DOTALL)
TOGETHER = re.compile(
    r"([(\[“‘]*)"
    rf'(<span class="{CLASSES}"><mjx-tex>[^<]*</mjx-tex></span>)'
    r"([^\s<&]{1,12}(?=[\s<])|[.,;:!?)\]’”…]+)?"
)
GLYPH = re.compile(r'href="#(mj-[^"]+)"')


@dataclass(frozen=True)
class Formula:
    """What is drawn once however often it stands in the book."""

    tex: str
    display: bool


# Writing: the TeX in its place.


def mark(tex: str, display: bool) -> str:
    """Return the TeX of a formula as it waits to be drawn."""
    return f"<mjx-tex{' display' if display else ''}>{html.escape(tex, quote=False)}</mjx-tex>"


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line."""
    start = self.starttag(node, "span", "", CLASS=CLASSES)
    self.body.append(f"{start}{mark(node.astext(), False)}</span>")
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, after its number."""
    self.body.append(self.starttag(node, "div", CLASS=CLASSES))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    tex = node.astext() if node["nowrap"] else break_lines(node.astext())
    self.body.append(f"{mark(tex, True)}</div>\n")
    raise nodes.SkipNode


def break_lines(tex: str) -> str:
    r"""Return a display so that its lines break at `\\`: one environment breaks them by itself."""
    text = tex.strip()
    whole = re.fullmatch(r"\\begin\{(\w+\*?)\}(?:(?!\\begin\{\1\}).)*\\end\{\1\}", text, re.DOTALL)
    return text if whole or r"\\" not in text else rf"\begin{{split}}{text}\end{{split}}"


# Drawing, once all pages are written.


def find_formulas(page: str) -> Iterator[Formula]:
    """Yield the formulas that wait in a page."""
    for display, tex in FORMULA.findall(page):
        yield Formula(html.unescape(tex), bool(display))


def draw(formulas: Iterable[Formula], macros: dict[str, Any]) -> dict[str, Any]:
    """Return MathJax's answer for each formula, in order, and the outlines of the glyphs."""
    asked = [{"tex": formula.tex, "display": formula.display} for formula in formulas]
    data = {"macros": macros, "formulas": asked}
    answer: dict[str, Any] = run_script(SCRIPT, data, uses="mathjax-full")
    return answer


def check(drawn: dict[Formula, dict[str, str]], pages: dict[str, str]) -> None:
    """Raise an error that names each formula that could not be drawn, and its page."""
    bad = {formula: answer["error"] for formula, answer in drawn.items() if "error" in answer}
    lines = [
        f"{name}: {bad[formula]} in the formula {formula.tex}"
        for name, page in pages.items()
        for formula in find_formulas(page)
        if formula in bad
    ]
    if lines:
        raise ExtensionError("MathJax cannot read some mathematics:\n" + "\n".join(lines))


def keep_together(page: str) -> str:
    """Return a page whose inline formulas keep what belongs to them on their line."""

    def join(found: re.Match[str]) -> str:
        before, formula, after = found[1], found[2], found[3] or ""
        alone = not before and not after
        return formula if alone else f'<span class="math-line">{before}{formula}{after}</span>'

    return TOGETHER.sub(join, page)


def fill(page: str, drawn: dict[Formula, dict[str, str]]) -> str:
    """Return a page with pictures in the places of its formulas."""

    def put(found: re.Match[str]) -> str:
        formula = Formula(html.unescape(found[2]), bool(found[1]))
        kind = ' display="true"' if formula.display else ""
        tex = html.escape(formula.tex.strip())
        svg = drawn[formula]["svg"]
        return f'<mjx-container class="MathJax"{kind} data-tex="{tex}">{svg}</mjx-container>'

    return FORMULA.sub(put, strip_titles(page))


def strip_titles(page: str) -> str:
    """Return a page whose title, seen on the browser's tab, holds the bare TeX."""
    return re.sub(r"<title>.*?</title>", lambda m: FORMULA.sub(r"\2", m[0]), page, flags=re.DOTALL)


def add_glyphs(page: str, glyphs: dict[str, str]) -> str:
    """Return a page that begins with the outlines that its formulas point at."""
    used = sorted(set(GLYPH.findall(page)))
    paths = "".join(f'<path id="{name}" d="{glyphs[name]}"/>' for name in used)
    store = f'<svg class="maths-glyphs" aria-hidden="true" width="0" height="0">{paths}</svg>'
    return re.sub(r"<body\b[^>]*>", lambda body: body[0] + store, page, count=1) if used else page


def draw_pages(pages: dict[str, str], macros: dict[str, Any]) -> dict[str, str]:
    """Return pages with their mathematics drawn."""
    formulas = list(dict.fromkeys(f for page in pages.values() for f in find_formulas(page)))
    answer = draw(formulas, macros)
    drawn = dict(zip(formulas, answer["drawn"], strict=True))
    check(drawn, pages)
    filled = {name: fill(keep_together(page), drawn) for name, page in pages.items()}
    return {name: add_glyphs(page, answer["glyphs"]) for name, page in filled.items()}


def draw_all(app: Sphinx, exception: Exception | None) -> None:
    """Draw the mathematics of every page that this build wrote."""
    if not is_html(app, exception):
        return
    folder = Path(app.outdir)
    texts = {path: path.read_text(encoding="utf-8") for path in html_pages(app)}
    waiting = {
        path.relative_to(folder).with_suffix("").as_posix(): text
        for path, text in texts.items()
        if "<mjx-tex" in text
    }
    macros = app.config.mathjax3_config["tex"]["macros"]
    for name, page in draw_pages(waiting, macros).items() if waiting else ():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")


def choose_renderer(app: Sphinx, config: object) -> None:
    """Let this extension write the mathematics."""
    app.config.html_math_renderer = NAME


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer(NAME, (visit_inline, None), (visit_display, None))
    app.connect("config-inited", choose_renderer)
    app.connect("build-finished", draw_all, priority=700)  # before what reads the pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}
