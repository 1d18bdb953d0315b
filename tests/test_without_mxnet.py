"""MXNet is optional: what happens in a Python that has none."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from book_support import copy_the_checks
from processes import run_bounded

from recotour_book import notebooks
from recotour_vae.errors import MissingPackageError
from recotour_vae.runtime import mxnet
from recotour_vae.runtime.mxnet import HOW_TO_INSTALL, has_mxnet

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [path for path in (ROOT / "book").rglob("*.ipynb") if "_build" not in path.parts]


@pytest.fixture
def no_mxnet(tmp_path: Path) -> dict[str, str]:
    """The environment of processes for which MXNet is not installed, kernels included."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['mxnet'] = None\n")
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def python(*words: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return run_bounded([sys.executable, *words], env=env)


ASKED = """
import importlib, sys
import recotour_book.notebooks, recotour_vae, recotour_vae.models, recotour_vae.training
from recotour_vae import cli
from recotour_vae.errors import MissingPackageError
from recotour_vae.models.pytorch import MultVAE
from recotour_vae.runtime.mxnet import has_mxnet

assert not has_mxnet()
for name in ("models.gluon", "training.gluon"):
    try:
        importlib.import_module(f"recotour_vae.{name}")
    except MissingPackageError as error:
        print(error)
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.processes
def test_all_but_gluon_works_and_gluon_gives_one_sentence(no_mxnet, tmp_path):
    """In one process, since it takes seconds to start."""
    lines = [
        "user,item,rating",
        *(f"{u},{(u * 7 + i * i) % 90},5" for u in range(60) for i in range(12)),
    ]
    (tmp_path / "ratings.csv").write_text("\n".join(dict.fromkeys(lines)) + "\n")
    words = ["train", "--data", str(tmp_path / "ratings.csv"), "--out", str(tmp_path / "run")]
    ended = python("-c", ASKED, *words, "--framework", "gluon", env=no_mxnet)
    assert ended.stdout.splitlines()[:2] == [HOW_TO_INSTALL] * 2, ended.stderr
    errors = [line for line in ended.stderr.splitlines() if not line.startswith("note: ")]
    assert (ended.returncode, errors) == (2, [f"error: {HOW_TO_INSTALL}"])


def write_notebook(path: Path) -> None:
    """A notebook of three cells, of which the second needs MXNet."""
    cells = [
        nbformat.v4.new_code_cell(source, outputs=[_printed(text)], execution_count=1)
        for source, text in (
            (
                "from recotour_book import notebooks\nnotebooks.skip_without_mxnet()\nprint('one')",
                "one\n",
            ),
            ("# needs MXNet\nfrom recotour_vae.runtime.mxnet import mx\nprint('two')", "two\n"),
            ("print('three')", "three\n"),
        )
    ]
    cells[1].metadata["tags"] = ["mxnet"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def _printed(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("stream", name="stdout", text=text)


@pytest.mark.processes
def test_nbval_skips_and_counts_the_cells_that_need_mxnet(no_mxnet, tmp_path):
    copy_the_checks(tmp_path)
    write_notebook(tmp_path / "small.ipynb")
    words = ["-m", "pytest", "--nbval", "--nbval-current-env", "-rs", "-p", "no:cacheprovider"]
    ended = python(*words, str(tmp_path / "small.ipynb"), env=no_mxnet)
    assert "2 passed, 1 skipped" in ended.stdout, ended.stdout
    assert "MXNet is not installed" in ended.stdout


@pytest.mark.processes
def test_run_all_goes_on_and_says_what_did_not_run(no_mxnet, tmp_path):
    write_notebook(tmp_path / "small.ipynb")
    words = ["-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--stdout"]
    ended = python(*words, str(tmp_path / "small.ipynb"), env=no_mxnet)
    assert ended.returncode == 0, ended.stderr
    cells = nbformat.reads(ended.stdout, as_version=4).cells
    printed = [output["text"] for cell in cells for output in cell.outputs]
    assert printed == ["one\n", f"Not run: {HOW_TO_INSTALL}\n", "three\n"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_that_need_mxnet_say_so(path):
    """Tag and first line go together, and one of the first two cells prepares the kernel."""
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    marked = ["mxnet" in cell.metadata.get("tags", []) for cell in code]
    says = [cell.source.startswith(notebooks.MARK + "\n") for cell in code]
    assert marked == says
    if any(marked):
        prepared = ["notebooks.skip_without_mxnet()" in cell.source for cell in code]
        assert prepared.index(True) <= 1 < marked.index(True)  # the imports may come before it


def test_without_mxnet_a_marked_cell_is_replaced_and_no_other():
    marked, plain = ["# needs MXNet\n", "import mxnet\n"], ["x = 1\n", "# needs MXNet\n"]
    assert notebooks.explain(plain) == plain
    assert notebooks.explain([]) == []
    (line,) = notebooks.explain(marked)
    assert HOW_TO_INSTALL in line


class Shell:
    """As much of a notebook's kernel as is looked at."""

    def __init__(self) -> None:
        self.input_transformers_cleanup: list[object] = []


def test_the_kernel_is_prepared_once_and_only_where_mxnet_is_missing(monkeypatch):
    shell = Shell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    for missing in (False, True, True):
        monkeypatch.setattr(notebooks, "has_mxnet", lambda missing=missing: not missing)
        notebooks.skip_without_mxnet()
        assert shell.input_transformers_cleanup == ([notebooks.explain] if missing else [])
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    notebooks.skip_without_mxnet()


def test_an_mxnet_that_does_not_import_is_named(monkeypatch):
    before = "bool" in vars(np)  # NumPy 2 has it again
    monkeypatch.setattr(mxnet, "has_mxnet", lambda: True)
    monkeypatch.setitem(sys.modules, "mxnet", None)
    with pytest.raises(MissingPackageError, match=r"does not import here .*use Python 3\.11"):
        mxnet.import_mxnet()
    assert ("bool" in vars(np)) is before


def test_a_missing_name_of_the_module_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mxnet.nothing  # noqa: B018


@pytest.mark.skipif(not has_mxnet(), reason="MXNet is not installed")
@pytest.mark.processes
def test_pytorch_keeps_its_threads_and_numpy_its_names():
    code = (
        "import torch, numpy\nbefore = torch.get_num_threads()\n"
        "from recotour_vae.runtime.mxnet import mx\n"
        "print(before == torch.get_num_threads(), 'bool' in vars(numpy), mx.__version__)"
    )
    told = ("OMP_NUM_THREADS", "MXNET_OMP_MAX_THREADS")
    env = {name: value for name, value in os.environ.items() if name not in told}
    ended = python("-W", "ignore", "-c", code, env=env)
    assert ended.stdout.split() == ["True", "False", "1.9.1"], ended.stderr
