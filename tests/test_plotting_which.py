"""The pictures of the chapter that decides draw what the numbers say."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recotour_book.plotting import MODEL_COLOURS, which


def test_a_use_of_a_model_has_its_colour_and_a_line_of_its_own(ax: Axes) -> None:
    table = pd.DataFrame(
        {"EASE, fit": [1.0, 100], "EASE, kept": [0.1, 10], "ELSA": [0.01, 0.1]}, index=[100, 1000]
    )
    which.memory(ax, table, {"a laptop": 16.0})
    fit, kept, elsa, level = ax.lines
    assert fit.get_color() == kept.get_color() == MODEL_COLOURS["EASE"]
    assert elsa.get_color() == MODEL_COLOURS["ELSA"]
    assert len({line.get_linestyle() for line in (fit, kept, elsa)}) == 3
    assert kept.get_xydata().tolist() == [[100, 0.1], [1000, 10]]
    assert set(level.get_ydata()) == {16.0}
    assert [text.get_text() for text in ax.texts] == ["a laptop"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_few_people_stand_on_the_left_in_each_panel() -> None:
    panels = Figure().subplots(2)
    index = pd.MultiIndex.from_product([["EASE", "Popularity"], [10, 1000]])
    table = pd.DataFrame({"mean": [0.1, 0.4, 0.2, 0.2], "low": 0.05, "high": 0.5}, index)
    which.few_people(panels, {"whole": table, "short": table / 2})
    ease, popular = panels[0].lines
    assert ease.get_ydata().tolist() == [0.1, 0.4]
    assert (ease.get_xdata() < popular.get_xdata()).all()
    assert panels[1].lines[0].get_ydata().tolist() == [0.05, 0.2]
    assert [text.get_text() for text in panels[1].get_xticklabels()] == ["10", "1,000"]
    assert [panel.get_title(loc="right") for panel in panels] == ["whole", "short"]
    assert panels[0].get_ylim()[0] == 0


def test_what_is_lost_after_some_trials_is_a_line_a_model(ax: Axes) -> None:
    curves = {
        "EASE": pd.Series([0.02, 0.0], index=[1, 2]),
        "iALS": pd.Series([0.04, 0.03, 0.0], index=[1, 2, 3]),
    }
    which.trials(ax, curves, "lost")
    ease, ials, zero = ax.lines
    assert ease.get_xydata().tolist() == [[1, 0.02], [2, 0.0]]
    assert ials.get_color() == MODEL_COLOURS["iALS"]
    assert np.ptp(zero.get_ydata()) == 0
    assert ax.get_ylabel() == "lost"
