"""`recotour-vae data --protocol`: each with its options, and no option that does nothing."""

import numpy as np
import pytest
from support import random_table

from recotour_vae import cli, splits
from recotour_vae.datasets import load
from recotour_vae.splits import (
    LastOutConfig,
    RatingSplitConfig,
    Split,
    SplitConfig,
    TimeSplitConfig,
    WeakSplitConfig,
)


@pytest.fixture
def mine(tmp_path):
    """A file of ratings with times."""
    table = random_table(0, n_users=20, n_items=25, rows=400)
    time = 891_388_000 + np.random.default_rng(0).permutation(len(table))  # no two at once
    table.assign(timestamp=time).to_csv(tmp_path / "mine.csv", index=False)
    return tmp_path / "mine.csv"


@pytest.fixture
def run(mine, capsys):
    """Run `data` with some words, and give its status, answer, notes and the split it saved."""

    def of(*words):
        out = mine.with_name("split.npz")
        out.unlink(missing_ok=True)
        status = cli.main(["data", str(mine), "--out", str(out), *words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err, Split.load(out) if out.exists() else None

    return of


MADE = {
    "strong": lambda t: splits.strong_generalisation(t, SplitConfig()),
    "strong --split-seed 1 --held-out 0.4": lambda t: splits.strong_generalisation(
        t, SplitConfig(seed=1, held_out=0.4)
    ),
    "strong --latest": lambda t: splits.strong_generalisation(t, SplitConfig(latest=True)),
    "in-time": lambda t: splits.in_time(t, TimeSplitConfig()),
    "in-time --validation-after 0.5 --test-after 891388200 --click-above 2.5 --min-shown 3": (
        lambda t: splits.in_time(t, TimeSplitConfig(2.5, 5, 0.5, 891_388_200, 3))
    ),
    "in-time --validation-after 0.2 --test-after 1998-03-31T23:50": (
        lambda t: splits.in_time(
            t, TimeSplitConfig(validation_after=0.2, test_after="1998-03-31T23:50")
        )
    ),
    "leave-last-out --min-clicks 3": lambda t: splits.leave_last_out(t, LastOutConfig(3.5, 3)),
    "weak": lambda t: splits.weak_generalisation(t),
    "weak --split-seed 4 --held-out 0.3 --validation-clicks 0.4 --click-above 2.5": (
        lambda t: splits.weak_generalisation(t, WeakSplitConfig(2.5, 5, 0.3, 0.4, 4))
    ),
    "ratings": lambda t: splits.ratings_holdout(t),
    "ratings --test-ratings 0.3 --validation-ratings 0 --split-seed 2": (
        lambda t: splits.ratings_holdout(t, RatingSplitConfig(5, 0.3, 0.0, 2))
    ),
    "ratings --folds 4 --fold 2": lambda t: splits.rating_folds(t, RatingSplitConfig(folds=4))[1],
    "ratings --folds 4": lambda t: splits.rating_folds(t, RatingSplitConfig(folds=4))[0],
}


@pytest.mark.slow
@pytest.mark.parametrize("words", MADE)
def test_each_protocol_is_that_of_the_library(words, run, mine):
    status, printed, said, split = run("--protocol", *words.split())
    assert (status, said) == (0, "")
    wanted = MADE[words](load(mine).interactions)
    assert split.fingerprint() == wanted.fingerprint()
    counted = f"{wanted.n_items} items in training; the split's fingerprint is "
    assert counted + wanted.fingerprint() in printed
    assert wanted.summary().to_string() in printed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "idle"),
    [
        ("strong --folds 5", "--folds"),
        ("strong --test-after 0.8 --min-shown 1", "--test-after, --min-shown"),
        ("ratings --latest", "--latest"),
        ("in-time --split-seed 3 --held-out 0.3", "--held-out, --split-seed"),
        ("in-time --validation-users 3", "--validation-users"),
        ("leave-last-out --validation-after 0.7", "--validation-after"),
        ("leave-last-out --split-seed 1", "--split-seed"),
        ("ratings --click-above 4 --min-clicks 2", "--click-above, --min-clicks"),
        ("ratings --fold 2", "--fold"),
        ("ratings --folds 5 --test-ratings 0.2", "--test-ratings"),
        ("weak --validation-users 3 --latest", "--validation-users, --latest"),
        ("strong --validation-clicks 0.1", "--validation-clicks"),
        # values that are the defaults, which could do as little as others
        ("in-time --held-out 0.2", "--held-out"),
        ("leave-last-out --no-latest", "--no-latest"),
        ("ratings --fold 1", "--fold"),
    ],
)
def test_options_without_an_effect_are_refused(words, idle, run):
    status, _, said, split = run("--protocol", *words.split())
    assert (status, split) == (2, None)
    assert f"error: {idle} could have no effect with --protocol {words.split()[0]}" in said


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("ratings --folds 4 --fold 5", "fold is 5; give a number from 1 to 4."),
        ("ratings --folds 4 --fold 0", "fold is 0; give a number from 1 to 4."),
        ("ratings --folds 1", "folds is 1; give 2 or more."),
        ("ratings --folds official", "mine has no official folds"),
        ("ratings --rating none", "needs ratings, and the table has no column 'rating'"),
        ("strong --latest --timestamp none", "the table has no column 'timestamp'"),
        ("in-time --timestamp none", "needs the times, and the table has no column 'timestamp'"),
        ("in-time --test-after soon", "'soon' is no date; write it as 1998-04-01."),
        ("leave-last-out --rating none --click-above 3", "mine has no ratings, so that every row"),
    ],
)
def test_what_cannot_be_done_is_said(words, match, run):
    status, _, said, split = run("--protocol", *words.split())
    assert (status, split) == (2, None)
    assert match in said


def test_a_protocol_beside_a_ready_split_is_refused(mine, capsys):
    table = load(mine).interactions.assign(split="train")
    table.to_csv(mine, index=False)
    assert cli.main(["data", str(mine), "--protocol", "in-time"]) == 2
    assert "leave out --protocol, or ignore the column with --split none" in capsys.readouterr().err


def test_the_official_folds_are_counted_from_one(tmp_path):
    out = str(tmp_path / "u2.npz")
    words = ["--protocol", "ratings", "--folds", "official", "--fold", "2", "--out", out]
    assert cli.main(["data", "ml-100k", *words]) == 0
    wanted = splits.official_folds(load("ml-100k", progress=False))[1]
    assert Split.load(out).fingerprint() == wanted.fingerprint()


def test_a_run_is_trained_on_any_protocol(mine, tmp_path):
    small = ["--hidden", "8", "--latent", "4", "--device", "cpu", "--epochs", "1"]
    folder = tmp_path / "run"
    words = ["--data", str(mine), "--protocol", "in-time", "--monitor", "ndcg@10", *small]
    assert cli.main(["train", *words, "--out", str(folder)]) == 0
    split = Split.load(folder / "split.npz")
    assert split.fingerprint() == splits.in_time(load(mine).interactions).fingerprint()
    assert split.history.times is not None
