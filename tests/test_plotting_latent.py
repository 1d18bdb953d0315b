"""What the pictures of the latent space draw."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from recotour_book.plotting import latent

mpl.use("Agg")


def test_densities_are_drawn_as_given_and_told_apart_without_colour(ax: Axes) -> None:
    z = np.linspace(-1, 1, 5)
    curves = {"prior": z**2, "posterior": 1 - z**2, "q": np.ones(5)}
    latent.densities(ax, z, curves)
    assert [line.get_label() for line in ax.lines] == list(curves)
    for line, density in zip(ax.lines, curves.values(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([z, density]))
    assert len({line.get_linestyle() for line in ax.lines}) == 3


def test_the_medians_are_those_of_groups_ordered_by_clicks(ax: Axes) -> None:
    clicks = np.array([40, 5, 6, 50, 7, 60])
    sigma = np.array([0.2, 0.9, 0.8, 0.1, 0.7, 0.3])
    latent.sigma_by_clicks(ax, clicks, sigma, n_groups=2)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[6, 0.8], [50, 0.2]])
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), np.column_stack([clicks, sigma]))
    assert ax.get_xscale() == "log"


def test_unit_variances_go_down_and_the_threshold_is_drawn(ax: Axes) -> None:
    latent.unit_variances(ax, {"β = 1": np.array([0.1, 0.9, 0.001])}, threshold=0.02)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 0.9], [2, 0.1], [3, 0.001]])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [0.02, 0.02])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["β = 1"]
