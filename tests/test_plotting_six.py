"""The pictures of the chapter on six autoencoders draw what the numbers say."""

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from recotour_book.plotting import MODEL_COLOURS, six

STEPS = pd.DataFrame(
    {"value": [0.25, 0.45, 0.44, 0.41], "question": ["a", "a", "a", "b"]},
    ["as in the article", "seen removed", "validated", "new people"],
)


def test_steps_go_down_from_what_was_published(ax: Axes) -> None:
    six.staircase(ax, STEPS, 0.2561, "NDCG@100", "EASE")
    heights = {
        label.get_text(): place
        for label, place in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)
    }
    assert list(heights) == ["published", *STEPS.index]
    assert list(heights.values()) == [4, 3, 2, 1, 0]
    cross = ax.lines[-1]
    assert (cross.get_marker(), cross.get_xydata().tolist()) == ("x", [[0.2561, 4]])
    assert [text.get_text() for text in ax.texts] == ["0.250", "0.450", "0.440", "0.410"]
    assert ax.get_xlabel() == "NDCG@100"


def test_only_answers_to_one_question_are_joined(ax: Axes) -> None:
    six.staircase(ax, STEPS, 0.2561, "NDCG@100", "EASE")
    joined = [line for line in ax.lines if line.get_linestyle() == "-"]
    assert [line.get_xydata().tolist() for line in joined] == [
        [[0.25, 3], [0.45, 2], [0.44, 1]],
        [[0.41, 0]],
    ]
    assert {to_hex(line.get_color()) for line in joined} == {MODEL_COLOURS["EASE"]}


@pytest.mark.parametrize(("highest", "at"), [(True, [2, 3]), (False, [3, 1])])
def test_the_best_epoch_of_each_course_has_a_ring(ax: Axes, highest: bool, at: list[int]) -> None:
    curves = {
        "seen kept": pd.Series([0.2, 0.3, 0.1], [1, 2, 3]),
        "seen removed": pd.Series([0.2, 0.3, 0.4], [1, 2, 3]),
    }
    six.courses(ax, curves, "NDCG@100", highest)
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    rings = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [line.get_label() for line in lines] == list(curves)
    assert [ring.get_xdata()[0] for ring in rings] == at
    assert all(ring.get_fillstyle() == "none" for ring in rings)
    assert len({str(line.get_linestyle()) for line in lines}) == 2
