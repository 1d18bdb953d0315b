"""The execution ledger: what a row holds, and when it is made again."""

import hashlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import ledger as command  # book/ledger.py
import ledger_book
import numpy as np
import pytest
from book_support import BOOK, toc_files
from ledger_book import BLOCK, BOTH, kept, put, row
from support import is_a_sentence

from recotour_book import ledger, measured
from recotour_book.measured import Measured
from recotour_vae.errors import ExperimentError
from recotour_vae.runtime.processes import cores


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return ledger_book.write(tmp_path)


@pytest.fixture
def table(book: Path) -> Path:
    return book.parent / ledger.TABLE


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was measured, in place of being run."""
    found = []

    def instead(path: Path, folders: object) -> Measured:
        found.append(f"{path.parent.name}/{path.stem}")
        return Measured(1.0, 2.0, "cpu", ())

    monkeypatch.setattr(command, "measure", instead)
    return found


# A run.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book whose notebooks were measured, and nothing stored in them."""
    folder = tmp_path_factory.mktemp("measured")
    book = ledger_book.write(folder)
    before = {path: path.read_bytes() for path in book.rglob("*.ipynb")}
    assert command.main([], book) == 0
    assert {path: path.read_bytes() for path in book.rglob("*.ipynb")} == before
    return folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> dict[str, ledger.Row]:
    return ledger.read(folder / "results" / "notebooks.csv")


@pytest.mark.slow
@pytest.mark.processes
class TestARun:
    def test_each_notebook_has_its_row_in_the_order_of_the_book(self, rows):
        assert (*rows,) == BOTH
        assert [one.cells for one in rows.values()] == [4, 1]

    def test_time_is_that_of_the_whole_notebook(self, rows):
        assert 0.5 < rows["part/reads"].seconds < 300
        assert 0 < rows["part/small"].seconds < 300

    def test_memory_is_the_peak_of_each_process_alone(self, rows):
        large, small = (rows[name].peak_mb for name in BOTH)
        assert 20 < small < 300
        assert large - small == pytest.approx(BLOCK, abs=25)

    def test_data_are_the_files_that_were_read_and_not_those_written(self, folder, rows):
        read = hashlib.sha256((folder / "results" / "clicks.csv").read_bytes()).hexdigest()
        assert (folder / "results" / "made.csv").is_file()
        assert rows["part/reads"].data == f"results/clicks.csv {read[:8]}"
        assert rows["part/small"].data == ""

    def test_a_row_says_where_and_with_what(self, rows):
        for one in rows.values():
            assert (one.device, one.processors) == ("cpu", cores())
            assert f"numpy {np.__version__}, " in one.versions
            assert re.fullmatch(r"[0-9a-f]{9}(-dirty)?|unknown", one.commit)

    def test_what_was_just_measured_is_of_today(self, folder, rows):
        assert all(ledger.is_todays(one, folder / "book") for one in rows.values())


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", "its process ended"),
        ("import time; time.sleep(600)", "it takes more than 3 seconds"),
    ],
)
def test_a_notebook_that_fails_is_named_in_a_sentence(book, cell, why, monkeypatch):
    if "sleep" in cell:
        monkeypatch.setattr(measured, "SECONDS", 3)
    path = put(book, "part/reads", ["1", "", cell, "2"])
    with pytest.raises(ExperimentError) as error:
        measured.measure(path)
    assert str(error.value).startswith(f"reads.ipynb stopped in its code cell 2 ({why});")
    assert is_a_sentence(error.value)


def test_one_that_fails_keeps_no_other_from_its_row(book, table, monkeypatch, capsys):
    def fails(path: Path, folders: object) -> Measured:
        if path.stem == "reads":
            raise ExperimentError("It does not work.")
        return Measured(1.0, 2.0, "cpu", ())

    monkeypatch.setattr(command, "measure", fails)
    assert command.main([], book) == 2
    assert list(ledger.read(table)) == ["part/small"]
    said = capsys.readouterr()
    assert said.err == "It does not work.\n"
    assert said.out.endswith("Notebooks measured: 1; failed: 1.\n")


def test_a_gpu_is_named_where_pytorch_uses_it(monkeypatch):
    used = SimpleNamespace(is_initialized=lambda: True, get_device_name=lambda: "NVIDIA X1")
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=used))
    assert measured.device() == "NVIDIA X1"
    used.is_initialized = lambda: False
    assert measured.device() == "cpu"


# What is measured again.


def test_rows_of_today_are_not_made_again(book, ran):
    assert command.main([], book) == 0
    assert (*ran,) == BOTH
    ran.clear()
    assert command.main([], book) == 0
    assert ran == []


def test_a_run_that_was_stopped_goes_on(book, table, ran):
    ledger.keep(row(book, "part/reads"), table)
    command.main([], book)
    assert ran == ["part/small"]


def test_all_are_made_again_when_asked_or_those_that_are_named(book, ran):
    kept(book)
    command.main(["--again"], book)
    assert (*ran,) == BOTH
    command.main(["--again", str(book / "part" / "small.ipynb")], book)
    command.main(["part/reads", "--again"], book)
    assert ran == [*BOTH, "part/small", "part/reads"]


def test_another_code_cell_makes_a_row_old_and_other_words_do_not(book, ran):
    kept(book)
    put(book, "part/small", ["1 + 1"], words="Some more words.")
    command.main([], book)
    assert ran == []
    put(book, "part/small", ["1 + 2"])
    command.main([], book)
    assert ran == ["part/small"]


def test_other_data_make_the_row_of_their_reader_old(book, ran):
    kept(book)
    (book.parent / "results" / "clicks.csv").write_text("user,item\n1,3\n")
    command.main([], book)
    assert ran == ["part/reads"]


@pytest.mark.parametrize("what", ["versions", "library_code"])
def test_other_versions_or_library_code_make_all_rows_old(book, ran, what, monkeypatch):
    kept(book)
    monkeypatch.setattr(ledger, what, lambda: "something else")
    command.main([], book)
    assert (*ran,) == BOTH


def test_comments_and_docstrings_are_no_other_code(tmp_path, monkeypatch):
    def with_text(text: str) -> str:
        (tmp_path / "src" / "recotour_vae").mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / "recotour_vae" / "a.py").write_text(text)
        ledger.library_code.cache_clear()
        return ledger.library_code()

    monkeypatch.setattr(ledger, "ROOT", tmp_path)
    try:
        plain = with_text("def f():\n    return 1\n")
        assert with_text('def f():\n    """Say."""\n    return 1  # one\n') == plain
        assert with_text("def f():\n    return 2\n") != plain
    finally:
        ledger.library_code.cache_clear()


# The table.


def test_a_row_is_read_as_it_was_written(book, table):
    one = row(book, "part/reads", source="12345678", code="1e234567", device='NVIDIA "X", 1')
    ledger.keep(one, table)
    assert ledger.read(table) == {"part/reads": one}


def test_a_new_row_takes_the_place_of_an_older_one(book, table):
    kept(book)
    newer = row(book, "part/reads", seconds=1.5)
    ledger.keep(newer, table)
    assert ledger.read(table) == {name: row(book, name) for name in BOTH} | {"part/reads": newer}
    assert table.read_text().count("part/reads") == 1


def test_there_are_no_rows_before_the_first(table):
    assert ledger.read(table) == {}


@pytest.mark.parametrize("text", ["notebook,seconds\na,1\n", "a,b\n1,2\n"])
def test_a_file_of_other_rows_is_refused(table, text, book, capsys):
    table.write_text(text)
    with pytest.raises(ExperimentError, match=r"notebooks\.csv has other rows") as error:
        ledger.read(table)
    assert is_a_sentence(error.value)
    assert command.main([], book) == 2
    assert "has other rows" in capsys.readouterr().err


def test_a_notebook_that_is_not_in_the_book_is_refused(book, ran, capsys):
    assert command.main(["part/none"], book) == 2
    assert "'part/none' is no notebook of" in capsys.readouterr().err
    assert ran == []


def test_the_notebooks_are_those_of_the_table_of_contents_in_its_order():
    assert ledger.names() == [name for name in toc_files() if (BOOK / f"{name}.ipynb").is_file()]


def test_help_says_how_to_call_it(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "python book/ledger.py --again" in said
    assert "results/notebooks.csv" in said


def test_data_are_named_by_their_shelf_and_not_by_this_machine(book, tmp_path, monkeypatch):
    monkeypatch.setenv("RECOTOUR_CACHE", str(tmp_path / "downloads"))
    monkeypatch.setenv("RECOTOUR_DATA", str(tmp_path / "own"))
    paths = [tmp_path / "own" / "x" / "y.csv", tmp_path / "downloads" / "z.zip"]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_text(path.name)
    assert ledger.labels(map(str, paths), book) == ["cache/z.zip", "data/x/y.csv"]
    assert ledger.digest("data/x/y.csv", book) == hashlib.sha256(b"y.csv").hexdigest()[:8]
    monkeypatch.delenv("RECOTOUR_DATA")
    assert ledger.digest("data/x/y.csv", book) == ""
