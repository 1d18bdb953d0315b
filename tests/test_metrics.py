"""The metrics: worked by hand, against plain loops, by their properties, against ranx."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import clicks, distinct_scores, is_a_sentence, random_clicks

from recotour_vae.errors import MetricError
from recotour_vae.evaluation import metrics as M  # noqa: N812
from recotour_vae.evaluation.registry import METRIC_NAMES, REGISTRY

# Three users' lists of five: hits at places 1 and 3, none, all but the first.
HITS = np.array([[1, 0, 1, 0, 0], [0, 0, 0, 0, 0], [0, 1, 1, 1, 1]], dtype=bool)
N_HELD_OUT = np.array([3, 1, 10])
# 1 / log2(place + 1) of places 1 to 5, to six decimals.
D = (1.0, 0.630930, 0.5, 0.430677, 0.386853)


@pytest.mark.parametrize(
    ("metric", "k", "expected"),
    [
        ("recall", 5, (2 / 3, 0, 4 / 5)),  # the last user's denominator is k
        ("recall", 3, (2 / 3, 0, 2 / 3)),
        ("recall", 1, (1, 0, 0)),
        ("plain_recall", 5, (2 / 3, 0, 4 / 10)),
        ("plain_recall", 3, (2 / 3, 0, 2 / 10)),
        ("precision", 5, (2 / 5, 0, 4 / 5)),
        ("precision", 3, (2 / 3, 0, 2 / 3)),
        ("ndcg", 5, (1.5 / (D[0] + D[1] + D[2]), 0, (sum(D) - 1) / sum(D))),
        ("ndcg", 3, (1.5 / (D[0] + D[1] + D[2]), 0, (D[1] + D[2]) / (D[0] + D[1] + D[2]))),
        ("ndcg", 1, (1, 0, 0)),
        ("map", 5, ((1 / 1 + 2 / 3) / 3, 0, (1 / 2 + 2 / 3 + 3 / 4 + 4 / 5) / 10)),
        ("map", 2, (1 / 3, 0, 1 / 2 / 10)),
        ("mrr", 5, (1, 0, 1 / 2)),
        ("mrr", 1, (1, 0, 0)),
        ("hit_rate", 5, (1, 0, 1)),
        ("hit_rate", 1, (1, 0, 0)),
    ],
)
def test_each_metric_worked_by_hand(metric, k, expected):
    found = M.METRICS[metric](HITS, N_HELD_OUT, k)
    np.testing.assert_allclose(found, expected, rtol=2e-6)


def test_coverage_counts_each_shown_item_once_and_no_empty_place():
    ranking = np.array([[0, 1, 2], [0, 3, -1]])
    assert M.coverage(ranking, 3, n_items=8) == 4 / 8
    assert M.coverage(ranking, 1, n_items=8) == 1 / 8


# Of ratings: errors 1, -2, none and 0.
PREDICTED, GIVEN = np.array([4, 1, np.nan, 5]), np.array([3, 3, 2, 5], np.float32)


def test_metrics_of_ratings_worked_by_hand():
    np.testing.assert_array_equal(M.squared_errors(PREDICTED, GIVEN), [1, 4, np.nan, 0])
    np.testing.assert_array_equal(M.absolute_errors(PREDICTED, GIVEN), [1, 2, np.nan, 0])
    assert M.rated(PREDICTED, GIVEN).tolist() == [1, 1, 0, 1]
    assert M.rmse(PREDICTED, GIVEN) == pytest.approx(math.sqrt(5 / 3))
    assert M.mae(PREDICTED, GIVEN) == pytest.approx(1)


@pytest.mark.parametrize("none", [np.nan, np.inf, -np.inf])
def test_a_rating_that_is_no_finite_number_is_none(none):
    predicted = np.where(np.isnan(PREDICTED), none, PREDICTED)
    assert M.rmse(predicted, GIVEN) == M.rmse(PREDICTED, GIVEN)
    assert M.mae(predicted, GIVEN) == M.mae(PREDICTED, GIVEN)
    assert M.rated(predicted, GIVEN).tolist() == [1, 1, 0, 1]


@given(st.lists(st.tuples(st.floats(-9, 9), st.integers(1, 5)), min_size=1), st.floats(-5, 5))
def test_errors_of_ratings_have_their_properties(pairs, shift):
    predicted, given_ratings = (np.array(side) for side in zip(*pairs, strict=True))
    rmse, mae = M.rmse(predicted, given_ratings), M.mae(predicted, given_ratings)
    assert mae <= rmse + 1e-12 <= np.abs(predicted - given_ratings).max() + 1e-11
    moved = M.rmse(predicted + shift, given_ratings + shift)
    assert moved == pytest.approx(rmse, abs=1e-9)
    assert M.rmse(given_ratings + shift, given_ratings) == pytest.approx(abs(shift), abs=1e-12)


# The same, in plain loops over one user's list, as the definitions read.


def loop_dcg(marks):
    return sum(mark / math.log2(place + 1) for place, mark in enumerate(marks, 1))


def loop_ap(marks, n):
    return sum(mark * sum(marks[:place]) / place for place, mark in enumerate(marks, 1)) / n


LOOPS = {
    "recall": lambda marks, n, k: sum(marks) / min(k, n),
    "plain_recall": lambda marks, n, k: sum(marks) / n,
    "precision": lambda marks, n, k: sum(marks) / k,
    "ndcg": lambda marks, n, k: loop_dcg(marks) / loop_dcg([1] * min(n, k)),
    "map": lambda marks, n, k: loop_ap(marks, n),
    "mrr": lambda marks, n, k: next((1 / p for p, m in enumerate(marks, 1) if m), 0),
    "hit_rate": lambda marks, n, k: float(any(marks)),
}


def loop_metric(name, scores, held_out, k):
    """One metric, one user at a time, from Python's own sort."""
    values = []
    for row, relevant in zip(scores.tolist(), held_out.toarray() > 0, strict=True):
        best = sorted(range(len(row)), key=lambda i, row=row: (-row[i], i))[:k]
        marks = [int(relevant[i]) for i in best]
        values.append(LOOPS[name](marks, int(relevant.sum()), k))
    return np.array(values)


def measure(scores, held_out, k, names=tuple(M.METRICS)):
    """All metrics as the evaluator does it; every user must have a held-out click."""
    hits = M.find_hits(M.top_k(scores, k), held_out)
    return {name: M.METRICS[name](hits, np.diff(held_out.indptr), k) for name in names}


@st.composite
def rankings(draw):
    """Scores without ties and held-out clicks, at least one a user, and a k."""
    n_users, n_items = draw(st.integers(1, 6)), draw(st.integers(2, 15))
    seed, k = draw(st.integers(0, 10_000)), draw(st.integers(1, n_items))
    dense = random_clicks(seed, n_users, n_items, draw(st.floats(0.05, 1.0))).toarray()
    dense[np.arange(n_users), seed % n_items] = 1
    held_out = clicks([np.flatnonzero(row) for row in dense], n_items)
    return distinct_scores(seed + 1, n_users, n_items), held_out, k


@given(rankings())
def test_every_metric_agrees_with_plain_loops(case):
    scores, held_out, k = case
    for name, values in measure(scores, held_out, k).items():
        np.testing.assert_allclose(values, loop_metric(name, scores, held_out, k), err_msg=name)


@given(rankings())
def test_every_metric_lies_between_0_and_1(case):
    for name, values in measure(*case).items():
        assert ((values >= 0) & (values <= 1 + 1e-12)).all(), name


@given(rankings())
def test_a_perfect_list_has_ndcg_recall_and_mrr_1(case):
    scores, held_out, k = case
    found = measure(scores + 100 * held_out.toarray(), held_out, k)
    for name in ("ndcg", "recall", "mrr", "hit_rate"):
        np.testing.assert_allclose(found[name], 1, err_msg=name)


@given(rankings())
def test_the_worst_list_gains_nothing_that_the_best_would_not(case):
    scores, held_out, k = case
    bad = measure(scores - 100 * held_out.toarray(), held_out, k)
    good = measure(scores + 100 * held_out.toarray(), held_out, k)
    usual = measure(scores, held_out, k)
    for name in M.METRICS:
        assert (bad[name] <= usual[name] + 1e-12).all(), name
        assert (usual[name] <= good[name] + 1e-12).all(), name


@given(st.integers(1, 10), st.integers(0, 10_000))
def test_turning_a_miss_into_a_hit_never_lowers_a_metric(k, seed):
    rng = np.random.default_rng(seed)
    hits = rng.random((1, 10)) < 0.4
    more = hits.copy()
    more[0, rng.integers(10)] = True
    n_held_out = np.array([10])
    for name, metric in M.METRICS.items():
        assert metric(more, n_held_out, k) >= metric(hits, n_held_out, k), name


@given(rankings(), st.integers(0, 10_000))
def test_the_order_of_users_and_of_columns_does_not_matter(case, seed):
    scores, held_out, k = case
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(scores.shape[0]), rng.permutation(scores.shape[1])
    usual = measure(scores, held_out, k)
    moved = measure(scores[rows][:, columns], held_out[rows][:, columns], k)
    for name in M.METRICS:
        np.testing.assert_allclose(moved[name], usual[name][rows], err_msg=name)


@given(rankings())
def test_an_item_that_scores_worse_than_all_changes_nothing(case):
    scores, held_out, k = case
    wider = np.column_stack([scores, np.full(len(scores), -1.0)])
    more = clicks([row.indices for row in held_out], held_out.shape[1] + 1)
    usual, found = measure(scores, held_out, k), measure(wider, more, k)
    for name in M.METRICS:
        np.testing.assert_array_equal(found[name], usual[name], err_msg=name)


@given(rankings())
def test_a_longer_list_begins_with_the_shorter_one(case):
    scores, _, k = case
    np.testing.assert_array_equal(M.top_k(scores, scores.shape[1])[:, :k], M.top_k(scores, k))


# The list


def test_equal_scores_go_by_column():
    scores = np.array([[1.0, 2.0, 1.0, 2.0, 0.0]])
    assert M.top_k(scores, 5).tolist() == [[1, 3, 0, 2, 4]]


@pytest.mark.parametrize("n_items", [4, 10, 300, 5000])
@pytest.mark.parametrize("k", [1, 3])
def test_equal_scores_go_by_column_at_the_end_of_the_list_too(n_items, k):
    scores = np.zeros((2, n_items), np.float32)
    scores[1, -1] = 1  # the second user has one better item, and then ties
    ranking = M.top_k(scores, k)
    assert ranking[0].tolist() == list(range(k))
    assert ranking[1].tolist() == [n_items - 1, *range(k - 1)]


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 4))
def test_with_many_ties_a_longer_list_still_begins_with_the_shorter_one(seed, k, levels):
    scores = np.random.default_rng(seed).integers(0, levels, (3, 12)).astype(np.float32)
    whole = np.lexsort((np.tile(np.arange(12), (3, 1)), -scores), axis=1)
    np.testing.assert_array_equal(M.top_k(scores, k), whole[:, :k])


def test_places_that_nothing_can_fill_are_empty_and_never_hits():
    scores = np.array([[3.0, -np.inf, 1.0], [-np.inf, -np.inf, -np.inf]])
    ranking = M.top_k(scores, 3)
    assert ranking.tolist() == [[0, 2, -1], [-1, -1, -1]]
    # -1 is also where the search would look for the last item of the user before
    held_out = clicks([[1, 2], [0, 1, 2]], 3)
    assert M.find_hits(ranking, held_out).tolist() == [[False, True, False], [False] * 3]


def test_an_empty_place_is_not_a_hit_when_the_user_before_held_out_the_last_item():
    ranking = np.array([[0, 1], [-1, -1]])
    assert not M.find_hits(ranking, clicks([[2], [0]], 3)).any()


def test_infinite_scores_stand_first():
    assert M.top_k(np.array([[1.0, np.inf, 2.0]]), 2).tolist() == [[1, 2]]


def test_no_users_give_no_lists():
    assert M.top_k(np.zeros((0, 4)), 2).shape == (0, 2)


def test_scores_that_are_not_numbers_are_refused_and_counted():
    scores = np.zeros((3, 4))
    scores[0, 3] = scores[2, 1] = np.nan
    with pytest.raises(MetricError, match="of 2 users are not numbers") as error:
        M.top_k(scores, 1)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("k", [0, -1, 5])
def test_a_list_longer_than_the_catalogue_or_empty_is_refused(k):
    with pytest.raises(MetricError, match=f"list of {k} items .* between 1 and 4") as error:
        M.top_k(np.zeros((1, 4)), k)
    assert is_a_sentence(error.value)


def test_fold_in_clicks_are_never_recommended_and_the_scores_stay_as_they_were():
    scores = np.array([[5.0, 4.0, 3.0], [1.0, 2.0, 3.0]])
    masked = M.without_fold_in(scores, clicks([[0], [1, 2]], 3))
    assert M.top_k(masked, 3).tolist() == [[1, 2, -1], [0, -1, -1]]
    assert scores.min() == 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_scores_keep_their_type(dtype):
    assert M.without_fold_in(np.ones((1, 2), dtype), clicks([[0]], 2)).dtype == dtype


def test_no_held_out_click_is_no_hit():
    assert not M.find_hits(np.array([[0, 1]]), clicks([[]], 3)).any()


def test_hits_are_found_beyond_the_range_of_32_bits():
    n_users, n_items = 50_000, 50_000  # 2.5e9 cells
    rows = np.arange(n_users)
    held_out = clicks([[7]], n_items)[np.zeros(n_users, dtype=int)]
    ranking = np.where(rows % 2, 7, 8)[:, None]
    assert M.find_hits(ranking, held_out)[:, 0].tolist() == (rows % 2 == 1).tolist()


# Names


@pytest.mark.parametrize(("name", "k"), [("ndcg@100", 100), ("recall@20", 20), ("MRR@5", 5)])
def test_a_name_is_read_as_a_metric_and_its_k(name, k):
    metric, length = M.parse(name)
    assert length == k
    assert metric is M.METRICS[name.split("@")[0].lower()]


@pytest.mark.parametrize("name", ["rmse", "MAE", "rating_coverage"])
def test_a_metric_of_ratings_has_no_k(name):
    metric, length = M.parse(name)
    assert length == 0
    assert metric is M.PAIR_METRICS[name.lower()]


def test_coverage_is_a_metric_too():
    assert M.parse("coverage@7") == (M.coverage, 7)


@pytest.mark.parametrize(
    "name",
    [
        "ndcg",
        "ndcg@",
        "ndcg@0",
        "ndcg@-5",
        "ndcg@5.0",
        "auc@5",
        "@5",
        "",
        "ndcg@5 ",
        "rmse@5",
        "coverage",
        "squared_errors",
    ],
)
def test_an_unknown_metric_is_refused_with_the_known_ones(name):
    with pytest.raises(MetricError, match="ndcg@100") as error:
        M.parse(name)
    assert f"'{name}'" in str(error.value)
    assert all(known in str(error.value) for known in METRIC_NAMES)


def test_a_metric_is_one_function_and_one_line_and_the_two_agree():
    tables = (M.METRICS, M.PAIR_METRICS, M.ALL_LISTS_METRICS)
    assert sorted(name for table in tables for name in table) == sorted(METRIC_NAMES)
    for name, metric in REGISTRY.items():
        function = getattr(M, metric.function)
        assert metric.name == name
        assert metric.paper
        assert any(table.get(name) is function for table in tables)
        assert (metric.asks == "ratings") == (metric.pools == "pairs")
        named = re.findall(r"Equation `([a-z-]+)`", function.__doc__)
        assert named == [metric.equation] * bool(metric.equation)


@pytest.mark.parametrize("name", sorted(METRIC_NAMES))
def test_what_a_metric_calls_better_is_better(name):
    """Perfect lists or ratings against poor ones."""
    metric = REGISTRY[name]
    function = getattr(M, metric.function)
    given_to = {
        "people": [(np.full((1, 3), hit), np.array([3]), 3) for hit in (True, False)],
        "lists": [(np.array(lists), 2, 4) for lists in ([[0, 1], [2, 3]], [[0, 1], [1, 0]])],
        "pairs": [(predicted, GIVEN) for predicted in (GIVEN, PREDICTED)],
    }
    good, poor = (float(np.nanmean(function(*given))) for given in given_to[metric.pools])
    assert good != poor
    assert (good > poor) is metric.higher_is_better


# A referee


@pytest.fixture(scope="module")
def referee():
    """What ranx says of random lists: {(our name, k): value a user} and our input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling takes a minute, these few lists none
        from ranx import Qrels, Run, evaluate

    n_users, n_items = 40, 60
    scores, held_out = distinct_scores(3, n_users, n_items), random_clicks(4, n_users, n_items, 0.2)
    theirs = {
        "ndcg": "ndcg",
        "precision": "precision",
        "plain_recall": "recall",
        "map": "map",
        "mrr": "mrr",
        "hit_rate": "hit_rate",
    }
    qrels = {
        f"u{u}": {f"i{i}": 1 for i in row.indices} for u, row in enumerate(held_out) if row.nnz
    }
    run = {f"u{u}": {f"i{i}": float(s) for i, s in enumerate(row)} for u, row in enumerate(scores)}
    asked = [f"{name}@{k}" for name in theirs.values() for k in (1, 5, 20, 60)]
    found = evaluate(Qrels(qrels), Run(run), asked, return_mean=False, make_comparable=True)
    ours = {metric: name for name, metric in theirs.items()}
    values = {(ours[m.split("@")[0]], int(m.split("@")[1])): v for m, v in found.items()}
    return values, scores, held_out


@pytest.mark.slow
def test_ranx_agrees(referee):
    values, scores, held_out = referee
    assert np.diff(held_out.indptr).min() > 0
    assert np.diff(held_out.indptr).max() > 5  # more held out than some lists are long
    for (name, k), theirs in values.items():
        ours = measure(scores, held_out, k, [name])[name]
        # ranx sorts its users by name
        order = np.argsort([f"u{u}" for u in range(len(scores))])
        np.testing.assert_allclose(ours[order], theirs, rtol=1e-6, err_msg=f"{name}@{k}")
