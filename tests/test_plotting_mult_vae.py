"""What the pictures of the chapter on Mult-VAE draw."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recotour_book.plotting import mult_vae as pictures
from recotour_book.plotting import new_axes

mpl.use("Agg")


def labels(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_model_has_a_line_through_it_with_its_own_slope(ax: Axes) -> None:
    table = pd.DataFrame({"kl": [20.0, 8.0], "nll": [350.0, 360.0]}, index=[0.2, 1.0])
    pictures.rate_distortion(ax, table)
    dots, *tangents = ax.lines
    np.testing.assert_array_equal(dots.get_xydata(), table.to_numpy())
    assert len(tangents) == 2
    for line, (beta, kl, nll) in zip(tangents, table.itertuples(), strict=True):
        (x, other_x), (y, other_y) = np.transpose(line.get_xydata())
        np.testing.assert_allclose((other_y - y) / (other_x - x), -beta)
        np.testing.assert_allclose([(x + other_x) / 2, (y + other_y) / 2], [kl, nll])
    assert [text.get_text() for text in ax.texts] == ["0.2", "1"]
    assert labels(ax) == ["models", "slope −β"]


def test_units_go_down_by_rank(ax: Axes) -> None:
    pictures.units_by_rank(ax, {"β = 1": np.array([0.1, 0.9, 0.001])})
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 0.9], [2, 0.1], [3, 0.001]])
    assert labels(ax) == ["β = 1"]


def test_the_sweep_has_a_dot_a_run_a_line_of_means_and_a_band_where_marked() -> None:
    table = pd.DataFrame(
        {"beta_cap": [0.0, 1.0, 0.0, 1.0, 0.2, 0.2], "kl": [9.0, 1.0, 7.0, 3.0, 5.0, 6.0]}
    )
    (ax,) = new_axes()
    pictures.sweep([ax], table, {"kl": "KL"}, marked=[0.2])
    dots, means = ax.lines
    np.testing.assert_array_equal(dots.get_xydata()[:, 0], [0, 2, 0, 2, 1, 1])
    np.testing.assert_array_equal(dots.get_ydata(), table["kl"])
    np.testing.assert_array_equal(means.get_xydata(), [[0, 8], [1, 5.5], [2, 2]])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "0.2", "1"]
    (band,) = ax.patches
    assert band.get_x() < 1 < band.get_x() + band.get_width() < 2
