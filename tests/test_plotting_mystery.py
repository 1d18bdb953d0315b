"""What the figures of the chapter on Gluon's missing regularisation draw."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recotour_book.plotting import mystery


def table(*variants: str) -> pd.DataFrame:
    rows = pd.MultiIndex.from_product([variants, [0.0, 1.0]], names=["variant", "beta"])
    mean = np.arange(len(rows)) / 10
    return pd.DataFrame({"mean": mean, "low": mean - 0.01, "high": mean + 0.02}, index=rows)


def test_each_variant_is_a_line_over_beta_with_an_interval_at_each_point(ax: Axes) -> None:
    mystery.against_beta(ax, table("frozen"), "NDCG@100")
    (line,), (intervals,) = ax.lines, ax.collections
    np.testing.assert_allclose(line.get_xydata(), [[0, 0.0], [1, 0.1]])
    np.testing.assert_allclose(
        intervals.get_segments(), [[[0, -0.01], [0, 0.02]], [[1, 0.09], [1, 0.12]]]
    )
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "1"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("cap of β", "NDCG@100")


def test_variants_stand_side_by_side_in_the_order_of_the_table(ax: Axes) -> None:
    mystery.against_beta(ax, table("squashed", "as it should be", "frozen"), "NDCG@100")
    assert [line.get_label() for line in ax.lines] == ["squashed", "as it should be", "frozen"]
    firsts = [line.get_xdata()[0] for line in ax.lines]
    np.testing.assert_allclose(firsts, [-0.08, 0, 0.08])
    looks = {(line.get_color(), line.get_marker()) for line in ax.lines}
    assert len(looks) == 3


def test_a_variant_keeps_its_looks_where_others_are_missing(ax: Axes) -> None:
    mystery.against_beta(ax, table("as it should be", "frozen"), "NDCG@100")
    mystery.against_beta(ax, table("frozen"), "NDCG@100")
    _, among_others, alone = ax.lines
    assert among_others.get_color() == alone.get_color()
    assert among_others.get_marker() == alone.get_marker()


def test_rows_out_of_order_are_drawn_by_rising_beta(ax: Axes) -> None:
    mystery.against_beta(ax, table("frozen").iloc[::-1], "NDCG@100")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0.0, 0.1])


def test_runs_are_dots_by_framework(ax: Axes) -> None:
    runs = pd.DataFrame(
        {
            "framework": ["MXNet", "PyTorch", "MXNet"],
            "cap of β": [0.0, 0.2, 0.1],
            "NDCG@100": [0.41, 0.42, 0.40],
        }
    )
    mystery.runs_by_framework(ax, runs, "NDCG@100")
    drawn = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(drawn["MXNet"].get_xydata(), [[0, 0.41], [0.1, 0.40]])
    np.testing.assert_allclose(drawn["PyTorch"].get_xydata(), [[0.2, 0.42]])
    assert drawn["MXNet"].get_marker() != drawn["PyTorch"].get_marker()
    assert drawn["MXNet"].get_linestyle() == "None"


def test_deviations_are_densities_with_one_outline_for_each_beta(ax: Axes) -> None:
    sigmas = {0.0: np.full((4, 2), 0.1), 0.2: np.linspace(0.2, 0.9, 8).reshape(4, 2)}
    mystery.deviations(ax, sigmas)
    outlines = {patch.get_label(): patch for patch in ax.patches}
    assert set(outlines) == {"β = 0", "β = 0.2"}
    corners = outlines["β = 0"].get_xy()
    peak = corners[corners[:, 1].argmax(), 0]
    assert abs(peak - 0.1) < 0.9 / 59  # within a bin
    left, heights = corners[:-1, 0], corners[1:, 1]
    assert np.isclose((np.diff(corners[:, 0]) * heights).sum(), 1)
    assert left.min() == 0
    assert outlines["β = 0"].get_linestyle() != outlines["β = 0.2"].get_linestyle()
