"""The finding on the landing page is what the chapter of the comparison says."""

import importlib.util
from types import ModuleType

import nbformat
import pytest
from book_support import BOOK, ROOT

GLUED = {"ease": "progress-ease", "mult-vae": "progress-vae"}


@pytest.fixture(scope="module")
def finding() -> ModuleType:
    spec = importlib.util.spec_from_file_location("finding", BOOK / "_ext" / "finding.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def glued() -> dict[str, float]:
    """Return the numbers that the chapter stored, by name."""
    notebook = nbformat.read(BOOK / "results" / "progress.ipynb", 4)
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    names = [out.get("metadata", {}).get("scrapbook", {}).get("name") for out in outputs]
    return {
        name: out["data"]["application/papermill.record/text/plain"].strip("'")
        for name, out in zip(names, outputs, strict=True)
        if name
    }


@pytest.mark.slow
def test_the_numbers_are_those_of_the_chapter(finding):
    found, chapter = finding.numbers(ROOT), glued()
    for name, there in GLUED.items():
        assert found[name] == chapter[there]
    assert float(found["difference"]) == -float(chapter["progress-vae-ease-mean"])
    assert float(found["low"]) == -float(chapter["progress-vae-ease-high"])
    assert float(found["high"]) == -float(chapter["progress-vae-ease-low"])


def test_the_page_may_say_that_ease_is_ahead(finding):
    assert float(finding.numbers(ROOT)["low"]) > 0
