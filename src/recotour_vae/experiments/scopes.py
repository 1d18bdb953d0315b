"""Which names of a piece of code are its own, and which lead out of it."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Import = ast.Import | ast.ImportFrom
Names = Mapping[str, tuple[str, ...]]  # to dotted paths; to none where it is a variable
Paths = Callable[[Import], Iterable[tuple[str, str]]]  # name and dotted path of each import

_DEFINITIONS: Final = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Scope:
    """What names mean at a place, by Python's rules.

    Attributes
    ----------
    names
        That are bound here. A name leads to several paths where one of several imports binds it.
    outer
        The scope around, None around a module.
    is_class
        Whether it is the body of a class, whose names its methods do not see.
    """

    names: Names
    outer: "Scope | None" = None
    is_class: bool = False

    def paths(self, name: str) -> tuple[str, ...] | None:
        """Say where a name leads; nowhere for a variable, and None for one of Python's own."""
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.outer
        return None if scope is None else scope.names[name]

    def within(self, names: Names, is_class: bool = False) -> "Scope":
        """Go into a function, a comprehension or a class."""
        return Scope(names, self.outer if self.is_class else self, is_class)


def names_of_function(node: Function, paths: Paths) -> Names:
    """Find the names that a function binds: parameters, variables, and what it imports."""
    body = node.body if isinstance(node.body, list) else [node.body]
    return {**dict.fromkeys(parameters(node.args), ()), **names_of(body, paths)}


def names_of_comprehension(node: Comprehension) -> Names:
    """Find the variables of a comprehension."""
    targets = [part for one in node.generators for part in ast.walk(one.target)]
    return {part.id: () for part in targets if isinstance(part, ast.Name)}


def names_of(body: Iterable[ast.AST], paths: Paths) -> Names:
    """Find the names that some statements bind in the scope where they stand."""
    found: dict[str, tuple[str, ...]] = {}
    elsewhere: set[str] = set()
    for node in _in_this_scope(body):
        if isinstance(node, ast.Global | ast.Nonlocal):
            elsewhere |= set(node.names)
        elif isinstance(node, Import):
            for name, path in paths(node):
                found[name] = (*found.get(name, ()), path)
        elif bound := _bound(node):
            found.setdefault(bound, ())
    return {name: leads for name, leads in found.items() if name not in elsewhere}


def parameters(args: ast.arguments) -> list[str]:
    """Name the parameters of a function."""
    several = [one for one in (args.vararg, args.kwarg) if one]
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, *several]
    return [one.arg for one in every]


def _in_this_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Go through nodes, and not into scopes of their own; `:=` reaches out of a comprehension."""
    for node in nodes:
        yield node
        if isinstance(node, Comprehension):
            yield from (one.target for one in ast.walk(node) if isinstance(one, ast.NamedExpr))
        elif not isinstance(node, _DEFINITIONS | ast.Lambda):
            yield from _in_this_scope(ast.iter_child_nodes(node))


def _bound(node: ast.AST) -> str | None:
    """Name what a node binds, if anything."""
    if isinstance(node, ast.Name):
        return None if isinstance(node.ctx, ast.Load) else node.id
    if isinstance(node, ast.MatchMapping):
        return node.rest
    with_a_name = _DEFINITIONS | ast.ExceptHandler | ast.MatchAs | ast.MatchStar
    return node.name if isinstance(node, with_a_name) else None
