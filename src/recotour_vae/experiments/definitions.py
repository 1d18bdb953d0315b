"""Where the definitions of a package stand, and which of them a dotted path means."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from recotour_vae.experiments.scopes import Import, Names, Scope, names_of

WHOLE: Final = "*"  # all of a module, where it is used as a thing itself
REST: Final = ""  # its statements that define nothing, a loop that fills a table say


@dataclass(frozen=True, order=True)
class Definition:
    """A function, a class or a constant of a module, or one of the two above.

    Attributes
    ----------
    module
        Below the package, with dots.
    name
        In the module.
    """

    module: str
    name: str


@dataclass(frozen=True)
class Found:
    """What a path means: a definition, or something outside the package.

    Attributes
    ----------
    definition
        None outside the package.
    rest
        Attributes that the path takes of the definition; the whole path without one.
    """

    definition: Definition | None
    rest: str


@dataclass(frozen=True)
class Module:
    """The parts of a module.

    Attributes
    ----------
    statements
        What defines each name, in order; a constant may be set in several steps.
    rest
        What defines nothing.
    scope
        Its names, with the paths that they lead to.
    """

    statements: Mapping[str, tuple[ast.stmt, ...]]
    rest: tuple[ast.stmt, ...]
    scope: Scope


@dataclass(frozen=True)
class Package:
    """A package, and what of its code can change a number.

    Attributes
    ----------
    root, name
        Its folder, and what it is imported as.
    outside
        Modules, with all below them, that cannot change one.
    errors
        That of `outside` whose classes carry sentences.
    choosers
        Functions that import one of several parts of the package, `module.name`: which of them a
        run goes through is not the code's choice but the run's, and does not follow from here.
    today
        Says what a path is called now that was written before a module moved.
    """

    root: Path
    name: str
    outside: tuple[str, ...] = ()
    errors: str = ""
    choosers: tuple[str, ...] = ()
    today: Callable[[str], str] = str

    def module(self, name: str) -> Module:
        """Read a module."""
        return _module(self, name)

    def path(self, module: str) -> Path:
        """Name a module's file."""
        place = self.root / module.replace(".", "/")
        return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")

    def counts(self, definition: Definition) -> bool:
        """Whether a definition can change a number."""
        module = definition.module
        return not any(f"{module}.".startswith(f"{name}.") for name in self.outside)

    def chooses(self, definition: Definition) -> bool:
        """Whether a definition chooses what it imports."""
        return f"{definition.module}.{definition.name}" in self.choosers

    def find(self, path: str) -> tuple[Found, ...]:
        """Find what a path such as `numpy.linalg.norm` or `package.module.name.attribute` means.

        It may be one of several: a module and a name of the same name, or what one of two
        imports binds. All of them count then.
        """
        head, *inner = self.today(path).split(".")
        found = self._find("", inner) if head == self.name else [Found(None, path)]
        return tuple(dict.fromkeys(found))

    def imports(self, module: str, node: Import) -> Iterator[tuple[str, str]]:
        """Give the names that an import binds in a module, each with its path."""
        if isinstance(node, ast.ImportFrom):
            base = self._base(module, node)
            yield from ((one.asname or one.name, f"{base}.{one.name}") for one in node.names)
            return
        for one in node.names:
            first = one.name.partition(".")[0]
            yield (one.asname, one.name) if one.asname else (first, first)

    def _find(self, module: str, names: list[str]) -> Iterator[Found]:
        if not names:
            yield Found(Definition(module, WHOLE), "")
            return
        inner = f"{module}.{names[0]}".lstrip(".")
        given = list(self._given(module, *names))
        yield from given
        if self.path(inner).is_file():
            yield from self._find(inner, names[1:])
        elif not given:
            yield self._made(module, ".".join(names))

    def _given(self, module: str, name: str, *rest: str) -> Iterator[Found]:
        """Find a name that a module defines, or gives on from another one."""
        found = self.module(module)
        if name in found.statements:
            yield Found(Definition(module, name), ".".join(rest))
        own = self.dotted(module, name)
        for path in found.scope.names.get(name, ()):
            if path != own:
                yield from self.find(".".join((path, *rest)))

    def _made(self, module: str, path: str) -> Found:
        """Find a name that a module makes when it is asked for (PEP 562), or nobody sees how."""
        asked = "__getattr__"
        made = asked if asked in self.module(module).statements else WHOLE
        return Found(Definition(module, made), path)

    def _base(self, module: str, node: ast.ImportFrom) -> str:
        """Name what is imported from, also where it is said by dots."""
        if not node.level:
            return node.module or ""
        here = self.dotted(module).split(".")
        up = node.level - (self.path(module).name == "__init__.py")
        return ".".join([*here[: len(here) - up], *filter(None, [node.module])])

    def dotted(self, *parts: str) -> str:
        """Give the path of something below the package."""
        return ".".join(filter(None, (self.name, *parts)))


@cache
def _module(package: Package, name: str) -> Module:
    tree = ast.parse(package.path(name).read_text(encoding="utf-8"))
    statements: dict[str, tuple[ast.stmt, ...]] = {}
    rest: list[ast.stmt] = []
    for node in _flat(tree.body):
        for defined in _defined(node):
            statements[defined] = (*statements.get(defined, ()), node)
        if not (_defined(node) or isinstance(node, Import) or _is_idle(node)):
            rest.append(node)
    return Module(statements, tuple(rest), Scope(_names(package, name, tree, statements)))


def _names(package: Package, module: str, tree: ast.Module, own: Iterable[str]) -> Names:
    """Say where the names of a module lead: its own to itself, also those made in a loop."""
    found = dict(names_of(tree.body, lambda node: package.imports(module, node)))
    own = set(own) | {name for name, paths in found.items() if not paths}
    found |= {name: (*found.get(name, ()), package.dotted(module, name)) for name in own}
    return found | {name: (package.dotted(module, home, name),) for home, name in _lazily(tree)}


def _lazily(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give the names that a package looks up when they are used (`lazy`), after their modules."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func).endswith("lazily"):
            for word in call.keywords:
                names = str(ast.literal_eval(word.value))
                yield from ((str(word.arg), name) for name in names.split())


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Go through statements; what is imported for types is never run, and does no harm."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _flat([*node.body, *node.orelse])
        else:
            yield node


def _defined(node: ast.stmt) -> list[str]:
    """Name what a statement defines; nothing where it does more than that."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    else:
        return []
    parts = [part for target in targets for part in ast.walk(target)]
    plain = ast.Name | ast.Tuple | ast.List | ast.Starred | ast.expr_context
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    return names if all(isinstance(part, plain) for part in parts) else []


def _is_idle(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
