"""The pictures of the chapter on one's own data draw what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recotour_book.plotting import MODEL_COLOURS, shop


def test_an_account_has_the_mark_of_what_it_is(ax: Axes) -> None:
    table = pd.DataFrame(
        {
            "rows": [10, 10, 1000, 100],
            "items": [1, 1, 100, 10],
            "kind": ["person", "person", "crawler, fast", "tester"],
        }
    )
    shop.accounts(ax, table)
    drawn = {line.get_label(): np.round(line.get_xydata()).tolist() for line in ax.lines}
    people = drawn.pop("person")
    assert people == [[10, 1]]  # two that fall on one another are one dot
    assert drawn == {"crawler": [[1000, 100]], "tester": [[100, 10]], "reseller": []}
    assert len({line.get_marker() for line in ax.lines}) == 4


def test_few_clicks_are_places_from_left_to_right(ax: Axes) -> None:
    index = pd.MultiIndex.from_product([["EASE", "Popularity"], [0, 1, "all"]])
    table = pd.DataFrame({"mean": [1.0, 2, 3, 4, 4, 4], "low": 0.5, "high": 5}, index)
    shop.few_clicks(ax, table, "Recall@10")
    ease, popular = ax.lines
    assert ease.get_ydata().tolist() == [1, 2, 3]
    assert popular.get_ydata().tolist() == [4, 4, 4]
    assert (ease.get_xdata() < popular.get_xdata()).all()
    assert ease.get_color() == MODEL_COLOURS["EASE"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1", "all"]


def test_an_old_model_stands_beside_a_fresh_one() -> None:
    axes = Figure().subplots(2)
    table = pd.DataFrame(
        {"fresh": [0.2, 0.2], "old": [0.2, 0.1], "popular": [0.1, 0.1], "unknown": [0, 0.3]}
    )
    shop.ageing(axes, table)
    assert [line.get_label() for line in axes[0].lines] == [
        "trained each week",
        "never again",
        "popularity, each week",
    ]
    assert len({line.get_linestyle() for line in axes[0].lines}) == 3
    assert [bar.get_height() for bar in axes[1].patches] == [0, 0.3]


def test_the_price_is_read_from_left_to_right(ax: Axes) -> None:
    table = pd.DataFrame(
        {"tail": [0.2, 0.5], "recall": [0.1, 0.08], "low": 0.05, "high": 0.12},
        index=[0, 0.5],
    )
    shop.price(ax, table)
    [line] = ax.lines
    assert line.get_xydata().tolist() == [[0.2, 0.1], [0.5, 0.08]]
    assert [text.get_text() for text in ax.texts] == ["0", "0.5"]
    assert ax.get_ylim()[0] == pytest.approx(0)
