"""What the pages for contributors name is there: files, commands, marks, and code that parses."""

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = [
    path for name in ("CONTRIBUTING", "ARCHITECTURE") if (path := ROOT / f"{name}.md").exists()
]
BUILT = ("book/_build/",)  # there after `make book`
CODE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*|\w+\.(?:md|py|toml|yml)")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and the text of each block of code."""
    return [(kind, re.sub(r"(?m)^   ", "", text)) for kind, text in CODE.findall(page.read_text())]


def paths(page: Path) -> set[str]:
    """Return what looks like a path of the repository, in backticks or as the target of a link."""
    prose = CODE.sub("", page.read_text())
    words = [word for span in re.findall(r"`([^`]+)`", prose) for word in span.split()]
    return {word for word in words if PATH.fullmatch(word)} | set(LINK.findall(prose))


@each_page
def test_every_path_that_is_named_exists(page):
    named = {path for path in paths(page) if not path.startswith((".venv", *BUILT))}
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_target_of_make_that_is_named_exists():
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)`", page.read_text())}
    assert {"env", "lab", "quick"} <= named <= targets


def test_every_mark_of_the_tests_is_explained():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    marks = settings["tool"]["pytest"]["ini_options"]["markers"]
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert [mark for mark in marks if f"`{mark.split(':')[0]}`" not in text] == []


@each_page
def test_the_code_parses(page):
    for kind, text in blocks(page):
        if kind == "python":
            ast.parse(text)
        if kind == "yaml":
            assert yaml.safe_load(text)


def test_there_is_a_recipe_for_each_thing_that_people_add():
    titles = re.findall(r"(?m)^## (.*)$", (ROOT / "CONTRIBUTING.md").read_text())
    assert {"A data set", "A metric", "A recommender", "A chapter"} <= set(titles)


def test_the_recipe_of_a_metric_makes_one():
    import numpy as np

    from recotour_vae.evaluation import metrics

    (text,) = (text for _, text in blocks(ROOT / "CONTRIBUTING.md") if "first_half" in text)
    known = dict(vars(metrics))
    exec(text, known)
    hits = np.array([[1, 0, 0, 1], [0, 0, 0, 0]], dtype=bool)
    assert known["first_half"](hits, np.array([2, 1]), 4).tolist() == [0.5, 0]


def test_the_functions_that_a_batch_and_a_recommendation_pass_are_there():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = {tuple(name.split(".")) for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", text)}
    assert len(named) > 5
    missing = [
        f"{module}.{name}"
        for module, name in sorted(named)
        if not hasattr(import_module(f"recotour_vae.{module}"), name)
    ]
    assert missing == []
