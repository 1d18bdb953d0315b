"""The pictures of the chapter on AutoRec and DeepRec draw what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from recotour_book.plotting import MODEL_COLOURS, autorec


def test_predictions_are_counted_in_quarters_of_a_star(ax: Axes) -> None:
    autorec.predictions(ax, np.array([0.1, 0.2, 4.0]), 3.5)
    heights = {round(bar.get_x(), 2): bar.get_height() for bar in ax.patches if bar.get_height()}
    assert heights == {0.0: 2, 4.0: 1}
    assert list(ax.lines[0].get_xdata()) == [3.5, 3.5]


def test_a_model_is_a_line_over_the_folds(ax: Axes) -> None:
    table = pd.DataFrame({"u1": [0.95, 0.9], "u2": [0.94, 0.89]}, index=["people", "items"])
    autorec.folds(ax, table)
    assert [line.get_label() for line in ax.lines] == ["people", "items"]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.95, 0.94], [0.9, 0.89]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["u1", "u2"]


def test_runs_stand_over_their_mean(ax: Axes) -> None:
    each = {"without": np.array([0.9, 1.0]), "with": np.array([0.8, 0.85])}
    table = pd.DataFrame(
        {"mean": [0.95, 0.825], "low": [0.7, 0.8], "high": [1.2, 0.85]}, list(each)
    )
    autorec.arms(ax, each, table)
    runs = [
        one.get_offsets()[:, 0].tolist() for one in ax.collections if len(one.get_offsets()) == 2
    ]
    assert [0.9, 1.0] in runs
    assert [0.8, 0.85] in runs
    assert [label.get_text() for label in ax.get_yticklabels()] == ["without", "with"]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]  # the first on top


def test_what_is_applied_again_is_a_line_a_network(ax: Axes) -> None:
    table = pd.DataFrame({"without": [0.5, 0.4], "with": [0.1, 0.05]}, index=[1, 2])
    autorec.applied(ax, table, "change")
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.5, 0.4], [0.1, 0.05]]
    assert ax.get_ylabel() == "change"
    assert list(ax.get_xticks()) == [1, 2]


@pytest.mark.parametrize("name", ["AutoRec", "DeepRec"])
def test_the_models_have_colours_of_their_own(name: str) -> None:
    assert name in MODEL_COLOURS
