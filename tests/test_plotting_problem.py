"""The pictures of the first chapter draw what the tables say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from scipy.sparse import csr_matrix

from recotour_book.plotting import problem
from recotour_book.plotting.style import GREYS, QUANTITIES

CLICKS = csr_matrix(np.array([[1, 0, 1], [0, 0, 1]], dtype=np.float32))
HIT, MISS = QUANTITIES["held-out"], GREYS["press"]


def test_corner_fills_the_clicked_cells(ax: Axes) -> None:
    problem.corner(ax, CLICKS, ["Alien", "Emma", "A title that goes on and on"])
    (mesh,) = ax.collections
    mesh.update_scalarmappable()
    colours = [to_hex(colour) for colour in mesh.get_facecolors()]
    filled = QUANTITIES["clicks"]
    assert colours == [filled, MISS, filled, MISS, MISS, filled]


def test_corner_has_users_downwards_and_titles_above_their_columns(ax: Axes) -> None:
    problem.corner(ax, CLICKS, ["Alien", "Emma", "A title that goes on and on"])
    assert ax.get_ylim() == (2, 0)
    assert ax.get_xticks().tolist() == [0.5, 1.5, 2.5]
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names == ["Alien", "Emma", "A title that goes on …"]
    assert ax.get_ylabel() == "2 users, busiest on top"


def test_named_tail_falls_and_names_the_right_films(ax: Axes) -> None:
    counts = np.array([2, 90, 1, 40, 5])
    problem.named_tail(ax, counts, ["a", "b", "c", "d", "e"], ranks=(1, 4))
    tail, *dots = ax.lines
    assert tail.get_xdata().tolist() == [1, 2, 3, 4, 5]
    assert tail.get_ydata().tolist() == [90, 40, 5, 2, 1]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [(1, 90), (4, 2)]
    assert [text.get_text() for text in ax.texts] == ["1: b", "4: a"]
    assert [text.get_ha() for text in ax.texts] == ["left", "right"]  # away from the curve


def test_lists_fill_and_tick_the_hits(ax: Axes) -> None:
    ranked = {"one": ["Alien", "Emma"], "other": ["Emma", "Jaws", "Fargo"]}
    problem.lists(ax, ranked, [[False, True], [False, False, True]])
    drawn = {
        (round(bar.get_x()), round(bar.get_y() + bar.get_height() / 2)): to_hex(bar.get_facecolor())
        for bar in ax.patches
    }
    assert drawn == {(0, 0): MISS, (0, 1): HIT, (1, 0): MISS, (1, 1): MISS, (1, 2): HIT}
    written = [text.get_text() for text in ax.texts]
    assert written == ["Alien", "✓ Emma", "Emma", "Jaws", "✓ Fargo"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["one", "other"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1", "2", "3"]
    assert ax.get_ylim() == (2.5, -0.5)  # best on top


def test_lists_cut_long_titles(ax: Axes) -> None:
    problem.lists(ax, {"one": ["word " * 20]}, [[False]])
    assert ax.texts[0].get_text().endswith(" …")
    assert len(ax.texts[0].get_text()) <= 38


def test_posteriors_stand_on_each_other(ax: Axes) -> None:
    shares = np.array([[0.5, 0.3, 0.2], [0.9, 0.1, 0.0]])
    problem.posteriors(ax, shares, ["a", "b", "c"])
    tops = [area.get_paths()[0].vertices for area in ax.collections]
    ends = [vertices[vertices[:, 0] == 1][:, 1].max() for vertices in tops]
    starts = [vertices[vertices[:, 0] == 0][:, 1].max() for vertices in tops]
    assert starts == pytest.approx([0.5, 0.8, 1.0])
    assert ends == pytest.approx([0.9, 1.0, 1.0])
    assert ax.get_xlim() == (0, 1)
    assert [area.get_label() for area in ax.collections] == ["a", "b", "c"]
    assert len({area.get_hatch() for area in ax.collections}) == 3


def test_effective_films_draws_starts_their_mean_and_the_references(ax: Axes) -> None:
    runs = pd.DataFrame({0: [500.0, 400.0], 1: [500.0, 440.0]}, index=[1, 2])
    problem.effective_films(ax, runs, {"Popularity": 500.0, "Mult-VAE": 300.0, "other": 350.0})
    first, second, mean, *references = ax.lines
    assert first.get_ydata().tolist() == [500, 400]
    assert second.get_ydata().tolist() == [500, 440]
    assert mean.get_ydata().tolist() == [500, 420]
    assert mean.get_xdata().tolist() == [1, 2]
    assert [line.get_ydata()[0] for line in references] == [500, 300, 350]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["mixture of tastes", "Popularity", "Mult-VAE", "other"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]
