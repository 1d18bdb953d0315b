"""Which code made a row: a fingerprint of the modules that the run goes through after the split.

Comments, docstrings and blank lines do not count, nor do modules that cannot change a number.
The split has a fingerprint of its own, so how data are read and split does not count here.

A module needs what it imports, wherever in it that stands, but not what it names for its types
alone. A name that a package gives on is that of the module it comes from. Where a function chooses
what to import, by framework say, the choice is not the code's but the run's, which names it
(`trial.modules_of`).
"""

import ast
import hashlib
import io
import subprocess
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

PACKAGE: Final = "recotour_vae"
ROOT: Final = Path(__file__).parents[1]
_NO_NUMBERS: Final = (
    "datasets",
    "errors",
    "experiments.recommenders",
    "experiments.setting",
    "lazy",
    "metric_names",
    "progress",
    "splits",
)
_CHOOSE: Final = ("experiments.trial", "training.trainer")  # whose functions import by choice


@cache
def fingerprint(*modules: str) -> str:
    """Name the code of some modules and of what they need from the package.

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
        if module not in found and not _is_below(module, _NO_NUMBERS):
            found.add(module)
            waiting += needs(module)
    return found


def needs(module: str) -> set[str]:
    """Find the modules of the package that one module needs itself."""
    pairs = _named(_tree(module), deep=module not in _CHOOSE, types=_is_package(module))
    return {found for base, name in pairs if (found := _home(base, name))}


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
    return revision + ("-dirty" if _git("status", "--porcelain", "--", str(ROOT)) else "")


def _docstring_lines(tree: ast.AST) -> set[int]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            text = node.body[0]
            lines |= set(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return lines


def _named(tree: ast.AST, deep: bool, types: bool) -> Iterator[tuple[str, str]]:
    """Give what is imported from the package, as (module, name in it).

    Parameters
    ----------
    tree
        Of a module, or of a part of one.
    deep
        Look into functions.
    types
        Look at what is imported for types, where a package names what it gives on later.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom) and _is_below(node.module or "", (PACKAGE,)):
            yield from ((node.module or "", name.name) for name in node.names)
        elif isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names if _is_below(name.name, (PACKAGE,)))
        elif isinstance(node, ast.If) and _is_for_types(node) and not types:
            yield from _named(ast.Module(node.orelse, []), deep, types)
        elif deep or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _named(node, deep, types)


def _is_for_types(node: ast.If) -> bool:
    return "TYPE_CHECKING" in ast.unparse(node.test)


def _home(base: str, name: str) -> str:
    """Name the module, below the package, that a name imported from another one stands in."""
    base = base.removeprefix(PACKAGE).removeprefix(".")
    inner = f"{base}.{name}".strip(".")
    if name and _exists(inner):
        return inner
    if name and _is_package(base):
        for other, given in _named(_tree(base), deep=False, types=True):
            if given == name:
                return _home(other, name)
    return base


def _is_package(module: str) -> bool:
    return _path(module).name == "__init__.py"


def _is_below(module: str, names: Iterable[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_path(module).read_text(encoding="utf-8"))


def _path(module: str) -> Path:
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _exists(module: str) -> bool:
    return _path(module).is_file()


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    except OSError:  # no git here
        return ""
    return done.stdout.strip()
