"""The pictures of the embeddings chapter draw what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from numpy.testing import assert_allclose

from recotour_book.plotting import embeddings, new_axes


def test_one_cycle_is_the_rate_above_and_the_momentum_below() -> None:
    panels = new_axes(2, sharex=True)
    updates, rates, momenta = np.arange(3), np.array([1.0, 5, 2]), np.array([0.95, 0.85, 0.9])
    embeddings.cycle(panels, updates, rates, momenta)
    drawn = [panel.lines[0].get_ydata().tolist() for panel in panels]
    assert drawn == [rates.tolist(), momenta.tolist()]
    assert panels[1].get_xlabel() == "update"


def test_settings_stand_below_one_another_the_first_on_top(ax: Axes) -> None:
    table = pd.DataFrame(
        {"mean": [0.9, 0.8], "low": [0.88, 0.79], "high": [0.92, 0.81]}, index=["none", "much"]
    )
    table["runs"] = [[0.89, 0.91], [0.8, 0.8]]
    embeddings.settings(ax, table, 0.885, "biases")
    dots = [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "o"]
    assert dots == [[0.9, 1.0], [0.8, 0.0]]
    assert dict(
        zip(ax.get_yticks(), [t.get_text() for t in ax.get_yticklabels()], strict=True)
    ) == {
        1: "none",
        0: "much",
    }
    assert ax.lines[-1].get_xdata() == [0.885, 0.885]
    assert "biases" in [text.get_text() for text in ax.texts]


def test_all_films_are_drawn_and_some_named(ax: Axes) -> None:
    places = np.array([[0.0, 1], [2, 3], [4, -1]])
    embeddings.plane(ax, places, {2: "Heat", 0: "Alien"})
    every, some = (dots.get_offsets() for dots in ax.collections)
    assert_allclose(every, places)
    assert_allclose(some, places[[2, 0]])
    assert {text.get_text() for text in ax.texts} == {"Heat", "Alien"}


@pytest.mark.parametrize("names", [["random"], ["random", "popular", "telling"]])
def test_newcomers_are_a_line_and_a_band_a_kind(ax: Axes, names: list[str]) -> None:
    table = pd.DataFrame({"mean": [1.0, 0.9], "low": [0.9, 0.8], "high": [1.1, 1.0]}, index=[0, 5])
    embeddings.newcomers(ax, {name: table - 0.1 * i for i, name in enumerate(names)})
    assert [line.get_label() for line in ax.lines] == names
    assert_allclose(ax.lines[0].get_xydata(), [[0, 1.0], [5, 0.9]])
    assert len(ax.collections) == len(names)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "5"]


def test_newcomers_without_intervals_have_no_band(ax: Axes) -> None:
    embeddings.newcomers(ax, {"random": pd.DataFrame({"mean": [1.0, 0.9]}, index=[0, 5])})
    assert len(ax.lines) == 1
    assert not ax.collections
