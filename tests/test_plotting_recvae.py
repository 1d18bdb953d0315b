"""The pictures of the chapter on RecVAE draw what the numbers say."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recotour_book.plotting import recvae
from recotour_book.plotting.style import WHITE


def lines(ax: Axes) -> dict[str, list[float]]:
    return {line.get_label(): list(line.get_ydata()) for line in ax.lines}


def test_directions_fall_and_the_prior_is_one(ax: Axes) -> None:
    recvae.directions(ax, np.array([0.5, 4.0, 1.5]))
    assert lines(ax) == {"codes of people": [4.0, 1.5, 0.5], "standard normal": [1, 1]}
    assert ax.get_yscale() == "log"


def test_priors_lie_over_the_codes(ax: Axes) -> None:
    z = np.array([-1.0, 0.0, 1.0])
    curves = {"N(0, 1)": z + 2, "one": z * 0, "three": z**2}
    recvae.priors(ax, z, np.array([0.1, 0.7, 0.2]), curves)
    assert lines(ax) == {name: list(values) for name, values in curves.items()}
    area = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert area.max() == 0.7
    assert len({line.get_linestyle() for line in ax.lines}) == 3


def test_widths_are_medians_of_equal_groups(ax: Axes) -> None:
    clicks = np.array([40, 10, 30, 20])
    sigma = np.array([0.4, 0.1, 0.3, 0.2])
    recvae.widths(ax, clicks, {"the same": sigma, "twice": 2 * sigma}, n_groups=2)
    assert [list(line.get_xdata()) for line in ax.lines] == [[15, 35]] * 2
    found = [line.get_ydata() for line in ax.lines]
    np.testing.assert_allclose(found, [[0.15, 0.35], [0.3, 0.7]])


def test_the_lowest_rung_is_on_top_with_its_seeds(ax: Axes) -> None:
    table = pd.DataFrame(
        {"mean": [0.4, 0.42], "low": [0.39, 0.41], "high": [0.41, 0.43]}, ["plain", "RecVAE"]
    )
    recvae.rungs(ax, table, {"plain": [0.39, 0.41], "RecVAE": [0.42, 0.42]})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["plain", "RecVAE"]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]
    assert [list(line.get_xdata()) for line in ax.lines] == [[0.4], [0.42]]
    seeds = [one.get_offsets()[:, 0].tolist() for one in ax.collections if len(one.get_offsets())]
    assert [0.39, 0.41] in seeds


def test_a_step_whose_interval_holds_zero_is_an_open_dot(ax: Axes) -> None:
    table = pd.DataFrame(
        {"mean": [0.01, 0.0, -0.02], "low": [0.005, -0.01, -0.03], "high": [0.015, 0.01, -0.01]},
        ["up", "none", "down"],
    )
    recvae.steps(ax, table)
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [dot.get_markerfacecolor() == WHITE for dot in dots] == [False, True, False]
