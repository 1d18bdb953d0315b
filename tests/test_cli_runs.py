"""The commands on folders of runs: small catalogues, names as people type them, what went wrong."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import SMALL, sentence

from recotour_vae import cli, runs
from recotour_vae.cli.lists import metrics_that_fit
from recotour_vae.cli.recommend import with_values
from recotour_vae.evaluation import PAPER_METRICS
from recotour_vae.splits import Split

N_ITEMS = 40


@pytest.fixture(scope="module")
def ratings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty items, two of them of one title; one user has all, and one id begins with a dash."""
    rng, path = np.random.default_rng(0), tmp_path_factory.mktemp("data") / "ratings.csv"
    users = ["-u5", "all", *(f"u{i}" for i in range(60))]
    rows = [
        (user, item)
        for number, user in enumerate(users)
        for item in rng.choice(N_ITEMS, N_ITEMS if user == "all" else 8 + number % 5, replace=False)
    ]
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(path, index=False)
    names = [f"Film {i} (1999)" for i in range(N_ITEMS - 3)]
    names += ["Sabrina (1954)", "Sabrina (1995)", "Café Müller (1985)"]
    titles = pd.DataFrame({"item": range(N_ITEMS), "title": names})
    titles.to_csv(path.with_name("titles.csv"), index=False)
    return path


def train(ratings: Path, folder: Path | str, *more: str, titles: bool = True) -> list[str]:
    words = ["train", "--data", str(ratings), f"--out={folder}", "--epochs", "2", *SMALL]
    named = ["--titles", str(ratings.with_name("titles.csv"))] if titles else []
    return [*words, *named, "--monitor", "ndcg@10", *more]


@pytest.fixture(scope="module")
def trained(ratings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "small"
    assert cli.main(train(ratings, folder)) == 0
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# A small catalogue


def test_a_monitor_that_is_too_long_is_told_what_to_type(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", str(ratings), "--out", str(tmp_path / "run"), *SMALL]
    said = sentence(capsys, words)
    assert "as in --monitor ndcg@10" in said
    assert not (tmp_path / "run").exists()
    assert cli.main([*words, "--epochs", "1", *said.split("as in ")[1].rstrip(".").split()]) == 0


@pytest.mark.parametrize("name", ["run", "my run's é"])
def test_what_comes_next_works_as_typed(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert cli.main(train(ratings, tmp_path / name)) == 0
    words = shlex.split(capsys.readouterr().out.split("Next: ")[1])
    assert words[:2] == ["recotour-vae", "evaluate"]
    assert cli.main(words[1:]) == 0
    assert "ndcg@10" in capsys.readouterr().out


def test_a_large_fit_says_beforehand_what_it_takes(
    ratings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["train", "--model", "ease", "--data", str(ratings), "--out"]
    assert cli.main([*words, str(tmp_path / "small")]) == 0
    assert "until it is done" not in capsys.readouterr().out
    monkeypatch.setattr("recotour_vae.cli.train.GIB", 24 * N_ITEMS**2)  # which are one now
    assert cli.main([*words, str(tmp_path / "large")]) == 0
    before, _, after = capsys.readouterr().out.partition("until it is done")
    assert "EASE on 40 items takes 1.0 GiB of memory" in before
    assert "Fitted in" in after


def test_evaluate_is_told_what_to_type(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, ["evaluate", str(trained)])
    assert "as in --metrics ndcg@10 recall@20 recall@10" in said
    assert cli.main(["evaluate", str(trained), *said.split("as in ")[1].rstrip(".").split()]) == 0


def test_lists_that_fit_are_left_and_others_shortened() -> None:
    assert metrics_that_fit(PAPER_METRICS, 100) == list(PAPER_METRICS)
    assert metrics_that_fit(PAPER_METRICS, 99) == ["ndcg@20", "recall@20", "recall@50"]
    assert metrics_that_fit(["mrr@5", "mrr@9"], 6) == ["mrr@5", "mrr@1"]
    assert metrics_that_fit(PAPER_METRICS, 1) == ["ndcg@1", "recall@1"]


def test_one_baseline_that_cannot_be_measured_does_not_stop_the_others(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(trained), "--metrics", "ndcg@10", "--against"]
    assert cli.main([*words, "popularity", "puresvd", "ease"]) == 2
    printed = capsys.readouterr()
    for name in ("mult-vae", "popularity", "ease"):
        assert f"{name}: " in printed.out
    assert printed.out.count("ndcg@10") == 3
    assert "\npuresvd: " in printed.out
    assert "puresvd could not be measured, for the reason given above" in printed.err


# Titles and people


def test_an_ambiguous_title_is_told_with_clicks_and_ids_which_can_be_typed(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = sentence(capsys, ["recommend", str(trained), "--liked", "Sabrina"])
    clicks = np.asarray(runs.open_run(trained).split.train.sum(axis=0), int).ravel()
    assert "2 items are called 'Sabrina'" in said
    for column, year in ((37, 1954), (38, 1995)):
        assert f"Sabrina ({year}), {clicks[column]} clicks, id {column}" in said
    lists = []
    for words in (["Sabrina (1954)"], ["id:37"], ["id:37", "sabrina  (1954)"]):
        capsys.readouterr()
        assert cli.main(["recommend", str(trained), "--k", "3", "--liked", *words]) == 0
        lists.append(capsys.readouterr().out)
    assert lists[0] == lists[1] == lists[2]


@pytest.mark.parametrize("word", ["CAFE\u0301 MU\u0308LLER", "café\u00a0müller (1985)"])
def test_a_title_is_found_in_the_other_form_of_unicode(
    trained: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert cli.main(["recommend", str(trained), "--liked", word, "--k", "3"]) == 0
    assert "Café" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["--user", "-u5"], ["--user=-u5"], ["--k", "3", "--user", "-u5"]]
)
def test_a_user_whose_id_begins_with_a_dash(trained: Path, words: list[str]) -> None:
    assert cli.main(["recommend", str(trained), *words]) == 0


def test_only_the_value_of_user_is_taken_for_one() -> None:
    for words in (
        ["recommend", "x", "--user", "--k", "3"],
        ["--user", "-h"],
        ["-u5", "--user"],
        ["train", "--beta", "-1"],
        ["--user", "5", "-x"],
        [],
    ):
        assert with_values(words) == words
    assert with_values(["--user", "-5", "--k", "3"]) == ["--user=-5", "--k", "3"]


def test_a_user_who_has_everything_and_one_who_is_misspelt_get_a_sentence(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "has all 40 items" in sentence(capsys, ["recommend", str(trained), "--user", "all"])
    assert "did you mean 'u7'?" in sentence(capsys, ["recommend", str(trained), "--user", "U7"])


def test_a_list_that_is_shorter_than_asked_for_has_a_note(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["recommend", str(trained), "--user", "-u5", "--k", "40"]) == 0
    assert "note: only 32 items are left to recommend, not 40" in capsys.readouterr().err


# Folders


def test_a_wave_is_the_home_folder_and_no_folder_of_that_name_is_made(
    ratings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert cli.main(train(ratings, "~/run")) == 0
    assert (tmp_path / "home" / "run" / "titles.csv").exists()
    assert cli.main(["recommend", "~/run", "--user", "u1"]) == 0
    assert cli.main(["data", str(ratings), "--out=~/split"]) == 0
    assert (tmp_path / "home" / "split.npz").exists()
    assert not list((tmp_path / "here").iterdir())
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as where there is no home
    assert "no such home folder" in sentence(capsys, train(ratings, "~nobody/run"))


def test_a_failed_run_over_an_old_one_changes_nothing(
    run: Path, ratings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "last.safetensors").unlink()
    before = content(run)
    for more in (["--split-seed", "2"], ["--split-seed", "2", "--device", "cuda:97"]):
        assert "holds part of a run" in sentence(capsys, train(ratings, run, *more))
    assert content(run) == before
    words = ["evaluate", str(run), "--metrics", "ndcg@10"]
    assert cli.main(words) == 0
    mixed = ["data", str(ratings), "--split-seed", "2", "--out", str(run / "split.npz")]
    assert cli.main(mixed) == 0
    assert "of different runs" in sentence(capsys, words)


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until a process has written a file, but not for ever."""
    latest = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < latest
        time.sleep(0.05)


@pytest.mark.processes
def test_a_second_training_in_a_folder_is_refused_before_it_reads_the_data(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    words = train(ratings, folder, "--epochs", "100000")
    first = subprocess.Popen(
        [sys.executable, "-m", "recotour_vae.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert first.stdout is not None
        wait_for(folder / "history.csv", first)
        split = (folder / "split.npz").read_bytes()
        for more in (["--split-seed", "2"], ["--resume"], ["--data", "nowhere.csv"]):
            said = sentence(capsys, train(ratings, folder, *more))
            assert f"is in use: process {first.pid}" in said
        assert (folder / "split.npz").read_bytes() == split
        assert cli.main(["evaluate", str(folder), "--metrics", "ndcg@10"]) == 0
        assert cli.main(["recommend", str(folder), "--user", "u1"]) == 0
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate(timeout=60)
    assert "already holds a run" in sentence(capsys, train(ratings, folder))
    assert "training epochs 100000, not 2" in sentence(capsys, train(ratings, folder, "--resume"))
    assert not list(folder.glob("*lock*"))


def test_titles_named_when_a_run_goes_on_take_the_place_of_its_own(
    run: Path, ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = pd.read_csv(ratings.with_name("titles.csv"))
    titles.assign(title=titles["title"] + " (new)").to_csv(tmp_path / "titles.csv", index=False)
    own = train(ratings, run, "--resume", titles=False)
    assert cli.main(own) == 0  # nothing named: they stay
    assert runs.open_run(run).titles[37] == "Sabrina (1954)"
    assert cli.main([*own, "--titles", str(tmp_path / "titles.csv")]) == 0
    assert "note: " in capsys.readouterr().err
    assert runs.open_run(run).titles[37] == "Sabrina (1954) (new)"


@pytest.mark.slow
@pytest.mark.parametrize("text", [None, "", "item,title\n0,x\n", "item,title\n0,Caf\xe9\n"])
def test_spoilt_titles_get_a_sentence_and_resuming_restores_them(
    run: Path, ratings: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    (run / "titles.csv").unlink()
    if text is not None:
        (run / "titles.csv").write_text(text, encoding="latin-1")
    for words in (["recommend", str(run), "--user", "u1"], ["evaluate", str(run)]):
        assert "titles.csv" in sentence(capsys, words)
    other = train(ratings, run, "--resume", titles=False)
    assert "titles.csv" in sentence(capsys, other)  # these would not be its own
    assert cli.main(train(ratings, run, "--resume")) == 0
    assert runs.open_run(run).titles[37] == "Sabrina (1954)"


def test_a_title_with_a_line_break_moves_no_other(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = pd.read_csv(ratings.with_name("titles.csv"))
    split = Split.load(runs_split(ratings, tmp_path))
    names = titles["title"].tolist()
    names[3] = 'Two\rparts, "one" (1983)'
    from recotour_vae.models import ModelConfig, make_model
    from recotour_vae.training import Trainer, TrainingConfig

    config = TrainingConfig(epochs=1, monitor="loss", device="cpu")
    model = make_model(ModelConfig(hidden=(8,), latent=4), split.n_items)
    Trainer(config, tmp_path / "run").fit_split(model, split, names)
    found = runs.open_run(tmp_path / "run").titles
    assert found[3] == 'Two parts, "one" (1983)'
    assert list(found[:3] + found[4:]) == names[:3] + names[4:]


def runs_split(ratings: Path, folder: Path) -> Path:
    assert cli.main(["data", str(ratings), "--out", str(folder / "split")]) == 0
    return folder / "split"
