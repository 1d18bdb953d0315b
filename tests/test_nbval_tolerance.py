"""The tolerant comparison of notebook outputs fails when it should, and only then."""

import sys
from collections.abc import Iterator
from types import ModuleType

import nbformat
import pandas as pd
import pytest
from book_support import BOOK, copy_the_checks
from modules_by_path import load_module

CONFTEST = BOOK / "conftest.py"
pytest_plugins = ["pytester"]


@pytest.fixture(scope="module")
def plugin() -> Iterator[ModuleType]:
    sys.path.insert(0, str(BOOK))
    yield load_module("book_conftest", CONFTEST)
    sys.path.remove(str(BOOK))


@pytest.mark.parametrize(
    ("stored", "computed"),
    [
        ("ndcg 0.40", "ndcg 0.42"),
        ("loss -1.00 at epoch 3", "loss -0.99 at epoch 3"),
        ("1e-3", "2e-3"),
        ("a  9.99\nb  1.00", "a 10.01\nb  1.00"),
        ("0.005", "-0.005"),
        ("<td>.40</td>", "<td>.41</td>"),
        ("no numbers", "no numbers"),
        ("best nan", "best nan"),
        ("<style>#T_x {color: #3b6ea8}</style><td>1</td>", "<style>#T_x {}</style><td>1</td>"),
    ],
)
def test_texts_that_agree_within_the_tolerance(plugin, stored, computed):
    assert plugin.agree(stored, computed, 0.02)
    assert plugin.agree(computed, stored, 0.02)


@pytest.mark.parametrize(
    ("stored", "computed"),
    [
        pytest.param("ndcg 0.40", "ndcg 0.4201", id="off by more than the tolerance"),
        pytest.param("0.40 0.50", "0.40 0.53", id="second number off"),
        pytest.param("epoch 3", "epoch 4", id="whole number off"),
        pytest.param("1e-3", "1e-1", id="exponent off"),
        pytest.param("0.40", "-0.40", id="sign changed"),
        pytest.param("recall 0.40", "ndcg 0.40", id="word changed"),
        pytest.param("0.40 0.50", "0.40", id="number missing"),
        pytest.param("0.40", "0.40 0.40", id="number added"),
        pytest.param("0.40", "nan", id="number became nan"),
        pytest.param("1 #", "1 2", id="mark instead of a number"),
        pytest.param("", "0.40", id="nothing stored"),
        pytest.param("<td>0.4</td>", "<th>0.4</th>", id="markup changed"),
        pytest.param("a 1\nb 2", "b 2\na 1", id="order changed"),
    ],
)
def test_texts_that_do_not_agree(plugin, stored, computed):
    assert not plugin.agree(stored, computed, 0.02)
    assert not plugin.agree(computed, stored, 0.02)


def test_the_tolerance_itself_is_allowed_in_spite_of_binary_fractions(plugin):
    assert abs(0.14 - 0.12) > 0.02
    assert plugin.agree("0.12", "0.14", 0.02)


def test_the_tolerance_is_read_from_the_tag(plugin):
    assert plugin.read_tolerance(["hide-input", "nbval-atol-0.02"]) == 0.02
    assert plugin.read_tolerance(["nbval-atol-1e-3"]) == 1e-3
    assert plugin.read_tolerance(["hide-input"]) is None


@pytest.mark.parametrize("tag", ["nbval-atol-", "nbval-atol-x", "nbval-atol-inf", "nbval-atol--1"])
def test_a_tag_without_a_sensible_number_is_refused(plugin, tag):
    with pytest.raises(pytest.UsageError, match="needs a number"):
        plugin.read_tolerance([tag])


# Cells whose stored output says 0.40, and which print something else now.
def cell(source: str, stored: list[dict], *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(
        source,
        execution_count=1,
        outputs=[nbformat.from_dict(output) for output in stored],
        metadata={"tags": list(tags)},
    )


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def glued(text: str) -> dict:
    data = {"application/papermill.record/text/plain": text}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def table(value: float, styled: bool = False) -> dict:
    frame = pd.DataFrame({"ndcg": [value]})
    data = {"text/plain": repr(frame), "text/html": frame._repr_html_()}
    if styled:
        plain = "<pandas.io.formats.style.Styler at 0x7f0000000000>"
        data = {"text/plain": plain, "text/html": frame.style._repr_html_()}
    return {"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": {}}


def show_glue(text: str) -> str:
    mime = "application/papermill.record/text/plain"
    return f"from IPython.display import display; display({{{mime!r}: {text!r}}}, raw=True)"


FRAME = "import pandas as pd; pd.DataFrame({'ndcg': [0.41]})"
STYLED = "import pandas as pd; pd.DataFrame({'ndcg': [0.41]}).style"
CELLS = {
    "near, tagged": (cell("print(0.41)", [stream("0.40\n")], "nbval-atol-0.02"), True),
    "near, untagged": (cell("print(0.41)", [stream("0.40\n")]), False),
    "far, tagged": (cell("print(0.43)", [stream("0.40\n")], "nbval-atol-0.02"), False),
    "word, tagged": (cell("print('b 0.4')", [stream("a 0.4\n")], "nbval-atol-0.02"), False),
    "nothing printed, tagged": (cell("0", [stream("0.40\n")], "nbval-atol-0.02"), False),
    "stderr": (cell("import sys; print('50%', file=sys.stderr)", []), True),
    "glue near": (cell(show_glue("0.41"), [glued("0.40")], "nbval-atol-0.02"), True),
    "glue far": (cell(show_glue("0.45"), [glued("0.40")], "nbval-atol-0.02"), False),
    "table near": (cell(FRAME, [table(0.40)], "nbval-atol-0.02"), True),
    "table far": (cell(FRAME, [table(0.30)], "nbval-atol-0.02"), False),
    "table untagged": (cell(FRAME, [table(0.40)]), False),
    "table the same": (cell(FRAME, [table(0.41)]), True),
    "styled table the same": (cell(STYLED, [table(0.41, styled=True)]), True),
    "styled table untagged": (cell(STYLED, [table(0.40, styled=True)]), False),
    "styled table near": (cell(STYLED, [table(0.40, styled=True)], "nbval-atol-0.02"), True),
    "styled table far": (cell(STYLED, [table(0.30, styled=True)], "nbval-atol-0.02"), False),
}


@pytest.mark.processes
def test_nbval_uses_the_tolerance_cell_by_cell(pytester: pytest.Pytester):
    notebook = nbformat.v4.new_notebook(cells=[made for made, _ in CELLS.values()])
    copy_the_checks(pytester.path)
    nbformat.write(notebook, pytester.path / "cells.ipynb")
    result = pytester.runpytest("--nbval", "--nbval-current-env", "-rA", "--color=no")
    outcome = {
        name: f"PASSED cells.ipynb::Cell {number}\n" in result.stdout.str() + "\n"
        for number, name in enumerate(CELLS)
    }
    assert outcome == {name: passes for name, (_, passes) in CELLS.items()}
