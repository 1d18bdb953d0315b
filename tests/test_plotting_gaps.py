"""Bars of gaps: whose part is where, in which order people stand, and what one reads at a bar."""

import matplotlib as mpl
import pandas as pd
import pytest

mpl.use("Agg")

from recotour_book.plotting import gaps, interactive

TABLE = pd.DataFrame(
    {
        "beta": [1.0, 1.0, 1.0, 0.2, 0.2, 0.2],
        "clicks": [50, 5, 20] * 2,
        "evidence": [-300.0, -40.0, -120.0] * 2,
        "ELBO": [-306.0, -40.75, -122.0, -330.0, -44.0, -131.0],
        "family gap": [4.0, 0.5, 1.25, 10.0, 1.0, 3.0],
        "amortisation gap": [2.0, 0.25, 0.75, 20.0, 3.0, 8.0],
        "films": ["Alien", "<Brazil>", "Casino"] * 2,
    }
)


@pytest.fixture
def figure():
    return gaps.stacked(TABLE)


def test_people_stand_by_their_clicks_and_the_smaller_beta_comes_first(figure):
    assert [list(bar.y) for bar in figure.data] == [
        [1.0, 3.0, 10.0],
        [3.0, 8.0, 20.0],
        [0.5, 1.25, 4.0],
        [0.25, 0.75, 2.0],
    ]
    assert [bar.yaxis for bar in figure.data] == ["y", "y", "y2", "y2"]


def test_the_parts_are_stacked_on_one_scale_and_named_once(figure):
    assert figure.layout.barmode == "stack"
    assert (figure.layout.yaxis.matches, figure.layout.yaxis2.matches) == (None, "y")
    named = [bar.name for bar in figure.data if bar.showlegend]
    assert named == ["family gap", "amortisation gap"]
    assert len({bar.marker.color for bar in figure.data}) == 2
    assert "0.2" in figure.layout.yaxis.title.text


def test_the_axis_counts_clicks(figure):
    ticks = dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))
    assert ticks == {1: "5", 2: "20", 3: "50"}


def test_where_one_points_stand_the_films_and_the_numbers(figure):
    assert [bar.hoverinfo for bar in figure.data] == ["skip", "text"] * 2
    first = figure.data[1].hovertext[0].split("<br>")
    assert first[0] == "clicks: 5"
    assert first[-1] == "films: &lt;Brazil&gt;"
    assert "evidence: -40" in first


def test_it_can_be_stored(figure):
    interactive.as_output(figure, "Words.")
