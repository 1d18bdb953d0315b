"""Predicted ratings, measured beside lists: who counts, what is pooled, what is refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support import Fixed, clicks, distinct_scores, is_a_sentence

from recotour_vae.errors import MetricError
from recotour_vae.evaluation import Rater, evaluate, judge, paired_difference
from recotour_vae.evaluation import metrics as M  # noqa: N812
from recotour_vae.splits import HeldOut


@dataclass(frozen=True)
class Rows:
    """As much of what people did as the evaluator reads: a row each, one after another."""

    rows: NDArray[np.int64]
    items: NDArray[np.int32]
    ratings: NDArray[np.float32] | None

    def event_rows(self) -> NDArray[np.int64]:
        """Give the row of each event."""
        return self.rows


@dataclass(frozen=True)
class Rated:
    """Held-out people with the ratings that are shown and those that are asked for."""

    users: NDArray[Any]
    shown: Rows
    asked: Rows


class Given:
    """A model that gives the ratings it was made with, and notes what it is asked."""

    def __init__(self, *ratings: float) -> None:
        self.ratings, self.asked = np.array(ratings), []

    def rate(self, shown, rows, columns):
        self.asked.append((shown, rows.tolist(), columns.tolist()))
        return self.ratings


def rows(rows: list[int], items: list[int], ratings: list[float] | None) -> Rows:
    given = None if ratings is None else np.array(ratings, np.float32)
    return Rows(np.array(rows, np.int64), np.array(items, np.int32), given)


# Ann is asked for two ratings, Bob for none, Cem for three.
USERS = np.array(["ann", "bob", "cem"])
SHOWN = rows([0, 1], [0, 1], [3, 4])
PEOPLE: Any = Rated(USERS, SHOWN, rows([0, 0, 2, 2, 2], [1, 2, 0, 1, 3], [4, 2, 5, 1, 3]))


def test_ratings_worked_by_hand():
    model = Given(5, 2, np.nan, 3, 3)  # errors 1, 0, none, 2, 0
    found = evaluate(model, PEOPLE, ("rmse", "mae"))
    assert found.names == ["rmse", "mae", "rating_coverage"]
    assert found.mean("rmse") == pytest.approx(np.sqrt(5 / 4))
    assert found.mean("mae") == pytest.approx(3 / 4)
    assert found.mean("rating_coverage") == pytest.approx(4 / 5)
    assert model.asked == [(SHOWN, [0, 0, 2, 2, 2], [1, 2, 0, 1, 3])]
    assert found.per_user.index.tolist() == found.pairs.index.tolist() == ["ann", "cem"]
    assert found.n_skipped == 1
    assert np.isnan(found.coverage)
    assert found.ranking is None


def test_the_coverage_stands_beside_the_errors_whether_asked_for_or_not():
    model = Given(5, 2, np.nan, 3, 3)
    table = evaluate(model, PEOPLE, ["MAE"]).table()
    assert table.index.tolist() == ["MAE", "rating_coverage"]
    assert table["mean"].tolist() == [3 / 4, 4 / 5]
    alone = evaluate(model, PEOPLE, ["rating_coverage"])
    assert alone.names == ["rating_coverage"]
    twice = evaluate(model, PEOPLE, ["Rating_Coverage", "rmse"])
    assert twice.names == ["Rating_Coverage", "rmse"]


def test_the_table_describes_what_is_pooled_of_people():
    table = evaluate(Given(5, 2, np.nan, 3, 3), PEOPLE, ["rmse", "mae"]).table()
    ann, cem = np.sqrt(1 / 2), np.sqrt(4 / 2)  # whom a resample may have alone
    assert table.loc["rmse", ["low", "high"]].tolist() == pytest.approx([ann, cem])
    assert table.loc["mae", ["low", "high"]].tolist() == pytest.approx([1 / 2, 2 / 2])
    assert (table["se"] > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_evaluator_agrees_with_the_functions_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    asked = rows(np.sort(rng.integers(0, 3, 50)).tolist(), [0] * 50, rng.integers(1, 6, 50))
    predicted = np.where(rng.random(50) < 0.2, np.nan, rng.normal(3, 1, 50))
    found = evaluate(Given(*predicted), Rated(USERS, SHOWN, asked), ("rmse", "mae"))
    assert found.mean("rmse") == pytest.approx(M.rmse(predicted, asked.ratings))
    assert found.mean("mae") == pytest.approx(M.mae(predicted, asked.ratings))
    assert found.mean("rating_coverage") == np.isfinite(predicted).mean()


def test_ratings_are_measured_as_they_are_given_even_beyond_the_scale():
    assert evaluate(Given(9, 2, 5, 1, 3), PEOPLE, ["mae"]).mean("mae") == 1


# Both kinds


class Both(Fixed):
    """A model that scores and rates."""

    def rate(self, shown, rows, columns):
        return np.full(len(rows), 3.0)


def both(n_users: int = 3) -> HeldOut:
    """Three people with clicks; the first has no held-out one, but ratings are asked for."""
    held = HeldOut(USERS[:n_users], clicks([[0]] * n_users, 6), clicks([[], [1], [2]], 6))
    object.__setattr__(held, "shown", SHOWN)
    object.__setattr__(held, "asked", PEOPLE.asked)
    return held


def test_lists_and_ratings_are_measured_at_once_each_of_those_who_have_them():
    scores = distinct_scores(0, 2, 6)
    found = evaluate(Both(scores), both(), ("rmse", "ndcg@3", "coverage@3"))
    assert found.names == ["ndcg@3", "coverage@3", "rmse", "rating_coverage"]
    assert found.per_user.index.tolist() == ["bob", "cem"]
    assert found.pairs.index.tolist() == ["ann", "cem"]
    assert found.n_skipped == 1
    alone = evaluate(Fixed(scores), both(), ["ndcg@3"])
    assert found.mean("ndcg@3") == alone.mean("ndcg@3")
    assert found.table().loc["ndcg@3"].equals(alone.table().loc["ndcg@3"])
    assert found.mean("rmse") == pytest.approx(np.sqrt((1 + 1 + 4 + 4 + 0) / 5))
    assert found.mean("coverage@3") == found.coverage == alone.coverage


def test_a_model_that_rates_is_a_rater():
    assert isinstance(Both(np.zeros((1, 1))), Rater)
    assert not isinstance(Fixed(np.zeros((1, 1))), Rater)


# Two models


def test_a_paired_difference_of_pooled_values():
    one, other = (evaluate(Given(*r), PEOPLE, ["rmse"]) for r in ([5, 2, 5, 3, 3], [4, 2, 5, 1, 3]))
    found = paired_difference(one, other, "rmse")
    assert found["mean"] == pytest.approx(one.mean("rmse"))  # the other has no error at all
    assert found["low"] <= found["mean"] <= found["high"]
    assert paired_difference(other, one, "rmse")["mean"] == pytest.approx(-found["mean"])


def test_pooled_values_of_other_people_are_not_paired():
    others: Any = Rated(USERS, SHOWN, rows([0, 1], [1, 2], [4, 2]))
    one, other = (
        evaluate(Given(5, 2, 5, 3, 3), PEOPLE, ["mae"]),
        evaluate(Given(4, 4), others, ["mae"]),
    )
    with pytest.raises(MetricError, match="different users") as error:
        paired_difference(one, other, "mae")
    assert is_a_sentence(error.value)


# What is refused


def refused(model: Any, group: Any, metrics: Any, match: str) -> None:
    with pytest.raises(MetricError, match=match) as error:
        evaluate(model, group, metrics)
    assert is_a_sentence(error.value)


def test_a_model_is_asked_only_for_what_it_can_give():
    scorer = Both(distinct_scores(0, 2, 6))
    refused(Given(1), both(), ["rmse", "ndcg@3"], "ndcg@3 is measured on lists, and Given has")
    refused(Fixed(scorer.scores), both(), ["ndcg@3", "mae"], "mae is measured on ratings, and Fi")
    assert scorer.given == 0


@pytest.mark.parametrize("asked", [None, rows([0], [1], None)])
def test_a_group_without_ratings_has_none_to_ask_for(asked):
    held = both()
    object.__setattr__(held, "asked", asked)
    refused(Both(np.zeros((2, 6))), held, ["rmse"], "rmse is measured on ratings, and this group")
    del held.__dict__["asked"]
    refused(Both(np.zeros((2, 6))), held, ["mae"], "mae is measured on ratings, and this group")


def test_nobody_who_is_asked_for_a_rating_is_nothing_to_measure():
    nobody = Rated(USERS, SHOWN, rows([], [], []))
    refused(Given(), nobody, ["rmse"], "No rating was kept")


def test_a_model_that_rates_nothing_has_no_error_but_a_coverage():
    silent = Given(*[np.nan] * 5)
    refused(silent, PEOPLE, ["rmse"], "rates none of the 5 pairs")
    assert evaluate(silent, PEOPLE, ["rating_coverage"]).mean("rating_coverage") == 0


def test_ratings_that_are_not_one_a_pair_are_refused():
    refused(Given(1, 2, 3), PEOPLE, ["rmse"], r"shape \(3,\) where \(5,\)")


def test_lists_alone_have_no_rating_to_judge():
    with pytest.raises(MetricError, match="rmse is measured on ratings, and these are li") as error:
        judge(np.zeros((2, 3), np.int64), both(), ["ndcg@3", "rmse"])
    assert is_a_sentence(error.value)
