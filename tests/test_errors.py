"""Every error of the library stands in one place, and crosses from process to process whole."""

import ast
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from processes import fail

from recotour_vae import errors
from recotour_vae.errors import RecotourError
from recotour_vae.training import launch

SOURCE = Path(__file__).parents[1] / "src"
SENTENCE = "The 'thing' in row 3 is 100% wrong; mend it, Amélie, or {take} it out."


def kinds(kind=RecotourError):
    return [kind, *(inner for child in kind.__subclasses__() for inner in kinds(child))]


def names():
    return sorted({kind.__name__ for kind in kinds() if kind.__module__ == errors.__name__})


@pytest.mark.slow
def test_no_error_is_defined_anywhere_else():
    """Found in the sources, as modules that nobody has imported hide theirs.

    But for private ones, which their module catches itself.
    """
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and path.name != "errors.py":
                bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                ours = bases & set(names()) and not node.name.startswith("_")
                assert not ours, f"{node.name} in {path} belongs in errors.py"


def test_there_are_all_kinds():
    assert {"StorageError", "UnknownDatasetError", "ClosedOutputError"} <= set(names())
    assert all(hasattr(errors, name) for name in names())


@pytest.mark.parametrize("name", names())
def test_an_error_of_a_worker_is_raised_by_the_launcher(name, tmp_path, monkeypatch):
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

    note = tmp_path / "error.json"
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(note))
    assert launch.report_error(getattr(errors, name)(SENTENCE))
    failure = ProcessFailure(local_rank=0, pid=1, exitcode=2, error_file=str(note))
    found = launch.first_failure({0: failure}, 2, tmp_path)
    assert type(found).__name__ == name
    assert str(found) == SENTENCE


def test_a_kind_that_is_not_known_here_keeps_its_sentence(tmp_path, monkeypatch):
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

    class NewError(RecotourError):
        pass

    note = tmp_path / "error.json"
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(note))
    launch.report_error(NewError(SENTENCE))
    failure = ProcessFailure(local_rank=0, pid=1, exitcode=2, error_file=str(note))
    found = launch.first_failure({0: failure}, 2, tmp_path)
    assert (type(found), str(found)) == (RecotourError, SENTENCE)


@pytest.mark.parametrize("name", names())
def test_an_error_is_pickled_with_its_sentence(name):
    found = pickle.loads(pickle.dumps(getattr(errors, name)(SENTENCE)))
    assert (type(found).__name__, str(found)) == (name, SENTENCE)


def test_errors_come_out_of_a_pool():
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        waiting = {name: pool.submit(fail, name, SENTENCE) for name in names()}
        for name, future in waiting.items():
            error = future.exception(timeout=300)
            assert (type(error).__name__, str(error)) == (name, SENTENCE)
