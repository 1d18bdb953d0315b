"""What a definition does, written down apart from where it stands and what it is called.

Two definitions have one normal form where they do the same in the same words. Gone are docstrings,
comments and layout, annotations, imports, and the sentences of errors and warnings where these are
made; which error a `raise` raises changes no number either. What stands outside the package goes by
its full path, however it was imported, and a definition of the package by itself and not by its
name: the form has a gap there. The fields of a class count in their order, and so does what marks
one that is none (`ClassVar`, `InitVar`). A text that is a path of the package says where something
stands, to be looked up when the code runs, and does not count. Names of variables, methods and
parameters count.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from recotour_vae.experiments.definitions import REST, WHOLE, Definition, Found, Package
from recotour_vae.experiments.scopes import (
    Comprehension,
    Function,
    Import,
    Scope,
    names_of,
    names_of_comprehension,
    names_of_function,
    parameters,
)

Part = str | Definition

_LEFT_OUT: Final = {"annotation", "ctx", "kind", "msg", "returns", "type_comment", "type_params"}
_WARN: Final = "warnings.warn"
_CHOSEN: Final = "chosen"  # stands for all that a chooser may import from the package


@cache
def normal_form(package: Package, definition: Definition) -> tuple[Part, ...]:
    """Write a definition down: text, with a definition of the package wherever it uses one."""
    module = package.module(definition.module)
    writer = _Writer(package, definition)
    if definition.name == WHOLE:
        return tuple(_whole(definition.module, list(module.statements), bool(module.rest)))
    for node in module.rest if definition.name == REST else module.statements[definition.name]:
        writer.top(node, module.scope)
    if module.rest and definition.name != REST:  # run before anything of the module is used
        writer.parts.append(Definition(definition.module, REST))
    return tuple(writer.parts)


def uses(package: Package, definition: Definition) -> set[Definition]:
    """Give the definitions that one uses itself."""
    return {part for part in normal_form(package, definition) if isinstance(part, Definition)}


def _whole(module: str, names: list[str], rest: bool) -> Iterator[Part]:
    """Take all of a module by name, as `getattr` may do."""
    for name in sorted(names):
        yield from (repr(name), Definition(module, name))
    if rest:
        yield Definition(module, REST)


@dataclass
class _Writer:
    package: Package
    definition: Definition
    parts: list[Part] = field(default_factory=list)

    def top(self, node: ast.stmt, scope: Scope) -> None:
        """Write a statement of a module, without the name that it defines."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif self.definition.name != REST and isinstance(
            node, ast.Assign | ast.AnnAssign | ast.AugAssign
        ):
            self._constant(node, scope)
        else:
            self.write(node, scope)

    def write(self, thing: Any, scope: Scope) -> None:
        """Write a node, a list of them or a plain value."""
        if isinstance(thing, list):
            self._list(thing, scope)
        elif isinstance(thing, ast.AST):
            self._node(thing, scope)
        else:
            self._add(repr(thing))

    def _node(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._add(node.name)
                self._function(node, scope)
            case ast.Lambda():
                self._function(node, scope)
            case ast.ClassDef():
                self._add(node.name)
                self._class(node, scope)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, scope)
            case ast.Name() | ast.Attribute():
                self._path(node, scope)
            case ast.AnnAssign():
                self._annotated(node, scope)
            case ast.Constant(value=str(text)) if text.startswith(f"{self.package.name}."):
                self._add("!place")
            case ast.Raise():
                self._add("!raise")
            case ast.Call() if self._is_a_message(node, scope):
                self._add("!said")
            case _:
                self._fields(node, scope)

    def _fields(self, node: ast.AST, scope: Scope) -> None:
        """Write the parts of a node that are there and count."""
        self._add(f"{type(node).__name__}(")
        for name, value in ast.iter_fields(node):
            if name not in _LEFT_OUT and value is not None and value != []:
                self._add(f"{name}=")
                self.write(value, scope)
        self._add(")")

    def _list(self, things: list[Any], scope: Scope) -> None:
        self._add("[")
        for one in things:
            if not _is_left_out(one, scope):
                self.write(one, scope)
                self._add(",")
        self._add("]")

    def _function(self, node: Function, scope: Scope) -> None:
        """Write a function: what surrounds it sees its decorators and defaults."""
        self._add(type(node).__name__)
        args = node.args
        self.write([getattr(node, "decorator_list", []), args.defaults, args.kw_defaults], scope)
        shape = [len(args.posonlyargs), len(args.args), args.vararg is None, args.kwarg is None]
        self.write([*shape, *parameters(args)], scope)
        self.write(node.body, scope.within(names_of_function(node, self._imports)))

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        self._add("Class")
        self.write([node.decorator_list, node.bases, node.keywords], scope)
        self.write(node.body, scope.within(names_of(node.body, self._imports), is_class=True))

    def _comprehension(self, node: Comprehension, scope: Scope) -> None:
        """Write a comprehension, whose first iterable belongs to what surrounds it."""
        self.write(node.generators[0].iter, scope)
        self._fields(node, scope.within(names_of_comprehension(node)))

    def _constant(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope) -> None:
        """Write a constant of a module: its value, and which part of it is meant."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [part.id for one in targets for part in ast.walk(one) if isinstance(part, ast.Name)]
        self._add(f"{len(names)}:{names.index(self.definition.name)}")
        self.write([getattr(node, "op", None), node.value], scope)

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        if scope.is_class or node.value is None:
            self._add("field")
            marks = re.findall(r"ClassVar|InitVar|KW_ONLY", ast.unparse(node.annotation))
            self.write([*marks, node.target, node.value], scope)
        else:
            self.write(ast.Assign([node.target], node.value), scope)

    def _path(self, node: ast.Name | ast.Attribute, scope: Scope) -> None:
        found = self._found(node, scope)
        if found is None and isinstance(node, ast.Name):
            self._add(node.id)
        elif found is None:
            self._fields(node, scope)
        for one in found or ():
            self._add(f"<{one.rest}>")
            if one.definition is not None and self.package.counts(one.definition):
                self.parts.append(one.definition)

    def _found(self, node: ast.AST, scope: Scope) -> tuple[Found, ...] | None:
        """Find what `a.b.c` means; None where `a` is a variable or Python's own."""
        names = _chain(node)
        paths = scope.paths(names[0]) if names else None
        if not paths:
            return None
        every = [self.package.find(".".join([path, *names[1:]])) for path in paths]
        return tuple(one for found in every for one in found)

    def _is_a_message(self, node: ast.Call, scope: Scope) -> bool:
        """Whether a call warns, or makes an error: its words are for people."""
        for one in self._found(node.func, scope) or ():
            module = one.definition.module if one.definition else ""
            if one.rest == _WARN or (module and module == self.package.errors):
                return True
        return False

    def _imports(self, node: Import) -> Iterator[tuple[str, str]]:
        chooses = self.package.chooses(self.definition)
        for name, path in self.package.imports(self.definition.module, node):
            ours = path.partition(".")[0] == self.package.name
            yield name, _CHOSEN if chooses and ours else path

    def _add(self, text: str) -> None:
        self.parts.append(f"{text} ")


def _chain(node: ast.AST) -> list[str]:
    """Give the names of `a.b.c`; none where it begins with anything else than a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def _is_left_out(node: Any, scope: Scope) -> bool:
    """Whether a statement does nothing, or is written down where its names are used."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return node.value is None and not scope.is_class
    return isinstance(node, Import | ast.Pass | ast.Global)
