"""The k best of each row: grouped and whole, with ties, infinities and odd shapes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support import clicks, distinct_scores, is_a_sentence, random_clicks

from recotour_vae.errors import MetricError
from recotour_vae.evaluation import metrics as M  # noqa: N812
from recotour_vae.evaluation import topk
from recotour_vae.evaluation.topk import GROUP, WORTH, mask_fold_in_, rank_scores

GROUPED = WORTH * GROUP  # columns for each place of the list from which groups are taken


def sorted_by_hand(scores, k):
    """Sort the whole row: by score, then by column; -1 for minus infinity."""
    ranking = np.empty((len(scores), k), int)
    for user, row in enumerate(scores.tolist()):
        order = sorted(range(len(row)), key=lambda column: (-row[column], column))[:k]
        ranking[user] = [-1 if row[column] == -np.inf else column for column in order]
    return ranking


@st.composite
def matrices(draw):
    """Scores with few or many ties, some at minus infinity, on both sides of the grouped path."""
    k = draw(st.integers(1, 6))
    widths = st.integers(k, 2 * GROUPED) | st.integers(GROUPED * k, GROUPED * k + 2 * GROUP)
    shape = draw(st.integers(1, 5)), draw(widths)
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    levels = draw(st.sampled_from([1, 2, 5, 100, None]))
    scores = rng.standard_normal(shape) if levels is None else rng.integers(0, levels, shape)
    hidden = rng.random(shape) < draw(st.sampled_from([0, 0.1, 0.999, 1]))
    return np.where(hidden, -np.inf, scores).astype(draw(st.sampled_from(["f4", "f8"]))), k


@given(matrices())
@settings(max_examples=300, deadline=None)
@pytest.mark.slow
def test_the_ranking_is_that_of_a_whole_sort(case):
    scores, k = case
    np.testing.assert_array_equal(rank_scores(torch.from_numpy(scores), k), sorted_by_hand(*case))


@pytest.mark.parametrize("extra", [0, 1, GROUP - 1, GROUP, GROUP + 1])
@pytest.mark.parametrize("k", [1, 3])
def test_the_last_group_may_be_narrower_and_hold_the_best(extra, k):
    n_items = GROUPED * k + extra
    scores = torch.arange(n_items, dtype=torch.float32).repeat(2, 1)  # the best stand last
    expected = [n_items - 1 - place for place in range(k)]
    assert rank_scores(scores, k).tolist() == [expected, expected]
    assert rank_scores(-scores, k).tolist() == [list(range(k))] * 2


@pytest.mark.parametrize("k", [GROUPED - 1, GROUPED])
def test_lists_nearly_as_long_as_the_catalogue(k):
    scores = np.random.default_rng(0).integers(0, 9, (3, GROUPED)).astype(float)
    np.testing.assert_array_equal(rank_scores(torch.tensor(scores), k), sorted_by_hand(scores, k))


def test_only_rows_with_equal_group_maxima_are_ranked_whole(monkeypatch):
    scores = torch.rand((5, 4 * GROUPED), generator=torch.Generator().manual_seed(0))
    scores[[1, 3]] = 0.5
    given, usual = [], topk.rank_whole
    monkeypatch.setattr(topk, "rank_whole", lambda s, k: given.append(len(s)) or usual(s, k))
    np.testing.assert_array_equal(rank_scores(scores, 4), sorted_by_hand(scores.numpy(), 4))
    assert given == [2]


@pytest.mark.parametrize("arrange", [lambda s: s[::2], lambda s: s[:, ::2], lambda s: s.T])
def test_scores_may_lie_in_memory_in_any_order(arrange):
    scores = arrange(np.random.default_rng(0).random((2 * GROUPED, 2 * GROUPED)))
    np.testing.assert_array_equal(M.top_k(scores, 1), scores.argmax(axis=1)[:, None])
    tensor = torch.from_numpy(scores)
    np.testing.assert_array_equal(rank_scores(tensor, 1), scores.argmax(axis=1)[:, None])
    np.testing.assert_array_equal(
        M.top_k(scores[:, ::-1], 1), scores[:, ::-1].argmax(axis=1)[:, None]
    )


@pytest.mark.parametrize("width", [4, 2 * GROUPED])
@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float16])
def test_other_numbers_are_ranked_too(width, dtype):
    scores = np.random.default_rng(0).integers(0, 50, (3, width)).astype(dtype)
    np.testing.assert_array_equal(M.top_k(scores, 2), sorted_by_hand(scores, 2))


@pytest.mark.parametrize("n_items", [4, 2 * GROUPED, 2 * GROUPED + 5])
@pytest.mark.parametrize("where", [0, -1])
def test_a_score_that_is_not_a_number_is_found_wherever_it_stands(n_items, where):
    scores = torch.zeros((3, n_items))
    scores[2, where] = torch.nan
    with pytest.raises(MetricError, match="of 1 users are not numbers") as error:
        rank_scores(scores, 1)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("n_items", [4, 2 * GROUPED])
def test_no_users_give_no_lists(n_items):
    assert rank_scores(torch.zeros((0, n_items)), 1).shape == (0, 1)


def test_the_mask_is_put_in_place():
    scores = torch.ones((2, 3))
    mask_fold_in_(scores, torch.tensor([0, 1, 1]), torch.tensor([2, 0, 1]))
    assert scores.tolist() == [[1, 1, -torch.inf], [-torch.inf, -torch.inf, 1]]


def read_only(scores):
    scores.flags.writeable = False
    return scores


@pytest.mark.parametrize(
    "arrange",
    [np.array, np.asfortranarray, read_only, lambda s: s.astype("f4"), lambda s: s.astype(int)],
)
def test_without_a_copy_the_ranking_is_the_same_and_the_scores_are_given_back(arrange):
    fold_in = random_clicks(0, 6, 2 * GROUPED, 0.5)
    scores = arrange(np.random.default_rng(1).standard_normal(fold_in.shape) * 100)
    before = scores.copy()
    ranking = M.top_k_unseen(scores, fold_in, 1)
    np.testing.assert_array_equal(ranking, M.top_k(M.without_fold_in(scores, fold_in), 1))
    np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("shift", [-1000.0, 0.0, 1000.0])
def test_what_was_seen_is_below_everything_whatever_the_scores(shift):
    scores, fold_in = distinct_scores(0, 30, 20) + shift, random_clicks(1, 30, 20)
    ranking = M.top_k_unseen(scores, fold_in, 20)
    np.testing.assert_array_equal(ranking, M.top_k(M.without_fold_in(scores, fold_in), 20))
    assert not M.find_hits(ranking, fold_in).any()
    np.testing.assert_array_equal(scores, distinct_scores(0, 30, 20) + shift)


def test_the_scores_are_given_back_when_they_are_refused():
    scores = np.array([[1.0, np.nan, 3.0]])
    with pytest.raises(MetricError):
        M.top_k_unseen(scores, clicks([[2]], 3), 1)
    np.testing.assert_array_equal(scores, [[1.0, np.nan, 3.0]])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_the_ranking_is_the_same_on_a_gpu_and_stays_there():
    scores = torch.randn((50, 20_108), generator=torch.Generator().manual_seed(0))
    found = rank_scores(scores.cuda(), 100)
    assert found.is_cuda
    assert torch.equal(found.cpu(), rank_scores(scores, 100))
