"""The pictures of the metrics chapter draw what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from recotour_book.plotting import MODEL_COLOURS, ranking
from recotour_book.plotting.style import QUANTITIES


def test_draw_lists_colours_the_hits_and_cuts_after_k(ax: Axes) -> None:
    ranking.draw_lists(ax, {"Ann": ["E", "D"], "Ben": ["C", "A"]}, [[1, 0], [0, 1]], k=1)
    colours = [to_hex(box.get_facecolor()) for box in ax.patches]
    hit = QUANTITIES["held-out"]
    assert [colour == hit for colour in colours] == [True, False, False, True]
    assert [text.get_text() for text in ax.texts] == ["E ✓", "D", "C", "A ✓"]
    assert [text.get_position() for text in ax.texts] == [(1, 0), (2, 0), (1, 1), (2, 1)]
    assert [box.get_center()[0] for box in ax.patches] == pytest.approx([1, 2, 1, 2])
    assert list(ax.lines[0].get_xdata()) == [1.5, 1.5]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Ann", "Ben"]


def test_discounts_are_those_of_the_metrics(ax: Axes) -> None:
    ranking.discounts(ax, k=7, cut=3)
    ndcg, recall, reciprocal = (line.get_ydata() for line in ax.lines)
    assert ndcg[[0, 2, 6]] == pytest.approx([1, 1 / 2, 1 / 3])
    assert recall.tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert reciprocal[[0, 1, 3]] == pytest.approx([1, 1 / 2, 1 / 4])
    assert "Recall@3" in ax.get_legend().get_texts()[1].get_text()


def test_intervals_keep_the_colour_of_the_model(ax: Axes) -> None:
    columns = ["mean", "low", "high"]
    rows = {"EASE, random": [0.4, 0.3, 0.5], "something else": [0.2, 0.1, 0.35]}
    ranking.intervals(ax, pd.DataFrame.from_dict(rows, "index", columns=columns), "NDCG@100")
    (bar, other_bar), (dot, other_dot) = ax.collections, ax.lines
    np.testing.assert_array_equal(bar.get_segments(), [[[0.3, 0], [0.5, 0]]])
    np.testing.assert_array_equal(other_bar.get_segments(), [[[0.1, 1], [0.35, 1]]])
    assert dot.get_xydata().tolist() == [[0.4, 0]]
    assert dot.get_color() == MODEL_COLOURS["EASE"]
    assert other_dot.get_color() not in MODEL_COLOURS.values()
    assert [label.get_text() for label in ax.get_yticklabels()] == list(rows)


@pytest.mark.parametrize("ties", [True, False])
def test_one_against_other_puts_the_second_column_upwards(ax: Axes, ties: bool) -> None:
    ranking.one_against_other(ax, pd.DataFrame({"a": [0.1, 0.5], "b": [0.9, 0.2]}), ties)
    assert ax.collections[0].get_offsets().tolist() == [[0.1, 0.9], [0.5, 0.2]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("a", "b")
    assert len(ax.lines) == int(ties)


def test_hit_chances_draw_each_protocol_up_to_a_place(ax: Axes) -> None:
    full = (np.arange(1, 6) <= 2).astype(float)
    ranking.hit_chances(ax, {"full": full, "sampled": np.linspace(1, 0, 5)}, up_to=4)
    assert [line.get_label() for line in ax.lines] == ["full", "sampled"]
    assert ax.lines[0].get_ydata().tolist() == [1, 1, 0, 0]
    assert ax.lines[1].get_ydata().tolist() == [1, 0.75, 0.5, 0.25]
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3, 4]
