"""All differences at once: worked by hand, by their properties, and on data with a known truth."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from support import is_a_sentence

from recotour_vae.errors import ConfigError, MetricError
from recotour_vae.evaluation import Evaluation, paired_difference
from recotour_vae.evaluation.statistics import comparison
from recotour_vae.evaluation.statistics.comparison import (
    against,
    by_user,
    compare,
    difference_with_seeds,
    every_pair,
    holm,
)

COLUMNS = ["mean", "se", "low", "high", "joint_low", "joint_high", "p", "p_holm", "told_apart"]
probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=8)
seeds = st.integers(0, 2**16)


def users(seed: int, n_users: int = 40, gains: tuple[float, ...] = (0, 0.02, 0.05)) -> pd.DataFrame:
    """Values of models that share the users' moods; each gains that much in truth."""
    rng = np.random.default_rng(seed)
    mood = rng.beta(2, 3, size=(n_users, 1))
    values = mood + np.array(gains) + rng.normal(0, 0.1, (n_users, len(gains)))
    index = pd.Index(rng.permutation(n_users) + 100, name="user")
    return pd.DataFrame(values, index, [f"model {letter}" for letter in "abcdefgh"[: len(gains)]])


def quick(frame: pd.DataFrame, *arguments, **settings) -> pd.DataFrame:
    return compare(frame, *arguments, **{"resamples": 500} | settings)


# One pair


def test_a_row_says_what_the_usual_formulas_say():
    frame = users(0, 400)
    row = compare(frame, [("model c", "model a")]).loc[("model c", "model a")]
    difference = frame["model c"] - frame["model a"]
    assert row["mean"] == pytest.approx(difference.mean())
    assert row["se"] == pytest.approx(stats.sem(difference), rel=0.03)
    normal = difference.mean() + np.array([-1.96, 1.96]) * stats.sem(difference)
    np.testing.assert_allclose(row[["low", "high"]].astype(float), normal, atol=5e-4)
    assert row["p"] == row["p_holm"]


def test_it_agrees_with_the_paired_difference_of_two_evaluations():
    frame = users(1, 300)
    one, other = (
        Evaluation(frame[[name]].set_axis(["m"], axis=1), 0, 0) for name in frame.columns[:2]
    )
    usual = paired_difference(one, other, "m")
    found = compare(frame, [(frame.columns[0], frame.columns[1])]).iloc[0]
    np.testing.assert_allclose(found[usual.index].astype(float), usual, atol=1e-3)


def test_p_is_the_share_of_signs_that_put_the_mean_as_far_from_zero():
    difference = np.array([0.1, 0.2, 0.3, -0.05, 0.4, 0.25])
    every = np.array(list(product([-1, 1], repeat=6))) @ difference / 6
    exact = np.mean(np.abs(every) >= difference.mean() - 1e-12)
    frame = pd.DataFrame({"a": difference, "b": 0.0})
    assert compare(frame, resamples=40_000)["p"].item() == pytest.approx(exact, abs=0.003)


def test_p_is_never_below_one_over_the_number_of_signs_and_the_real_ones():
    frame = pd.DataFrame({"a": np.linspace(1, 2, 50), "b": 0.0})
    assert compare(frame, resamples=99)["p"].item() == 1 / 100


def test_a_model_is_not_told_apart_from_its_copy():
    frame = users(2)[["model a"]].assign(copy=lambda table: table["model a"])
    row = quick(frame).iloc[0]
    assert row[["mean", "se", "low", "high", "joint_low", "joint_high"]].eq(0).all()
    assert row["p"] == row["p_holm"] == 1
    assert not row["told_apart"]


@pytest.mark.slow
@given(seeds)
def test_the_other_way_round_only_signs_change(seed):
    frame = users(seed)
    pairs = every_pair(frame.columns)
    there, back = quick(frame, pairs), quick(frame, [pair[::-1] for pair in pairs])
    mirrored = {"low": "high", "joint_low": "joint_high"}
    mirrored |= {high: low for low, high in mirrored.items()}
    for name in COLUMNS:
        sign = -1 if name == "mean" or name in mirrored else 1
        other = back[mirrored.get(name, name)].to_numpy(float)
        np.testing.assert_allclose(there[name].to_numpy(float), sign * other, atol=1e-12)


# The family


def test_all_pairs_are_described_in_the_order_of_the_columns_unless_others_are_named():
    found = quick(users(0))
    assert found.index.tolist() == [
        ("model a", "model b"),
        ("model a", "model c"),
        ("model b", "model c"),
    ]
    assert found.index.names == ["one", "other"]
    assert found.columns.tolist() == COLUMNS
    models = users(0).columns
    assert against(models, "model b") == [("model a", "model b"), ("model c", "model b")]
    assert every_pair(models) == found.index.tolist()


@given(seeds, st.sampled_from([0.5, 0.9, 0.95]))
def test_the_joint_interval_holds_the_pairs_own_and_the_mean(seed, confidence):
    found = quick(users(seed, n_users=12), confidence=confidence)
    assert (found["joint_low"] <= found["low"]).all()
    assert (found["low"] <= found["mean"]).all()
    assert (found["mean"] <= found["high"]).all()
    assert (found["high"] <= found["joint_high"]).all()
    outside = (found["joint_low"] > 0) | (found["joint_high"] < 0)
    assert found["told_apart"].eq(outside).all()


def test_a_larger_family_widens_the_joint_intervals_only():
    frame = users(3, 200, gains=(0, 0.01, 0.02, 0.03, 0.04, 0.05))
    alone, together = quick(frame, [("model a", "model b")]).iloc[0], quick(frame).iloc[0]
    alike = ["mean", "se", "low", "high", "p"]
    np.testing.assert_allclose(alone[alike].astype(float), together[alike].astype(float))
    assert together["joint_low"] < alone["joint_low"] - 0.2 * alone["se"]
    assert together["joint_high"] > alone["joint_high"] + 0.2 * alone["se"]


def test_a_pair_that_says_the_same_twice_costs_nothing():
    frame = users(4, 200).assign(twin=lambda table: table["model b"])
    once = quick(frame, [("model a", "model b")])
    twice = quick(frame, [("model a", "model b"), ("model a", "twin")])
    np.testing.assert_allclose(once.iloc[0, :6].astype(float), twice.iloc[0, :6].astype(float))


def test_independent_differences_get_the_interval_that_theory_gives_them():
    drawn = np.random.default_rng(5).normal(size=(500, 10))
    frame = pd.DataFrame(drawn, columns=list("abcdefghij")).assign(zero=0.0)
    found = compare(frame, against(list(frame), "zero"))
    reach = (found["joint_high"] - found["mean"]) / found["se"]
    sidak = stats.norm.ppf((1 + 0.95 ** (1 / 10)) / 2)
    np.testing.assert_allclose(reach, sidak, atol=0.06)


@pytest.mark.slow
@given(seeds, st.integers(0, 10))
def test_the_order_of_the_users_changes_nothing(seed, shuffle):
    frame = users(seed)
    pd.testing.assert_frame_equal(quick(frame), quick(frame.sample(frac=1, random_state=shuffle)))


def test_the_seed_decides_and_another_one_decides_otherwise():
    frame = users(6)
    pd.testing.assert_frame_equal(quick(frame, seed=1), quick(frame, seed=1))
    assert not quick(frame, seed=1)["low"].equals(quick(frame, seed=2)["low"])


def test_the_memory_at_hand_changes_the_draws_but_not_their_number(monkeypatch):
    frame, usual = users(7), compare(users(7), resamples=2000)
    monkeypatch.setattr(comparison, "CHUNK", 7 * len(frame) + 1)
    found = compare(frame, resamples=2000)
    np.testing.assert_allclose(found["se"], usual["se"], rtol=0.1)
    assert comparison.resampled_means(frame.to_numpy(), 50, 0).shape == (50, 3)
    assert comparison.flipped_means(frame.to_numpy(), 50, 0).shape == (50, 3)


@pytest.mark.slow
def test_on_data_with_a_known_truth_the_intervals_hold_as_often_as_they_say():
    gains = (0, 0, 0.02, 0.05, 0.05)
    truth = np.array([a - b for a, b in every_pair(gains)])
    own, joint, false = [], [], []
    for seed in range(300):
        found = quick(users(seed, 80, gains), resamples=400, seed=seed)
        own.append((found["low"] <= truth) & (truth <= found["high"]))
        joint.append(((found["joint_low"] <= truth) & (truth <= found["joint_high"])).all())
        false.append((found["p_holm"][truth == 0] <= 0.05).any())
    assert 0.92 <= np.mean(own) <= 0.97  # each pair
    assert 0.91 <= np.mean(joint) <= 0.98  # all ten pairs at once
    assert np.mean(false) <= 0.05 + 0.03
    assert np.mean([row.all() for row in own]) < 0.85  # what the joint ones are for


# Holm


def test_holm_worked_by_hand():
    # rising: 0.01 * 4, 0.02 * 3, 0.03 * 2 and 0.2 * 1; the third must not be below the second
    np.testing.assert_allclose(holm([0.03, 0.01, 0.2, 0.02]), [0.06, 0.04, 0.2, 0.06])
    np.testing.assert_allclose(holm([0.6, 0.5]), [1, 1])
    assert holm([0.3]).tolist() == [0.3]


@given(probabilities)
def test_holm_only_raises_stays_below_bonferroni_and_keeps_the_order(p):
    p, adjusted = np.array(p), holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, len(p) * p)).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@given(probabilities, seeds)
def test_holm_does_not_depend_on_the_order_of_the_tests(p, seed):
    order = np.random.default_rng(seed).permutation(len(p))
    np.testing.assert_array_equal(holm(np.array(p)[order]), holm(p)[order])


def test_the_table_has_holms_values_of_its_own_p_values():
    found = quick(users(8, gains=(0, 0.02, 0.03, 0.04)))
    np.testing.assert_array_equal(found["p_holm"], holm(found["p"]))


# Seeds


def test_seeds_are_averaged_user_by_user():
    index = pd.Index([7, 9], name="user")
    runs = {"VAE": [pd.Series([1.0, 2.0], index), pd.Series([3.0, 6.0], index)]}
    found = by_user(runs | {"EASE": [pd.Series([5.0, 5.0], index)]})
    expected = pd.DataFrame({"VAE": [2.0, 4.0], "EASE": [5.0, 5.0]}, index)
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("seeds", [[], [pd.Series([1.0], [8])]])
def test_runs_of_other_users_or_none_are_refused(seeds):
    with pytest.raises(MetricError, match="EASE has no run, or one on other users") as raised:
        by_user({"VAE": [pd.Series([1.0], [7])], "EASE": seeds})
    assert is_a_sentence(raised.value)


def test_the_error_with_seeds_worked_by_hand():
    # Seed means 3 and 5; user means 3, 4, 5. The table is additive, so nothing is left over.
    found = difference_with_seeds([[2, 3, 4], [4, 5, 6]], [0, 0, 0])
    assert found["mean"] == 4
    assert found["se_users"] == pytest.approx(np.sqrt(1 / 3))  # variance 1, three users
    assert found["se_seeds"] == pytest.approx(np.sqrt(2 / 2))  # variance 2, two seeds
    assert found["se"] == pytest.approx(np.sqrt(1 / 3 + 1))
    assert found["df"] == pytest.approx((4 / 3) ** 2 / ((1 / 3) ** 2 / 2 + 1**2 / 1))
    reach = stats.t.ppf(0.975, found["df"]) * found["se"]
    assert (found["low"], found["high"]) == pytest.approx((4 - reach, 4 + reach))


def test_both_models_seeds_count_and_the_other_way_round_only_signs_change():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(3, 50)), rng.normal(size=(4, 50)) + rng.normal(size=(4, 1))
    there, back = difference_with_seeds(one, other), difference_with_seeds(other, one)
    assert there["mean"] == pytest.approx(-back["mean"])
    assert (there["low"], there["high"]) == pytest.approx((-back["high"], -back["low"]))
    parts = [difference_with_seeds(values, np.zeros(50))["se_seeds"] for values in (one, other)]
    assert there["se_seeds"] == pytest.approx(np.hypot(*parts))


def test_without_randomness_in_training_it_is_the_paired_interval():
    one, other = np.random.default_rng(1).normal(size=(2, 30))
    found = difference_with_seeds(one, other)
    usual = stats.ttest_rel(one, other).confidence_interval()
    assert (found["low"], found["high"]) == pytest.approx((usual.low, usual.high))
    assert found["se_seeds"] == 0
    assert found["df"] == pytest.approx(29)


def test_equal_values_have_no_error():
    found = difference_with_seeds(np.ones((2, 4)), np.zeros(4))
    assert found[["mean", "se", "low", "high"]].tolist() == [1, 0, 1, 1]


@pytest.mark.slow
def test_with_seeds_the_interval_holds_where_that_of_the_users_alone_does_not():
    rng = np.random.default_rng(2)
    held, alone = [], []
    for _ in range(600):
        luck, mood = rng.normal(0, 0.02, (5, 1)), rng.normal(0, 0.2, 200)
        found = difference_with_seeds(luck + mood + rng.normal(0, 0.1, (5, 200)), np.zeros(200))
        held.append(found["low"] <= 0 <= found["high"])
        alone.append(abs(found["mean"]) <= 1.96 * found["se_users"])
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(alone) < 0.91


# Bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.iloc[:1], "1 user cannot show a spread"),
        (lambda table: table.mask(table["model b"] > 0.5), "without a value"),
        (lambda table: pd.concat([table, table[:1]]), "stands in more than one row"),
    ],
)
def test_users_that_cannot_be_compared_are_refused(change, message):
    with pytest.raises(MetricError, match=message) as raised:
        quick(change(users(0)))
    assert is_a_sentence(raised.value)


@pytest.mark.parametrize("pairs", [[("model a", "EASE")], []])
def test_pairs_that_are_not_there_are_refused_with_what_is(pairs):
    with pytest.raises(MetricError, match="there are model a, model b, model c") as raised:
        quick(users(0), pairs)
    assert is_a_sentence(raised.value)


@pytest.mark.parametrize("setting", [{"confidence": 95}, {"confidence": 0}, {"resamples": 1}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ConfigError, match="confidence between 0 and 1") as raised:
        quick(users(0), **setting)
    assert is_a_sentence(raised.value)


@pytest.mark.parametrize("other", [np.zeros(3), np.zeros((2, 1))])
def test_seeds_of_other_users_are_refused(other):
    with pytest.raises(MetricError, match="the same users for both") as raised:
        difference_with_seeds(np.zeros((2, 4)), other)
    assert is_a_sentence(raised.value)
