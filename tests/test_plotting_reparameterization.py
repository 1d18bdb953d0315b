"""What the pictures of the chapter on the reparameterization trick draw."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recotour_book.plotting import reparameterization as pictures


def test_running_means_average_the_first_draws(ax: Axes) -> None:
    pictures.running_means(ax, {"a": np.array([4.0, 0.0, 2.0]), "b": np.ones(2)}, truth=1.5)
    exact, first, second = ax.lines
    assert set(exact.get_ydata()) == {1.5}
    np.testing.assert_allclose(first.get_xydata(), [[1, 4], [2, 2], [3, 2]])
    np.testing.assert_allclose(second.get_xydata(), [[1, 1], [2, 1]])
    assert [line.get_label() for line in ax.lines] == ["exact", "a", "b"]


def test_on_log_axes_sets_markers_on_lines_of_theory(ax: Axes) -> None:
    index = pd.Index([1, 10], name="draws")
    measured = pd.DataFrame({"a": [2.0, 0.3], "b": [5.0, 0.6]}, index=index)
    theory = pd.DataFrame({"a": [2.0, 0.2], "b": [5.0, 0.5]}, index=index)
    pictures.on_log_axes(ax, measured, theory)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 2], [10, 0.3]])
    np.testing.assert_allclose(ax.lines[3].get_xydata(), [[1, 5], [10, 0.5]])
    assert [line.get_linestyle() for line in ax.lines] == ["None", "-", "None", "--"]
    assert ax.lines[0].get_marker() != ax.lines[2].get_marker()
    assert ax.get_legend_handles_labels()[1] == ["a", "b"]


def test_on_log_axes_joins_measurements_that_have_no_theory(ax: Axes) -> None:
    pictures.on_log_axes(ax, pd.DataFrame({"a": [2.0, 0.3]}, index=[1, 10]))
    assert [line.get_linestyle() for line in ax.lines] == ["-"]


def test_walks_draw_the_median_in_a_band(ax: Axes) -> None:
    runs = np.array([[0.0, 1.0, 2.0], [10.0, 20.0, 40.0]])  # two steps of three runs
    pictures.walks(ax, {"a": runs}, target=3.0)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[0, 1], [1, 20]])
    assert set(ax.lines[1].get_ydata()) == {3.0}
    band = ax.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(sorted(set(band[:, 1].round(6))), [0.2, 1.8, 12, 36])


def test_shares_cut_each_bar_into_parts_that_fill_it(ax: Axes) -> None:
    table = pd.DataFrame({"users": [3.0, 1.0], "noise": [1.0, 0.0]}, index=["encoder", "decoder"])
    pictures.shares(ax, table)
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    np.testing.assert_allclose(bars, [(0, 0.75), (0, 1), (0.75, 0.25), (1, 0)])
    assert [text.get_text() for text in ax.texts] == ["75%", "100%", "25%", ""]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["encoder", "decoder"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row on top


def test_walks_lay_the_first_kind_on_top(ax: Axes) -> None:
    runs = np.array([[0.0, 1.0], [1.0, 2.0]])
    pictures.walks(ax, {"a": runs, "b": runs}, target=0.0)
    first, second, _ = ax.lines
    assert first.get_zorder() > second.get_zorder()
    assert ax.collections[0].get_zorder() > ax.collections[1].get_zorder()
