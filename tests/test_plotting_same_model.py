"""What the pictures of the chapter on the two frameworks draw."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from recotour_book.plotting import COLOURS, same_model


def test_distances_draws_each_player_over_the_steps_and_the_tolerance(ax: Axes) -> None:
    walks = {
        "PyTorch": pd.Series([1e-7, 2e-7], index=[1, 100]),
        "Gluon": pd.Series([1e-6, 3e-6], index=[1, 100]),
    }
    same_model.distances(ax, walks, 1e-4)
    np.testing.assert_allclose(ax.lines[1].get_xydata(), [[1, 1e-6], [100, 3e-6]])
    np.testing.assert_allclose(ax.lines[2].get_ydata(), 1e-4)
    assert [line.get_label() for line in ax.lines] == ["PyTorch", "Gluon", "tolerance"]
    assert ax.lines[0].get_marker() != ax.lines[1].get_marker()


def test_a_player_without_a_look_of_its_own_is_drawn_too(ax: Axes) -> None:
    same_model.distances(ax, {"somebody": pd.Series([1e-7], index=[1])}, 1e-4)
    assert ax.lines[0].get_label() == "somebody"


def test_amplification_draws_a_dot_a_weight_and_the_bound_in_order(ax: Axes) -> None:
    gradient = np.array([1e-2, 1e-8, 1e-5])
    same_model.amplification(ax, gradient, gradient / 10, 1 / gradient)
    dots, bound = ax.lines
    np.testing.assert_allclose(dots.get_xydata(), np.stack([gradient, gradient / 10], axis=1))
    np.testing.assert_allclose(bound.get_xdata(), [1e-8, 1e-5, 1e-2])
    np.testing.assert_allclose(bound.get_ydata(), [1e8, 1e5, 1e2])


def test_seeds_draws_every_run_and_the_means(ax: Axes) -> None:
    values = {"PyTorch": np.array([0.40, 0.42]), "Gluon": np.array([0.41, 0.39, 0.43])}
    same_model.seeds(ax, values, "NDCG@100")
    assert [list(line.get_ydata()) for line in ax.lines] == [list(v) for v in values.values()]
    assert abs(ax.lines[1].get_xdata() - 1).max() < 0.3
    means = [lines.get_segments()[0][0, 1] for lines in ax.collections]
    np.testing.assert_allclose(means, [0.41, 0.41])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["PyTorch", "Gluon"]


def test_faults_fills_what_is_beyond_the_tolerance_of_its_column(ax: Axes) -> None:
    table = pd.DataFrame({"loss": [2e-8, 3e-1], "steps": [5e-4, 2e-6]}, index=["none", "one"])
    same_model.faults(ax, table, pd.Series({"steps": 1e-5, "loss": 1e-3}))
    assert [text.get_text() for text in ax.texts] == [
        "10⁻⁸",
        "10⁻³",
        "10⁻¹",
        "10⁻⁶",
    ]
    filled = [to_hex(text.get_color()).upper() == "#FFFFFF" for text in ax.texts]
    assert filled == [False, True, True, False]
    mesh = ax.collections[0]
    mesh.update_scalarmappable()
    colours = [to_hex(colour).upper() for colour in mesh.get_facecolors()]
    assert [colour == COLOURS["wine"].upper() for colour in colours] == filled
    assert ax.yaxis_inverted()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["none", "one"]
