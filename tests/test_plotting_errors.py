"""What the pictures of the chapter on errors draw."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recotour_book.plotting import errors


def test_each_outline_holds_all_people_once(ax: Axes) -> None:
    per_user = {"Mult-VAE": np.array([0.0, 0.01, 0.99, 1.0]), "EASE": np.array([0.52, 0.53])}
    errors.distributions(ax, per_user, "NDCG@100")
    vae, ease = (patch.get_data().values for patch in ax.patches)
    assert (vae[0], vae[-1], vae.sum()) == (0.5, 0.5, 1)
    assert (ease[10], ease.sum()) == (1, 1)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Mult-VAE", "EASE"]
    assert len({patch.get_linestyle() for patch in ax.patches}) == 2


def test_amounts_stand_in_order_with_their_means_and_bands(ax: Axes) -> None:
    table = pd.DataFrame(
        {"mean": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5]}, index=[5, "all"]
    )
    errors.by_amount(ax, {"EASE": table}, "clicks shown")
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 0.2], [1, 0.4]])
    band = ax.collections[0].get_paths()[0].vertices
    assert {tuple(corner) for corner in band} == {(0, 0.1), (1, 0.3), (1, 0.5), (0, 0.3)}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["5", "all"]
    assert ax.get_xlabel() == "clicks shown"


def test_what_is_never_shown_lies_on_a_line_of_its_own_below_once(ax: Axes) -> None:
    clicks, shown = np.array([1, 100, 100]), np.array([0, 1, 50])
    errors.exposure(ax, clicks, shown, "EASE")
    points = ax.collections[0].get_offsets()
    np.testing.assert_allclose(points[:, 0], clicks, rtol=0.2)
    np.testing.assert_allclose(points[1:, 1], shown[1:], rtol=0.2)
    assert points[0, 1] < 0.5 < points[1, 1]
    named = dict(zip([t.get_text() for t in ax.get_yticklabels()], ax.get_yticks(), strict=True))
    assert named["never"] < named["1"] == 1
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.get_title() == "EASE"


def test_each_curve_is_named_at_its_higher_end(ax: Axes) -> None:
    steps = np.array([-2.0, 0.0, 2.0])
    curves = {"rises": np.array([0.1, 0.2, 0.4]), "falls": np.array([0.4, 0.2, 0.1])}
    errors.traversal(ax, steps, curves, "axis 1")
    places = {text.get_text(): text.xy for text in ax.texts}
    assert places == {"rises": (2.0, 0.4), "falls": (-2.0, 0.4)}
    drawn = {tuple(line.get_ydata()) for line in ax.lines}
    assert drawn == {tuple(chance) for chance in curves.values()}
    assert ax.lines[0].get_color() == ax.texts[0].get_color() != ax.lines[1].get_color()


def test_names_that_would_stand_on_each_other_are_set_apart(ax: Axes) -> None:
    steps, low = np.array([-1.0, 1.0]), 0.01
    curves = {"second": np.array([low, 0.39]), "first": np.array([low, 0.4])}
    errors.traversal(ax, steps, curves, "axis 1")
    first, second = ax.texts
    assert (first.get_text(), first.xy[1]) == ("first", 0.4)
    assert second.xy[1] < 0.3
    assert first.get_color() == ax.lines[0].get_color()
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()


def test_a_correlation_is_as_dark_as_it_is_large_whatever_its_sign(ax: Axes) -> None:
    errors.agreement(ax, np.array([[-0.9, 0.1], [0.3, 0.5]]), ["seed 0", "seed 1"])
    (cells,) = ax.collections
    np.testing.assert_allclose(cells.get_array(), [[0.9, 0.1], [0.3, 0.5]])
    assert cells.get_clim() == (0, 1)
    assert ax.yaxis_inverted()
    written = {text.get_text(): text.get_position() for text in ax.texts}
    assert written == {".9": (0, 0), ".3": (0, 1), ".5": (1, 1)}
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("axes of seed 0", "axes of seed 1")
