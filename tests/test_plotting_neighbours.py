"""The pictures of the neighbours chapter draw what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from recotour_book.plotting import MODEL_COLOURS, neighbours


@pytest.mark.parametrize(("shrink", "curves"), [(0.0, 0), (5.0, 2)])
def test_similarities_stand_under_what_shrinkage_allows(
    ax: Axes, shrink: float, curves: int
) -> None:
    shared, values = np.array([2, 5, 10]), np.array([0.1, -0.2, 0.4])
    neighbours.similarities(ax, shared, values, shrink)
    offsets = np.array([[2, 0.1], [5, -0.2], [10, 0.4]])
    np.testing.assert_allclose(ax.collections[0].get_offsets(), offsets)
    assert len(ax.lines) == curves
    for sign, line in zip((1, -1), ax.lines, strict=False):
        assert line.get_ydata()[-1] == pytest.approx(sign * 10 / 15)


def test_settings_are_a_line_a_similarity(ax: Axes) -> None:
    table = pd.DataFrame({0.0: [1.0, 0.9], 50.0: [0.95, 0.85]}, index=["cosine", "pearson"])
    neighbours.settings(ax, table)
    assert [line.get_label() for line in ax.lines] == ["cosine", "pearson"]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1.0, 0.95], [0.9, 0.85]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "50"]
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()


def test_what_predicts_no_stars_is_a_level_line(ax: Axes) -> None:
    rows = {"Biases": [0.94, 0.16], "EASE": [np.nan, 0.4]}
    columns = ["rmse", "ndcg"]
    neighbours.stars_and_lists(ax, pd.DataFrame.from_dict(rows, "index", columns=columns))
    dot, line = ax.lines
    assert dot.get_xydata().tolist() == [[0.94, 0.16]]
    assert list(line.get_ydata()) == [0.4, 0.4]
    assert [dot.get_color(), line.get_color()] == [MODEL_COLOURS[name] for name in rows]
    assert {text.get_text() for text in ax.texts} == set(rows)
