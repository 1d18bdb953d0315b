"""`pytest --nbval` of several notebooks runs them side by side, and waits for none for ever."""

import importlib
from types import ModuleType

import nbformat
import pytest
from book_support import BOOK, copy_the_checks

pytest_plugins = ["pytester"]
LIMIT = 300  # seconds, for a busy machine


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BOOK))
    monkeypatch.setenv("OMP_NUM_THREADS", "")  # put back, whatever is set
    monkeypatch.setenv("OMP_WAIT_POLICY", "")
    monkeypatch.delenv("OMP_NUM_THREADS")
    return importlib.import_module("side_by_side")


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of notebooks on a machine of two cores, whoever runs the tests."""
    pytester.makeini("[pytest]\naddopts = --nbval-current-env")
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "2")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return pytester


def write(folder: pytest.Pytester, name: str, *sources: str) -> None:
    cells = [
        nbformat.v4.new_code_cell(source, execution_count=number)
        for number, source in enumerate(sources, 1)
    ]
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


SHARING = "import os; assert os.environ['OMP_NUM_THREADS'] == '1'"


@pytest.mark.processes
def test_notebooks_share_the_cores_and_a_kernel_that_dies_fails_at_once(folder):
    copy_the_checks(folder.path)
    write(folder, "a.ipynb", SHARING, "1 + 1")  # nothing stored: the 2 is a fault
    write(folder, "b.ipynb", "import os; os._exit(3)", "1")
    words = ["--nbval", "--color=no", "-p", "no:cacheprovider", "."]
    result = folder.runpytest_subprocess(*words, timeout=LIMIT)
    result.assert_outcomes(passed=1, failed=3)
    output = result.stdout.str()
    for said in ("2 workers", "the kernel died in this cell", "Kernel dead", "slowest 20"):
        assert said in output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "workers"),
    [
        ("--nbval .", 2),
        ("--nbval a.ipynb b.ipynb::Cell", 2),
        ("--nbval a.ipynb", None),
        ("--nbval _build", None),
        ("--nbval --pdb .", None),
        ("--nbval --collect-only .", None),
        ("--nbval -n 0 .", 0),
        ("--nbval -n 5 .", 5),
        ("--nbval -p no:xdist .", "no such option"),
        (".", None),
    ],
)
def test_who_says_nothing_gets_a_worker_a_notebook(folder, side_by_side, words, workers):
    for name in ("a.ipynb", "b.ipynb", "_build/c.ipynb"):
        write(folder, name)
    config = folder.parseconfig(*words.split())
    side_by_side.pytest_cmdline_main(config)
    assert getattr(config.option, "numprocesses", "no such option") == workers


def test_the_longest_notebooks_exist(side_by_side):
    assert set(side_by_side.LONGEST) <= {path.stem for path in BOOK.rglob("*.ipynb")}


def test_a_hanging_cell_is_interrupted_before_the_test_is_ended(side_by_side, pytestconfig):
    waits = side_by_side.CELL_ENDS + side_by_side.OUTPUT_ARRIVES
    assert waits < float(pytestconfig.getini("timeout"))
    assert float(pytestconfig.getini("timeout")) < float(
        pytestconfig.getini("faulthandler_timeout")
    )
