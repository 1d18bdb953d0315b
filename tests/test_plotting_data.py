"""The pictures of the data chapter draw what the tables say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from scipy.sparse import csr_matrix

from recotour_book.plotting import data
from recotour_book.plotting.style import GREYS, QUANTITIES

CLICKS = csr_matrix(np.array([[0, 1, 0], [1, 1, 1]], dtype=np.float32))


def test_rating_bars_split_at_the_threshold(ax: Axes) -> None:
    data.rating_bars(ax, pd.Series([1.0, 4.0, 4.0, 3.5, 5.0]), click_above=3.5)
    drawn = {
        (bar.get_center()[0], bar.get_height()): to_hex(bar.get_facecolor()) for bar in ax.patches
    }
    filled, grey = QUANTITIES["clicks"], GREYS["left out"]
    assert drawn == {(1.0, 1): grey, (3.5, 1): grey, (4.0, 2): filled, (5.0, 1): filled}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["left out", "click"]
    assert ax.lines[0].get_xdata() == [3.5, 3.5]


def test_click_dots_stand_at_item_and_user(ax: Axes) -> None:
    data.click_dots(ax, CLICKS, size=4)
    places = {tuple(point) for point in ax.collections[0].get_offsets().tolist()}
    assert places == {(1, 0), (0, 1), (1, 1), (2, 1)}
    assert ax.get_ylim() == (1.5, -0.5)  # first user on top
    assert ax.get_xlim() == (-0.5, 2.5)


def test_long_tail_falls(ax: Axes) -> None:
    data.long_tail(ax, np.array([1, 9, 4]), "items, most clicked first")
    line = ax.lines[0]
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == [9, 4, 1]


def test_top_share_takes_the_largest() -> None:
    counts = np.array([1] * 8 + [12, 80])
    assert data.top_share(counts, 0.1) == 0.8
    assert data.top_share(counts, 0.2) == 0.92


def test_mark_top_shades_and_says(ax: Axes) -> None:
    data.mark_top(ax, np.array([1] * 9 + [91]), 0.1)
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((0, 1))
    assert ax.texts[0].get_text() == "first 10% of the items:\n91% of the clicks"


def test_click_table_is_the_matrix_again() -> None:
    table = data.click_table(CLICKS, ["ann", "bob"], ["A", "B", "C"])
    pairs = set(table.itertuples(index=False, name=None))
    assert pairs == {("ann", "B"), ("bob", "A"), ("bob", "B"), ("bob", "C")}


def test_parts_of_lays_tables_over_one_grid() -> None:
    train = pd.DataFrame({"user": ["ann", "ann"], "item": ["A", "B"]})
    held_out = pd.DataFrame({"user": ["bob"], "item": ["B"]})
    grid = data.parts_of({"train": train, "held-out": held_out})
    assert grid.loc["ann"].tolist() == ["train", "train"]
    assert grid.loc["bob"].tolist() == ["", "held-out"]


def test_draw_parts_fills_the_cells_of_each_part_and_writes_its_letter(ax: Axes) -> None:
    grid = pd.DataFrame([["train", ""], ["fold-in", "held-out"]], ["ann", "bob"], ["A", "B"])
    data.draw_parts(ax, grid, "a split")
    drawn = {cells.get_label(): cells.get_offsets().tolist() for cells in ax.collections}
    assert drawn == {"train": [[0, 0]], "fold-in": [[0, 1]], "held-out": [[1, 1]]}
    assert len({to_hex(cells.get_facecolor()[0]) for cells in ax.collections}) == 3
    letters = {text.get_position(): text.get_text() for text in ax.texts}
    assert letters == {(0, 0): "T", (0, 1): "F", (1, 1): "H"}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ann", "bob"]
    assert ax.get_ylim() == (1.6, -0.6)  # first user on top
