"""What the figures of the chapter on first results draw."""

import numpy as np
import pandas as pd

from recotour_book.plotting import MODEL_COLOURS, results

TABLE = pd.DataFrame(
    {"mean": [0.2, 0.4], "low": [0.1, 0.35], "high": [0.3, 0.5]}, index=["EASE", "A new model"]
)


def points(line):
    return list(zip(*(np.asarray(values).tolist() for values in line.get_data()), strict=True))


def test_each_row_is_a_dot_on_its_interval_from_the_top(ax):
    results.dots_with_intervals(ax, TABLE, "NDCG@100")
    assert [points(dot) for dot in ax.get_lines()] == [[(0.2, 1)], [(0.4, 0)]]
    intervals = [bar.get_segments()[0].tolist() for bar in ax.collections]
    assert intervals == [[[0.1, 1], [0.3, 1]], [[0.35, 0], [0.5, 0]]]


def test_a_model_keeps_its_colour_and_marker_in_every_figure(ax):
    results.dots_with_intervals(ax, TABLE, "NDCG@100")
    dot, _ = ax.get_lines()
    assert dot.get_color() == MODEL_COLOURS["EASE"]
    ax.clear()
    results.over_splits(ax, pd.DataFrame({"Popularity": [0.2], "EASE": [0.4]}), "NDCG@100")
    popularity, ease = ax.get_lines()
    assert (ease.get_color(), ease.get_marker()) == (dot.get_color(), dot.get_marker())
    assert popularity.get_marker() != ease.get_marker()


def test_differences_are_held_against_a_line_at_zero(ax):
    results.differences(ax, TABLE, "less EASE")
    zero, *rest = ax.get_lines()
    assert list(zero.get_xdata()) == [0, 0]
    assert len(rest) == len(ax.collections) == 2


def test_splits_give_a_line_a_model_in_their_order(ax):
    table = pd.DataFrame({"EASE": [0.4, 0.5], "Popularity": [0.2, np.nan]}, index=[7, 8])
    results.over_splits(ax, table, "NDCG@100")
    ease, popularity = ax.get_lines()
    assert points(ease) == [(0, 0.4), (1, 0.5)]
    assert popularity.get_ydata()[0] == 0.2
    assert np.isnan(popularity.get_ydata()[1])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["7", "8"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["EASE", "Popularity"]


def test_users_are_drawn_against_the_visible_difference_with_named_points(ax):
    users, smallest = np.array([100, 400]), np.array([0.02, 0.01])
    results.users_against_difference(ax, users, smallest, [("ours", 100, 0.02)])
    curve, point = ax.get_lines()
    assert points(curve) == [(100, 0.02), (400, 0.01)]
    assert points(point) == [(100, 0.02)]
    assert [text.get_text() for text in ax.texts] == ["ours"]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.xaxis.get_major_formatter()(1000, 0) == "1,000"
    assert ax.yaxis.get_major_formatter()(0.01, 0) == "0.01"
