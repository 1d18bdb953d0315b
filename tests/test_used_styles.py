"""What stays of the themes' styles: all that a page or a script may ask for."""

from types import ModuleType

import pytest
from tables_book import load_extension

KNOWN = {"here", "too"}


@pytest.fixture(scope="module")
def styles() -> ModuleType:
    return load_extension("used_styles")


@pytest.mark.parametrize(
    "rule",
    [
        "p{}",
        ".here{color:red}",
        ".gone,.here{}",
        ".here>.too:hover{}",
        ".here:not(.gone){}",
        ".bs-tooltip-end{}",
        ":is(.gone,.here){}",
        "a:where(.gone){}",
        "from{}",
        '[data-mode="x"]{}',
    ],
)
def test_a_rule_that_may_match_stays(styles, rule):
    assert styles.purge(rule, KNOWN) == rule


@pytest.mark.parametrize(
    "rule", [".gone{}", ".here .gone{}", ".gone,p.away{}", ".here.gone:hover{}"]
)
def test_a_rule_that_cannot_match_goes(styles, rule):
    assert styles.purge(f"a{{}}{rule}b{{}}", KNOWN) == "a{}b{}"


def test_rules_for_some_screens_are_kept_and_dropped_alike(styles):
    style = "@media print{.here{a:b}.gone{c:d}}"
    assert styles.purge(style, KNOWN) == "@media print{.here{a:b}}"


def test_words_of_pages_and_scripts_are_known(styles):
    assert {"a-b", "too", "c_d"} <= styles.words('<i class="a-b too">e.classList.add("c_d")')
