"""The evaluator: what counts, who counts, and with which interval."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support import Fixed, clicks, distinct_scores, group, is_a_sentence, random_clicks

from recotour_vae.errors import MetricError
from recotour_vae.evaluation import (
    PAPER_METRICS,
    Evaluation,
    evaluate,
    judge,
    judged_rows,
    paired_difference,
    rank_lists,
)
from recotour_vae.evaluation import metrics as M  # noqa: N812
from recotour_vae.recommenders import Popularity
from recotour_vae.splits import HeldOut

METRICS = ("ndcg@3", "recall@2")


def by_hand() -> tuple[Fixed, HeldOut]:
    """Three users, five items; the second has no held-out click."""
    scores = np.array([[9, 5, 4, 3, 2], [0, 0, 0, 0, 0], [1, 2, 3, 4, 9]], dtype=float)
    fold_in = clicks([[0], [1], [4]], 5)
    held_out = clicks([[1, 4], [], [0, 1]], 5)
    # lists without the fold-in: 1 2 3 4 (hits at 1 and 4) and 3 2 1 0 (hits at 3 and 4)
    return Fixed(scores[[0, 2]]), HeldOut(np.array(["ann", "bob", "cem"]), fold_in, held_out)


def many_users(n_users: int = 50, n_items: int = 30) -> tuple[np.ndarray, HeldOut]:
    """Random scores and clicks; everybody has a held-out click."""
    both = random_clicks(0, n_users, n_items, 0.5).toarray()
    both[:, 0] = 1
    held = np.random.default_rng(1).random(both.shape) < 0.4
    held[:, 0] = True
    fold_in = clicks([np.flatnonzero(row) for row in both * ~held], n_items)
    held_out = clicks([np.flatnonzero(row) for row in both * held], n_items)
    return distinct_scores(2, n_users, n_items), group(fold_in, held_out, 100)


def test_an_evaluation_worked_by_hand():
    model, held = by_hand()
    found = evaluate(model, held, METRICS)
    ideal = 1 + 1 / np.log2(3)
    assert found.per_user.index.tolist() == ["ann", "cem"]
    assert found.per_user.columns.tolist() == list(METRICS)
    np.testing.assert_allclose(found.per_user["ndcg@3"], [1 / ideal, 0.5 / ideal])
    np.testing.assert_allclose(found.per_user["recall@2"], [1 / 2, 0])
    assert found.mean("recall@2") == 0.25
    assert found.n_skipped == 1
    assert found.coverage == 3 / 5  # 1 2 3 and 3 2 1


def test_fold_in_items_are_never_recommended_even_when_they_score_highest():
    scores, held = many_users()
    high = scores + 1000 * held.fold_in.toarray()
    ours, theirs = evaluate(Fixed(scores), held, METRICS), evaluate(Fixed(high), held, METRICS)
    pd.testing.assert_frame_equal(ours.per_user, theirs.per_user)


@pytest.mark.parametrize("batch_size", [1, 7, 49, 50, 51])
def test_the_batch_size_changes_nothing(batch_size):
    scores, held = many_users()
    usual = evaluate(Fixed(scores), held, METRICS)
    found = evaluate(Fixed(scores), held, METRICS, batch_size)
    pd.testing.assert_frame_equal(found.per_user, usual.per_user)
    assert found.coverage == usual.coverage


def test_a_model_is_shown_at_most_a_batch_of_users_and_only_their_fold_in():
    scores, held = many_users()
    shown = []

    class Watched(Fixed):
        def score(self, clicks):
            shown.append(clicks)
            return super().score(clicks)

    evaluate(Watched(scores), held, METRICS, batch_size=20)
    assert [part.shape[0] for part in shown] == [20, 20, 10]
    together = np.concatenate([part.toarray() for part in shown])
    np.testing.assert_array_equal(together, held.fold_in.toarray())


def test_a_metric_does_not_depend_on_the_others_asked_for_even_with_ties():
    _, held = many_users()
    model = Fixed(np.zeros(held.fold_in.shape))
    alone = evaluate(model, held, ["ndcg@2"]).per_user["ndcg@2"]
    beside = evaluate(Fixed(model.scores), held, ["ndcg@2", "recall@25"]).per_user["ndcg@2"]
    pd.testing.assert_series_equal(alone, beside)


def test_every_metric_can_be_asked_for_and_the_papers_are_the_default():
    scores, held = many_users(n_items=120)
    assert tuple(evaluate(Fixed(scores), held).per_user) == PAPER_METRICS
    names = [f"{name}@10" for name in M.METRICS]
    found = evaluate(Fixed(scores), held, names).per_user
    assert found.columns.tolist() == names
    assert found.notna().all(axis=None)


def test_a_k_as_long_as_the_catalogue_is_allowed_and_finds_every_held_out_click():
    scores, held = many_users()
    assert evaluate(Fixed(scores), held, ["plain_recall@30"]).mean("plain_recall@30") == 1


def test_the_scores_of_a_model_are_not_changed():
    scores, held = many_users()
    before = scores.copy()
    evaluate(Fixed(scores), held, METRICS)
    np.testing.assert_array_equal(scores, before)


def test_scores_in_whole_numbers_are_ranked_too():
    scores, held = many_users()
    whole = evaluate(Fixed(scores.astype(int)), held, METRICS).per_user
    pd.testing.assert_frame_equal(whole, evaluate(Fixed(scores), held, METRICS).per_user)


class Ranking(Fixed):
    """A model that ranks by itself, and must never be asked for scores."""

    def rank(self, clicks, k):
        return M.top_k_unseen(super().score(clicks), clicks, k)

    def score(self, clicks):
        raise AssertionError("a ranking is there, so no scores are needed")


@pytest.mark.parametrize("batch_size", [7, 50])
def test_a_model_may_rank_by_itself(batch_size):
    scores, held = many_users()
    usual = evaluate(Fixed(scores), held, METRICS)
    found = evaluate(Ranking(scores), held, METRICS, batch_size)
    pd.testing.assert_frame_equal(found.per_user, usual.per_user)
    assert found.coverage == usual.coverage


@pytest.mark.parametrize("wrong", [lambda r: r[:, :2], lambda r: r[1:], lambda r: r + 30])
def test_lists_that_are_not_those_asked_for_are_refused(wrong):
    scores, held = many_users()

    class Wrong(Ranking):
        def rank(self, clicks, k):
            return wrong(super().rank(clicks, k))

    with pytest.raises(MetricError, match=r"where \(50, 3\) and columns below 30") as error:
        evaluate(Wrong(scores), held, METRICS)
    assert is_a_sentence(error.value)


# The lists themselves


def test_an_evaluation_keeps_the_lists_that_it_measured():
    model, held = by_hand()
    found = evaluate(model, held, METRICS)
    assert found.ranking.tolist() == [[1, 2, 3], [3, 2, 1]]
    assert judged_rows(held).tolist() == [0, 2]
    assert "ranking" not in repr(found)


@pytest.mark.parametrize("k", [1, 20, 25, 30])
def test_lists_of_a_smaller_k_are_longer_ones_cut_even_with_ties(k):
    _, held = many_users()
    scores = np.random.default_rng(0).integers(0, 4, held.fold_in.shape).astype(float)
    longest = rank_lists(Fixed(scores), held.fold_in, 30)
    np.testing.assert_array_equal(rank_lists(Fixed(scores), held.fold_in, k), longest[:, :k])


def test_nobody_gets_no_list():
    _, held = many_users()
    assert rank_lists(Fixed(np.empty((0, 30))), held.fold_in[:0], 4).shape == (0, 4)


def test_lists_that_are_there_are_judged_as_if_the_model_had_made_them_now():
    scores, held = many_users()
    found = evaluate(Fixed(scores), held, [*METRICS, "coverage@1"])
    again = judge(rank_lists(Fixed(scores), held.fold_in, 9), held, [*METRICS, "coverage@1"])
    pd.testing.assert_frame_equal(again.per_user, found.per_user)
    assert (again.coverage, again.n_skipped) == (found.coverage, found.n_skipped)
    np.testing.assert_array_equal(again.ranking, found.ranking)
    assert again.together == found.together


@pytest.mark.parametrize("wrong", [lambda r: r[:, :2], lambda r: r[1:], lambda r: r + 30])
def test_lists_that_do_not_fit_the_group_are_not_judged(wrong):
    scores, held = many_users()
    ranking = rank_lists(Fixed(scores), held.fold_in, 3)
    with pytest.raises(MetricError, match=r"where \(50, 3\) and columns below 30") as error:
        judge(wrong(ranking), held, METRICS)
    assert is_a_sentence(error.value)


def test_coverage_has_one_value_for_all_and_no_interval():
    model, held = by_hand()
    found = evaluate(model, held, ["coverage@2", "ndcg@3", "coverage@1"])
    assert found.names == ["ndcg@3", "coverage@2", "coverage@1"]
    assert found.per_user.columns.tolist() == ["ndcg@3"]
    assert found.mean("coverage@2") == 3 / 5  # 1 2 and 3 2
    assert found.mean("coverage@1") == 2 / 5
    row = found.table().loc["coverage@2"]
    assert row["mean"] == 3 / 5
    assert row[["se", "low", "high"]].isna().all()
    with pytest.raises(MetricError, match="All lists together have one coverage@2") as error:
        paired_difference(found, found, "coverage@2")
    assert is_a_sentence(error.value)


# The table


def test_the_table_gives_mean_standard_error_and_an_interval_around_the_mean():
    scores, held = many_users()
    found = evaluate(Fixed(scores), held, METRICS)
    table = found.table()
    assert table.columns.tolist() == ["mean", "se", "low", "high"]
    for name, values in found.per_user.items():
        assert table.loc[name, "mean"] == pytest.approx(values.mean())
        assert table.loc[name, "se"] == pytest.approx(values.std(ddof=1) / np.sqrt(50))
        # the bootstrap of a mean is close to the normal interval with 50 users
        half = 1.96 * table.loc[name, "se"]
        assert table.loc[name, "low"] == pytest.approx(values.mean() - half, abs=0.25 * half)
        assert table.loc[name, "high"] == pytest.approx(values.mean() + half, abs=0.25 * half)


def test_the_interval_is_drawn_from_the_seed_and_widens_with_confidence():
    scores, held = many_users()
    found = evaluate(Fixed(scores), held, METRICS)
    pd.testing.assert_frame_equal(found.table(seed=1), found.table(seed=1))
    assert not found.table(seed=1).equals(found.table(seed=2))
    wide, narrow = found.table(0.99).loc["ndcg@3"], found.table(0.5).loc["ndcg@3"]
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(100):
        values = pd.DataFrame({"m": rng.random(40)})
        low, high = Evaluation(values, 0.0, 0).table(0.9).loc["m", ["low", "high"]]
        covered.append(low <= 0.5 <= high)
    # binomial: 90 expected, standard deviation 3
    assert 78 <= sum(covered) <= 99


def test_users_who_all_did_the_same_leave_no_doubt():
    values = pd.DataFrame({"m": [0.3, 0.3, 0.3]})
    assert Evaluation(values, 0.0, 0).table().loc["m"].tolist() == [0.3, 0.0, 0.3, 0.3]


def test_one_user_alone_says_nothing_about_the_spread():
    row = Evaluation(pd.DataFrame({"m": [0.3]}), 0.0, 0).table().loc["m"]
    assert row["mean"] == 0.3
    assert row[["se", "low", "high"]].isna().all()


# Two models


def test_a_paired_difference_is_taken_user_by_user():
    one = Evaluation(pd.DataFrame({"m": [0.1, 0.9, 0.5]}), 0.0, 0)
    other = Evaluation(pd.DataFrame({"m": [0.0, 0.7, 0.5]}), 0.0, 0)
    found = paired_difference(one, other, "m")
    assert found["mean"] == pytest.approx(0.1)
    assert found["se"] == pytest.approx(stats.sem([0.1, 0.2, 0.0]))
    assert found["low"] <= found["mean"] <= found["high"]
    assert paired_difference(other, one, "m")["mean"] == pytest.approx(-0.1)


def test_pairing_is_narrower_than_the_two_intervals_suggest():
    users = np.random.default_rng(0).random(200)
    one = Evaluation(pd.DataFrame({"m": users}), 0.0, 0)
    other = Evaluation(pd.DataFrame({"m": users * 0.95}), 0.0, 0)
    found = paired_difference(one, other, "m")
    assert found["low"] > 0
    assert found["se"] < one.table().loc["m", "se"] / 5


@pytest.mark.parametrize("index", [[1, 2, 4], [3, 2, 1], [1, 2]])
def test_evaluations_of_other_users_are_not_paired(index):
    one = Evaluation(pd.DataFrame({"m": [0.1, 0.2, 0.3]}, index=[1, 2, 3]), 0.0, 0)
    other = Evaluation(pd.DataFrame({"m": 0.5}, index=index), 0.0, 0)
    with pytest.raises(MetricError, match="different users") as error:
        paired_difference(one, other, "m")
    assert is_a_sentence(error.value)


# Bad input


@pytest.mark.parametrize(
    ("metrics", "match"),
    [
        (["ndcg"], "no metric 'ndcg'"),
        (["recall@2", "ndcg@6"], "ndcg@6 needs lists of 6 items, but the catalogue has 5"),
        ([], "metric"),
    ],
)
def test_metrics_that_cannot_be_measured_are_refused_before_scoring(metrics, match):
    model, held = by_hand()
    with pytest.raises(MetricError, match=match) as error:
        evaluate(model, held, metrics)
    assert is_a_sentence(error.value)
    assert model.given == 0


def test_a_metric_that_was_not_measured_is_named():
    found = evaluate(*by_hand(), METRICS)
    with pytest.raises(MetricError, match="ndcg@10"):
        found.mean("ndcg@10")
    with pytest.raises(MetricError, match="ndcg@10"):
        paired_difference(found, found, "ndcg@10")


def test_nobody_with_a_held_out_click_is_nothing_to_measure():
    held = group(clicks([[0], [1]], 5), clicks([[], []], 5))
    with pytest.raises(MetricError, match="No user has a held-out click") as error:
        evaluate(Fixed(np.zeros((2, 5))), held, METRICS)
    assert is_a_sentence(error.value)


def test_scores_that_are_not_numbers_are_refused():
    scores, held = many_users()
    scores[3, 4] = np.nan
    with pytest.raises(MetricError, match="1 users are not numbers"):
        evaluate(Fixed(scores), held, METRICS)


@pytest.mark.parametrize("width", [29, 31])
def test_a_model_of_another_catalogue_is_refused(width):
    _, held = many_users()
    with pytest.raises(MetricError, match=f"{width} items.* 30") as error:
        evaluate(Fixed(distinct_scores(0, 50, width)), held, METRICS)
    assert is_a_sentence(error.value)


def test_a_baseline_is_a_model_like_any_other():
    _, held = many_users()
    found = evaluate(Popularity().fit(held.fold_in), held, METRICS)
    assert 0 < found.mean("ndcg@3") < 1
