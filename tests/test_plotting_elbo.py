"""What the pictures of the chapter on the ELBO draw."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from recotour_book.plotting import elbo


def labels(ax: Axes) -> list[str]:
    return [line.get_label() for line in ax.lines]


def test_by_draws_puts_a_ring_on_the_line_of_its_name(ax: Axes) -> None:
    lines = {
        "few": pd.Series({1: -4.0, 100: -1.0}),
        "many": pd.Series({1: -9.0, 10: -5.0, 1000: -3.0}),
    }
    elbo.by_draws(ax, lines, {"many": 100.0})
    few, many, ring = ax.lines
    np.testing.assert_allclose(few.get_xydata(), [[1, -4], [100, -1]])
    np.testing.assert_allclose(ring.get_xydata(), [[100, -4]])  # half-way, on the log axis
    assert many.get_color() == ring.get_color() != few.get_color()
    assert ring.get_fillstyle() == "none"
    assert labels(ax)[:2] == ["few", "many"]
    assert ax.get_xscale() == "log"


def test_path_shades_from_the_elbo_up_to_the_evidence(ax: Axes) -> None:
    elbo.path(ax, np.array([0.0, 1.0]), np.array([-5.0, -2.0]), log_p=-2.0)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [-5, -2])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [-2, -2])
    corners = ax.collections[0].get_paths()[0].vertices
    assert {tuple(corner) for corner in corners} >= {(0, -5), (0, -2), (1, -2)}
    assert labels(ax) == ["ELBO", "log p(x)"]


def test_bound_by_draws_has_intervals_between_two_lines(ax: Axes) -> None:
    table = pd.DataFrame({"bound": [-4.0, -3.5], "error": [0.2, 0.1]}, index=[1, 8])
    elbo.bound_by_draws(ax, table, elbo=-4.0, log_p=-3.0)
    levels = {line.get_label(): line.get_ydata()[0] for line in ax.lines[:2]}
    assert levels == {"log p(x)": -3.0, "ELBO": -4.0}
    (bars,) = ax.containers
    np.testing.assert_allclose(bars[0].get_xydata(), [[1, -4], [8, -3.5]])
    segments = bars[2][0].get_segments()
    np.testing.assert_allclose(segments, [[[1, -4.2], [1, -3.8]], [[8, -3.6], [8, -3.4]]])
    assert ax.get_xscale() == "log"


def test_half_steps_are_named_on_the_axis(ax: Axes) -> None:
    table = pd.DataFrame({"ELBO": [-9.0, -7.0], "log p": [-9.0, -6.5]}, index=["E1", "M1"])
    elbo.half_steps(ax, table)
    drawn = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    assert drawn == {"log p(x)": [-9, -6.5], "ELBO": [-9, -7]}
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["E1", "M1"]


def test_spans_run_from_start_to_end_with_what_they_add(ax: Axes) -> None:
    elbo.spans(ax, {"reconstruction": (0, -1.25), "- rate": (-1.25, -2.0), "+ gap": (-2.0, -1.5)})
    drawn = [sorted((bar.get_x(), bar.get_x() + bar.get_width())) for bar in ax.patches]
    np.testing.assert_allclose(drawn, [[-1.25, 0], [-2, -1.25], [-2, -1.5]])
    top, middle, below = (bar.get_y() for bar in ax.patches)
    assert top > middle > below
    assert [text.get_text() for text in ax.texts] == ["-1.25", "-0.75", "0.50"]
    assert ax.texts[1].xy == pytest.approx((-1.25, 1))


def test_a_span_of_nothing_has_no_minus(ax: Axes) -> None:
    elbo.spans(ax, {"- rate": (-1.5, -1.5)})
    assert [text.get_text() for text in ax.texts] == ["0.00"]
