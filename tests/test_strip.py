"""What a machine leaves in a notebook is taken out before a commit, and nothing else is."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import yaml
from book_support import BOOK, ROOT, notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from processes import run_bounded

HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())


@pytest.fixture
def strip(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BOOK))
    return importlib.import_module("strip")


def dirty() -> nbformat.NotebookNode:
    """Return a notebook with every kind of noise around two results."""
    outputs = [
        new_output("stream", name="stdout", text=f"wrote {ROOT}/results/grid.csv\n"),
        new_output("stream", name="stderr", text="100%|#####| 3/3\n"),
        new_output("execute_result", {"text/plain": "0.42", "image/png": "QUJD"}),
        new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}),
    ]
    times = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    cell = new_code_cell("train()", outputs=outputs, execution_count=1, id="one")
    cell.metadata.update(execution=times, tags=["hide-input"], collapsed=True)
    kernel = {"display_name": "my env", "language": "python", "name": "my-env"}
    return new_notebook(
        cells=[new_markdown_cell(f"About {ROOT}/x.", id="words"), cell],
        metadata={"kernelspec": kernel, "widgets": {"state": {}}, "toc-showcode": True},
    )


def cleaned(strip: ModuleType, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.reads(strip.strip(nbformat.writes(notebook)), as_version=4)


def test_noise_is_taken_out_and_results_stay(strip):
    words, cell = cleaned(strip, dirty()).cells
    assert [output.get("text") or output.data for output in cell.outputs] == [
        "wrote results/grid.csv\n",
        {"text/plain": "0.42", "image/png": "QUJD"},
    ]
    assert cell.metadata == {"tags": ["hide-input"]}
    assert (cell.source, cell.execution_count, cell.id) == ("train()", 1, "one")
    assert words.source == f"About {ROOT}/x."  # what was written by hand is not touched


def test_metadata_say_the_same_on_every_machine(strip):
    metadata = cleaned(strip, dirty()).metadata
    assert metadata.kernelspec.name == "python3"
    assert set(metadata) == {"kernelspec", "language_info"}


def test_the_folder_of_a_person_is_shortened(strip):
    notebook = dirty()
    notebook.cells[1].outputs[0].text = f"{Path.home()}/data"
    assert cleaned(strip, notebook).cells[1].outputs[0].text == "~/data"


def test_what_is_clean_stays_as_it_is(strip):
    once = strip.strip(nbformat.writes(dirty()))
    assert strip.strip(once) == once


@pytest.mark.slow
def test_there_is_nothing_to_take_out_of_the_book(strip):
    paths = notebooks()
    assert paths
    assert [path.name for path in paths if strip.strip(text := path.read_text()) != text] == []


@pytest.mark.processes
def test_the_hook_cleans_once_and_then_is_content(tmp_path):
    path = tmp_path / "dirty.ipynb"
    nbformat.write(dirty(), path)
    command = [sys.executable, BOOK / "strip.py", path]
    first = run_bounded(command)
    assert first.returncode == 1, first.stderr
    assert "dirty.ipynb" in first.stdout
    again = run_bounded(command)
    assert (again.returncode, again.stdout) == (0, "")


def test_hooks_fetch_nothing_and_start_what_is_there():
    assert [repository["repo"] for repository in HOOKS["repos"]] == ["local"]
    (hooks,) = (repository["hooks"] for repository in HOOKS["repos"])
    assert {hook["id"] for hook in hooks} == {"format", "style", "types", "notebooks"}
    for hook in hooks:
        program, *words = hook["entry"].split()
        assert hook["language"] == "system"
        assert os.access(ROOT / program, os.X_OK)
        assert all((ROOT / word).is_file() for word in words if "/" in word)
