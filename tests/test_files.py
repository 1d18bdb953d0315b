"""Arrays in files: all or nothing, and a sentence for every kind of trouble."""

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from support import is_a_sentence, no_space

from recotour_vae.errors import CheckpointError
from recotour_vae.files import arrays as stored
from recotour_vae.files.arrays import check_shapes, read_arrays, write_arrays

ARRAYS = {
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
    "number": np.array(3.0, dtype=np.float32),
    "turned": np.arange(6.0).reshape(2, 3).T,
    "empty": np.zeros((0, 4), dtype=np.int64),
}
HEADER = {"name": "größer", "rates": [0.1, 1e-300, 1 / 3], "none": None, "nested": {"a": 1}}


def test_arrays_and_header_come_back_bit_by_bit(tmp_path):
    write_arrays(tmp_path / "a" / "b" / "file", ARRAYS, HEADER)
    arrays, header = read_arrays(tmp_path / "a" / "b" / "file")
    assert header == HEADER
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].shape == array.shape, name
        assert arrays[name].dtype == array.dtype, name
        assert arrays[name].tobytes() == array.tobytes(), name


def test_nothing_but_the_file_is_left(tmp_path):
    write_arrays(tmp_path / "file", ARRAYS, HEADER)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_others_may_read_it_as_they_may_the_users_other_files(tmp_path, mask):
    """A service runs as a user of its own, and the weights are nothing more secret than titles."""
    before = os.umask(mask)
    write_arrays(tmp_path / "file", ARRAYS, HEADER)
    write_arrays(tmp_path / "file", ARRAYS, HEADER)
    (tmp_path / "plain").write_text("plain")
    os.umask(before)
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_file_of_somebody_else_is_not_said_to_be_missing(tmp_path, monkeypatch):
    def closed(path, framework):
        raise FileNotFoundError  # what safetensors makes of "permission denied"

    write_arrays(tmp_path / "file", ARRAYS, HEADER)
    monkeypatch.setattr(stored, "safe_open", closed)
    with pytest.raises(CheckpointError, match="may not be read by this user") as error:
        read_arrays(tmp_path / "file")
    assert is_a_sentence(error.value)


@pytest.mark.parametrize(("module", "name"), [(stored, "save_file"), (os, "replace")])
def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, module, name):
    write_arrays(tmp_path / "file", ARRAYS, {"version": 1})
    monkeypatch.setattr(module, name, no_space)
    with pytest.raises(CheckpointError, match=r"file could not be written .*No space") as error:
        write_arrays(tmp_path / "file", {}, {"version": 2})
    monkeypatch.undo()
    assert is_a_sentence(error.value)
    assert read_arrays(tmp_path / "file")[1] == {"version": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_disk_that_fills_half_way_leaves_no_half_file(tmp_path, monkeypatch):
    def half(arrays, path, metadata):
        Path(path).write_bytes(b"half a")
        no_space()

    monkeypatch.setattr(stored, "save_file", half)
    with pytest.raises(CheckpointError, match="No space"):
        write_arrays(tmp_path / "file", ARRAYS, HEADER)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CheckpointError, match="could not be written") as error:
        write_arrays(tmp_path / "file" / "best", ARRAYS, HEADER)
    assert is_a_sentence(error.value)
    assert (tmp_path / "file").read_text() == "mine"


def cut(path):
    path.write_bytes(path.read_bytes()[:-10])


def empty(path):
    path.write_bytes(b"")


def other_bytes(path):
    path.write_bytes(b"PK\x03\x04 something else")


def other_program(path):
    save_file(ARRAYS, path)


def other_header(path):
    save_file(ARRAYS, path, metadata={"recotour_vae": "{not json"})


@pytest.mark.parametrize("damage", [cut, empty, other_bytes, other_program, other_header])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "file"
    write_arrays(path, ARRAYS, HEADER)
    damage(path)
    with pytest.raises(CheckpointError, match="file is damaged or not one of our") as error:
        read_arrays(path)
    assert is_a_sentence(error.value)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*train a model first") as error:
        read_arrays(tmp_path / "none")
    assert is_a_sentence(error.value)


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(CheckpointError):
        read_arrays(tmp_path)


def test_equal_shapes_pass():
    check_shapes(Path("best"), ARRAYS, {name: array + 1 for name, array in ARRAYS.items()})


@pytest.mark.parametrize(
    ("found", "match"),
    [
        ({"w": np.ones((2, 4))}, r"'w' is \(2, 4\) where this model has \(2, 3\)"),
        ({}, r"'w' is nothing where this model has \(2, 3\)"),
        ({"w": np.ones((2, 3)), "x": np.ones(1)}, r"'x' is \(1,\) where this model has nothing"),
    ],
)
def test_other_shapes_are_refused_by_name(found, match):
    with pytest.raises(CheckpointError, match=match) as error:
        check_shapes(Path("best"), found, {"w": np.zeros((2, 3))})
    assert is_a_sentence(error.value)
