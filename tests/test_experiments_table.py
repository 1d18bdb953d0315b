"""Tables that grow by a row: whole ones only, with open columns, from several processes."""

import csv
import errno
import io
import multiprocessing
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import is_a_sentence

from recotour_vae.errors import DataWarning, ExperimentError
from recotour_vae.experiments.results import Results
from recotour_vae.experiments.table import Rows, pack, unpack

RESULTS = Path(__file__).parents[1] / "results"


@pytest.fixture
def rows(tmp_path):
    """A table with a row, whose rows are about `run`."""
    table = Rows(tmp_path / "t.csv", ("run", "what"), ("run",))
    table.append({"run": "1", "what": "one"})
    return table


def test_rows_are_lines(tmp_path):
    rows = Rows(tmp_path / "deep" / "t.csv", ("run", "what"))
    assert rows.read().empty
    rows.append({"run": "1", "what": 'a, "b\r\nc'})
    assert rows.path.read_bytes() == b'run,what\n1,"a, ""b c"\n'
    assert rows.read()["what"].tolist() == ['a, "b c']
    rows.append({"run": "02", "what": None})
    assert rows.read()["run"].tolist() == ["1", "02"]
    assert rows.read()["what"].isna().tolist() == [False, True]


def test_numbers_are_written_as_they_are_and_come_back(tmp_path):
    rows = Rows(tmp_path / "t.csv", ("run", "a", "b", "c", "d"))
    found = {"run": "1", "a": 3, "b": np.float64(0.1), "c": 1e-05, "d": 0.12345}
    rows.append(found)
    assert rows.path.read_text() == 'run,a,b,c,d\n1,3,0.1,1e-05,"0.12345"\n'
    assert rows.read().to_dict("records") == [found]


@pytest.mark.parametrize("torn", ['2,"wh', "2", '2,"a long', '"2', '2,"what""'])
def test_a_part_of_a_row_is_not_read_and_makes_room_for_the_next(rows, torn):
    with rows.path.open("a") as file:
        file.write(torn)
    assert rows.read()["run"].tolist() == ["1"]
    with pytest.warns(DataWarning, match="ended in the middle of a line"):
        rows.append({"run": "3", "what": "three"})
    assert rows.read().to_dict("list") == {"run": ["1", "3"], "what": ["one", "three"]}


@pytest.mark.parametrize("last", ["2,two", '2,"two"', '"2","two"'])
def test_a_whole_row_without_the_end_of_its_line_counts_and_stays(rows, last):
    """As an editor saves it that ends no last line."""
    with rows.path.open("a") as file:
        file.write(last)
    assert rows.read()["what"].tolist() == ["one", "two"]
    with warnings.catch_warnings(action="error"):
        rows.append({"run": "3", "what": "three"})
    assert rows.read()["what"].tolist() == ["one", "two", "three"]


letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp"))
words = st.text(letters.filter(lambda letter: letter != '"'), min_size=1)


@given(st.lists(words, min_size=1, max_size=4), st.data())
def test_a_row_is_seen_to_be_cut_wherever_it_is_cut(tmp_path_factory, cells, data):
    """But before the last cell, where an empty one may stand, and between doubled quotations."""
    names = [f"c{place}" for place in range(len(cells))]
    rows = Rows(tmp_path_factory.mktemp("t") / "t.csv", tuple(names))
    rows.append(dict.fromkeys(names, "first"))
    before = rows.path.stat().st_size
    rows.append(dict(zip(names, cells, strict=True)))
    text = rows.path.read_bytes()
    place = data.draw(st.integers(before, len(text) - 2))
    rows.path.write_bytes(text[:place])
    assert len(rows.read()) == 1 or text[:place].endswith(b",")
    rows.path.write_bytes(text[:-1])
    assert len(rows.read()) == 2


@pytest.mark.parametrize("torn", ["", "ru", "run,what"])
def test_a_file_without_a_whole_line_is_an_empty_table(tmp_path, torn):
    rows = Rows(tmp_path / "t.csv", ("run", "what"))
    rows.path.write_text(torn)
    assert rows.read().empty
    with warnings.catch_warnings(action="ignore"):
        rows.append({"run": "1", "what": "one"})
    assert rows.path.read_text() == 'run,what\n1,"one"\n'


def test_a_full_disk_leaves_the_table_as_it_was(tmp_path, monkeypatch):
    rows = Rows(tmp_path / "t.csv", ("run", "what"))
    rows.append({"run": "1", "what": "one"})
    before = rows.path.read_bytes()

    class Full(io.FileIO):
        def write(self, line):
            if len(line) < 5:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(line[: len(line) // 2])

    monkeypatch.setattr(Path, "open", lambda self, mode, **_: Full(self, mode.strip("b")))
    with pytest.raises(ExperimentError, match="No space left") as error:
        rows.append({"run": "2", "what": "x" * 100})
    assert is_a_sentence(error.value)
    monkeypatch.undo()
    assert rows.path.read_bytes() == before


# Open columns


def test_columns_that_a_file_lacks_are_read_as_empty_and_its_own_are_kept(rows):
    today = Rows(rows.path, ("run", "rmse"), ("run",))
    table = today.read()
    assert tuple(table.columns) == ("run", "rmse", "what")
    assert table["rmse"].isna().all()
    assert table["what"].tolist() == ["one"]


def test_a_new_column_is_given_to_the_whole_file(rows):
    today = Rows(rows.path, ("run", "what", "rmse"), ("run",))
    today.append({"run": "2", "what": None, "rmse": None})
    assert today.path.read_text() == 'run,what\n1,"one"\n2,""\n'  # nothing to add yet
    today.append({"run": "3", "what": "a, b", "rmse": 0.5})
    assert today.path.read_text() == 'run,what,rmse\n1,one,\n2,,\n3,"a, b","0.5"\n'
    assert today.read()["rmse"].fillna(-1).tolist() == [-1, -1, 0.5]
    rows.append({"run": "4", "what": "four"})  # code that knows nothing of it
    assert rows.path.read_text().endswith('4,four,""\n')
    assert today.read()["what"].fillna("").tolist() == ["one", "", "a, b", "four"]
    assert sorted(path.name for path in rows.path.parent.iterdir()) == ["t.csv"]


def test_old_cells_stay_to_the_letter(rows):
    with rows.path.open("a") as file:
        file.write('02,"0.10"\n1e5,"a ""b"", c"\n3,three')
    rows.append({"run": "4", "new": "x"})
    with rows.path.open(newline="") as file:
        found = list(csv.reader(file))
    assert found[2:] == [
        ["02", "0.10", ""],
        ["1e5", 'a "b", c', ""],
        ["3", "three", ""],
        ["4", "", "x"],
    ]


def test_a_new_column_may_come_with_the_first_row(tmp_path):
    rows = Rows(tmp_path / "t.csv", ("run", "what"))
    rows.append({"run": "1", "what": "one", "why": "so"})
    assert rows.path.read_text() == 'run,what,why\n1,one,"so"\n'


def test_a_part_of_a_row_is_taken_out_when_a_column_comes(rows):
    with rows.path.open("a") as file:
        file.write('2,"tw')
    with pytest.warns(DataWarning, match="ended in the middle of a line"):
        rows.append({"run": "3", "why": "so"})
    assert rows.read()["run"].tolist() == ["1", "3"]


def test_a_row_is_found_by_what_it_is_about(tmp_path):
    rows = Rows(tmp_path / "t.csv", ("model", "beta"))
    assert not rows.has(model="a", beta=0.0)
    rows.append({"model": "a", "beta": 0.0})
    rows.append({"model": "b", "beta": 0.5})
    assert rows.has(model="a", beta=0.0)
    assert rows.has(beta=0.5, model="b")
    assert not rows.has(model="a", beta=0.5)


def test_what_a_row_is_about_cannot_be_left_out(rows):
    with pytest.raises(ExperimentError, match=r"lacks run") as caught:
        rows.append({"what": "two"})
    assert is_a_sentence(caught.value)
    other = Rows(rows.path, ("run", "seed", "what"), ("run", "seed"))
    with pytest.raises(ExperimentError, match=r"lacks seed; move it away") as caught:
        other.read()
    assert is_a_sentence(caught.value)


def test_a_full_disk_leaves_the_table_as_it_was_also_when_a_column_comes(rows, monkeypatch):
    before = rows.path.read_bytes()
    real = Path.open

    class Full(io.FileIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(self, mode="r", **options):
        return Full(self, "w") if self.suffix == ".partial" else real(self, mode, **options)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ExperimentError, match="No space left") as error:
        rows.append({"run": "2", "why": "so"})
    assert is_a_sentence(error.value)
    monkeypatch.undo()
    assert rows.path.read_bytes() == before
    assert [path.name for path in rows.path.parent.iterdir()] == ["t.csv"]


def grow(path, name):
    """Write rows with a column that only this process has."""
    for number in range(20):
        table = Rows(path, ("run", "what"), ("run",))
        table.append({"run": f"{name}{number}", "what": number, name if number > 5 else "what": 1})


@pytest.mark.processes
def test_no_row_is_lost_between_processes_that_bring_columns(rows):
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=grow, args=(rows.path, name)) for name in "abc"]
    for one in others:
        one.start()
    for one in others:
        one.join()
    assert [one.exitcode for one in others] == [0, 0, 0]
    table = rows.read()
    assert len(table) == table["run"].nunique() == 61
    for name in "abc":
        assert table[name].count() == 14


def test_whoever_waited_for_a_file_that_was_written_anew_writes_to_the_new_one(rows, monkeypatch):
    real, waited = os.path.samestat, []

    def first_time_too_late(*both):
        if not waited:
            waited.append(1)
            other = rows.path.with_name("other.csv")
            other.write_text("run,what\n7,seven\n")
            os.replace(other, rows.path)
        return real(both[0], os.stat(rows.path))

    monkeypatch.setattr(os.path, "samestat", first_time_too_late)
    rows.append({"run": "8", "what": "eight"})
    monkeypatch.undo()
    assert rows.read()["run"].tolist() == ["7", "8"]


@pytest.mark.parametrize("name", ["grid", "progress", "sparse"])
def test_stored_tables_are_read_as_pandas_reads_them(name):
    results = Results(RESULTS, name)
    for table in (results.runs, results.searches):
        if table.path.exists():
            texts = {"run": str, "commit": str, "code": str}
            pd.testing.assert_frame_equal(table.read(), pd.read_csv(table.path, dtype=texts))


def test_lists_are_packed_and_unpacked():
    assert pack([0.5, 0.123456, 0.0, 9.0], decimals=4) == "0.5 0.1235 0 9"
    assert unpack(pack([1e-7, 12345.6])) == [1e-7, 12345.6]
