"""What is mended in the markup of pages: heads, lists, signatures, folds, formulas, solutions."""

from bs4 import BeautifulSoup
from docutils import nodes
from tables_book import load_extension

markup = load_extension("accessible_markup")
lines = load_extension("equation_links")


def test_a_head_without_a_name_becomes_a_cell():
    table = '<tr style="x"><th></th><th class="a">  </th><th>users</th></tr><th>\n3</th>'
    mended = '<tr style="x"><td></td><td class="a"></td><th>users</th></tr><th>\n3</th>'
    assert markup.heads_that_name(table) == mended


def test_a_head_without_a_name_in_markdown_becomes_a_cell_too():
    row = '<tr><th class="head"><p></p></th><th class="head"><p>users</p></th></tr>'
    mended = '<tr><td class="head"></td><th class="head"><p>users</p></th></tr>'
    assert markup.heads_of_tables_in_the_text(row) == mended


def test_sources_are_items_of_their_list():
    body = '<div role="list"><div role="doc-biblioentry">A. 2018</div></div>'
    assert markup.sources_as_a_list(body) == body.replace("doc-biblioentry", "listitem")


def test_a_folded_cell_is_called_what_is_written_on_it():
    body = '<summary aria-label="Toggle hidden content"><p>Show code</p></summary>'
    assert markup.folds_named_by_their_words(body) == "<summary><p>Show code</p></summary>"


def test_parameters_become_lines_and_other_definitions_stay():
    one = '<dd><em class="sig-param">k<span>: int</span></em>,</dd>'
    other = "<dl><dt>term</dt><dd>meaning</dd></dl>"
    mended = markup.signatures_in_lines(f"<dt>f(<dl>\n{one}\n{one}\n</dl>)</dt>{other}")
    line = one.replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
    assert mended == f"<dt>f({line}\n{line})</dt>{other}"


def test_a_fold_is_named_after_its_page():
    page = "<ul><li><a>The library</a><details><summary><i></i></summary></details></li></ul>"
    named = markup.name_the_folds(BeautifulSoup(page, "html.parser"))
    assert named.summary["aria-label"] == "Pages of: The library"


def paragraph(*parts: nodes.Node) -> nodes.paragraph:
    """Return a paragraph of these parts."""
    return nodes.paragraph("", "", *parts)


def link(words: str) -> nodes.reference:
    """Return a link to an equation."""
    return nodes.reference("", "", nodes.inline("", words))


def test_a_number_has_one_pair_of_brackets():
    for before, after, left in (
        ("see (", ")", "7.1"),
        ("see ", ")", "(7.1)"),
        ("(", ", ", "(7.1)"),
    ):
        number = link("(7.1)")
        paragraph(nodes.Text(before), number, nodes.Text(after))
        lines.unbracket(number)
        assert number.astext() == left


def test_other_links_between_brackets_stay():
    other = link("(see there)")
    paragraph(nodes.Text("("), other, nodes.Text(")"))
    lines.unbracket(other)
    assert other.astext() == "(see there)"
