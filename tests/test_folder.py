"""The folder of a run: claimed by one, of one piece, and a sentence for whatever is wrong in it."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import filelock
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import run_bounded, started
from support import is_a_sentence, no_space, small_config, small_model, train_small, two_tastes

from recotour_vae import runs
from recotour_vae.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    DataWarning,
    MetricError,
    RecotourError,
)
from recotour_vae.files import arrays as stored
from recotour_vae.files.numbered import FORMAT
from recotour_vae.runs import titles
from recotour_vae.runs.claim import LOCK, claimed
from recotour_vae.runs.layout import BEST, HISTORY, LAST, SETTINGS, SPLIT, TITLES, Folder
from recotour_vae.splits import Split
from recotour_vae.training import Trainer

CLICKS = two_tastes()
NAMES = tuple(f"Film {i}" for i in range(CLICKS.n_items))
HERE = Path(__file__).parent


def sentence(match, function, *args, kind=CheckpointError, **kwargs):
    """Check that a call is refused in a sentence of the kind."""
    with pytest.raises(kind, match=match) as error:
        function(*args, **kwargs)
    assert is_a_sentence(error.value)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def fit(folder, split=CLICKS, names=NAMES, resume=False, drawn=None, **settings):
    trainer = Trainer(small_config(**{"epochs": 2} | settings), folder, progress=False)
    return trainer.fit_split(small_model(sampled_items=drawn), split, names, resume)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "trained"
    fit(folder)
    return folder


@pytest.fixture
def run(trained, tmp_path):
    """A copy of a finished run that keeps split and titles."""
    (tmp_path / "run").mkdir()
    for name, text in content(trained).items():
        (tmp_path / "run" / name).write_bytes(text)
    return tmp_path / "run"


# Claims


def test_who_holds_a_claim_may_claim_again_and_nothing_is_left(tmp_path):
    with claimed(tmp_path / "a" / "run"):
        with claimed(tmp_path / "a" / "run"), claimed(tmp_path / "a" / ".." / "a" / "run"):
            pass
        assert (tmp_path / "a" / "run" / LOCK).exists()
    assert not (tmp_path / "a").exists()


def test_a_folder_that_was_there_stays(tmp_path):
    with claimed(tmp_path):
        pass
    assert tmp_path.is_dir()
    assert not list(tmp_path.iterdir())


def test_another_thread_is_refused(tmp_path):
    said = []

    def claim():
        try:
            with claimed(tmp_path):
                pass
        except CheckpointError as error:
            said.append(error)

    for _ in range(2):
        thread = threading.Thread(target=claim)
        with claimed(tmp_path):
            thread.start()
            thread.join(60)
    assert len(said) == 2
    assert "another thread" in str(said[0])
    assert is_a_sentence(said[0])
    claim()
    assert len(said) == 2


HOLD = """
import sys
from pathlib import Path
from recotour_vae.runs.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the claim of a folder until it is told or killed."""
    command = [sys.executable, "-c", HOLD, tmp_path / "run"]
    with started(command, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


@pytest.mark.processes
def test_a_second_training_in_a_folder_is_refused_and_changes_nothing(tmp_path, holder):
    before = content(tmp_path / "run")
    in_use = f"run is in use: process {holder.pid} on .* is training there"
    sentence(in_use, fit, tmp_path / "run")
    sentence(in_use, train_small, tmp_path / "run")
    assert content(tmp_path / "run") == before
    holder.communicate("", timeout=60)
    fit(tmp_path / "run")


@pytest.mark.processes
def test_the_claim_of_a_killed_process_is_in_nobodys_way(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait(60)
    assert (tmp_path / "run" / LOCK).exists()
    fit(tmp_path / "run")
    assert not (tmp_path / "run" / LOCK).exists()


@pytest.mark.processes
def test_a_child_that_outlives_the_holder_does_not_keep_the_claim(tmp_path):
    """Forked workers inherit open files, and with them a lock."""
    reading, writing = os.pipe()
    with claimed(tmp_path / "run"):
        child = os.fork()
        if not child:
            os.close(writing)
            os.read(reading, 1)  # until the parent has seen that the folder is free
            os._exit(0)
    try:
        held = subprocess.run(
            [sys.executable, "-c", HOLD, str(tmp_path / "run")],
            input="",
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        os.close(writing)
        os.close(reading)
        os.waitpid(child, 0)
    assert held.stdout == "held\n", held.stderr


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_without_locks_is_said_and_used(tmp_path, monkeypatch, number):
    def no_locks(self, *args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock.FileLock, "acquire", no_locks)
    with pytest.warns(DataWarning, match="has no locks .*start only one"):
        fit(tmp_path / "run")
    assert runs.open_run(tmp_path / "run").titles == NAMES


def test_a_run_that_is_being_trained_can_be_read(run):
    with claimed(run):
        assert runs.open_run(run).titles == NAMES


def test_a_folder_inside_a_file_or_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for folder in (tmp_path / "file", tmp_path / "file" / "run", tmp_path / "nowhere"):
        sentence("cannot be used as the folder of a run", fit, folder)
    sentence("cannot be used as the folder of a run", fit, tmp_path / ("n" * 300))
    assert (tmp_path / "file").read_text() == "mine"


def test_a_read_only_folder_is_refused_in_a_sentence(tmp_path, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(filelock.FileLock, "acquire", denied)
    sentence("cannot be used as the folder of a run .*Permission denied", fit, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["mein Lauf é 漢", "with 'quotes' \"", "-dash", "a.b"])
def test_folders_of_any_name_and_links_to_them(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / name)
    fit(tmp_path / "link")
    assert runs.open_run(tmp_path / name).titles == NAMES
    assert (tmp_path / "link").is_symlink()


def test_the_home_folder_is_what_the_wave_means(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fit("~/runs/x")
    assert runs.open_run("~/runs/x").titles == NAMES
    runs.keep_data("~/runs/x", CLICKS)
    assert (tmp_path / "runs" / "x" / SPLIT).exists()
    assert CLICKS.save("~/split") == tmp_path / "split.npz"
    assert Split.load("~/split").fingerprint() == CLICKS.fingerprint()
    for path in ("~nobody-of-this-name/x", "~nobody-of-this-name"):
        sentence("no such home folder", Trainer, None, path, kind=ConfigError)
        sentence("no such home folder", runs.open_run, path, kind=ConfigError)


def test_a_wave_inside_a_path_is_a_wave(tmp_path):
    fit(tmp_path / "~" / "x~")
    assert runs.open_run(tmp_path / "~" / "x~").titles == NAMES


# A new run over what is there


@pytest.mark.parametrize("gone", [[LAST], [LAST, BEST], [LAST, SETTINGS], [LAST, BEST, SETTINGS]])
def test_a_part_of_a_run_is_not_trained_over(run, gone):
    for name in gone:
        (run / name).unlink()
    before = content(run)
    sentence("holds part of a run", fit, run)
    sentence("holds part of a run", train_small, run)
    assert content(run) == before


@pytest.mark.parametrize("name", [BEST, HISTORY, SPLIT, TITLES, SETTINGS])
def test_one_file_of_a_run_or_of_somebody_elses_is_not_written_over(tmp_path, name):
    (tmp_path / name).write_text('{"mine": 1}')
    sentence(f"holds part of a run .{name}", fit, tmp_path)
    assert content(tmp_path) == {name: b'{"mine": 1}'}


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"monitor": "ndcg@100"}, MetricError),
        ({"device": "cuda:97"}, RecotourError),
        ({"drawn": 5, "weight_decay": 0.1}, ConfigError),
        ({"drawn": 5, "precision": "mixed"}, ConfigError),
    ],
)
@pytest.mark.parametrize("resume", [False, True])
def test_settings_are_checked_before_anything_is_written(run, tmp_path, settings, kind, resume):
    before = content(run)
    for folder in (run, tmp_path / "new"):
        with pytest.raises(kind):
            fit(folder, resume=resume, **settings)
    assert content(run) == before
    assert not (tmp_path / "new").exists()


def test_too_few_titles_are_refused_before_anything_is_written(tmp_path):
    sentence("23 titles for 24 items", fit, tmp_path / "run", names=NAMES[1:], kind=DataError)
    assert not (tmp_path / "run").exists()


def test_files_of_other_things_stay(tmp_path):
    for name in ("notes.txt", "lock"):
        (tmp_path / name).write_text("mine")
    fit(tmp_path)
    for name in ("notes.txt", "lock"):
        assert (tmp_path / name).read_text() == "mine"


def test_a_run_behind_links_that_lead_nowhere_now_is_not_trained_over(tmp_path):
    for name in (LAST, BEST):
        (tmp_path / name).symlink_to(tmp_path / "not-mounted" / name)
    sentence("already holds a run", fit, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([LAST, BEST])


def test_what_a_killed_run_was_writing_is_taken_away(run):
    for name in (BEST, LAST, SPLIT):
        (run / f"{name}.partial").write_bytes(b"half")
    fit(run, resume=True)
    assert not list(run.glob("*.partial"))


# Parts of different runs


@pytest.fixture
def other(tmp_path):
    """A run of the same items and settings, on other users."""
    fit(tmp_path / "other", two_tastes(seed=1), [f"Other {i}" for i in range(24)])
    return tmp_path / "other"


@pytest.mark.parametrize("name", [SPLIT, TITLES, BEST])
def test_a_file_of_another_run_is_noticed(run, other, name):
    (run / name).write_bytes((other / name).read_bytes())
    match = "not the table that the run wrote" if name == TITLES else "of different runs"
    sentence(match, runs.open_run, run)


def test_files_of_another_run_are_noticed_when_it_goes_on(run, other):
    for name in (SPLIT, BEST, LAST):
        before = (run / name).read_bytes()
        (run / name).write_bytes((other / name).read_bytes())
        whole = content(run)
        with pytest.raises(CheckpointError) as error:
            fit(run, resume=True)
        assert is_a_sentence(error.value)
        assert content(run) == whole
        (run / name).write_bytes(before)


def test_a_run_does_not_go_on_with_another_split(run):
    before = content(run)
    sentence("same --data and split options", fit, run, two_tastes(seed=1), resume=True)
    swapped = Split(
        CLICKS.items, CLICKS.train_users, CLICKS.train, CLICKS.validation, two_tastes(seed=1).test
    )
    sentence("same --data and split options", fit, run, swapped, resume=True)
    assert content(run) == before


# Titles


def spoil(how, path):
    lines = path.read_bytes().split(b"\n")
    texts = {
        "missing": None,
        "empty": b"",
        "header alone": lines[0] + b"\n",
        "short": b"\n".join(lines[:-2]) + b"\n",
        "long": path.read_bytes() + b"24,More\n",
        "Latin-1": path.read_bytes().replace(b"Film 3", "Caf\xe9".encode("latin-1")),
        "another order": b"\n".join([lines[0], lines[2], lines[1], *lines[3:]]),
        "titles in another order": b"\n".join([*lines[:4], b"3,Film 4", b"4,Film 3", *lines[6:]]),
        "other columns": b"\n".join([b"id,name", *lines[1:]]),
        "a comma": path.read_bytes().replace(b"Film 3", b"Film, 3"),
        "an open quote": path.read_bytes().replace(b"Film 3", b'"Film 3'),
        "a line break": path.read_bytes().replace(b"Film 3", b"Film\r3"),
        "not text": b"\x00\xff\xfe" * 10,
    }
    path.unlink()
    if texts[how] is not None:
        path.write_bytes(texts[how])


SPOILT = pytest.mark.parametrize(
    "how",
    [
        "missing",
        "empty",
        "header alone",
        "short",
        "long",
        "Latin-1",
        "another order",
        "titles in another order",
        "other columns",
        "a comma",
        "an open quote",
        "a line break",
        "not text",
    ],
)


@pytest.mark.slow
@SPOILT
def test_spoilt_titles_are_refused_and_resuming_writes_them_again(run, how):
    spoil(how, run / TITLES)
    sentence(TITLES, runs.open_run, run)
    with pytest.warns(DataWarning, match=f"{TITLES} has the titles given now"):
        fit(run, resume=True)
    assert runs.open_run(run).titles == NAMES


def test_spoilt_titles_are_not_replaced_by_ids(run):
    spoil("Latin-1", run / TITLES)
    before = content(run)
    sentence("not in UTF-8", fit, run, names=None, resume=True)
    assert content(run) == before


def test_a_folder_where_titles_should_be_is_a_sentence(run):
    (run / TITLES).unlink()
    (run / TITLES).mkdir()
    sentence("cannot be read", runs.open_run, run)


def test_other_titles_take_the_place_of_the_old_ones_and_none_do_not(run):
    fit(run, names=None, resume=True)
    assert runs.open_run(run).titles == NAMES
    others = [name + " (1999)" for name in NAMES]
    with pytest.warns(DataWarning, match="has the titles given now"):
        fit(run, names=others, resume=True)
    assert runs.open_run(run).titles == tuple(others)
    fit(run, names=others, resume=True)  # and nothing is said where nothing changes


def test_a_missing_split_is_written_again(run):
    before = (run / SPLIT).read_bytes()
    (run / SPLIT).unlink()
    sentence("split.npz is missing", runs.open_run, run)
    with pytest.warns(DataWarning, match="split.npz is there again"):
        fit(run, resume=True)
    assert Split.load(run / SPLIT).fingerprint() == CLICKS.fingerprint()
    assert len((run / SPLIT).read_bytes()) == len(before)


def test_a_damaged_split_is_a_sentence_and_left_alone(run):
    (run / SPLIT).write_bytes(b"PK nothing")
    sentence("split.npz is damaged", runs.open_run, run)
    sentence("split.npz is damaged", fit, run, resume=True)
    assert (run / SPLIT).read_bytes() == b"PK nothing"


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=8))
def test_titles_come_back_as_they_were_but_for_line_breaks(tmp_path_factory, names):
    path, items = tmp_path_factory.mktemp("t") / TITLES, list(range(len(names)))
    titles.write_titles(path, items, names)
    assert titles.read_titles(path, items) == tuple(" ".join(name.splitlines()) for name in names)


NASTY = [
    "a\rb",
    "a\r\nb",
    '"',
    '""',
    ',"',
    "\ufeffx",
    " x ",
    "",
    "a\u2028b",
    "\ud800",
    "x" * 200_000,
]


@pytest.mark.parametrize("name", NASTY)
def test_no_title_moves_another(tmp_path, name):
    titles.write_titles(tmp_path / TITLES, [name, "b", "c"], [name, "Two", "Three"])
    first, *rest = titles.read_titles(tmp_path / TITLES, [name, "b", "c"])
    assert rest == ["Two", "Three"]
    assert "\n" not in first
    assert "\r" not in first


def test_a_byte_order_mark_is_not_part_of_the_header(run):
    (run / TITLES).write_bytes(b"\xef\xbb\xbf" + (run / TITLES).read_bytes())
    assert runs.open_run(run).titles == NAMES


# A folder made by Trainer(folder=...)


@pytest.fixture
def bare(tmp_path):
    trainer = Trainer(small_config(epochs=2), tmp_path / "bare", progress=False)
    trainer.fit(small_model(), CLICKS.train, CLICKS.validation)
    return tmp_path / "bare"


def test_a_folder_without_its_split_says_what_to_type_and_that_works(bare):
    with pytest.raises(CheckpointError, match=r"keep_data\('") as error:
        runs.open_run(bare)
    assert is_a_sentence(error.value)
    line = str(error.value).split("recotour_vae.")[1].split(" adds")[0]
    exec(line, {"runs": runs, "split": CLICKS, "titles": NAMES})
    assert runs.open_run(bare).titles == NAMES
    assert sorted(content(bare)) == sorted([BEST, LAST, HISTORY, SETTINGS, SPLIT, TITLES])


def test_only_the_split_that_it_was_trained_on_is_kept(bare):
    before = content(bare)
    other = two_tastes(seed=1)
    swapped = Split(CLICKS.items, CLICKS.train_users, CLICKS.train, other.validation, CLICKS.test)
    for split in (other, swapped, two_tastes(n_items=30)):
        sentence("not trained on this split", runs.keep_data, bare, split)
    sentence("23 titles", runs.keep_data, bare, CLICKS, NAMES[1:], kind=DataError)
    assert content(bare) == before


def test_kept_data_stay_when_the_run_goes_on_with_matrices(tmp_path):
    folder = tmp_path / "run"
    first = Trainer(small_config(epochs=2, learning_rate=1e-30, patience=1), folder)
    first.fit(small_model(), CLICKS.train, CLICKS.validation)
    runs.keep_data(folder, CLICKS, NAMES)
    again = Trainer(small_config(epochs=2, learning_rate=1e-30, patience=1), folder)
    again.fit(small_model(), CLICKS.train, CLICKS.validation, resume=True)
    assert runs.open_run(folder).titles == NAMES
    runs.keep_data(folder, CLICKS)
    assert runs.open_run(folder).titles == NAMES
    runs.keep_data(folder, CLICKS, NAMES[::-1])
    assert runs.open_run(folder).titles == NAMES[::-1]


def test_data_can_be_kept_by_going_on_with_the_split(bare):
    with pytest.warns(DataWarning):
        fit(bare, resume=True)
    assert runs.open_run(bare).titles == NAMES


def test_there_must_be_a_model_to_keep_data_for(tmp_path):
    sentence("holds no trained model", runs.keep_data, tmp_path / "none", CLICKS)
    assert not (tmp_path / "none").exists()


def test_a_run_in_its_first_epoch_is_not_yet_one(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "save_file", no_space)
    sentence("could not be written", fit, tmp_path)
    monkeypatch.undo()
    sentence("holds no trained model yet", runs.open_run, tmp_path)
    sentence("nothing to go on from; start again", fit, tmp_path, resume=True)
    fit(tmp_path, two_tastes(seed=1))  # other data are free to come: there is nothing to lose
    assert runs.open_run(tmp_path).split.fingerprint() == two_tastes(seed=1).fingerprint()


def test_best_and_settings_say_what_they_belong_to(run):
    _, header = stored.read_arrays(run / BEST)
    settings = json.loads((run / SETTINGS).read_text(encoding="utf-8"))
    for source in (header, settings):
        assert source["split"] == CLICKS.fingerprint()
        assert source["titles"] == titles.titles_fingerprint(CLICKS.items, NAMES)
        assert source["format"] == FORMAT
    assert Folder(run).settings() == settings


# Faults at every write


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "full"])
def test_whatever_write_fails_the_run_goes_on_bit_by_bit_and_nothing_old_is_lost(tmp_path, how):
    ended = run_bounded([sys.executable, "faults.py", how, tmp_path], timeout=540, cwd=HERE)
    assert ended.returncode == 0, ended.stderr
    counts = eval(ended.stdout)  # how many writes each case has
    assert min(counts.values()) > 10, counts
    assert max(counts.values()) > 40, counts


def test_a_file_that_grows_too_large_leaves_the_old_one(run):
    """A limit of the system itself, met in the middle of a file."""
    code = """
import resource, sys
from pathlib import Path
import numpy as np
from recotour_vae.files.arrays import write_arrays
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
write_arrays(Path(sys.argv[1]), {"a": np.zeros(100_000)}, {})
"""
    before = content(run)
    ended = run_bounded([sys.executable, "-c", code, run / BEST])
    assert "CheckpointError" in ended.stderr
    assert content(run) == before
    assert np.isfinite(runs.open_run(run).model.score(CLICKS.train)).all()
