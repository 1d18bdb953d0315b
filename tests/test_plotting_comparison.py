"""What the figures of the chapter on progress draw."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from recotour_book.plotting import COLOURS, comparison
from recotour_book.plotting.style import MODEL_LOOKS, WHITE
from recotour_vae.evaluation import lists

MODELS = list(MODEL_LOOKS)[:10]
# EASE is ahead of both others; those cannot be told from each other.
TABLE = pd.DataFrame(
    {
        "mean": [-0.02, 0.01, 0.03],
        "low": [-0.03, 0.001, 0.02],
        "high": [-0.01, 0.02, 0.04],
        "joint_low": [-0.035, -0.002, 0.015],
        "joint_high": [-0.005, 0.022, 0.045],
        "told_apart": [True, False, True],
    },
    index=pd.MultiIndex.from_tuples(
        [("Mult-VAE", "EASE"), ("Mult-VAE", "SLIM"), ("EASE", "SLIM")], names=["one", "other"]
    ),
)


def labels(ticks):
    return [tick.get_text() for tick in ticks]


def segments(collection):
    return [(start[0], end[0], start[1]) for start, end in collection.get_segments()]


def dots(axes):
    """Markers as (x, y, filled)."""
    return {
        (x, y, to_hex(line.get_markerfacecolor()) != "#ffffff")
        for line in axes.get_lines()
        if line.get_marker() == "o"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }


# Differences with intervals


def test_a_forest_has_the_largest_difference_on_top_with_both_intervals(ax):
    comparison.forest(ax, TABLE, "difference in NDCG@100")
    assert labels(ax.get_yticklabels()) == ["Mult-VAE − EASE", "Mult-VAE − SLIM", "EASE − SLIM"]
    assert ax.get_ylim()[0] < ax.get_ylim()[1]
    joint, own = ax.collections
    assert segments(joint) == [(-0.035, -0.005, 0), (-0.002, 0.022, 1), (0.015, 0.045, 2)]
    assert segments(own) == [(-0.03, -0.01, 0), (0.001, 0.02, 1), (0.02, 0.04, 2)]
    assert joint.get_linewidth() < own.get_linewidth()


def test_a_dot_is_filled_where_the_joint_interval_is_clear_of_zero(ax):
    comparison.forest(ax, TABLE, "difference")
    assert dots(ax) == {(-0.02, 0, True), (0.01, 1, False), (0.03, 2, True)}


def test_the_legend_says_of_each_mark_what_it_is_and_can_be_left_out(ax):
    comparison.forest(ax, TABLE, "difference")
    handles = ax.get_legend().legend_handles
    marks = dict(zip(labels(ax.get_legend().get_texts()), handles, strict=True))
    own, joint, clear, unclear = marks.values()
    assert list(marks)[0::3] == ["interval of this pair", "zero inside it"]
    assert own.get_linewidth() == ax.collections[1].get_linewidth()[0] > joint.get_linewidth()
    assert clear.get_markerfacecolor() != unclear.get_markerfacecolor() == WHITE
    ax.clear()
    comparison.forest(ax, TABLE, "difference", legend=False)
    assert ax.get_legend() is None


# All pairs


def cells(axes):
    """Texts by (row, column), counted from the top left corner of the whole square."""
    return {
        (int(y), int(x)): text.get_text() for text in axes.texts for x, y in [text.get_position()]
    }


def test_the_matrix_has_the_worst_on_top_and_reads_row_less_column(ax):
    comparison.pairwise_matrix(ax, TABLE)
    assert labels(ax.get_xticklabels()) == ["SLIM", "Mult-VAE"]
    assert labels(ax.get_yticklabels()) == ["Mult-VAE", "EASE"]
    assert cells(ax) == {(1, 0): "(.010)", (2, 0): ".030", (2, 1): ".020"}
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_the_matrix_takes_an_order_and_decimals(ax):
    comparison.pairwise_matrix(ax, TABLE, order=["EASE", "SLIM", "Mult-VAE"], decimals=2)
    assert cells(ax) == {(1, 0): "−.03", (2, 0): "−.02", (2, 1): "(.01)"}


def test_only_clear_cells_are_coloured_from_zero_as_white(ax):
    comparison.pairwise_matrix(ax, TABLE)
    grey, coloured = ax.collections
    assert np.ma.count(grey.get_array()) == 3
    shown = coloured.get_array()
    assert sorted(shown.compressed()) == [0.02, 0.03]
    assert to_hex(coloured.cmap(coloured.norm(0.0))) in {"#ffffff", "#fefefe", "#fefeff"}
    red, _, blue, _ = coloured.cmap(coloured.norm(0.03))
    assert blue > red


def test_from_the_limit_on_the_colour_does_not_deepen(ax):
    comparison.pairwise_matrix(ax, TABLE, limit=0.01)
    _, coloured = ax.collections
    assert coloured.get_array().compressed().tolist() == [0.01, 0.01]
    deepest = coloured.cmap(coloured.norm(0.01))
    assert to_hex(deepest) != COLOURS["blue"].lower()  # dark numbers can be read on it


# Accuracy against popularity


def described(seed, n=10):
    rng = np.random.default_rng(seed)
    table = {"popularity": rng.normal(0.3, 0.03, n), "ndcg@100": rng.normal(0.4, 0.02, n)}
    return pd.DataFrame(table, index=MODELS[:n])


def test_every_model_has_its_dot_and_its_name(ax):
    table = described(0)
    comparison.accuracy_against_popularity(ax, table)
    drawn = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.get_lines()]
    assert drawn == list(table.itertuples(index=False, name=None))
    assert {text.get_text(): text.xy for text in ax.texts} == dict(zip(MODELS, drawn, strict=True))


def test_other_columns_can_be_drawn(ax):
    table = pd.DataFrame({"novelty": [2.0, 3.0], "recall@20": [0.1, 0.2]}, index=["EASE", "SLIM"])
    comparison.accuracy_against_popularity(ax, table, "novelty", "recall@20", ("bits", "recall"))
    assert [text.xy for text in ax.texts] == [(2.0, 0.1), (3.0, 0.2)]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("bits", "recall")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_names_do_not_meet_and_stay_in_the_panel(ax, seed):
    comparison.accuracy_against_popularity(ax, described(seed))
    ax.figure.canvas.draw()
    # The line to the dot is not part of the name.
    boxes = [Text.get_window_extent(text).shrunk(0.98, 0.9) for text in ax.texts]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    panel = ax.get_window_extent()
    assert all(panel.contains(*corner) for box in boxes for corner in box.corners())


# By history


def test_histories_give_a_line_a_model_with_intervals_from_short_to_long(ax):
    values = pd.DataFrame({"EASE": [0.1, 0.2, 0.4, 0.6], "SLIM": [0.1, 0.3, 0.2, 0.4]})
    table = lists.by_history(values, [5, 9, 10, 30], bins=2)
    comparison.by_history(ax, table, "NDCG@100")
    assert labels(ax.get_xticklabels()) == ["5–9\nn = 2", "10–30\nn = 2"]
    ease, slim = ax.get_lines()
    np.testing.assert_allclose(ease.get_ydata(), [0.15, 0.5])
    np.testing.assert_allclose(slim.get_ydata(), [0.2, 0.3])
    assert (ease.get_xdata() < slim.get_xdata()).all()  # side by side, not on each other
    np.testing.assert_allclose(ease.get_xdata() + slim.get_xdata(), [0, 2])
    intervals = np.array([line[:, 1] for line in ax.collections[0].get_segments()])
    np.testing.assert_allclose(intervals, table.xs("EASE", level="model")[["low", "high"]])
    assert labels(ax.get_legend().get_texts()) == ["EASE", "SLIM"]


# Searches, and differences over splits

TRIALS = pd.DataFrame(
    {
        "search": ["EASE", "EASE", "EASE", "SLIM", "SLIM"],
        "trial": [0, 2, 1, 0, 1],
        "value": [0.2, 0.3, 0.1, 0.4, 0.5],
    }
)


@pytest.fixture
def panels():
    from matplotlib.figure import Figure

    return list(Figure().subplots(1, 3, sharey=True))


def test_a_tuning_curve_never_falls_and_has_a_dot_for_each_trial(panels):
    comparison.tuning_curves(panels, TRIALS, "NDCG@100")
    line, dots_ = panels[0].get_lines()
    assert line.get_ydata().tolist() == [0.2, 0.2, 0.3]
    assert dots_.get_ydata().tolist() == [0.2, 0.1, 0.3]
    assert dots_.get_xdata().tolist() == [1, 2, 3]


def test_each_search_has_a_panel_and_the_rest_is_hidden(panels):
    comparison.tuning_curves(panels, TRIALS, "NDCG@100")
    assert [axes.get_title() for axes in panels[:2]] == ["EASE", "SLIM"]
    assert [axes.get_visible() for axes in panels] == [True, True, False]


def test_differences_over_splits_have_a_dot_a_split_and_the_largest_mean_on_top(ax):
    differences = pd.DataFrame(
        {1: [0.01, -0.03], 2: [0.03, np.nan], 3: [0.02, -0.01]}, index=["SLIM", "Item-kNN"]
    )
    table = pd.DataFrame(
        {"mean": [0.02, -0.02], "low": [-0.005, -0.04], "high": [0.045, 0.0]},
        index=differences.index,
    )
    comparison.over_splits(ax, differences, table, "less EASE's NDCG@100")
    assert labels(ax.get_yticklabels()) == ["Item-kNN", "SLIM"]
    small = [line for line in ax.get_lines() if line.get_marker() == "."]
    drawn = [line.get_xdata()[np.isfinite(line.get_xdata())].tolist() for line in small]
    assert drawn == [[-0.03, -0.01], [0.01, 0.03, 0.02]]
    means = [line.get_xydata().tolist() for line in ax.get_lines() if line.get_marker() in "^*"]
    assert means == [[[-0.02, 0]], [[0.02, 1]]]
    lower, upper = ax.collections
    assert segments(lower) == [(-0.04, 0.0, 0)]
    assert segments(upper) == [(-0.005, 0.045, 1)]
