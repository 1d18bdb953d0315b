"""Every public entry sees the same clicks, however they are said, or says why it does not."""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click_entries import CLICKS, EXEMPT, NOBODY, TAKES, N, network, plain
from disguises import DISGUISES, HARD, NO_CLICKS
from scipy.sparse import coo_matrix, csc_matrix
from support import is_a_sentence, random_clicks

import recotour_vae
from recotour_vae.errors import RecotourError
from recotour_vae.runs import Run, recommend
from recotour_vae.splits import HeldOut, Split

pytestmark = pytest.mark.slow

ROOT = Path(recotour_vae.__file__).parent
GLUON = pytest.mark.skipif(
    importlib.util.find_spec("mxnet") is None, reason="MXNet is not installed"
)
KNOWING = ("score", "rank", "validate", "encode")  # verbs of who knows the catalogue
REFUSED = ("not a number", "negative dense", "lists", "a frame", "one row", "columns out of range")


def entries() -> list[object]:
    """Each entry once, though one call may cover several functions."""
    once = {id(call): name for name, call in reversed(TAKES.items())}
    marked = ((name, [GLUON] if "gluon" in name else []) for name in sorted(once.values()))
    return [pytest.param(name, marks=marks, id=name) for name, marks in marked]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # means over no lists
@pytest.mark.parametrize("entry", entries())
def test_an_entry_gives_the_same_for_each_disguise(entry):
    expected = plain(TAKES[entry](CLICKS.copy()))
    for name in HARD:
        found = plain(TAKES[entry](DISGUISES[name](CLICKS)))
        np.testing.assert_equal(found, expected, err_msg=name)


@pytest.mark.parametrize("entry", entries())
def test_an_entry_refuses_what_is_no_matrix_of_clicks(entry):
    for name in REFUSED:
        with pytest.raises(RecotourError) as caught:
            TAKES[entry](NO_CLICKS[name][0](CLICKS))
        assert is_a_sentence(caught.value), name


@pytest.mark.parametrize(
    "entry",
    [e for e in entries() if any(f".{verb}" in str(e) for verb in KNOWING)],
)
def test_an_entry_that_knows_the_catalogue_refuses_another(entry):
    with pytest.raises(RecotourError, match="13") as caught:
        TAKES[entry](random_clicks(0, 12, 13))
    assert is_a_sentence(caught.value)


def takers() -> Iterator[str]:
    """Name all functions of the library that take clicks, and all data classes that hold some."""
    for path in ROOT.rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, node in named(tree, module):
            if isinstance(node, ast.ClassDef):
                is_data = any("dataclass" in ast.unparse(one) for one in node.decorator_list)
                fields = [part for part in node.body if is_data and isinstance(part, ast.AnnAssign)]
                found = [part.annotation for part in fields if part.value is None]
            else:
                found = [one.annotation for one in [*node.args.args, *node.args.kwonlyargs]]
            if any("csr_matrix" in ast.unparse(one) for one in found if one):
                yield name


def named(tree, prefix):
    """Functions, methods and classes, but for those whose own name is private."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for node in tree.body:
        if isinstance(node, kinds):
            if isinstance(node, ast.ClassDef):
                yield from named(node, f"{prefix}.{node.name}")
            if not node.name.startswith("_"):
                yield f"{prefix}.{node.name}", node


def test_every_function_that_takes_clicks_is_tried_or_exempt():
    tried = {name.split(" ")[0] for name in TAKES} | set(EXEMPT)
    found = set(takers())
    assert len(found) > 40
    assert not found - tried, "add them to click_entries.TAKES"
    assert not set(EXEMPT) - found, "these are exempt and no longer there"


@pytest.mark.parametrize("as_another", [csc_matrix, coo_matrix, lambda row: row.toarray() * 3])
def test_a_run_recommends_the_same_whatever_a_persons_clicks_are_written_in(as_another):
    people = HeldOut(np.arange(N), CLICKS, NOBODY)
    split = Split(np.arange(N), np.arange(N), CLICKS, people, people)
    run = Run(network("mult-vae", "pytorch"), split, tuple(map(str, range(N))))
    expected = recommend(run, CLICKS[0], 2)
    pd.testing.assert_frame_equal(recommend(run, as_another(CLICKS[0]), 2), expected)
