"""What a page shows of a chapter's cells: code that fits, and no plumbing."""

import ast
import json
import re
from pathlib import Path

import pytest
from book_support import BOOK, notebooks

from recotour_vae.doors import today

HIDDEN = {"remove-input", "remove-cell", "hide-input", "hide-cell"}
COLUMNS = 80
PLUMBING = re.compile(
    r"\bglue\(|myst_nb|set_caption|\.style\.|\bplt\.|matplotlib|\bplotting\b|use_style|show_tables|"
    r"set_option|getsource"
)
CHAPTERS = pytest.mark.parametrize(
    "path", notebooks(), ids=lambda path: str(path.relative_to(BOOK).with_suffix(""))
)
TABLE_NAME = re.compile(r"tab-[a-z0-9]+(-[a-z0-9]+)+")
LONGEST_CAPTION = 140
# Source and a table below it, in one cell: MyST-NB would give the caption to both.
BELOW_SOURCE = {
    ("models", "cell-037-gate"),
    ("training", "cell-007-epsilon-code"),
    ("training", "cell-011"),
    ("speed", "speed-017"),
}
FOLDERS = sorted({path.parent for path in notebooks()})


def code(path: Path) -> list[dict]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = [cell for cell in cells if cell["cell_type"] == "code"]
    return [cell | {"source": "".join(cell["source"])} for cell in found]


def tags(cell: dict) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def shown(cell: dict) -> list[dict]:
    """Return what the outputs of a cell hold by type, without what is only glued."""
    if {"remove-output", "hide-output", "remove-cell", "hide-cell"} & tags(cell):
        return []
    outputs = [one for one in cell["outputs"] if "scrapbook" not in one.get("metadata", {})]
    return [one["data"] for one in outputs if "data" in one]


def with_tables(path: Path) -> list[dict]:
    """Return the cells below which a page has a table."""
    found = [(cell, [data.get("text/html", "") for data in shown(cell)]) for cell in code(path)]
    return [cell for cell, html in found if any("<table" in "".join(one) for one in html)]


def caption_and_name(cell: dict) -> tuple[str, str]:
    figure = cell["metadata"].get("mystnb", {}).get("figure", {})
    return figure.get("caption", ""), figure.get("name", "")


@CHAPTERS
def test_no_line_of_code_is_wider_than_its_column(path):
    wide = {
        (cell["id"], line)
        for cell in code(path)
        for line in cell["source"].splitlines()
        if len(line) > COLUMNS
    }
    assert not wide


@CHAPTERS
def test_no_line_of_shown_source_is_wider_than_its_column(path):
    outputs = [output for cell in code(path) for output in cell["outputs"]]
    shown = ["".join(output.get("data", {}).get("text/markdown", "")) for output in outputs]
    assert not [line for text in shown for line in text.splitlines() if len(line) > COLUMNS]


@CHAPTERS
def test_no_cell_that_is_seen_has_plumbing(path):
    seen = [cell for cell in code(path) if not HIDDEN & tags(cell)]
    assert not [
        (cell["id"], found[0]) for cell in seen if (found := PLUMBING.search(cell["source"]))
    ]


@CHAPTERS
def test_glue_is_in_hidden_cells(path):
    glued = [cell for cell in code(path) if re.search(r"\bglue\(", cell["source"])]
    assert not [cell["id"] for cell in glued if not HIDDEN & tags(cell)]


@CHAPTERS
def test_glued_values_come_from_cells_that_glue(path):
    for cell in code(path):
        if any("scrapbook" in output.get("metadata", {}) for output in cell["outputs"]):
            assert "glue(" in cell["source"], cell["id"]


@CHAPTERS
def test_a_picture_needs_no_code_to_be_seen(path):
    drawn = [
        cell["id"]
        for cell in code(path)
        if any("image/" in kind for output in cell["outputs"] for kind in output.get("data", {}))
        and not HIDDEN & tags(cell)
    ]
    assert not drawn


@CHAPTERS
def test_every_data_frame_is_shown_by_one_function(path):
    [setup] = [cell for cell in code(path) if "show_tables()" in cell["source"]]
    first = min(n for n, cell in enumerate(code(path)) if cell["id"] == setup["id"])
    before = [output for cell in code(path)[:first] for output in cell["outputs"]]
    assert not [output for output in before if "text/html" in output.get("data", {})]
    assert "remove-cell" in tags(setup)


@CHAPTERS
def test_a_hidden_cell_stands_with_the_framework_that_it_belongs_to(path):
    for cell in code(path):
        if cell["source"].startswith("# needs MXNet"):
            assert "mxnet" in tags(cell), cell["id"]


@pytest.mark.slow
@CHAPTERS
def test_imports_are_by_the_names_of_today(path):
    old = []
    for cell in code(path):
        if cell["source"].lstrip().startswith(("%", "!")):
            continue
        for node in ast.walk(ast.parse(cell["source"])):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                old += [name for name in names if today(name) != name]
    assert not old


@CHAPTERS
def test_every_table_has_a_short_caption_and_a_name(path):
    for cell in with_tables(path):
        if (path.stem, cell["id"]) in BELOW_SOURCE:
            continue
        caption, name = caption_and_name(cell)
        assert TABLE_NAME.fullmatch(name), cell["id"]
        assert caption.endswith("."), cell["id"]
        assert len(caption) <= LONGEST_CAPTION, cell["id"]


@CHAPTERS
def test_a_table_without_a_caption_stands_below_source(path):
    for cell in with_tables(path):
        if (path.stem, cell["id"]) in BELOW_SOURCE:
            source, table = shown(cell)
            assert "text/markdown" in source
            assert "text/html" in table
            assert caption_and_name(cell) == ("", ""), cell["id"]


def test_no_two_tables_of_the_book_have_one_name():
    text = "\n".join(path.read_text(encoding="utf-8") for path in notebooks())
    names = re.findall(r'"name": "(tab-[^"]+)"|:name: (tab-[\w-]+)', text)
    found = ["".join(pair) for pair in names]
    assert len(found) > 100
    assert len(found) == len(set(found))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_formatter_knows_the_column_of_each_folder_of_chapters(folder):
    assert f"line-length = {COLUMNS}\n" in (folder / "ruff.toml").read_text(encoding="utf-8")
