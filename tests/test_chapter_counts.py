"""What counts as a chapter's main path, and how long it takes."""

from types import ModuleType, SimpleNamespace

import pytest
from docutils import nodes
from tables_book import load_extension


@pytest.fixture(scope="module")
def counting() -> ModuleType:
    return load_extension("chapter_counts")


def cell(source: str, *tags: str, **options: object) -> nodes.container:
    """Return a code cell as MyST-NB makes it."""
    made = nodes.container(nb_element="cell_code", cell_metadata={"tags": list(tags)}, **options)
    code = nodes.container(nb_element="cell_code_source")
    code += nodes.literal_block(source, source)
    made += code
    return made


def page(*children: nodes.Node) -> nodes.section:
    return nodes.section("", *children)


def dropdown(*children: nodes.Node) -> nodes.container:
    return nodes.container("", *children, design_component="dropdown")


WORDS = nodes.paragraph("", "Four words and one ", nodes.math("", "x + y"), nodes.Text(" formula."))


def test_words_are_counted_and_a_formula_in_them_is_one(counting):
    assert counting.count(page(WORDS.deepcopy())).words == 6


def test_lines_with_code_are_counted_where_they_are_seen(counting):
    made = counting.count(page(cell("a = 1\n\nb = 2"), cell("c = 3", hide_mode="input")))
    assert (made.cells, made.lines) == (1, 2)


def test_what_is_folded_is_off_the_path(counting):
    solution = type("solution_node", (nodes.admonition,), {})
    shut = [dropdown(WORDS.deepcopy(), cell("a = 1")), solution("", WORDS.deepcopy())]
    folded = nodes.admonition("", WORDS.deepcopy(), classes=["dropdown"])
    hidden = cell("b = 2", hide_mode="all")
    hidden += [WORDS.deepcopy(), nodes.table()]
    assert counting.count(page(*shut, folded, hidden)) == counting.Counts()


def test_of_two_tabs_one_is_read(counting):
    made = counting.count(page(cell("a = 1", "pytorch"), cell("b = 2\nc = 3", "mxnet")))
    assert (made.cells, made.lines) == (1, 1)
    alone = counting.count(page(cell("b = 2\nc = 3", "mxnet")))
    assert (alone.cells, alone.lines) == (1, 2)


def test_formulas_figures_and_tables_are_counted(counting):
    frame = nodes.raw("", '<table class="dataframe"></table>', format="html")
    made = counting.count(page(nodes.math_block(), nodes.figure(), nodes.table(), frame))
    assert (made.formulas, made.figures, made.tables) == (1, 1, 2)


def test_time_is_said_in_steps_of_five_minutes(counting):
    assert counting.Counts().minutes == 0
    assert counting.Counts(words=1).minutes == 5
    assert counting.Counts(words=1000).minutes == 5
    assert counting.Counts(words=1000, lines=75).minutes == 10
    assert counting.Counts(words=1000, formulas=3, figures=3, tables=4, interactive=1).minutes == 10


def test_counts_add_up(counting):
    both = counting.Counts(words=1, lines=2) + counting.Counts(words=3, figures=4)
    assert both == counting.Counts(words=4, lines=2, figures=4)


TOC = """
root: intro
parts:
  - caption: Front
    chapters: [{file: how}]
  - caption: One
    numbered: 1
    chapters: [{file: a/first}, {file: a/second}]
  - caption: Two
    numbered: 1
    chapters: [{file: b/third}]
"""


@pytest.fixture
def env(tmp_path, counting) -> SimpleNamespace:
    (tmp_path / "_toc.yml").write_text(TOC)
    counts = {
        "a/first": counting.Counts(words=1000),
        "a/second": counting.Counts(words=9000),
        "b/third": counting.Counts(words=20_000),
        "how": counting.Counts(words=7),
    }
    return SimpleNamespace(srcdir=tmp_path, chapter_counts=counts)


@pytest.mark.parametrize(
    ("name", "said"),
    [("a/first", "5 minutes"), ("One", "50 minutes"), ("Two", "100 minutes"), ("book", "2 hours")],
)
def test_a_time_is_that_of_a_chapter_a_part_or_the_book(counting, env, name, said):
    assert counting.reading_time(env, name) == said


@pytest.mark.parametrize("name", ["how", "a", "Three"])
def test_a_time_of_something_else_is_refused(counting, env, name):
    with pytest.raises(Exception, match="no numbered chapter"):
        counting.reading_time(env, name)
