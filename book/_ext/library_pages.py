"""Make pages of the library's public names, out of its docstrings.

    ```{eval-rst}
    .. library:: recotour_vae.evaluation.metrics
       :chapter: building/metrics
    ```

shows each public name of a module: its signature, its docstring, and a way to the chapter that
explains it. "Equation `eq-ndcg` in building/metrics." becomes a link to that equation; where a
docstring names none, the chapter given here is linked. A name in single backticks becomes a link
where it is one of the library's, and code else. `:only:` picks a few names of a module.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any, ClassVar, Final

import library_source
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from library_source import Name
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, NumpyDocstring
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

EQUATION: Final = re.compile(r"\b(equation)\s+`(eq-[a-z0-9-]+)`\s+in\s+([a-z-]+/[a-z-]+)\.", re.I)
SINGLE: Final = re.compile(r"(?<![`:\w])`([^`]+)`(?!`)")  # not a role's, nor one of a pair
JOINT: Final = ",\u200b"  # a comma after which a line may break
NAME: Final = re.compile(r"[A-Za-z_][\w.]*")
SECTIONS: Final = Config(napoleon_use_ivar=True, napoleon_use_rtype=False)


# From a docstring to reStructuredText.


def with_links(doc: str) -> str:
    """Link the equations that a docstring names, and its words in backticks; leave examples."""
    parts = re.split(r"(\n\s*\n)", doc)
    return "".join(p if p.lstrip().startswith(">>>") else _paragraph(p) for p in parts)


def _paragraph(text: str) -> str:
    text = EQUATION.sub(r"\1 :eq:`\2` in :doc:`/\3`.", text.replace("|", r"\|"))
    return SINGLE.sub(lambda found: _code(found[1]), text)


def _code(text: str) -> str:
    return f":py:obj:`{text}`" if NAME.fullmatch(text) else f"``{text}``".replace(r"\|", "|")


def one_name_a_field(doc: str) -> str:
    """Join the names of attributes that share a line: napoleon takes blanks for types."""
    head, heading, attributes = doc.partition("\nAttributes\n----------\n")
    joined = re.sub(r"(?m)^\w+(, \w+)+$", lambda found: found[0].replace(", ", JOINT), attributes)
    return head + heading + joined


def with_chapter(doc: str, chapter: str) -> str:
    """Name the chapter that explains it, before the first section."""
    head, *sections = re.split(r"\n(?=[A-Z][a-z]+\n-+\n)", doc, maxsplit=1)
    return "\n".join([head, f"\nExplained in :doc:`/{chapter}`.\n", *sections])


def written(name: Name, chapter: str | None) -> Iterator[str]:
    """Write a name as a directive of Sphinx's Python domain, with its docstring in it."""
    doc = one_name_a_field(with_links("\n".join(name.doc)))
    if chapter and ":eq:`" not in doc:
        doc = with_chapter(doc, chapter)
    yield f".. py:{name.kind}:: {name.name}{name.signature}"
    yield from indented([f":value: {name.value}"] if name.value else [])
    yield ""
    yield from indented(NumpyDocstring(doc, SECTIONS, what=name.kind).lines())
    yield ""
    for member in name.members:
        yield from indented(written(member, None))


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Move lines to the right, under a directive."""
    return (f"   {line}" if line else "" for line in lines)


class Library(SphinxDirective):
    """The directive `library`."""

    required_arguments = 1
    option_spec: ClassVar = {
        "chapter": directives.unchanged_required,
        "only": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Write the names of a module, and let Sphinx read what is written."""
        module = self.arguments[0]
        self.env.note_dependency(str(library_source.path_of(module)))
        lines = StringList([f".. py:currentmodule:: {module}", ""], module)
        for name in self.chosen(library_source.read(module)):
            text = list(written(name, self.options["chapter"]))
            lines.extend(StringList(text, f"{module}.{name.name}"))
        found = nodes.Element()
        self.state.nested_parse(lines, self.content_offset, found)
        for label in found.findall(nodes.field_name):
            if label.astext() == "Variables":  # what Sphinx calls the attributes of a class
                label.clear()
                label += nodes.Text("Attributes")
        return found.children

    def chosen(self, names: list[Name]) -> list[Name]:
        """Pick the names that `:only:` lists, in its order."""
        if "only" not in self.options:
            return names
        of = {name.name: name for name in names}
        return [of[name] for name in self.options["only"].split()]


# Names of types in signatures, and in backticks.


class LinkNames(SphinxPostTransform):
    """Link the library's names that are written without their module; others stay words."""

    default_priority = 5  # before Sphinx, to whom two classes of one name are ambiguous

    def run(self, **kwargs: object) -> None:
        """Put a link, or the words, in place of each mention."""
        objects = self.env.get_domain("py").data["objects"]
        for node in list(self.document.findall(pending_xref)):
            if node.get("refdomain") == "py":
                target = closest(node["reftarget"], context(node), objects)
                node.replace_self(self.link(node, target, objects))

    def link(self, node: pending_xref, target: str | None, objects: dict[str, Any]) -> nodes.Node:
        """Return the link of a mention, or its words where it is none of ours."""
        shown = node.children[0]
        if target is None:
            return shown
        entry, page = objects[target], self.env.docname
        return make_refnode(self.app.builder, page, entry.docname, entry.node_id, shown, target)


def context(node: pending_xref) -> str:
    """Return the class, or else the module, in whose description a name is mentioned."""
    parts = [node.get("py:module"), node.get("py:class")]
    return ".".join(part for part in parts if part)


def closest(name: str, place: str, known: Iterable[str]) -> str | None:
    """Return the known name that ends like this one, nearest to a place; None without any.

    A method is meant by its bare name only within its own class.
    """
    ends = (one for one in known if one == name or one.endswith(f".{name}"))
    meant = [one for one in ends if "." in name or owner(one) == place or not is_class(owner(one))]
    return min(meant, key=lambda one: (-shared(one, place), one), default=None)


def owner(name: str) -> str:
    """Return the module or class that a name is of."""
    return name.rpartition(".")[0]


def is_class(name: str) -> bool:
    """Tell whether a name is that of a class, by its capital."""
    return name.rpartition(".")[2][:1].isupper()


def shared(one: str, other: str) -> int:
    """Count the packages that two names have in common."""
    pairs = zip(one.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("library", Library)
    app.add_post_transform(LinkNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
