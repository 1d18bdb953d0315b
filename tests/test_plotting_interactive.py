"""What an interactive figure draws, and that what is stored is plain, rounded and the same."""

import json

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

import plotly.graph_objects as go
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from recotour_book.plotting import MODEL_COLOURS, interactive
from recotour_vae.errors import ConfigError, DataError

MIME = "application/vnd.plotly.v1+json"
TABLE = pd.DataFrame(
    {
        "model": ["EASE", "A new one", "EASE", "Mult-VAE"],
        "split": [1, 1, 2, 2],
        "cap": [0.1, 1 / 3, 1.0, 0.2],
        "ndcg": [0.31, 0.32, 0.33, 0.34],
        "note": ["<b> & co", None, "x", "y"],
        "seconds": [12_345.6, 0.000123456, np.nan, 2.0],
        "clicks": [1_000_209] * 4,
    }
)


def draw(**more: object) -> go.Figure:
    return interactive.scatter(TABLE, "cap", "ndcg", "model", **more)


def stored(figure: go.Figure) -> dict:
    return interactive.as_output(figure, "Words.")[MIME]


def test_each_value_has_its_points_in_the_order_of_the_table():
    first, second, third = draw().data
    assert [trace.name for trace in (first, second, third)] == ["EASE", "A new one", "Mult-VAE"]
    assert (list(first.x), list(first.y)) == ([0.1, 1.0], [0.31, 0.33])
    assert (list(third.x), list(third.y)) == ([0.2], [0.34])
    axes = draw().layout
    assert (axes.xaxis.title.text, axes.yaxis.title.text) == ("cap", "ndcg")


def test_models_keep_their_look_and_others_get_one_that_no_model_here_has():
    ease, new, vae = draw().data
    assert ease.marker.color == MODEL_COLOURS["EASE"]
    assert vae.marker.color == MODEL_COLOURS["Mult-VAE"]
    assert (ease.marker.symbol, vae.marker.symbol) == ("diamond", "circle")
    assert len({trace.marker.color for trace in (ease, new, vae)}) == 3
    assert len({trace.marker.symbol for trace in (ease, new, vae)}) == 3


def test_the_marker_may_say_something_else_than_the_colour():
    traces = draw(symbol="split").data
    names = ["EASE, 1", "A new one, 1", "EASE, 2", "Mult-VAE, 2"]
    assert [trace.name for trace in traces] == names
    colours = [trace.marker.color for trace in traces]
    symbols = [trace.marker.symbol for trace in traces]
    assert colours[0] == colours[2]
    assert symbols[0] == symbols[1] != symbols[2] == symbols[3]
    assert draw(symbol="model").data[0].name == "EASE"


def test_more_values_than_colours_go_round():
    many = pd.DataFrame({"name": [f"n{i}" for i in range(20)], "x": 0.0, "y": 1.0})
    assert len(interactive.scatter(many, "x", "y", "name").data) == 20
    only_models = pd.DataFrame({"name": list(MODEL_COLOURS), "x": 0.0, "y": 1.0})
    drawn = interactive.scatter(only_models, "x", "y", "name").data
    assert [trace.marker.color for trace in drawn] == list(MODEL_COLOURS.values())


def test_the_settings_of_a_point_are_listed_in_short_and_without_markup():
    ease, new, _ = draw(hover=["note", "seconds", "clicks"]).data
    assert ease.hovertext[0].split("<br>") == [
        "model: EASE",
        "note: &lt;b&gt; &amp; co",
        "seconds: 12,346",
        "clicks: 1000209",
        "cap: 0.1",
        "ndcg: 0.31",
    ]
    assert "seconds" not in ease.hovertext[1], "what is missing is left out"
    assert "note" not in new.hovertext[0]
    assert "seconds: 0.0001235" in new.hovertext[0]
    assert "cap: 0.3333" in new.hovertext[0]


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match=r"^The table .* no column 'beta', 'seed'; .*'cap'.*\.$"):
        interactive.scatter(TABLE, "beta", "ndcg", "model", hover=["seed"])


def test_numbers_are_plain_and_rounded_and_what_is_missing_is_null():
    wide = np.array([[1 / 3, np.nan], [np.inf, 2e-9 / 3]])
    figure = go.Figure([go.Heatmap(z=wide), go.Scatter(x=np.arange(3), y=[1.23456789, 2, None])])
    heat, line = stored(figure)["data"]
    assert heat["z"] == [[0.333333, None], [None, 6.66667e-10]]
    assert line["x"] == [0, 1, 2]
    assert line["y"] == [1.23457, 2, None]


def test_dates_and_words_stay():
    (line,) = stored(go.Figure(go.Scatter(x=pd.to_datetime(["2020-01-02"]), y=["a"])))["data"]
    assert line["x"][0].startswith("2020-01-02")
    assert line["y"] == ["a"]


def test_what_is_stored_is_the_same_each_time_and_is_json():
    texts = {json.dumps(stored(draw(hover=["note"])), allow_nan=False) for _ in range(3)}
    assert len(texts) == 1
    assert len(texts.pop()) < 4_000


@pytest.mark.slow
def test_the_style_is_the_books_but_a_height_may_be_asked_for():
    figure = draw().update_layout(width=900, height=300, template="plotly_dark")
    layout = stored(figure)["layout"]
    assert "width" not in layout
    assert layout["height"] == 300
    assert layout["template"]["layout"]["colorway"][0] == MODEL_COLOURS["Mult-VAE"]
    assert stored(draw())["layout"]["height"] > 300


def test_no_button_offers_to_send_the_figure_anywhere():
    assert stored(draw())["config"]["displayModeBar"] is False


def test_the_words_are_stored_for_the_pages_and_for_other_formats():
    output = interactive.as_output(draw(), "A hump.")
    assert output["text/plain"] == "A hump."
    assert output[MIME]["layout"]["meta"] == {"alt": "A hump."}
    assert set(output) == {MIME, "text/plain"}


@pytest.mark.parametrize("alt", ["", "  "])
def test_a_figure_without_words_is_an_error(alt):
    with pytest.raises(ConfigError, match=r"needs `alt`: say in words what it shows\.$"):
        interactive.show(draw(), alt)


def test_showing_displays_what_is_stored():
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            interactive.show(draw(), "Words.")
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data == interactive.as_output(draw(), "Words.")
