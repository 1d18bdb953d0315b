"""What the pictures of the training chapter draw."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from recotour_book.plotting import training


def history(**columns: list[float]) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    return table.set_index(pd.RangeIndex(1, len(table) + 1, name="epoch"))


def test_schedules_start_at_update_nought(ax: Axes) -> None:
    training.schedules(ax, {"rising": np.array([0.0, 0.1, 0.2]), "flat": np.full(3, 0.2)})
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[0, 0], [1, 0.1], [2, 0.2]])
    assert [line.get_label() for line in ax.lines] == ["rising", "flat"]


def test_over_epochs_draws_the_mean_of_the_seeds_within_their_range(ax: Axes) -> None:
    seeds = [history(ndcg=[0.1, 0.3]), history(ndcg=[0.3, 0.5])]
    training.over_epochs(ax, {"annealed": seeds}, "ndcg", "NDCG@100")
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 0.2], [2, 0.4]])
    band = ax.collections[0].get_paths()[0].vertices
    assert {tuple(np.round(corner, 6)) for corner in band} >= {(1, 0.1), (1, 0.3), (2, 0.5)}


def test_loss_parts_draws_the_columns_asked_for(ax: Axes) -> None:
    table = history(nll=[5.0, 4.0], kl=[0.0, 2.0], other=[9.0, 9.0])
    training.loss_parts(ax, table, {"kl": "KL", "nll": "nll"})
    assert [line.get_label() for line in ax.lines] == ["KL", "nll"]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0, 2])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [5, 4])


@pytest.mark.parametrize(("higher", "epoch", "value"), [(True, 2, 0.7), (False, 3, 0.1)])
def test_mark_best_puts_the_dot_where_the_best_is(
    ax: Axes, higher: bool, epoch: int, value: float
) -> None:
    table = history(metric=[0.5, 0.7, 0.1])
    training.mark_best(ax, table["metric"], higher, "a metric")
    np.testing.assert_allclose(ax.lines[1].get_xydata(), [[epoch, value]])
    assert ax.get_title() == f"a metric\nbest: epoch {epoch}"


def test_sweep_sets_caps_side_by_side_with_their_means(ax: Axes) -> None:
    table = pd.DataFrame({"cap": [1.0, 0.0, 1.0, 0.0], "ndcg": [0.4, 0.1, 0.6, 0.3]})
    training.sweep(ax, table, "ndcg")
    np.testing.assert_allclose(ax.lines[0].get_xdata(), [1, 0, 1, 0])
    heights = [segment[0, 1] for segment in ax.collections[0].get_segments()]
    np.testing.assert_allclose(heights, [0.2, 0.5])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "1"]
