"""The article on six autoencoders, made again: each mistake is the one that is meant."""

import json

import article as experiment
import article_lists as lists
import article_order as order
import article_ratings as stars
import numpy as np
import pandas as pd
import pytest
import svae
import torch
from article_networks import CompanyCDAE, FaintVAE, PersonalDeepRec, norms_of
from scipy.sparse import csr_matrix
from support import rated, timed, two_tastes
from torch.nn import functional

from recotour_vae.experiments.table import Rows, unpack
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.people import PeopleBatch
from recotour_vae.models.pytorch.rated_people import PeopleBatch as RatedBatch
from recotour_vae.recommenders import EASE
from recotour_vae.splits import HeldOut, Histories

CLICKS = csr_matrix(np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 0]], np.float32))


def batch_of(clicks, people=None):
    rows = np.arange(clicks.shape[0]) if people is None else np.asarray(people)
    return PeopleBatch(ClickBatch.from_csr(clicks), torch.from_numpy(rows))


def table_of_ratings(n_users=40, n_items=130, seed=0):
    """Stars of people with one of two tastes, some thirty each."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        items = rng.choice(n_items, 30, replace=False)
        stars_ = np.where(items % 2 == user % 2, rng.integers(4, 6, 30), rng.integers(1, 4, 30))
        rows += [(user, item, star) for item, star in zip(items, stars_, strict=True)]
    return pd.DataFrame(rows, columns=["user", "item", "rating"])


# The networks


def test_a_click_counts_by_the_norms_of_its_person_and_of_its_film_in_the_batch():
    network = CompanyCDAE(3, 4)
    values = network.values(batch_of(CLICKS).clicks)
    by_hand = [(2 * 3), (2 * 1), (2 * 3), (2 * 1), (1 * 3)]  # products of both counts
    assert values.tolist() == pytest.approx([n**-0.25 for n in by_hand])


def test_so_the_scores_of_a_person_depend_on_the_company():
    network = CompanyCDAE(3, 4)
    together = network.score(CLICKS, np.arange(3))
    alone = network.score(CLICKS, np.arange(3), size=1)
    assert np.abs(together - alone).max() > 1e-3
    known = norms_of(torch.from_numpy(CLICKS.indices.astype(np.int64)), 4)
    network = CompanyCDAE(3, 4, norms=known)
    assert np.allclose(network.score(CLICKS, np.arange(3)), network.score(CLICKS, np.arange(3), 1))


def test_the_loss_is_the_cross_entropy_of_all_cells():
    network = CompanyCDAE(3, 4).eval()
    scores = network(batch_of(CLICKS))
    whole = functional.binary_cross_entropy_with_logits(
        scores, torch.from_numpy(CLICKS.toarray()), reduction="sum"
    )
    assert network.training_loss(batch_of(CLICKS)).loss.item() == pytest.approx(whole.item() / 3)


def test_who_is_new_has_a_vector_of_zeros():
    network = CompanyCDAE(3, 4)
    with torch.no_grad():
        network.people[1] = 0
    assert np.allclose(network.score(CLICKS), network.score(CLICKS, np.array([1, 1, 1])))


def test_the_noise_is_faint_in_training_and_absent_in_scoring():
    network = FaintVAE(4, hidden=(), latent=2)
    mu, logvar = torch.zeros(20_000, 2), torch.full((20_000, 2), np.log(4.0))
    random = torch.Generator().manual_seed(0)
    assert network.train().sample(mu, logvar, random).std().item() == pytest.approx(0.02, rel=0.02)
    assert (network.eval().sample(mu, logvar, random) == 0).all()
    noise = torch.ones(20_000, 2)
    assert torch.allclose(network.train().sample(mu, logvar, noise=noise), noise * 0.02)


def test_the_personal_loss_is_a_mean_of_roots():
    network = PersonalDeepRec((2, 1, 2)).eval()
    ratings = torch.tensor([[5.0, 3.0], [4.0, 0.0]])
    rated_ = (ratings > 0).float()
    errors = ((network(ratings) - ratings) * rated_).square().sum(1) / torch.tensor([2.0, 1.0])
    found = network.training_loss(RatedBatch(ratings, rated_)).loss
    assert found.item() == pytest.approx(errors.sqrt().mean().item())


# The measures


def test_two_errors_by_hand():
    found = stars.two_errors(np.array([1.0, 3.0, 2.0]), np.array([0, 0, 1]), np.array([1, 1, 1]))
    assert found["mean of people"] == pytest.approx((np.sqrt(2) + 1) / 2)
    assert found["rmse"] == pytest.approx(np.sqrt(5 / 3))


def test_what_was_seen_stands_in_the_list_or_not():
    shown = csr_matrix(np.eye(2, 120, dtype=np.float32))
    asked = csr_matrix(np.eye(2, 120, k=5, dtype=np.float32))
    scores = np.tile(np.arange(120.0)[::-1], (2, 1))
    group = HeldOut([0, 1], shown, asked)
    places = {True: [5, 6], False: [6, 7]}  # of what is asked for, counted from 1
    for removed, at in places.items():
        found = lists.measure(scores.copy(), group, removed)
        by_hand = np.mean([1 / np.log2(place + 1) for place in at])
        assert found.mean("ndcg@100") == pytest.approx(by_hand)


def test_four_fifths_rounded_down_are_shown_and_a_tenth_of_them_validates():
    split = lists.everybody(table_of_ratings(), None, seed=0)
    assert np.diff(split.train.indptr).tolist() == [24] * 40
    assert np.diff(split.test.held_out.indptr).tolist() == [6] * 40
    shown, kept = split.validation.fold_in, split.validation.held_out
    assert np.diff(kept.indptr).tolist() == [2] * 40
    assert (shown + kept != split.train).nnz == 0
    liked = lists.everybody(table_of_ratings(), 3.5, seed=0)
    whole = table_of_ratings()
    assert liked.train.nnz + liked.test.held_out.nnz == (whole["rating"] >= 4).sum()


def test_what_the_test_ratings_are_fed_to_is_what_they_are_asked_of():
    rows = csr_matrix(np.array([[5.0, 0, 3], [0, 4, 0]]))
    weights = stars.Weights(*(one.numpy() for one in stars.first_weights(3, seed=0)))
    weights.b[:] = [6.0, 4.5, 3.0]
    hidden = stars.encode(weights, rows)
    predicted = np.clip(hidden @ weights.w.T + weights.b, 1, 5)[[0, 0, 1], [0, 2, 1]]
    by_hand = np.sqrt(np.mean((predicted - [5, 3, 4]) ** 2))
    assert stars.error_of(rows, rows)(weights) == pytest.approx(by_hand)


def test_training_people_are_asked_for_the_latest_fifth_of_what_they_trained_on():
    times = [3, 1, 2, 5, 4, 1, 2]
    told = Histories([0, 5, 7], [1, 2, 0, 4, 3, 0, 1], None, sorted_by(times), n_items=5)
    split = timed(rated(two_tastes(60, 120)))
    group = order.trained_on(split, people=3)
    whole = split.history.rows(np.arange(3))
    assert (group.fold_in + group.held_out != whole.clicks).nnz == 0
    late = order.part_of(told, np.array([0, 0, 0, 0, 1, 0, 1], bool))
    assert late.items.tolist() == [3, 1]
    for row in range(3):
        first, last = (np.diff(one.starts)[row] for one in (group.shown, group.asked))
        assert first == int(0.8 * (first + last))
        shown, asked = (one.rows(np.array([row])).times for one in (group.shown, group.asked))
        assert shown.max() <= asked.min()


def sorted_by(times):
    return np.concatenate([np.sort(times[:5]), np.sort(times[5:])])


# The ladders


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Small data, short trainings, and a table of its own."""
    monkeypatch.setattr(lists, "ratings", table_of_ratings)
    monkeypatch.setattr(stars, "ratings", table_of_ratings)
    monkeypatch.setattr(lists, "new_people", lambda: two_tastes(60, 120))
    monkeypatch.setattr(lists, "L2", (10.0, 100.0))
    monkeypatch.setattr(lists, "SEARCHED", lists.SEARCHED | {"epochs": 2})
    usual = lists.Ladder.__init__
    monkeypatch.setattr(
        lists.Ladder,
        "__init__",
        lambda self, seed, score, **_: usual(self, seed, score, every=2, patience=1, epochs=6),
    )
    monkeypatch.setattr(stars, "AUTOREC", stars.AUTOREC | {"hidden": 4, "epochs": 3})
    monkeypatch.setattr(stars, "WIDTHS", (4, 3, 4))
    monkeypatch.setattr(stars, "AUTHORS", stars.AUTHORS | {"epochs": 10})
    narrow = {"embedding": 4, "recurrent": 4, "hidden": 4, "latent": 2, "epochs": 2}
    monkeypatch.setattr(order, "OPTIONS", order.OPTIONS | narrow)
    monkeypatch.setattr(order, "split", lambda: timed(rated(two_tastes(60, 120))))
    identity = (experiment.COLUMNS, experiment.IDENTITY)
    monkeypatch.setattr(experiment, "TABLE", Rows(tmp_path / "article.csv", *identity))


@pytest.mark.slow
def test_ladders_are_climbed_once(small, capsys):
    assert experiment.main([]) == 0
    table = experiment.TABLE.read()
    text = experiment.TABLE.path.read_bytes()
    experiment.main([])
    assert experiment.TABLE.path.read_bytes() == text
    steps = table.groupby("model", sort=False)["step"].apply(list)
    ends = {model: [*ladders][-1] for model, ladders in experiment.LADDERS.items()}
    assert {model: one[-1] for model, one in steps.items()} == ends
    assert {one[0] for one in steps} == {lists.ARTICLE}
    assert not table.duplicated(["model", "step", "seed"]).any()
    first = table[table["step"] == lists.ARTICLE].set_index("model")
    assert first.loc["ease", "solved twice is equal"]
    assert len(unpack(first.loc["autorec", "fed with test"])) == 3
    assert first.loc["autorec", "rmse"] == pytest.approx(
        unpack(first.loc["autorec", "fed with test"])[-1], abs=1e-5
    )
    assert json.loads(first.loc["mult-vae", "options"])["deviation of the noise"] == 0.01
    assert "svae" in capsys.readouterr().out


def test_the_order_is_that_of_the_authors_code():
    differs = {
        name
        for name, value in svae.TRAINED["as the code"].items()
        if order.OPTIONS.get(name) != value
    }
    assert differs == {"batch_size"}


# What is stored

PUBLISHED = {"ease": 0.2561, "mult-vae": 0.2508, "cdae": 0.2528}


def stored():
    return pd.read_csv(experiment.ROOT / "results" / "article.csv", dtype={"commit": str})


def test_the_stored_ladders_are_whole_and_say_where_they_come_from():
    table = stored()
    assert not table.duplicated(["model", "step", "seed"]).any()
    last = table.groupby("model")["step"].agg(set)
    assert set(last.index) == set(experiment.LADDERS)
    assert all(last[model] >= {*ladders} for model, ladders in experiment.LADDERS.items())
    assert not table[["split", "versions", "commit", "options"]].isna().any(axis=None)
    assert table["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()  # a clean checkout


def test_the_mistakes_give_the_articles_numbers_and_what_mends_them_is_the_mask():
    table = stored().set_index(["model", "step"])
    for model, published in PUBLISHED.items():
        wrong, right = (table.loc[(model, s), "ndcg@100"] for s in (lists.ARTICLE, lists.MASKED))
        assert wrong == pytest.approx(published, abs=0.01)
        assert right > wrong + 0.15
    assert table.loc[("autorec", lists.ARTICLE), "rmse"] == pytest.approx(0.910, abs=0.005)
    assert table.loc[("autorec", stars.RIGHT_INPUT), "rmse"] > 1.1


@pytest.mark.data
@pytest.mark.slow
def test_the_first_step_comes_out_again(data_folder):
    row = stored().set_index(["model", "step"]).loc[("ease", lists.ARTICLE)]
    split = lists.everybody(lists.ratings(), None, seed=0)
    assert split.fingerprint() == row["split"]
    scores = EASE(l2=1000.0).fit(split.train).score(split.train)
    found = lists.measure(scores, split.test, removed=False)
    for name in lists.METRICS:
        assert found.mean(name) == pytest.approx(row[name], abs=1e-4)
