"""Figures of the experiments: what is drawn is what the table says."""

import numpy as np
import pandas as pd
import pytest

from recotour_book.plotting import experiments, new_axes
from recotour_book.plotting.style import WHITE

LEVELS = pd.MultiIndex.from_product(
    [["Mult-VAE", "Mult-DAE"], ["0.1", "0.5"]], names=["model", "dropout"]
)
MEANS = pd.DataFrame(
    {
        "mean": [0.4, 0.42, 0.5, 0.51],
        "low": [0.39, 0.4, 0.49, 0.5],
        "high": [0.41, 0.44, 0.51, 0.52],
    },
    LEVELS,
)


def drawn(ax):
    """Means and intervals in the picture, by height."""
    dots = [(x, y) for line in ax.lines for x, y in zip(*line.get_data(), strict=True)]
    bars = [tuple(path[:, 1]) for lines in ax.collections for path in lines.get_segments()]
    return dots, bars


def test_each_level_has_its_mean_and_interval(ax):
    experiments.levels(ax, MEANS, "dropout", "NDCG@100")
    dots, bars = drawn(ax)
    assert sorted(y for _, y in dots) == pytest.approx(sorted(MEANS["mean"]))
    np.testing.assert_allclose(sorted(bars), sorted(MEANS[["low", "high"]].to_numpy().tolist()))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.1", "0.5"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Mult-VAE", "Mult-DAE"]
    assert {round(x) for x, _ in dots} == {0, 1}


def test_one_group_needs_no_legend(ax):
    experiments.levels(ax, MEANS.loc["Mult-VAE"], "dropout", "NDCG@100")
    assert ax.get_legend() is None
    assert [x for x, _ in drawn(ax)[0]] == [0, 1]


def test_the_course_is_the_mean_over_seeds_with_its_schedule():
    one = pd.DataFrame({"m": [0.1, 0.3], "beta": [0.0, 0.2]}, index=[1, 2])
    other = pd.DataFrame({"m": [0.3, 0.5, 0.6], "beta": [0.0, 0.2, 0.2]}, index=[1, 2, 3])
    axes = new_axes(2)
    experiments.courses(axes, {"rising": [one, other]}, "m", "M")
    np.testing.assert_allclose(axes[0].lines[0].get_data(), [[1, 2, 3], [0.2, 0.4, 0.6]])
    np.testing.assert_allclose(axes[1].lines[0].get_data(), [[1, 2], [0.0, 0.2]])


def test_a_dot_a_run_has_its_beta_as_colour(ax):
    dots = experiments.against_loss(
        ax, [1.0, 2.0], [0.4, 0.5], np.array([0.0, 1.0]), ("loss", "NDCG@100")
    )
    np.testing.assert_allclose(dots.get_offsets(), [[1.0, 0.4], [2.0, 0.5]])
    assert dots.get_array().tolist() == [0.0, 1.0]


def test_effects_are_filled_only_where_zero_is_outside(ax):
    index = pd.MultiIndex.from_tuples([("dropout", "0.1"), ("dropout", "0.9"), ("width", "9")])
    table = pd.DataFrame(
        {"mean": [0.01, -0.02, 0.0], "low": [0.0, -0.03, -0.1], "high": [0.02, -0.01, 0.1]}, index
    )
    experiments.effects(ax, table, "difference")
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in dots] == [0.01, -0.02, 0.0]
    assert [line.get_markerfacecolor() == WHITE for line in dots] == [True, False, True]
    told = [tick.get_text() for tick in ax.get_yticklabels()]
    assert told == ["dropout", "0.1", "0.9", "width", "9"]
    assert [tick.get_fontweight() for tick in ax.get_yticklabels()] == [
        "bold",
        "normal",
        "normal",
        "bold",
        "normal",
    ]
