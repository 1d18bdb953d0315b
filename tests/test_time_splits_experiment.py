"""The experiment on protocols: what they share, what they ask for, and rows that are made once."""

import numpy as np
import pandas as pd
import pytest
import time_splits as experiment
from support import rated, timed, two_tastes

from recotour_vae.datasets import load
from recotour_vae.experiments.table import Rows, unpack


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A small split, metrics that its catalogue can fill, and a table of its own."""
    monkeypatch.setattr(experiment, "METRICS", ["ndcg@100", "recall@20"])
    monkeypatch.setattr(experiment, "TABLE", Rows(tmp_path / "rows.csv", experiment.COLUMNS))
    monkeypatch.setattr(experiment, "split", lambda _: timed(rated(two_tastes(60, 120))))


@pytest.mark.slow
def test_random_and_latest_differ_in_what_is_asked_for_alone():
    clicks = load("ml-100k").interactions
    one, other = (experiment.PROTOCOLS[name](clicks) for name in ("random", "latest"))
    assert (one.train != other.train).nnz == 0
    np.testing.assert_array_equal(one.test.users, other.test.users)
    rows = [group.held_out.sum(axis=1) for group in (one.test, other.test)]
    whole = [(g.fold_in + g.held_out) for g in (one.test, other.test)]
    assert (whole[0] != whole[1]).nnz == 0
    assert np.abs(rows[0] - rows[1]).max() == 0
    assert (one.test.held_out != other.test.held_out).nnz > 0


@pytest.mark.slow
def test_the_calendar_asks_for_what_came_after_all_training():
    clicks = load("ml-100k").interactions
    cut = experiment.PROTOCOLS["calendar"](clicks)
    trained, shown, asked = cut.history.times, cut.test.shown.times, cut.test.asked.times
    assert trained.max() < asked.min()
    assert shown.max() < asked.min()
    assert np.diff(cut.test.fold_in.indptr).min() >= 5


def test_every_row_is_wanted_once_and_all_of_the_first_seed_first():
    rows = list(experiment.wanted())
    assert len(set(rows)) == len(rows) == 3 * (8 + 4 + 4)
    seeds = [seed for *_, seed in rows]
    assert seeds == sorted(seeds)


@pytest.mark.slow
def test_rows_are_made_once(small, monkeypatch, capsys):
    wanted = [("random", "popularity", 0), ("latest", "ease", 0)]
    monkeypatch.setattr(experiment, "wanted", lambda: iter(wanted))
    assert experiment.main() == 0
    table = experiment.TABLE.read()
    assert table[["protocol", "model", "seed"]].to_records(index=False).tolist() == wanted
    for _, one in table.iterrows():
        people = unpack(one["ndcg@100 of people"])
        assert len(people) == one["people"]
        assert np.mean(people) == pytest.approx(one["ndcg@100"], abs=1e-4)
    text = experiment.TABLE.path.read_bytes()
    experiment.main()
    assert experiment.TABLE.path.read_bytes() == text
    assert "popularity" in capsys.readouterr().out


def test_the_stored_table_is_whole_and_says_where_it_comes_from():
    table = pd.read_csv(experiment.ROOT / "results" / "time-splits.csv")
    about = list(table[list(experiment.COLUMNS)].itertuples(index=False, name=None))
    assert sorted(about) == sorted(experiment.wanted())
    assert table["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()  # a clean checkout
    assert (table.groupby("protocol")["split"].nunique() == 1).all()
    for _, one in table.iterrows():
        values = unpack(one["ndcg@100 of people"])
        assert len(values) == one["people"]
        assert np.mean(values) == pytest.approx(one["ndcg@100"], abs=1e-4)
