"""What the tests of the Jupyter edition share: its notebooks, and their Markdown taken apart."""

import json
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from book_support import BOOK, HTML, ROOT
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from processes import run_bounded

EDITION = HTML / "notebooks"
JUDGE = """
const katex = require("katex");
const formulas = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
const wrong = [];
for (const [tex, displayMode] of formulas) {
  try { katex.renderToString(tex, {displayMode, throwOnError: true, strict: "error"}); }
  catch (error) { wrong.push(`${tex}: ${error.message}`); }
}
console.log(JSON.stringify(wrong));
"""


def chapters() -> list[Path]:
    """Return the chapters' own notebooks, the sources of the edition."""
    found = sorted(BOOK.rglob("*.ipynb"))
    return [path for path in found if not {"_build", ".ipynb_checkpoints"} & set(path.parts)]


def name_of(path: Path) -> str:
    """Return a notebook's name in the table of contents."""
    folder = EDITION if path.is_relative_to(EDITION) else BOOK
    return path.relative_to(folder).with_suffix("").as_posix()


@cache
def read(path: Path) -> nbformat.NotebookNode:
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


def texts(path: Path) -> list[str]:
    """Return the Markdown cells of a notebook."""
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


@cache
def parser() -> MarkdownIt:
    """Read Markdown as VS Code and JupyterLab do: CommonMark, tables, and dollars for formulas."""
    rules = dollarmath_plugin
    options = {"allow_space": False, "allow_digits": False, "double_inline": True}
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(rules, **options)


def tokens(text: str) -> list[Token]:
    """Return the pieces of a text, those within sentences too."""
    blocks = parser().parse(text)
    return [each for block in blocks for each in (block, *(block.children or []))]


def formulas(text: str) -> list[tuple[str, bool]]:
    """Return the formulas of a text, and whether each stands on lines of its own."""
    kinds = {"math_inline": False, "math_inline_double": True, "math_block": True}
    found = [token for token in tokens(text) if token.type in kinds]
    return [(token.content, kinds[token.type]) for token in found]


def words(text: str) -> str:
    """Return what a person reads as words: without formulas, code and addresses."""
    return " ".join(token.content for token in tokens(text) if token.type == "text")


def refused_by_katex(found: list[tuple[str, bool]]) -> list[str]:
    """Return the formulas that KaTeX, which VS Code has, cannot typeset, each with the reason."""
    with TemporaryDirectory() as folder:
        asked = Path(folder, "formulas.json")
        asked.write_text(json.dumps(found), encoding="utf-8")
        done = run_bounded(["node", "-e", JUDGE, asked], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reading(text: str) -> list[str]:
    """Return the words in a text one by one, whatever stands between them."""
    return re.findall(r"[^\W_]+", text)
