"""The house style, as far as a program can see it."""

import ast
import re
import statistics
import sys
from pathlib import Path

import pytest
from processes import run_bounded

from recotour_vae import errors
from recotour_vae.doors import TO_THE_BOOK

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
LIBRARY = SOURCE / "recotour_vae"
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def walk(kind):
    """Every node of a kind, as (place to find it, node)."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", node


def length(function):
    """Lines of the body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


# A comment, or a cell's text in a notebook, that switches the formatter off; written in two parts,
# so that this file has none.
UNFORMATTED = re.compile("#" + r" *fmt: *(skip|off)")


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks", "experiments", "figures", "book"])
def test_the_formatter_is_switched_off_nowhere(folder):
    paths = [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).glob("*/*.ipynb")]
    assert paths
    texts = {path: path.read_text(encoding="utf-8") for path in paths if "_build" not in path.parts}
    assert [path.name for path, text in texts.items() if UNFORMATTED.search(text)] == []


def test_there_is_something_to_look_at():
    assert len(TREES) > 20
    assert sum(1 for _ in walk(Function)) > 150


def test_functions_are_short():
    lengths = {place: length(function) for place, function in walk(Function)}
    long = {place: lines for place, lines in lengths.items() if lines > 25}
    assert statistics.median(lengths.values()) <= 9
    assert len(long) <= 0.05 * len(lengths), long


def public(node):
    """Functions, classes and methods under a node that no leading underscore hides."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def is_setter(node):
    """Whether a function sets a property, whose getter is the one to read about."""
    return any(getattr(decorator, "attr", "") == "setter" for decorator in node.decorator_list)


def bare(path, tree):
    """Places without a docstring."""
    if not ast.get_docstring(tree):
        yield str(path)
    for node in public(tree):
        if not ast.get_docstring(node) and not is_setter(node):
            yield f"{path}:{node.lineno} {node.name}"


def test_everything_public_has_a_docstring():
    assert not [place for path, tree in TREES.items() for place in bare(path, tree)]


LIGHT = """
import importlib, sys
from recotour_vae.doors import DOORS
library = ("", ".arrays.clicks", ".datasets", ".evaluation", ".evaluation.lists",
           ".evaluation.metrics", ".evaluation.statistics.comparison", ".experiments",
           ".files.arrays", ".models", ".models.referee", ".models.saved", ".recommenders", ".runs",
           ".runtime.mxnet", ".splits", *(f".{old}" for old in DOORS if old != "topk"))
for name in [f"recotour_vae{name}" for name in library] + [
    "recotour_book.plotting", "recotour_book.notebooks"
]:
    importlib.import_module(name)
    loaded = {name for name, module in sys.modules.items() if module}
    heavy = {"torch", "mxnet", "matplotlib.pyplot"} & loaded
    assert not heavy, f"{name} imports {heavy}"
    assert name.startswith("recotour_book") or "matplotlib" not in loaded
"""


@pytest.mark.processes
def test_no_framework_is_imported_before_it_is_used():
    ended = run_bounded([sys.executable, "-c", LIGHT])
    assert ended.returncode == 0, ended.stderr


THE_BOOKS = {
    "recotour_book",
    *(f"recotour_vae.{old}" for old in TO_THE_BOOK),
    "matplotlib",
    "plotly",
}


def imported(tree):
    """All that a module imports, names of modules taken from packages among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_library_knows_nothing_of_the_book():
    """What only the book draws is in no wheel of the library; a report of data has an extra."""
    report = LIBRARY / "datasets" / "report" / "figures.py"
    for path, tree in TREES.items():
        begins = {name for line in imported(tree) for name in THE_BOOKS if line.startswith(name)}
        allowed = {"matplotlib"} if path == report else set()
        assert LIBRARY not in path.parents or begins == allowed, path


def test_every_error_is_one_of_ours_and_prints_its_sentence():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, Exception) and not issubclass(kind, Warning)]
    assert len(ours) > 10
    for kind in ours:
        assert issubclass(kind, errors.RecotourError)
        assert str(kind("The sentence.")) == "The sentence."
