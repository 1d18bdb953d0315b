"""The table of the family agrees with the registry, with the references, and with its drawing."""

import re
import sys
from types import ModuleType

import pytest
from book_support import BOOK, ROOT
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from tables_book import load_extension

from recotour_book.family import FAMILY, Relative
from recotour_vae.recommenders import Entry
from recotour_vae.recommenders.registry import ENTRIES

OF = {one.name: one for one in FAMILY}
TO_COME: set[str] = set()  # what a chapter to come brings to the registry
LATER: set[str] = set()  # chapters to come

each = pytest.mark.parametrize("one", FAMILY, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def figure() -> ModuleType:
    sys.path.append(str(ROOT / "figures"))
    import family as drawn  # the script, beside what it shares with others

    return drawn


@pytest.fixture(scope="module")
def table() -> ModuleType:
    return load_extension("family_table")


def registered(one: Relative) -> list[Entry]:
    return [ENTRIES[name] for name in one.registered if name in ENTRIES]


def authors_and_year(key: str) -> tuple[list[str], str]:
    """Read the family names and the year of an entry of the list of references."""
    text = (BOOK / "references.bib").read_text(encoding="utf-8")
    (found,) = re.findall(rf"(?ms)^@\w+\{{{key},\n(.*?)^\}}", text)
    said = dict(re.findall(r"(?m)^\s*(\w+) = \{(.*)\},?$", found))
    names = [name.split(",")[0] for name in said["author"].split(" and ")]
    return [plain(name) for name in names], said["year"]


def plain(name: str) -> str:
    """Write TeX's accents as letters."""
    return name.replace(r"{\v{c}}", "č")


@each
def test_the_registry_calls_it_so_and_has_it_from_the_same_paper(one):
    assert {name for name in one.registered if name not in ENTRIES} <= TO_COME
    for entry in registered(one):
        assert one.name in entry.title or entry.title == one.here
        names, year = authors_and_year(one.paper)
        said = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        assert entry.paper == f"{said} {year}"
        assert year == str(one.year)


@each
def test_the_registry_has_it_predict_and_read_the_same(one):
    for entry in registered(one):
        assert entry.answers[0] == one.answers
        assert ("times" in entry.needs) == one.reads_order


@each
def test_its_paper_is_in_the_references_with_its_year(one):
    assert authors_and_year(one.paper)[1] == str(one.year)


@each
def test_it_adds_three_to_six_words(one):
    assert 3 <= len(one.adds.split()) <= 6
    assert not one.words.endswith(".")


@each
def test_its_chapter_is_in_the_book_or_is_known_to_come(one):
    assert (BOOK / f"{one.chapter}.ipynb").exists() or one.chapter in LATER


def test_names_are_said_once():
    assert len(OF) == len(FAMILY) == 14


# The drawing.


@each
def test_years_run_downwards_and_an_arrow_never_leads_back(figure, one):
    for name in one.grew_from:
        column, row = figure.PLACES[name]
        to_column, to_row = figure.PLACES[one.name]
        assert row < to_row or (row == to_row and column < to_column)
        assert OF[name].year <= one.year
    above = [it.year for it in FAMILY if figure.PLACES[it.name][1] < figure.PLACES[one.name][1]]
    assert max(above, default=0) <= one.year


def test_each_model_has_a_place_of_its_own(figure):
    assert set(figure.PLACES) == set(OF)
    middles = [figure.middle(name) for name in OF]
    for n, (x, y) in enumerate(middles):
        assert not [
            (to_x, to_y)
            for to_x, to_y in middles[n + 1 :]
            if abs(x - to_x) < figure.WIDE and abs(y - to_y) < figure.HIGH
        ]


@each
def test_its_words_stand_within_its_box_and_leave_the_marks_free(figure, one):
    said = figure.lines_of(one)
    assert len(said) <= 2
    assert " ".join(said) == one.adds
    assert max(map(wide, said)) <= figure.WIDE - 24
    marks = 72 if one.reads_order else 44
    assert wide(one.name, "bold") + wide(f" {one.year}") <= figure.WIDE - 14 - marks


def wide(words: str, weight: str = "normal") -> float:
    """Return the width of a line in DejaVu Sans, which is wider than most."""
    font = FontProperties(family="DejaVu Sans", weight=weight)
    return TextPath((0, 0), words, size=20.5, prop=font).get_extents().width


def test_an_arrow_for_each_that_grew_from_another_and_none_through_a_box(figure):
    joined = [(parent, one.name) for one in FAMILY for parent in one.grew_from]
    assert len(figure.arrows()) == len(joined)
    for parent, child in joined:
        for x, y in along(figure.way(parent, child)):
            for name in set(OF) - {parent, child}:
                at_x, at_y = figure.middle(name)
                assert abs(x - at_x) > figure.WIDE / 2 or abs(y - at_y) > figure.HIGH / 2, name


def along(path: str) -> list[tuple[float, float]]:
    """Return points along a path of straight lines, corners and what lies between them."""
    points: list[tuple[float, float]] = []
    for kind, numbers in re.findall(r"([MLHVh])([-\d. ]+)", path):
        x, y = points[-1] if points else (0.0, 0.0)
        first, *rest = map(float, numbers.split())
        to = {
            "M": (first, *rest),
            "L": (first, *rest),
            "H": (first, y),
            "V": (x, first),
            "h": (x + first, y),
        }[kind]
        steps = 1 if kind == "M" else 50
        points += [
            (x + (to[0] - x) * n / steps, y + (to[1] - y) * n / steps) for n in range(1, steps + 1)
        ]
    return points


# The table.


def test_a_row_says_what_the_drawing_says(table):
    assert table.row(OF["SVAE"], ()) == (
        "**SVAE** (2019)",
        "Reads the clicks in their order with a recurrent network, and predicts the next "
        "{cite:p}`sachdeva2019`. *A network; makes lists; reads in order; from Mult-VAE.*",
    )


def test_a_row_leads_to_the_chapter_once_it_is_there(table):
    name, said = table.row(OF["PMF"], {"family/embeddings"})
    assert name == "**PMF** (2008), here EmbeddingDot"
    assert said.endswith("*Linear; predicts ratings.* See {doc}`/family/embeddings`.")
    assert "{doc}" not in table.row(OF["PMF"], {"family/neighbours"})[1]
