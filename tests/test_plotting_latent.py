"""What the pictures of the latent space draw."""

import numpy as np
from matplotlib.axes import Axes

from recotour_book.plotting import latent


def test_the_medians_are_those_of_groups_ordered_by_clicks(ax: Axes) -> None:
    clicks = np.array([40, 5, 6, 50, 7, 60])
    sigma = np.array([0.2, 0.9, 0.8, 0.1, 0.7, 0.3])
    latent.sigma_by_clicks(ax, clicks, sigma, n_groups=2)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[6, 0.8], [50, 0.2]])
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), np.column_stack([clicks, sigma]))


def test_unit_variances_go_down_and_the_threshold_is_drawn(ax: Axes) -> None:
    latent.unit_variances(ax, {"β = 1": np.array([0.1, 0.9, 0.001])}, threshold=0.02)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 0.9], [2, 0.1], [3, 0.001]])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [0.02, 0.02])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["β = 1"]
