"""The command line as a stranger types it: what it prints, and how it fails."""

import re
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import SMALL, sentence, train
from processes import COMMAND, LIMIT, started, wait_until

from recotour_vae import cli, datasets, runs
from recotour_vae.evaluation import Evaluation
from recotour_vae.recommenders import entry, names


def test_data_counts_and_saves_a_split(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "split.npz"
    assert cli.main(["data", str(ratings), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "2,000 rows, 100 users, 150 items" in printed
    assert re.search(r"train +80 +1600", printed)
    assert out.exists()


def test_train_leaves_a_run_and_says_what_comes_next(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert cli.main(train(ratings, folder)) == 0
    printed = capsys.readouterr().out
    assert f"recotour-vae evaluate {folder}" in printed
    assert "Best epoch" in printed
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "best.safetensors",
        "last.safetensors",
        "settings.json",
        "history.csv",
        "split.npz",
        "titles.csv",
    }


def test_the_run_is_named_after_model_and_data(
    ratings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["train", "--data", str(ratings), "--epochs", "1", "--kind", "mult-dae"]
    assert cli.main([*words, *SMALL, "--monitor", "loss"]) == 0
    assert (tmp_path / "runs" / "mult-dae-ratings" / "best.safetensors").exists()


def test_columns_may_have_names_of_their_own(ratings: Path, tmp_path: Path) -> None:
    renamed = {"user": "customer", "item": "sku", "rating": "stars"}
    pd.read_csv(ratings).rename(columns=renamed).to_csv(tmp_path / "orders.csv", index=False)
    words = [f"--{name}={column}" for name, column in renamed.items()]
    source, folder = str(tmp_path / "orders.csv"), tmp_path / "run"
    assert cli.main(["data", source, *words]) == 0
    train_it = ["train", "--data", source, "--out", str(folder), "--epochs", "1", *SMALL, *words]
    assert cli.main(train_it) == 0
    assert (folder / "best.safetensors").exists()


@pytest.mark.slow
def test_evaluate_measures_the_model_and_the_baselines(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["popularity", "item-knn", "user-knn", "rp3beta", "puresvd", "ials", "slim", "ease"]
    names += ["edlae"]
    words = ["evaluate", str(run), "--against", *names]
    assert cli.main([*words, "--metrics", "ndcg@10", "mrr@5"]) == 0
    printed = capsys.readouterr().out
    for name in ("mult-vae", *names):
        assert f"{name}: 10 test users" in printed
    assert printed.count("ndcg@10") == printed.count("mrr@5") == 10


def test_runs_are_measured_beside_each_other(
    run: Path, ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "ease"
    assert cli.main(["train", "--model", "ease", "--data", str(ratings), "--out", str(other)]) == 0
    assert cli.main(["evaluate", str(run), str(other), "--metrics", "ndcg@10"]) == 0
    printed = capsys.readouterr().out
    assert f"mult-vae ({run}): 10 test users" in printed
    assert f"ease ({other}): 10 test users" in printed


def test_runs_on_other_splits_do_not_compare(
    run: Path, ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--model", "popularity", "--data", str(ratings), "--split-seed", "1"]
    assert cli.main([*words, "--out", str(tmp_path / "other")]) == 0
    words = ["evaluate", str(run), str(tmp_path / "other"), "--metrics", "ndcg@10"]
    assert "different splits" in sentence(capsys, words)


def test_old_options_are_understood_and_a_note_says_what_to_type(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(run), "--against", "popularity", "--metrics", "ndcg@10"]
    assert cli.main(words) == 0
    printed = capsys.readouterr()
    assert "note: --against is called --models now" in printed.err
    assert "popularity: 10 test users" in printed.out
    assert cli.main(["train", "--kind=ease", "--l2", "-1"]) == 2
    assert "note: --kind is called --model now" in capsys.readouterr().err


@pytest.mark.slow
def test_every_recommender_is_listed_and_has_a_help_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["models"]) == 0
    printed = capsys.readouterr().out
    for name in names():
        assert re.search(rf"^{name} +{re.escape(entry(name).title)}: ", printed, re.MULTILINE)
        with pytest.raises(SystemExit):
            cli.main(["train", "--model", name, "--help"])
        options = capsys.readouterr().out
        own = set(entry(name).options()) - {"kind"}
        assert {f"--{option.replace('_', '-')}" for option in own} <= set(
            re.findall(r"--[a-z0-9-]+", options)
        )


def test_evaluate_says_who_was_left_out(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pd.DataFrame({"ndcg@10": [0.5, 1.0]})
    monkeypatch.setattr("recotour_vae.evaluation.evaluate", lambda *_: Evaluation(table, 0.25, 3))
    assert cli.main(["evaluate", str(run), "--metrics", "ndcg@10"]) == 0
    assert "2 test users, 3 left out without held-out clicks" in capsys.readouterr().out


def test_recommend_by_title_leaves_out_what_is_liked(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    liked = ["film 3", "Film 4 (1999)"]
    assert cli.main(["recommend", str(run), "--k", "5", "--liked", *liked]) == 0
    printed = capsys.readouterr().out
    assert len(re.findall(r"Film \d+ \(1999\)", printed)) == 5
    assert "Film 3 (1999)" not in printed
    assert "Film 4 (1999)" not in printed


@pytest.mark.parametrize("group", ["train", "validation", "test"])
def test_recommend_by_user_knows_the_users_of_every_group(
    run: Path, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    split = runs.open_run(run).split
    users = split.train_users if group == "train" else getattr(split, group).users
    assert cli.main(["recommend", str(run), "--user", str(users[0]), "--k", "3"]) == 0
    assert capsys.readouterr().out.count("(1999)") == 3


def test_interrupted_training_says_how_to_go_on_and_then_goes_on(
    ratings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from recotour_vae.training.pytorch import PyTorchBackend

    folder, steps, whole = tmp_path / "run", [], PyTorchBackend.train_step

    def stop_in_the_second_epoch(self: PyTorchBackend, *batch: object, **schedule: float) -> None:
        steps.append(batch)
        if len(steps) == 6:
            raise KeyboardInterrupt
        whole(self, *batch, **schedule)  # type: ignore[arg-type]

    monkeypatch.setattr(PyTorchBackend, "train_step", stop_in_the_second_epoch)
    said = sentence(capsys, train(ratings, folder))
    assert "Stopped after 1 epoch" in said
    assert str(folder) in said
    assert "--resume" in said
    monkeypatch.undo()
    assert cli.main(train(ratings, folder, "--resume")) == 0
    history = pd.read_csv(folder / "history.csv", index_col="epoch")
    assert history.index.tolist() == [1, 2, 3]


@pytest.mark.processes
def test_ctrl_c_at_a_real_terminal_exits_with_2_and_no_traceback(
    ratings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    words = [*COMMAND, *train(ratings, folder)]
    words[words.index("--epochs") + 1] = "100000"
    with started(words) as process:
        last = folder / "last.safetensors"
        wait_until(lambda: last.exists() or process.poll() is not None, "an epoch")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 2
    assert "Traceback" not in errors
    assert "go on with --resume" in errors


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "--beta", "-1"], "beta is -1.0; give 0 or more"),
        (["train", "--dropout", "1.5"], "dropout is 1.5"),
        (["train", "--monitor", "ndgc@100"], "no metric 'ndgc@100'"),
        (["train", "--device", "cuda:97"], "no device 'cuda:97'"),
        (["data", "ml-100"], "did you mean 'ml-100k'?"),
        (["evaluate", "nowhere"], "nowhere holds no trained model"),
        (["recommend", "nowhere", "--user", "1"], "nowhere holds no trained model"),
        (["recommend", "nowhere"], "one of --user ID, --liked"),
        (["evaluate", "nowhere", "--confidence", "95"], "confidence is 95.0"),
    ],
)
def test_bad_words_get_one_sentence(
    words: list[str],
    said: str,
    tmp_path: Path,
    ratings: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if words[0] == "train":
        words = [*words, "--data", str(ratings)]
    assert said in sentence(capsys, words)


def test_questions_that_a_run_cannot_answer_get_one_sentence(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no user 'nobody'" in sentence(capsys, ["recommend", str(run), "--user", "nobody"])
    unknown = sentence(capsys, ["recommend", str(run), "--liked", "Flim 3"])
    assert "did you mean Film 3 (1999)" in unknown
    strange = sentence(capsys, ["recommend", str(run), "--liked", "%%%%"])
    assert "titles.csv" in strange
    long = sentence(capsys, ["evaluate", str(run), "--metrics", "ndcg@1000"])
    assert "give a k of at most 150" in long
    long = sentence(capsys, ["recommend", str(run), "--user", "u1", "--k", "151"])
    assert "between 1 and 150" in long


def test_a_run_is_never_overwritten_or_mixed_up(
    run: Path, ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    assert "already holds a run" in sentence(capsys, train(ratings, run))
    other_split = train(ratings, run, "--resume", "--split-seed", "1")
    assert "same --data and split options" in sentence(capsys, other_split)
    other_beta = train(ratings, run, "--resume", "--beta", "0.5")
    assert "model beta 0.2, not 0.5" in sentence(capsys, other_beta)
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


def test_a_split_of_another_run_is_noticed(
    run: Path, ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for path in run.iterdir():
        (mixed / path.name).write_bytes(path.read_bytes())
    fewer = pd.read_csv(ratings).query("item < 100")
    fewer.to_csv(tmp_path / "fewer.csv", index=False)
    split = ["data", str(tmp_path / "fewer.csv"), "--out", str(mixed / "split.npz")]
    assert cli.main(split) == 0
    assert "of different runs" in sentence(capsys, ["evaluate", str(mixed)])


def test_a_ready_split_in_the_file_goes_before_the_settings(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(ratings)
    user = table["user"].str[1:].astype(int)
    kind = np.where(user < 80, "train", np.where(user < 90, "validation", "test"))
    last = table.groupby("user").cumcount() >= 16
    suffix = np.where(user < 80, "", np.where(last, "_out", "_in"))
    table["split"] = [a + b for a, b in zip(kind, suffix, strict=True)]
    table.to_csv(tmp_path / "ready.csv", index=False)
    assert cli.main(["data", str(tmp_path / "ready.csv")]) == 0
    assert re.search(r"test +10 +160 +40 +0", capsys.readouterr().out)


def test_ctrl_c_before_training_and_notes_on_the_data(
    ratings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = pd.read_csv(ratings)
    pd.concat([table, table.head(7)]).to_csv(tmp_path / "twice.csv", index=False)
    assert cli.main(["data", str(tmp_path / "twice.csv")]) == 0
    assert re.search(r"^note: .*7 repeated", capsys.readouterr().err, re.MULTILINE)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(datasets, "load", interrupt)
    assert "Stopped by Ctrl-C" in sentence(capsys, ["data"])


@pytest.mark.parametrize("command", ["data", "train", "evaluate", "recommend"])
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert "Examples:" in printed
    assert f"recotour-vae {command}" in printed
