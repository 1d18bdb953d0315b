"""The advice of `recotour_book.which` is that of its drawing, about models that there are."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from book_support import BOOK, ROOT

from recotour_book.which import FEW_PEOPLE, MANY_PEOPLE, PAIR, RULES, SHORT, Facts, Rule, advise
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders import EASE
from recotour_vae.recommenders.registry import ENTRIES

SVG = "{http://www.w3.org/2000/svg}"
SHOP = Facts(people=5_000, items=3_500, typical=57)
# By hand: facts, and the answer that the drawing has for them.
ANSWERS = {
    "Stars": replace(SHOP, asked="stars"),
    "Order": replace(SHOP, asked="next"),
    "People": replace(SHOP, people=FEW_PEOPLE - 1, typical=SHORT - 1),
    "Catalogue": replace(SHOP, items=30_000),  # 20 GiB of 16
    "Histories": replace(SHOP, typical=SHORT - 1),
    "All others": SHOP,
}


@pytest.fixture(scope="module")
def drawn() -> ElementTree.Element:
    return ElementTree.parse(ROOT / "figures" / "which.svg").getroot()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.about)
def test_each_answer_can_be_reached(rule: Rule) -> None:
    assert advise(ANSWERS[rule.about]) is rule


def test_a_fact_at_its_bound_is_not_over_it() -> None:
    short = replace(SHOP, typical=SHORT - 1)
    assert advise(replace(short, people=FEW_PEOPLE)).about == "Histories"
    assert advise(replace(SHOP, people=FEW_PEOPLE - 1)).about == "All others"
    assert advise(replace(SHOP, typical=SHORT)).about == "All others"
    assert advise(replace(SHOP, asked="next", people=MANY_PEOPLE)).about == "Order"
    assert advise(replace(SHOP, asked="next", people=MANY_PEOPLE - 1)).about == "All others"
    exactly = PAIR * SHOP.items**2 / 2**30
    assert advise(replace(SHOP, memory=exactly)).about == "All others"
    assert advise(replace(SHOP, memory=exactly * 0.999)).about == "Catalogue"


def test_the_drawing_asks_the_same_questions_in_the_same_order(drawn: ElementTree.Element) -> None:
    texts = [mark.text for mark in drawn.iter(f"{SVG}text")]
    asked = [line for rule in RULES[:-1] for line in (rule.about, *rule.question)]
    assert [text for text in texts if text in asked] == asked
    # Each answer stands level with its question; the last one has none.
    answers = list(drawn.iter(f"{SVG}a"))
    assert len(answers) == len(RULES)
    heights = {mark.text: float(mark.get("y", "")) for mark in drawn.iter(f"{SVG}text")}
    for rule, answer in zip(RULES, answers, strict=True):
        said = [mark.text for mark in answer.iter(f"{SVG}text")]
        assert said == [rule.model, f"else {rule.fallback}"]
        if rule.question[0]:
            (name, *_) = answer.iter(f"{SVG}text")
            assert abs(float(name.get("y", "")) - heights[rule.question[0]]) < 30


def test_an_answer_leads_to_a_chapter(drawn: ElementTree.Element) -> None:
    for rule, answer in zip(RULES, drawn.iter(f"{SVG}a"), strict=True):
        assert answer.get("href") == f"../book/{rule.chapter}.ipynb"
        assert (BOOK / f"{rule.chapter}.ipynb").is_file()


def test_models_are_those_of_the_registry() -> None:
    titles = {entry.title for entry in ENTRIES.values()}
    named = {name for rule in RULES for name in re.split(" or ", rule.model)}
    named |= {rule.fallback for rule in RULES} - {"content"}
    assert named <= titles


def test_the_bytes_of_a_pair_are_those_that_the_library_refuses_by() -> None:
    assert EASE().memory_needed(1_000) == PAIR * 1_000**2


@pytest.mark.parametrize("wrong", [{"people": 0}, {"items": -1}, {"memory": 0}, {"typical": 0}])
def test_no_fact_is_zero(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="above zero"):
        replace(SHOP, **wrong)


def test_what_is_asked_is_one_of_three() -> None:
    with pytest.raises(ConfigError, match="'songs'; give one of lists, stars, next"):
        replace(SHOP, asked="songs")
