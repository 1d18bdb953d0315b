"""The pictures of the chapter on linear autoencoders draw what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose

from recotour_book.plotting import COLOURS, MODEL_COLOURS, shallow


def test_a_weight_is_a_square_by_its_area_and_hollow_below_zero(ax: Axes) -> None:
    weights = np.array([[0.0, 0.5], [-0.125, 0.001]])
    shallow.squares(ax, weights, ["Alien", "Babe"], largest=0.5)
    large, small = (one for one in ax.patches if isinstance(one, Rectangle))
    assert large.get_width() == pytest.approx(0.9)
    assert small.get_width() == pytest.approx(0.45)  # a quarter of the area
    assert tuple(large.get_center()) == (1, 0)  # row 0, column 1
    assert tuple(small.get_center()) == (0, 1)
    assert to_hex(large.get_facecolor()) == COLOURS["blue"]
    assert small.get_facecolor()[3] == 0  # nothing inside
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Alien", "Babe"]
    assert ax.yaxis_inverted()


def test_a_weight_larger_than_a_cell_stays_in_it(ax: Axes) -> None:
    shallow.squares(ax, np.array([[3.0]]), ["Alien"])
    assert ax.patches[0].get_width() == pytest.approx(0.9)


def test_one_weight_is_drawn_against_the_others_that_speak(ax: Axes) -> None:
    shallow.explained(ax, pd.Series([0.2, 0.1, -0.1], [0, 1, 10]), [0, 1, 10])
    assert_allclose(ax.lines[-1].get_xydata(), [[0, 0.2], [1, 0.1], [10, -0.1]])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "10"]


def test_copies_come_nearer_beside_the_way_of_a_mean(ax: Axes) -> None:
    values = pd.Series([0.4, 0.2], [1, 4])
    shallow.draws(ax, {"p = 0.5": values, "p = 0.25": values / 2})
    assert [line.get_label() for line in ax.lines] == ["p = 0.5", "p = 0.25", "1 / √copies"]
    assert_allclose(ax.lines[-1].get_ydata(), [0.4, 0.2])
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_a_dropout_is_a_line_with_a_ring_around_its_best(ax: Axes) -> None:
    table = pd.DataFrame({"p = 0": [0.4, 0.42, 0.41], "p = 0.5": [0.43, 0.42, 0.4]}, [50, 200, 800])
    shallow.penalties(ax, table)
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    rings = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [line.get_label() for line in lines] == list(table)
    assert [ring.get_xydata()[0].tolist() for ring in rings] == [[200, 0.42], [50, 0.43]]
    assert all(ring.get_fillstyle() == "none" for ring in rings)


def test_widths_are_a_line_a_model_and_the_level_of_ease(ax: Axes) -> None:
    table = pd.DataFrame({"ELSA": [0.3, 0.4], "EASE, cut off": [0.35, 0.39]}, [8, 32])
    shallow.widths(ax, table, 0.41)
    one, other, level = ax.lines
    assert one.get_color() == MODEL_COLOURS["ELSA"]
    assert other.get_linestyle() != one.get_linestyle()
    assert set(level.get_ydata()) == {0.41}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["8", "32"]
