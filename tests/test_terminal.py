"""The command at a terminal that is closed, full or of another alphabet, and without a home."""

import errno
import io
import os
import sys
from pathlib import Path

import pandas as pd
import pytest
from processes import COMMAND, LIMIT, run_bounded, started
from support import is_a_sentence

from recotour_vae import cli, datasets
from recotour_vae.cli import command
from recotour_vae.datasets.fetch import cache_folder
from recotour_vae.errors import StorageError
from recotour_vae.runtime.memory import lack_of_memory
from recotour_vae.runtime.progress import bar

pytestmark = pytest.mark.processes

has_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
TITLE = "Amélie ★ 千と千尋"


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """A file whose name is printed, in letters that not every terminal has."""
    path = tmp_path_factory.mktemp("data") / f"{TITLE}.csv"
    rows = [(user, (user + place) % 9) for user in range(30) for place in range(6)]
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(path, index=False)
    return path


# Alphabets

STRICT = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # or Python changes to UTF-8 by itself


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"PYTHONIOENCODING": "ascii"}, "Am?lie ? ????"),
        ({"PYTHONIOENCODING": "latin-1:strict"}, "Am\N{LATIN SMALL LETTER E WITH ACUTE}lie ? ????"),
        ({"LC_ALL": "C", **STRICT}, "Am"),  # there the name itself is read as bytes
        ({"LC_ALL": "POSIX"}, "Am"),
    ],
    ids=str,
)
def test_what_a_terminal_cannot_show_is_a_question_mark(named, environment, shown):
    words = [*COMMAND, "data", named]
    with started(words, env=os.environ | environment, encoding="latin-1") as process:
        out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, err
    assert out.startswith(shown)
    assert "180 rows" in out
    words += ["--user", TITLE]
    with started(words, env=os.environ | environment, encoding="latin-1") as process:
        _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def narrow(errors="strict"):
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=errors)


def test_bars_and_notes_are_shown_in_any_alphabet(monkeypatch, named):
    out, err = narrow(), narrow()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)

    def work(*_):
        print(TITLE)
        print(TITLE, file=sys.stderr)
        assert list(bar(range(3), show=True, desc=TITLE)) == [0, 1, 2]

    monkeypatch.setattr(command, "run_command", work)
    assert cli.main(["data"]) == 0
    assert (sys.stdout, sys.stderr) == (out, err)
    assert out.buffer.getvalue() == b"Am?lie ? ????\n"
    err.flush()
    assert b"3/3" in err.buffer.getvalue()


def test_refusals_are_drawn_in_any_alphabet(tmp_path):
    ended = run_bounded(
        [*COMMAND, "train", "--bata", "1"], env=os.environ | {"PYTHONIOENCODING": "ascii"}
    )
    assert ended.returncode == 2
    assert "--beta" in ended.stderr
    assert "Traceback" not in ended.stderr


# Pipes whose reader has gone


@pytest.fixture
def unread():
    """The end to write to of a pipe that nobody reads any more."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.fixture
def full():
    """A disk without room."""
    number = os.open("/dev/full", os.O_WRONLY)
    yield number
    os.close(number)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["train", "--help"], ["--version"], ["data"]])
def test_a_pipe_that_nobody_reads_ends_the_command_without_a_word(named, words, unbuffered, unread):
    words = [*words, named] if words == ["data"] else words
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with started([*COMMAND, *words], stdout=unread, env=environment) as process:
        _, said = process.communicate(timeout=LIMIT)
    assert (process.returncode, said) == (141, "")


def test_a_shell_sees_the_status_of_a_closed_pipe(named):
    """As in `recotour-vae ... | head -1`, with a reader that takes what it wants."""
    with started([*COMMAND, "train", "--help"], env=os.environ | {"PYTHONUNBUFFERED": "1"}) as one:
        assert one.stdout.readline().startswith("usage: ")
        one.stdout.close()
        one.stdout = None
        _, said = one.communicate(timeout=LIMIT)
    assert one.returncode in (0, 141)  # all may have fitted into the pipe
    assert said == ""


@pytest.mark.parametrize("where", ["unread", pytest.param("full", marks=has_full)])
@pytest.mark.parametrize("words", [["train", "--bata", "1"], ["evaluate", "nowhere"], ["trian"]])
def test_errors_that_nobody_can_read_keep_their_status(words, where, tmp_path, request):
    stderr = request.getfixturevalue(where)
    with started([*COMMAND, *words], stderr=stderr, cwd=tmp_path) as process:
        out, _ = process.communicate(timeout=LIMIT)
    assert (process.returncode, out) == (2, "")


class Breaking(io.StringIO):
    """A stream whose reader goes after a few words."""

    def __init__(self, words, number):
        super().__init__()
        self.words, self.number = words, number

    def write(self, text):
        self.words -= 1
        if self.words < 0:
            raise OSError(self.number, os.strerror(self.number))
        return super().write(text)


@pytest.mark.parametrize("words", range(4))
def test_bars_and_notes_that_cannot_be_written_end_nothing(monkeypatch, capsys, words):
    def work(*_):
        assert list(bar(range(3), show=True)) == [0, 1, 2]
        print("note", file=sys.stderr)
        print("done")

    monkeypatch.setattr(command, "run_command", work)
    monkeypatch.setattr(sys, "stderr", Breaking(words, errno.EPIPE))
    assert cli.main(["data"]) == 0
    assert capsys.readouterr().out == "done\n"


@pytest.mark.parametrize(
    ("number", "status"), [(errno.EPIPE, 141), (errno.ENOSPC, 2), (errno.EIO, 2), (errno.EDQUOT, 2)]
)
@pytest.mark.parametrize("words", [0, 1, 3])
def test_output_that_fails_somewhere_ends_the_command_there(
    monkeypatch, capsys, number, status, words
):
    went_on = []

    def work(*_):
        for line in range(5):
            print(line)
        went_on.append(line)

    monkeypatch.setattr(command, "run_command", work)
    monkeypatch.setattr(sys, "stdout", Breaking(words, number))
    assert cli.main(["data"]) == status
    assert not went_on
    said = capsys.readouterr().err
    if status == 2:
        assert said.startswith("error: The output could not be written (")
        assert is_a_sentence(Exception(said.strip()))
    else:
        assert said == ""


def test_a_broken_pipe_elsewhere_is_no_matter_of_the_terminal(monkeypatch):
    def work(*_):
        raise BrokenPipeError(errno.EPIPE, "of a library")

    monkeypatch.setattr(command, "run_command", work)
    with pytest.raises(BrokenPipeError):
        cli.main(["data"])


# Streams that are closed or full


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("words", "status"), [(["--version"], 0), (["evaluate", "nowhere"], 2)])
def test_closed_streams_are_as_good_as_others(closed, words, status, tmp_path):
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *words]
    ended = run_bounded(shell, cwd=tmp_path)
    assert ended.returncode == status
    assert "Traceback" not in ended.stderr


def test_no_file_takes_the_number_of_a_closed_stream(named, tmp_path):
    """Or what is printed would be written into it."""
    out = tmp_path / "split.npz"
    words = [*COMMAND, "data", named, "--out", out]
    ended = run_bounded(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words])
    assert ended.returncode == 0
    from recotour_vae.splits import Split

    assert Split.load(out).n_items == 9


@has_full
@pytest.mark.parametrize("words", [["--help"], ["data"]])
def test_a_full_disk_behind_the_output_gets_a_sentence(named, words, full):
    words = [*words, named] if words == ["data"] else words
    with started([*COMMAND, *words], stdout=full) as process:
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 2
    assert said.startswith("error: The output could not be written (No space left on device)")
    assert said.count("\n") == 1


# Ends in a sentence, or as a fault of ours with all there is to know


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        MemoryError("Unable to allocate 3.2 TiB for an array with shape (9, 9)"),
        RuntimeError("[alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.\n  GPU 0 has"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
    ids=repr,
)
def test_too_little_memory_gets_one_sentence(error, monkeypatch, capsys):
    def lacking(*_, **__):
        raise error

    monkeypatch.setattr(datasets, "load", lacking)
    assert cli.main(["data"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: There is not enough memory for this")
    assert is_a_sentence(Exception(said.removeprefix("error: ").rstrip("\n")))


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2"),
        ValueError("out of memory"),
        FileNotFoundError(errno.ENOENT, "No such file", "out of memory.csv"),
        ZeroDivisionError(),
    ],
    ids=repr,
)
def test_what_nobody_foresaw_keeps_its_traceback(error, monkeypatch):
    assert lack_of_memory(error) is None

    def odd(*_, **__):
        raise error

    monkeypatch.setattr(datasets, "load", odd)
    with pytest.raises(type(error)) as caught:
        cli.main(["data"])
    assert caught.value is error


# Homes


@pytest.fixture
def no_home(monkeypatch):
    """As for a user that the system does not know, in a container say."""

    def unknown(_):
        raise KeyError("getpwuid(): uid not found: 12345")

    for name in ("HOME", "XDG_CACHE_HOME", "RECOTOUR_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)


@pytest.mark.usefixtures("no_home")
def test_without_a_home_the_cache_is_to_be_named(monkeypatch, capsys, tmp_path):
    with pytest.raises(StorageError, match="name another folder with RECOTOUR_CACHE") as error:
        cache_folder(None)
    assert is_a_sentence(error.value)
    assert cli.main(["data", "ml-100k"]) == 2
    assert "RECOTOUR_CACHE" in capsys.readouterr().err
    for named in ("~/x", "~nobody-of-that-name/x"):
        monkeypatch.setenv("RECOTOUR_CACHE", named)
        with pytest.raises(StorageError, match="the cache of downloads is in ~") as error:
            cache_folder(None)
        assert is_a_sentence(error.value)
    monkeypatch.setenv("RECOTOUR_CACHE", str(tmp_path))
    assert cache_folder(None) == tmp_path


def test_the_cache_may_be_said_from_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RECOTOUR_CACHE", "~/x")
    assert cache_folder(None) == tmp_path / "x"
    assert cache_folder(Path("~/y")) == tmp_path / "y"


@pytest.mark.parametrize("home", ["a file", "nowhere/deep", ""])
def test_a_home_that_cannot_hold_the_cache_gets_a_sentence(home, tmp_path, monkeypatch):
    """Asked of the command, in a process where nothing of the cache is known."""
    (tmp_path / "a file").touch()
    (tmp_path / "nowhere").touch()
    kept = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "RECOTOUR_CACHE")}
    cache = {} if home else {"RECOTOUR_CACHE": str(tmp_path / "a file" / "deep")}
    environment = kept | {"HOME": str(tmp_path / home)} | cache
    ended = run_bounded([*COMMAND, "data", "ml-1m"], env=environment, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: "), ended.stderr
    assert "RECOTOUR_CACHE" in ended.stderr
    assert ended.stderr.count("\n") == 1
