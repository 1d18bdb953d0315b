"""Docstrings that name an equation of the book name one that is there."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"equation `([a-z0-9-]+)` in ([a-z-]+/[a-z-]+)\.", re.IGNORECASE)


def named() -> list[tuple[str, str, str]]:
    """List each (module, label, chapter) that a docstring speaks of."""
    modules = sorted((ROOT / "src").rglob("*.py"))
    return [
        (module.stem, *found)
        for module in modules
        for found in NAMED.findall(module.read_text(encoding="utf-8"))
    ]


def labels(chapter: str) -> list[str]:
    """List the labels of the equations of a chapter."""
    notebook = json.loads((ROOT / "book" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    text = "\n".join(
        "".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"
    )
    return re.findall(r":label: (eq-[a-z0-9-]+)", text)


@pytest.mark.parametrize(("module", "label", "chapter"), named())
def test_the_equation_that_a_docstring_names_is_in_its_chapter(module, label, chapter):
    assert labels(chapter).count(label) == 1, f"{module} names {label}"


def test_losses_name_their_equations():
    assert {"eq-rt-11", "eq-rt-12", "eq-mult-vae-kl"} <= {label for _, label, _ in named()}
