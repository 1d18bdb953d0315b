"""The extension that makes the library's pages: sources in, reStructuredText out."""

import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tables_book import load_extension

from recotour_vae import splits
from recotour_vae.evaluation import metrics


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    return load_extension("library_pages")


@pytest.fixture(scope="module")
def source() -> ModuleType:
    return load_extension("library_source")


SMALL = '''
from typing import NamedTuple
from dataclasses import dataclass, field

__all__ = ["LIMIT", "Child", "add"]

LIMIT = 3

@dataclass
class _Base:
    width: int
    made: list = field(init=False)

    def grow(self, by: "int | None" = None) -> "_Base":
        """Grow."""

@dataclass
class Child(_Base):
    """A child."""
    names: dict[str, int] = field(default_factory=dict)
    table: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    found: int | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Its size."""

    def _hidden(self) -> None:
        """Not shown."""

def add(a: "pd.Series[float]", /, *rest: int, kind: Literal["x", "y"] = "x") -> int:
    """Add."""
'''


@pytest.fixture
def small(source: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The reader, looking at a library of one module."""
    (tmp_path / "small.py").write_text(SMALL)
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").write_text(
        'if TYPE_CHECKING:\n    from small import add\n__all__ = ["add"]\n'
    )
    monkeypatch.setattr(source, "SOURCE", tmp_path)
    source.parsed.cache_clear()
    yield source
    source.parsed.cache_clear()


def test_the_names_of_all_are_read_with_what_they_take(small):
    add, child, limit = small.read("small")
    assert (add.kind, add.signature) == (
        "function",
        "(a: pd.Series[float], /, *rest: int, kind: Literal['x', 'y']='x') -> int",
    )
    assert (child.kind, child.signature) == (
        "class",
        "(width: int, names: dict[str, int] = dict(), table: pd.DataFrame = pd.DataFrame(), "
        "found: int | None = None)",
    )
    assert [(member.kind, member.name) for member in child.members] == [
        ("property", "size"),
        ("method", "grow"),
    ]
    assert child.members[1].signature == "(by: int | None=None) -> _Base"
    assert (limit.kind, limit.value) == ("data", "3")


def test_a_package_gives_names_on(small):
    (add,) = small.read("house")
    assert add.doc == ("Add.",)


def test_a_name_without_a_source_is_an_error(small, tmp_path):
    (tmp_path / "empty.py").write_text('__all__ = ["gone"]\n')
    with pytest.raises(LookupError, match="empty gives the name gone"):
        small.read("empty")


@pytest.mark.parametrize("module", [splits, metrics], ids=lambda m: m.__name__)
def test_signatures_have_the_parameters_that_python_sees(source, module):
    functions = [name for name in source.read(module.__name__) if name.kind == "function"]
    assert functions
    for name in functions:
        seen = inspect.signature(getattr(module, name.name)).parameters
        places = [name.signature.find(f"{parameter}: ") for parameter in seen]
        assert -1 not in places
        assert places == sorted(places)


def test_reading_the_library_imports_none_of_it(source):
    before = set(sys.modules)
    assert source.read("recotour_vae.models.gluon")
    assert set(sys.modules) == before


def test_an_equation_becomes_a_link_wherever_its_line_breaks(pages):
    assert pages.with_links("Equation `eq-a` in part/chapter-one.") == (
        "Equation :eq:`eq-a` in :doc:`/part/chapter-one`."
    )
    broken = pages.with_links("Its gradient is equation\n`eq-b` in part/two.")
    assert broken == "Its gradient is equation :eq:`eq-b` in :doc:`/part/two`."


def test_backticks_are_names_or_code_and_bars_are_no_substitutions(pages):
    assert pages.with_links("give `k`, or `a@b`") == "give :py:obj:`k`, or ``a@b``"
    assert pages.with_links("|v| of ``x`` and :eq:`e`") == r"\|v\| of ``x`` and :eq:`e`"
    assert pages.with_links("of `|v|`") == "of ``|v|``"


def test_examples_stay_as_they_are(pages):
    example = "Say.\n\n>>> f('|')\n'`x`'\n\nof `k`"
    assert pages.with_links(example) == "Say.\n\n>>> f('|')\n'`x`'\n\nof :py:obj:`k`"


def test_the_chapter_is_named_before_the_first_section(pages):
    doc = "Say.\n\nMore.\n\nRaises\n------\nOops\n    When."
    lines = pages.with_chapter(doc, "part/one").split("\n")
    assert lines.index("Explained in :doc:`/part/one`.") < lines.index("Raises")
    assert lines[:3] == ["Say.", "", "More."]
    assert "Explained in :doc:`/part/one`." in pages.with_chapter("Say.", "part/one")


def test_a_name_that_has_an_equation_is_not_explained_twice(source, pages):
    named = source.Name("function", "f", "()", ("Say.", "", "Equation `eq-a` in part/one."))
    plain = source.Name("function", "f", "()", ("Say.",))
    assert not any("Explained" in line for line in pages.written(named, "part/one"))
    assert sum("Explained" in line for line in pages.written(plain, "part/one")) == 1


def test_attributes_that_share_a_line_stay_one_field(pages):
    doc = "Say.\n\nAttributes\n----------\na, b\n    Two, of them.\n"
    assert "\na,\u200bb\n" in pages.one_name_a_field(doc)
    assert "Two, of them." in pages.one_name_a_field(doc)


KNOWN = ("v.pytorch.Net", "v.gluon.Net", "v.gluon.Net.score", "v.metrics.recall", "v.runs.recall")


@pytest.mark.parametrize(
    ("name", "place", "meant"),
    [
        ("Net", "v.gluon", "v.gluon.Net"),
        ("Net", "v.pytorch.make", "v.pytorch.Net"),
        ("recall", "v.runs", "v.runs.recall"),
        ("score", "v.gluon.Net", "v.gluon.Net.score"),
        ("score", "v.metrics", None),
        ("Net.score", "v.metrics", "v.gluon.Net.score"),
        ("csr_matrix", "v.metrics", None),
        ("et", "v.gluon", None),
    ],
)
def test_the_nearest_name_is_meant(pages, name, place, meant):
    assert pages.closest(name, place, KNOWN) == meant
