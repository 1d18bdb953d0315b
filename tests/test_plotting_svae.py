"""The pictures of the chapter on SVAE draw what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from recotour_book.plotting import MODEL_COLOURS, svae
from recotour_book.plotting.style import WHITE


def test_a_moment_has_the_mark_of_what_it_is_for_and_the_cut_its_line(ax: Axes) -> None:
    svae.moments(ax, np.array([[1, 0, 3], [0, 2, 0]]), "some", day=1.5)
    drawn = {one.get_label(): one.get_offsets().tolist() for one in ax.collections}
    assert drawn == {"train": [[0, 0]], "shown": [[1, 1]], "asked for": [[2, 0]]}
    assert ax.get_xlabel() == "time"
    (line,) = ax.lines
    assert list(line.get_xdata()) == [1.5, 1.5]


def test_without_a_cut_there_is_no_line(ax: Axes) -> None:
    svae.moments(ax, np.array([[1, 3]]), "random")
    assert not ax.lines


def test_a_price_is_drawn_alone_and_with_the_divergence(ax: Axes) -> None:
    table = pd.DataFrame({"likelihood": [0.5, 2.0], "divergence": [3.0, 0.25]}, index=[0.1, 1.0])
    svae.prices(ax, table, level=2.2)
    alone, both, level = ax.lines
    assert alone.get_xydata().tolist() == [[0.1, 0.5], [1.0, 2.0]]
    assert both.get_ydata().tolist() == [3.5, 2.25]
    assert level.get_ydata()[0] == 2.2
    assert alone.get_marker() != both.get_marker()
    assert [one.get_text() for one in ax.get_xticklabels()] == ["0.1", "1"]


def test_a_change_that_is_clear_of_zero_is_filled(ax: Axes) -> None:
    table = pd.DataFrame(
        {
            "mean": [0.1, 0.0, -0.2],
            "low": [0.05, -0.1, -0.3],
            "high": [0.2, 0.1, -0.1],
            "kind": ["trained", "asked", "trained"],
        },
        index=["a", "b", "c"],
    )
    svae.worth(ax, table, "gain")
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [dot.get_xdata()[0] for dot in dots] == [0.1, 0.0, -0.2]
    filled = [dot.get_markerfacecolor() != WHITE for dot in dots]
    assert filled == [True, False, True]
    assert dots[0].get_color() == dots[2].get_color() != dots[1].get_color()
    assert dots[0].get_marker() != dots[1].get_marker()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["trained", "asked"]


def test_what_is_not_known_has_a_row_and_no_dot(ax: Axes) -> None:
    numbers = {"mean": [np.nan, 0.1], "low": [np.nan, 0.0], "high": [np.nan, 0.2]}
    svae.worth(ax, pd.DataFrame(numbers | {"kind": "one"}, index=["a", "b"]), "gain")
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [dot.get_ydata()[0] for dot in dots] == [0]
    assert len(ax.get_yticks()) == 2


@pytest.mark.parametrize("n", [1, 14])
def test_any_number_of_changes_can_be_drawn(ax: Axes, n: int) -> None:
    table = pd.DataFrame({"mean": 0.0, "low": -1.0, "high": 1.0, "kind": "one"}, index=range(n))
    svae.worth(ax, table, "gain")
    assert len(ax.get_yticks()) == n


def test_the_model_has_a_colour_of_its_own() -> None:
    assert "SVAE" in MODEL_COLOURS
