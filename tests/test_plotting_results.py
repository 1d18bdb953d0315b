"""What the figures of the chapter on first results draw."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from recotour_book.plotting import MODEL_COLOURS, new_axes, results

TABLE = pd.DataFrame(
    {"mean": [0.2, 0.4], "low": [0.1, 0.35], "high": [0.3, 0.5]}, index=["EASE", "A new model"]
)


@pytest.fixture
def axes():
    import matplotlib.pyplot as plt

    (axes,) = new_axes()
    yield axes
    plt.close("all")


def points(line):
    return list(zip(*(np.asarray(values).tolist() for values in line.get_data()), strict=True))


def test_each_row_is_a_dot_on_its_interval_from_the_top(axes):
    results.dots_with_intervals(axes, TABLE, "NDCG@100")
    assert [points(dot) for dot in axes.get_lines()] == [[(0.2, 1)], [(0.4, 0)]]
    intervals = [bar.get_segments()[0].tolist() for bar in axes.collections]
    assert intervals == [[[0.1, 1], [0.3, 1]], [[0.35, 0], [0.5, 0]]]


def test_rows_are_named_and_the_axis_says_what_is_measured(axes):
    results.dots_with_intervals(axes, TABLE, "NDCG@100")
    named = dict(zip(axes.get_yticks(), axes.get_yticklabels(), strict=True))
    assert {place: label.get_text() for place, label in named.items()} == {
        1: "EASE",
        0: "A new model",
    }
    assert axes.get_xlabel() == "NDCG@100"


def test_a_model_keeps_its_colour_and_marker_in_every_figure(axes):
    results.dots_with_intervals(axes, TABLE, "NDCG@100")
    dot, _ = axes.get_lines()
    assert dot.get_color() == MODEL_COLOURS["EASE"]
    axes.clear()
    results.over_splits(axes, pd.DataFrame({"Popularity": [0.2], "EASE": [0.4]}), "NDCG@100")
    popularity, ease = axes.get_lines()
    assert (ease.get_color(), ease.get_marker()) == (dot.get_color(), dot.get_marker())
    assert popularity.get_marker() != ease.get_marker()


def test_differences_are_held_against_a_line_at_zero(axes):
    results.differences(axes, TABLE, "less EASE")
    zero, *rest = axes.get_lines()
    assert list(zero.get_xdata()) == [0, 0]
    assert len(rest) == len(axes.collections) == 2
    assert axes.get_xlabel() == "less EASE"


def test_splits_give_a_line_a_model_in_their_order(axes):
    table = pd.DataFrame({"EASE": [0.4, 0.5], "Popularity": [0.2, np.nan]}, index=[7, 8])
    results.over_splits(axes, table, "NDCG@100")
    ease, popularity = axes.get_lines()
    assert points(ease) == [(0, 0.4), (1, 0.5)]
    assert popularity.get_ydata()[0] == 0.2
    assert np.isnan(popularity.get_ydata()[1])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["7", "8"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["EASE", "Popularity"]


def test_users_are_drawn_against_the_visible_difference_with_named_points(axes):
    users, smallest = np.array([100, 400]), np.array([0.02, 0.01])
    results.users_against_difference(axes, users, smallest, [("ours", 100, 0.02)])
    curve, point = axes.get_lines()
    assert points(curve) == [(100, 0.02), (400, 0.01)]
    assert points(point) == [(100, 0.02)]
    assert [text.get_text() for text in axes.texts] == ["ours"]
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.xaxis.get_major_formatter()(1000, 0) == "1,000"
    assert axes.yaxis.get_major_formatter()(0.01, 0) == "0.01"
