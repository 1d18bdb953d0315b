"""Read the public names of the library from its sources, without importing them.

So a build needs neither framework, and a signature stands in a page as it does in the source.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parents[2] / "src"
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Name:
    """A public name: what it is, how it is called, and what its docstring says.

    Attributes
    ----------
    kind
        `function`, `class`, `exception`, `data`, `method` or `property`.
    signature
        What stands behind the name: the brackets, and what is returned.
    doc
        Lines of the docstring.
    value
        Of a constant.
    members
        Public methods and properties of a class, inherited ones among them.
    """

    kind: str
    name: str
    signature: str = ""
    doc: tuple[str, ...] = ()
    value: str = ""
    members: tuple["Name", ...] = ()


def read(module: str) -> list[Name]:
    """Read what `__all__` names, in its order; without one, what is defined without underscore."""
    return [_described(name, *_must_find(module, name)) for name in public(module)]


def public(module: str) -> list[str]:
    """List the public names of a module."""
    tree = parsed(module)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return sorted(ast.literal_eval(node.value), key=str.casefold)
    defined = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return [node.name for node in defined if not node.name.startswith("_")]


def path_of(module: str) -> Path:
    """Return the file of a module or package."""
    path = SOURCE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def parsed(module: str) -> ast.Module:
    """Parse a module of the library."""
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


def find(module: str, name: str) -> tuple[str, Definition] | None:
    """Find where the library defines a name, through the imports that give it on."""
    if not path_of(module).is_file():
        return None
    for node in ast.walk(parsed(module)):
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            if (alias.asname or alias.name) == name:
                return find(str(node.module), alias.name)
    defined = (node for node in parsed(module).body if isinstance(node, Definition))
    return next(((module, node) for node in defined if name in _bound(node)), None)


def _must_find(module: str, name: str) -> tuple[str, Definition]:
    found = find(module, name)
    if found is None:
        raise LookupError(f"{module} gives the name {name}, and no source of it is found.")
    return found


def _bound(node: Definition) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return [ast.unparse(one) for one in getattr(node, "targets", [getattr(node, "target", None)])]


def _described(name: str, module: str, node: Definition) -> Name:
    if isinstance(node, ast.FunctionDef):
        return Name("function", name, _signature(node), _doc(node))
    if isinstance(node, ast.ClassDef):
        return _described_class(name, module, node)
    return Name("data", name, value=ast.unparse(node.value) if node.value else "")


def _described_class(name: str, module: str, node: ast.ClassDef) -> Name:
    family = list(_family(module, node))
    if name.endswith("Error") or name.endswith("Warning"):
        return Name("exception", name, "", _doc(node))
    made = next((given for one in family if (given := _arguments_of(one))), _fields_of(family))
    members: dict[str, Name] = {}
    for one in family:
        for method in _methods(one):
            members.setdefault(method.name, method)
    return Name("class", name, f"({made})", _doc(node), members=tuple(members.values()))


def _family(module: str, node: ast.ClassDef) -> Iterator[ast.ClassDef]:
    """Yield a class and those of the library that it inherits from."""
    yield node
    for base in node.bases:
        if isinstance(base, ast.Name) and (found := find(module, base.id)):
            home, definition = found
            if isinstance(definition, ast.ClassDef):
                yield from _family(home, definition)


def _methods(node: ast.ClassDef) -> Iterator[Name]:
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
            decorators = [ast.unparse(decorator) for decorator in method.decorator_list]
            if "property" in decorators:
                yield Name("property", method.name, "", _doc(method))
            elif ast.get_docstring(method):
                yield Name("method", method.name, _signature(method), _doc(method))


def _doc(node: ast.FunctionDef | ast.ClassDef) -> tuple[str, ...]:
    return tuple((ast.get_docstring(node) or "").splitlines())


# Signatures, as they stand in the source but for the quotes around annotations.


class _Unquoted(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        choices = ast.unparse(node.value) == "Literal"  # whose texts are no annotations
        return node if choices else self.generic_visit(node)


def unquoted(annotation: ast.expr) -> str:
    """Write an annotation without quotes."""
    return ast.unparse(_Unquoted().visit(annotation))


def _signature(node: ast.FunctionDef) -> str:
    returns = f" -> {unquoted(node.returns)}" if node.returns else ""
    return f"({_arguments(node)}){returns}"


def _arguments(node: ast.FunctionDef) -> str:
    """Write the arguments of a function, less the object that a method is of."""
    every = node.args
    for one in [*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg]:
        if one is not None and one.annotation is not None:
            one.annotation = ast.parse(unquoted(one.annotation), mode="eval").body
    if every.args and every.args[0].arg in ("self", "cls"):
        del every.args[0]
    return ast.unparse(every)


def _arguments_of(node: ast.ClassDef) -> str:
    """Write what a class's own `__init__` takes."""
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            return _arguments(method)
    return ""


def _fields_of(family: list[ast.ClassDef]) -> str:
    """Write what a dataclass or named tuple is made of, fields of what it inherits from first."""
    if not any(_is_record(one) for one in family):
        return ""
    fields: dict[str, str] = {}
    for one in reversed(family):
        for line in one.body:
            if isinstance(line, ast.AnnAssign) and _is_given(line):
                fields[ast.unparse(line.target)] = _field(line)
    return ", ".join(fields.values())


def _is_record(node: ast.ClassDef) -> bool:
    marks = [*node.decorator_list, *node.bases]
    return any("dataclass" in ast.unparse(one) or "NamedTuple" in ast.unparse(one) for one in marks)


def _is_given(line: ast.AnnAssign) -> bool:
    """Tell whether a field is given when an object is made."""
    computed = line.value is not None and "init=False" in ast.unparse(line.value)
    return not computed and not ast.unparse(line.annotation).startswith(("ClassVar", "Final"))


def _field(line: ast.AnnAssign) -> str:
    default = ""
    if line.value is not None:
        text = ast.unparse(line.value)
        made = re.fullmatch(r"field\(default(_factory)?=([\w.]+)(, .*)?\)", text)
        default = f" = {made[2]}{'()' if made[1] else ''}" if made else f" = {text}"
    return f"{ast.unparse(line.target)}: {unquoted(line.annotation)}{default}"
