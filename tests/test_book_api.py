"""The pages of the library's names: each name is there, and leads to the chapter behind it."""

import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from book_support import BOOK, HTML, anchors, need_the_book, read_page
from browser_support import PATIENCE, launched, visit
from bs4 import Tag
from playwright.sync_api import Page
from test_docstrings import NAMED

from recotour_vae.runtime.mxnet import has_mxnet

SOURCES = sorted((BOOK / "api").glob("*.md"))
PAGES = [path.stem for path in SOURCES]
ROOMS = {"datasets", "splits", "models", "training", "evaluation"}
ROOMS |= {"recommenders", "runs", "serving", "experiments"}


def shown() -> Iterator[tuple[str, str]]:
    """Yield each page with each module whose names it shows."""
    for path in SOURCES:
        for module in dict.fromkeys(re.findall(r"library:: (\S+)", path.read_text())):
            yield path.stem, module


SHOWN = list(shown())


def public(module: str) -> list[str]:
    """Return the public names of a module, as Python sees them."""
    if module.endswith("gluon") and not has_mxnet():
        pytest.skip("MXNet is not installed")
    found = import_module(module)
    own = [
        name
        for name, thing in vars(found).items()
        if getattr(thing, "__module__", "") == module
        and not name.startswith("_")
        and callable(thing)
    ]
    return list(getattr(found, "__all__", own))


def entry(page: str, name: str) -> Tag:
    """Return a name's description in a page."""
    (heading,) = read_page(HTML / "api" / f"{page}.html").find_all("dt", id=name)
    assert heading.parent is not None
    return heading.parent


def links(description: Tag) -> list[str]:
    """Return where the links of a description lead."""
    return [str(link["href"]) for link in description.find_all("a", href=True)]


@pytest.fixture(autouse=True, scope="module")
def _built_book() -> None:
    need_the_book()


def test_every_room_has_its_names_shown():
    assert {module.split(".")[1] for _, module in SHOWN} >= ROOMS


@pytest.mark.parametrize(("page", "module"), SHOWN)
def test_every_public_name_is_on_its_page_with_a_docstring(page, module):
    names = public(module)
    assert names
    for name in names:
        assert entry(page, f"{module}.{name}").dd.get_text(strip=True), name


@pytest.mark.parametrize(("page", "module"), SHOWN)
def test_every_name_but_an_error_leads_to_a_chapter(page, module):
    if module.endswith(".errors"):
        pytest.skip("the chapters that meet an error are many")
    bare = []
    for name in public(module):
        targets = links(entry(page, f"{module}.{name}"))
        chapters = [one for one in targets if one.startswith("../") and "/api/" not in one]
        if not chapters:
            bare.append(name)
    assert bare == []


@pytest.mark.parametrize(("page", "module"), SHOWN)
def test_every_equation_that_a_docstring_names_is_a_link_to_it(page, module):
    here = HTML / "api" / f"{page}.html"
    for name in public(module):
        doc = getattr(import_module(module), name).__doc__ or ""
        targets = links(entry(page, f"{module}.{name}"))
        for label, chapter in NAMED.findall(doc):
            target = f"../{chapter}.html#equation-{label}"
            assert target in targets, name
            path, anchor = target.split("#")
            assert anchor in anchors((here.parent / path).resolve())


def test_some_equations_are_named():
    assert "../building/metrics.html#equation-eq-ndcg" in links(
        entry("evaluation", "recotour_vae.evaluation.metrics.ndcg")
    )


@pytest.mark.parametrize("page", PAGES)
def test_no_equation_no_backtick_and_no_markup_is_left_as_text(page):
    main = read_page(HTML / "api" / f"{page}.html").find("main")
    text = " ".join(main.get_text(" ").split())
    assert re.findall(r"[Ee]quation eq-\S*|eq-[a-z]+-\S*|:\w+:`|``|\\\|", text) == []


def test_examples_are_shown_with_their_answers():
    shown = entry("training", "recotour_vae.training.paper_beta").select_one("pre")
    assert shown is not None
    text = shown.get_text()
    assert text.startswith(">>> [paper_beta(update")
    assert text.rstrip().endswith("[0.0, 0.1, 0.2, 0.2]")


def test_an_error_that_a_name_raises_leads_to_its_description():
    target = "errors.html#recotour_vae.errors.MetricError"
    assert target in links(entry("evaluation", "recotour_vae.evaluation.metrics.top_k"))


def test_a_type_in_a_signature_leads_to_it():
    heading = entry("evaluation", "recotour_vae.evaluation.evaluate").dt
    assert "splits.html#recotour_vae.splits.HeldOut" in links(heading)


# Signatures, words and examples that are cut or run out of the page.
TOO_WIDE = """[...document.querySelectorAll("main dt.sig, main dd, main p, main pre")].filter(
    e => e.getBoundingClientRect().right > innerWidth + 1
      || (e.tagName != "PRE" && e.scrollWidth > e.clientWidth + 1)
  ).map(e => e.textContent.slice(0, 60))"""


@pytest.fixture(scope="module")
def telephone() -> Iterator[Page]:
    with launched() as browser:
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.set_default_timeout(PATIENCE)
        yield page


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_nothing_of_a_page_is_cut_on_a_telephone(telephone, name):
    visit(telephone, (HTML / "api" / f"{name}.html").as_uri())
    telephone.wait_for_function(f"{TOO_WIDE}.length == 0")  # once all has found its place
    assert telephone.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.browser
def test_a_line_that_is_too_long_is_seen(telephone):
    visit(telephone, (HTML / "api" / "errors.html").as_uri())
    long = "document.querySelector('main dd').textContent = 'x'.repeat(200)"
    telephone.evaluate(f"{long}; document.querySelector('main dd').style.overflowWrap = 'normal'")
    assert telephone.evaluate(TOO_WIDE)[0].startswith("xxx")
