"""The marks that all figures share, and that they are defined once."""

from itertools import islice, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from recotour_book.plotting import (
    COLOURS,
    MODEL_COLOURS,
    elbo,
    errors,
    latent,
    marks,
    mult_vae,
    problem,
    reparameterization,
    style,
    training,
)
from recotour_book.plotting.labels import shared_area

ROW = {"mean": 0.2, "low": 0.1, "high": 0.4}


def test_no_two_models_look_the_same_and_the_first_eleven_have_a_colour_each():
    looks = list(style.MODEL_LOOKS.values())
    assert len(set(looks)) == len(looks)
    assert len({colour for colour, _ in looks[:11]}) == 11


def test_a_model_looks_the_same_wherever_it_is_drawn_and_others_like_none():
    assert {name: style.look(name)[0] for name in MODEL_COLOURS} == MODEL_COLOURS
    assert style.look("A new model")[0] not in COLOURS.values()
    assert style.look("A new model", "red") == ("red", "o")
    assert style.colour_of("EASE, 300 items", "red") == MODEL_COLOURS["EASE"]
    assert style.colour_of("EASER", "red") == "red"


@pytest.mark.parametrize("first", [(), ("black", "blue", "vermillion", "green")])
def test_strokes_begin_as_asked_and_neighbours_differ_by_line_as_well_as_colour(first):
    strokes = list(islice(style.strokes(*first), 28))
    assert [colour for colour, _ in strokes[: len(first)]] == [COLOURS[name] for name in first]
    assert {colour for colour, _ in strokes} == {*COLOURS.values()} - {COLOURS["grey"]}
    assert len(set(strokes)) == 28
    assert all(one[1] != other[1] for one, other in pairwise(strokes))


MANY = {name: np.array([0.1, 0.2 + i]) for i, name in enumerate(MODEL_COLOURS)}
TABLE = pd.DataFrame({"mean": [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.3]})


@pytest.mark.slow
@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: elbo.curves(ax, MANY["EASE"], MANY),
        lambda ax: errors.by_amount(ax, dict.fromkeys(MANY, TABLE), "clicks"),
        lambda ax: latent.unit_variances(ax, MANY),
        lambda ax: mult_vae.unit_rates(ax, MANY["EASE"], MANY),
        lambda ax: problem.effective_films(ax, TABLE[["mean"]] + 1, dict.fromkeys(MANY, 2.0)),
        lambda ax: reparameterization.running_means(ax, MANY, 1.0),
        lambda ax: training.schedules(ax, MANY),
    ],
)
def test_no_line_is_left_out_where_there_are_more_than_kinds_of_lines(ax: Axes, draw) -> None:
    draw(ax)
    assert {line.get_label() for line in ax.lines} >= set(MANY)


@pytest.mark.parametrize(
    "draw",
    [elbo.curves, latent.densities, mult_vae.gradients, mult_vae.unit_rates],
    ids=lambda draw: draw.__name__,
)
def test_curves_are_drawn_as_given_each_with_its_name(ax: Axes, draw) -> None:
    x, some = np.array([0.5, 2.0]), dict(list(MANY.items())[:3])
    draw(ax, x, some)
    drawn = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert {name: drawn[name] for name in some} == {
        name: np.column_stack([x, values]).tolist() for name, values in some.items()
    }
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines[:3]}) == 3


def test_a_row_is_a_dot_on_its_interval(ax: Axes) -> None:
    marks.dot_with_interval(ax, 3, ROW, ("#D55E00", "D"), markerfacecolor="white")
    (interval,), (dot,) = ax.collections, ax.lines
    np.testing.assert_array_equal(interval.get_segments(), [[[0.1, 3], [0.4, 3]]])
    np.testing.assert_array_equal(dot.get_xydata(), [[0.2, 3]])
    assert dot.get_marker() == "D"
    assert to_hex(interval.get_color()[0]) == to_hex(dot.get_color()) == "#d55e00"
    assert dot.get_markerfacecolor() == "white"


def test_bars_stand_at_their_places(ax: Axes) -> None:
    marks.across(ax, [0, 1], [2, 3], [5, 4], "red", 1)
    marks.upwards(ax, [0, 1], [2, 3], [5, 4], "red", 1)
    level, upright = (bars.get_segments() for bars in ax.collections)
    np.testing.assert_array_equal(level, [[[2, 0], [5, 0]], [[3, 1], [4, 1]]])
    np.testing.assert_array_equal(upright, [[[0, 2], [0, 5]], [[1, 3], [1, 4]]])


@given(st.integers(1, 30), st.floats(0.01, 1))
def test_what_stands_side_by_side_is_centred_and_equally_apart(count, apart):
    places = marks.beside_one_another(count, apart)
    assert len(places) == count
    assert places.sum() == pytest.approx(0, abs=1e-9)
    assert np.diff(places) == pytest.approx([apart] * (count - 1))


def test_rows_are_named_at_their_places_and_all_in_view(ax: Axes) -> None:
    marks.rows(ax, [2, 1, 0], ["a", "b", 7])
    named = dict(zip(ax.get_yticks(), ax.get_yticklabels(), strict=True))
    assert {place: text.get_text() for place, text in named.items()} == {2: "a", 1: "b", 0: "7"}
    assert ax.get_ylim() == pytest.approx((-0.6, 2.6))


def test_the_lines_to_hold_something_against_stand_where_they_should(ax: Axes) -> None:
    marks.no_difference(ax)
    marks.cut(ax, 3.5)
    marks.exact(ax, -2.0, "tolerance")
    zero, end, truth = ax.lines
    assert set(zero.get_xdata()) == {0}
    assert set(end.get_xdata()) == {3.5}
    assert set(truth.get_ydata()) == {-2}
    assert ax.get_legend_handles_labels()[1] == ["tolerance"]


boxes = st.tuples(*[st.integers(0, 6)] * 2, *[st.integers(1, 6)] * 2).map(
    lambda b: np.array([b[0], b[1], b[0] + b[2], b[1] + b[3]], dtype=float)
)


@given(boxes, boxes)
def test_the_area_that_two_boxes_share_is_that_of_the_unit_squares_in_both(one, other):
    def squares(box):
        left, bottom, right, top = box.astype(int)
        return {(x, y) for x in range(left, right) for y in range(bottom, top)}

    assert shared_area(one, other) == len(squares(one) & squares(other))
