"""The pictures of the chapter on CDAE draw what the numbers say."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recotour_book.plotting import MODEL_COLOURS, cdae


def test_each_weight_is_a_line_over_the_corruption(ax: Axes) -> None:
    table = pd.DataFrame({"copy": [1.0, 0.5], "predict": [0.0, 0.2]}, index=[0.0, 0.5])
    cdae.weights(ax, table)
    assert [line.get_label() for line in ax.lines] == ["copy", "predict"]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1.0, 0.5], [0.0, 0.2]]
    assert len({line.get_linestyle() for line in ax.lines}) == 2


def test_what_has_no_corruption_is_level(ax: Axes) -> None:
    found = pd.Series([0.1, 0.4], index=[0.0, 0.8], name="NDCG@100")
    cdae.over_corruption(ax, found, {"Popularity": 0.25, "EASE": 0.42})
    curve, *levels = ax.lines
    assert curve.get_xydata().tolist() == [[0.0, 0.1], [0.8, 0.4]]
    assert [line.get_ydata()[0] for line in levels] == [0.25, 0.42]
    assert [text.get_text() for text in ax.get_legend().get_texts()][1:] == ["Popularity", "EASE"]


def test_a_click_has_the_mark_of_what_it_is_for(ax: Axes) -> None:
    cells = np.array([[1, 0, 3], [0, 2, 0]])
    cdae.protocol(ax, cells, "some")
    drawn = {one.get_label(): one.get_offsets().tolist() for one in ax.collections}
    assert drawn == {"train": [[0, 0]], "shown": [[1, 1]], "asked for": [[2, 0]]}
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first person on top


def test_a_kind_of_click_that_is_not_there_is_not_named(ax: Axes) -> None:
    cdae.protocol(ax, np.array([[1, 3]]), "weak")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train", "asked for"]


def test_gains_stand_side_by_side_at_their_corruption(ax: Axes) -> None:
    index = pd.MultiIndex.from_product([["known", "new"], [0.2, 0.6]])
    table = pd.DataFrame({"mean": [1, 2, 3, 4], "low": 0, "high": 5}, index)
    cdae.gains(ax, table, "gain")
    known, new = ax.lines[:2]
    np.testing.assert_allclose(known.get_xdata(), [0.19, 0.59])
    np.testing.assert_allclose(new.get_xdata(), [0.21, 0.61])
    assert known.get_ydata().tolist() == [1, 2]
    assert new.get_ydata().tolist() == [3, 4]
    assert known.get_marker() != new.get_marker()


def test_a_change_is_a_row_with_a_mark_a_group(ax: Axes) -> None:
    index = pd.MultiIndex.from_product([["tied", "square"], ["weak", "strong"]])
    table = pd.DataFrame({"mean": [1, 2, 3, 4], "low": 0, "high": 5}, index)
    cdae.changes(ax, table, "gain")
    weak, strong = (line for line in ax.lines if line.get_label() in ("weak", "strong"))
    assert weak.get_xdata().tolist() == [1, 3]
    assert strong.get_xdata().tolist() == [2, 4]
    np.testing.assert_allclose(weak.get_ydata() - strong.get_ydata(), 0.3)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["tied", "square"]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]  # the first on top


def test_the_model_has_a_colour_of_its_own() -> None:
    assert "CDAE" in MODEL_COLOURS
