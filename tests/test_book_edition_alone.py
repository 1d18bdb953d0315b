"""Downloaded notebooks run by themselves: an empty folder, a fresh environment, no library.

The environment has the packages of this one, from a path, so that pip finds them installed: what is
tried is the notebook's own first cell, and not the package index. The library is not importable.
"""

import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest
from book_support import LIMIT, need_the_book
from edition_book import EDITION
from processes import Family, run_bounded

pytestmark = [pytest.mark.slow, pytest.mark.processes]

RUN = """
import importlib.util, sys
import nbformat
from nbclient import NotebookClient
assert importlib.util.find_spec("recotour_vae") is None
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=400, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment, without the library."""
    folder = tmp_path_factory.mktemp("environment") / "fresh"
    done = run_bounded([sys.executable, "-m", "venv", "--without-pip", folder])
    assert done.returncode == 0, done.stderr
    (packages,) = folder.glob("lib/python*/site-packages")
    # a path file in a folder that a path file names is not read: so ends the editable install
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "python"


# One that trains nothing, and one that reads tables from beside the book.
@pytest.mark.parametrize("name", ["building/metrics", "results/gluon-mystery"])
def test_a_notebook_runs_alone_in_an_empty_folder(python, name, tmp_path):
    need_the_book()
    alone = tmp_path / "notebook.ipynb"
    alone.write_bytes((EDITION / f"{name}.ipynb").read_bytes())
    without = {"PYTHONPATH": "", "JUPYTER_PREFER_ENV_PATH": "1"}
    environment = Family().environment | without
    done = run_bounded([python, "-c", RUN, alone], LIMIT, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {path.name for path in tmp_path.iterdir()} == {alone.name, "recotour-vae-files"}
    cells = nbformat.read(alone, as_version=4).cells
    assert all(cell.execution_count for cell in cells if cell.cell_type == "code")
