"""Who imports whom in the library, read off its sources: also inside functions, also for types."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from recotour_vae.doors import today

SOURCE = Path(__file__).parents[1] / "src" / "recotour_vae"
Arrow = tuple[str, str]


def name_of(path: Path) -> str:
    """Name a module below the library, a package by its folder."""
    inner = path.relative_to(SOURCE)
    return ".".join((inner.parent if path.name == "__init__.py" else inner.with_suffix("")).parts)


TREES = {
    name_of(path): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(SOURCE.rglob("*.py"))
}
PACKAGES = {name_of(path) for path in SOURCE.rglob("*/__init__.py")}


def imports(tree: ast.AST, types: bool = True) -> Iterator[tuple[ast.ImportFrom, str]]:
    """Yield what is imported from the library, as its path below it."""
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test) and not types:
        return
    package, _, inner = (getattr(tree, "module", None) or "").partition(".")
    if isinstance(tree, ast.ImportFrom) and package == SOURCE.name:
        yield from ((tree, f"{inner}.{one.name}".lstrip(".")) for one in tree.names)
    for node in ast.iter_child_nodes(tree):
        yield from imports(node, types)


def home(path: str) -> str:
    """Name the module that a path means, through doors and packages that only give a name on."""
    path = today(f"{SOURCE.name}.{path}").partition(".")[2]
    if path in TREES and path not in PACKAGES:
        return path
    module, _, name = path.rpartition(".")
    given = [found for _, found in imports(TREES[module])] if module in PACKAGES else []
    found = next((one for one in given if one.rpartition(".")[2] == name and one != path), None)
    return home(found) if found else path if path in TREES else module


@cache
def arrows(types: bool = True) -> set[Arrow]:
    """Give each pair of a module and one that it imports."""
    own = {module: tree for module, tree in TREES.items() if module not in PACKAGES}
    found = {(one, home(path)) for one, tree in own.items() for _, path in imports(tree, types)}
    return {(one, other) for one, other in found if one != other}


def circles() -> set[str]:
    """Name the modules that import themselves through others, when they are used."""
    reached = {one: {other for who, other in arrows(types=False) if who == one} for one in TREES}
    for middle in TREES:
        for found in reached.values():
            if middle in found:
                found |= reached[middle]
    return {one for one, found in reached.items() if one in found}
