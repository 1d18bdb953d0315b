"""Which code made a row: a fingerprint of the modules that the run goes through after the split.

Comments, docstrings and blank lines do not count, nor do modules that cannot change a number.
The split has a fingerprint of its own, so how data are read and split does not count here.
"""

import ast
import hashlib
import io
import subprocess
import tokenize
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

PACKAGE: Final = "recotour_vae"
_ROOT: Final = Path(__file__).parents[1]
_NO_NUMBERS: Final = (
    "datasets", "errors", "experiments.recommenders", "experiments.setting", "lazy",
    "metric_names", "progress", "splits",
)  # fmt: skip


@cache
def fingerprint(*modules: str) -> str:
    """Name the code of some modules and of what they import from the package, at their top.

    Parameters
    ----------
    modules
        Names below the package, `training.pytorch` say.

    Returns
    -------
    str
        Eight hexadecimal digits.
    """
    digest = hashlib.sha256()
    for module in sorted(closure(modules)):
        digest.update(f"{module}\n{essence(_path(module).read_text(encoding='utf-8'))}\n".encode())
    return digest.hexdigest()[:8]


def closure(modules: Iterable[str]) -> set[str]:
    """Find the modules that some modules need, themselves included."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found and not module.startswith(_NO_NUMBERS):
            found.add(module)
            waiting += _imports(module)
    return found


def essence(source: str) -> str:
    """Leave out of a source what the computer does not run."""
    skipped = _docstring_lines(ast.parse(source))
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    kept = (line.rstrip() for number, line in enumerate(lines, 1) if number not in skipped)
    return "\n".join(line for line in kept if line)


@cache
def commit() -> str:
    """Name the commit that the code was read from; `-dirty` where the library was changed since."""
    revision = _git("rev-parse", "--short=9", "HEAD")
    if not revision:
        return "unknown"
    return revision + ("-dirty" if _git("status", "--porcelain", "--", str(_ROOT)) else "")


def _docstring_lines(tree: ast.AST) -> set[int]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            text = node.body[0]
            lines |= set(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return lines


def _imports(module: str) -> list[str]:
    """List what a module imports from the package when it is imported itself."""
    path = _path(module)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[str] = []
    # What a package gives on it imports for the types, and looks up later (`lazy`).
    for node in ast.walk(tree) if path.name == "__init__.py" else tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            base = (node.module or "").removeprefix(PACKAGE).removeprefix(".")
            inner = [f"{base}.{name.name}".removeprefix(".") for name in node.names]
            found += [name if _exists(name) else base for name in inner]
    return [name for name in found if name]


def _path(module: str) -> Path:
    path = _ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _exists(module: str) -> bool:
    return _path(module).is_file()


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True)
    except OSError:  # no git here
        return ""
    return done.stdout.strip()
