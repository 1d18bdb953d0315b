"""Mathematics drawn while the book is built: pictures, words, glyphs, mistakes that end a build."""

import re
from types import ModuleType

import pytest
import yaml
from book_support import BOOK
from bs4 import BeautifulSoup, Tag
from sphinx.errors import ExtensionError
from tables_book import load_extension

pytestmark = pytest.mark.processes

CONFIG = yaml.safe_load((BOOK / "_config.yml").read_text())["sphinx"]["config"]
MACROS = CONFIG["mathjax3_config"]["tex"]["macros"]
CONDITIONAL = r"p_\theta(\bx \mid \bz) < 1"
# Everything that MathJax draws with more than glyphs in places.
HARD = {
    "stretched": r"\left(\begin{matrix}1\\2\\3\\4\\5\\6\\7\end{matrix}\right)",
    "ruled": r"\begin{array}{c|c}a&b\\\hline c&d\end{array} \boxed{x}",
    "braced": r"\underbrace{a+b+c+d+e}_{\text{gap}}",
    "foreign": r"\mathbb{1}[s] \text{é}",
    "coloured": r"\color{red}{y} \frac{a}{\sqrt{b}}",
}


@pytest.fixture(scope="module")
def maths() -> ModuleType:
    return load_extension("static_maths")


@pytest.fixture(scope="module")
def page(maths) -> BeautifulSoup:
    """One page with all that is drawn here, as Node.js takes seconds to begin."""
    macros = [rf"\{name}{'{x}' * sum(more)}" for name, (_, *more) in MACROS.items()]
    text = page_of(maths, CONDITIONAL, "x", "x", *macros, *HARD.values())
    return BeautifulSoup(maths.draw_pages({"page": text}, MACROS)["page"], "html.parser")


def page_of(maths: ModuleType, *formulas: str) -> str:
    """Return a page as the writer leaves it, a paragraph for each formula."""
    lines = [f"<p>{span(maths, tex)}</p>" for tex in formulas]
    title = f"<title>On {maths.mark('x', False)}</title>"
    return f'<head>{title}</head><body class="x">{"".join(lines)}</body>'


def span(maths: ModuleType, tex: str) -> str:
    """Return a formula in a line as the writer leaves it."""
    return f'<span class="{maths.CLASSES}">{maths.mark(tex, False)}</span>'


def find(page: BeautifulSoup, tex: str) -> Tag:
    """Return the first picture of a formula in a page."""
    formula = page.find("mjx-container", attrs={"data-tex": tex})
    assert isinstance(formula, Tag)
    return formula


def test_a_formula_is_a_picture_named_in_words_that_knows_its_tex(page):
    formula = find(page, CONDITIONAL)
    assert formula.parent["class"] == ["math", "notranslate", "nohighlight"]
    assert formula.svg["role"] == "img"
    assert formula.svg["aria-label"].startswith("p sub theta of")
    assert "bold x given bold z" in formula.svg["aria-label"]
    assert formula.svg["fill"] == "currentColor"


def test_each_macro_of_the_book_is_known(page):
    drawn = [formula["data-tex"] for formula in page.select("mjx-container") if formula.use]
    known = {tex.partition("{")[0].removeprefix("\\") for tex in drawn}
    assert set(MACROS) <= known


def test_every_glyph_that_is_pointed_at_is_in_the_page_once_and_no_other(page):
    asked = {use["href"].removeprefix("#") for use in page.select("use")}
    ids = [path["id"] for path in page.select("svg.maths-glyphs path")]
    assert sorted(asked) == sorted(ids)
    assert page.body.find(True, recursive=False)["class"] == ["maths-glyphs"]


@pytest.mark.parametrize("name", HARD)
def test_no_number_is_lost_where_groups_are_flattened(page, name):
    assert not re.search(r"NaN|undefined|null", str(find(page, HARD[name])))


def test_a_formula_that_stands_twice_is_drawn_alike_and_asked_for_once(maths, page, monkeypatch):
    first, second = page.find_all("mjx-container", attrs={"data-tex": "x"})
    assert str(first) == str(second)
    asked: list[list[object]] = []
    answer = {"drawn": [{"svg": "<svg/>"}], "glyphs": {}}
    monkeypatch.setattr(maths, "draw", lambda formulas, macros: asked.append(formulas) or answer)
    maths.draw_pages({"page": page_of(maths, "x", "x")}, MACROS)
    assert len(asked[0]) == 1


def test_the_title_of_the_window_holds_no_picture(page):
    assert page.title.decode_contents() == "On x"


def test_an_unknown_macro_ends_the_build_with_the_page_and_the_formula(maths):
    words = r"page: Undefined control sequence \\nosuch .*\\nosuch\{x"
    with pytest.raises(ExtensionError, match=words):
        maths.draw_pages({"page": page_of(maths, r"\nosuch{x}")}, MACROS)


@pytest.mark.parametrize(
    ("words", "together"),
    [
        ("see {}, then", "{},"),
        ("(with x, {}).", "{})."),
        ("({}).", "({})."),
        ("the {}-VAE is", "{}-VAE"),
        ("from {} to", None),
        ("a “{}”!", "“{}”!"),
        ("<em>{}</em>, as", None),
    ],
)
def test_what_belongs_to_a_formula_stays_on_its_line(maths, words, together):
    text = maths.keep_together(f"<p>{words.format(span(maths, 'x'))}</p>")
    page = BeautifulSoup(text, "html.parser")
    joined = page.select_one(".math-line")
    assert (joined.get_text() if joined else None) == (together and together.format("x"))
    assert page.p.get_text() == BeautifulSoup(words.format("x"), "html.parser").get_text()


@pytest.mark.parametrize(
    ("tex", "broken"),
    [
        (r"a \\ b", r"\begin{split}a \\ b\end{split}"),
        ("a", "a"),
        (r"\begin{aligned}a \\ b\end{aligned}", r"\begin{aligned}a \\ b\end{aligned}"),
        (
            r"\begin{cases}a \\ b\end{cases} + \begin{cases}c\end{cases}",
            r"\begin{split}\begin{cases}a \\ b\end{cases} + \begin{cases}c\end{cases}\end{split}",
        ),
    ],
)
def test_a_display_is_broken_into_lines_once(maths, tex, broken):
    assert maths.break_lines(tex) == broken


def test_a_page_without_mathematics_is_left_alone(maths):
    assert maths.add_glyphs("<body><p>x</p></body>", {}) == "<body><p>x</p></body>"


def test_a_missing_package_is_an_error_that_says_what_to_do(monkeypatch):
    packages = load_extension("node_packages")
    with pytest.raises(ExtensionError, match=r"no-such is not installed: run `make env`\.$"):
        packages.find_package("no-such")
