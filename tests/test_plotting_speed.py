"""What the figures of the chapter on speed draw."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recotour_book.plotting import speed
from recotour_vae.errors import DataError


def labels(ax):
    return dict(zip(ax.get_yticks(), map(str_of, ax.get_yticklabels()), strict=True))


def str_of(text):
    return text.get_text()


def test_a_table_of_results_is_read_by_its_name(tmp_path):
    (tmp_path / "bench-step.csv").write_text("way,ms\nours,2.5\n")
    table = speed.read("bench-step", tmp_path)
    assert table.to_dict("list") == {"way": ["ours"], "ms": [2.5]}


def test_a_missing_table_says_what_makes_it(tmp_path):
    with pytest.raises(DataError, match=r"no bench-step\.csv .*make bench"):
        speed.read("bench-step", tmp_path)


def test_from_the_folder_of_a_chapter_the_tables_of_the_repository_are_found(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[1] / "book" / "practice")
    assert len(speed.read("bench-parts")) > 1


def test_parts_are_put_end_to_end_the_first_row_on_top(ax):
    table = pd.DataFrame({"products": [4.0, 2.0], "Adam": [3.0, 1.0]}, index=["published", "ours"])
    speed.parts(ax, table)
    drawn = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert drawn == [(0, 4), (0, 2), (4, 3), (2, 1)]
    assert labels(ax) == {1: "published", 0: "ours"}
    assert [*map(str_of, ax.get_legend().get_texts())] == ["products", "Adam"]


def test_more_parts_than_colours_are_drawn_all_the_same(ax):
    table = pd.DataFrame(np.ones((1, 14)), index=["ours"], columns=list("abcdefghijklmn"))
    speed.parts(ax, table)
    assert len(ax.patches) == 14
    assert ax.patches[12].get_facecolor() == ax.patches[13].get_facecolor()
    assert ax.patches[0].get_facecolor() != ax.patches[6].get_facecolor()


def test_the_ladder_goes_down_from_the_first_step_to_the_floor(ax):
    speed.ladder(ax, pd.Series({"published": 10.4, "ours": 3.0}), floor=2.5)
    assert [bar.get_width() for bar in ax.patches] == [10.4, 3.0]
    assert labels(ax) == {1: "published", 0: "ours"}
    assert [text.get_text() for text in ax.texts] == ["10", "3"]
    (floor,) = ax.get_lines()
    assert list(floor.get_xdata()) == [2.5, 2.5]
    assert ax.get_xlim() == (0, pytest.approx(1.12 * 10.4))


def test_growth_draws_a_line_a_way_and_leaves_out_what_was_not_measured(ax):
    table = pd.DataFrame({"exact": [10, np.nan], "sampled": [4, 5]}, index=[10_000, 500_000])
    speed.growth(ax, table, "milliseconds")
    exact, sampled = ax.get_lines()
    assert exact.get_xdata().tolist() == [10_000]
    assert sampled.get_xydata().tolist() == [[10_000, 4], [500_000, 5]]
    assert exact.get_marker() != sampled.get_marker()
    assert [*map(str_of, ax.get_xticklabels())] == ["10k", "500k"]
    assert ax.yaxis.get_major_formatter()(2_000, 0) == "2,000"
    assert ax.yaxis.get_major_formatter()(0.5, 0) == "0.5"


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (1_500, "1500"), (20_000, "20k")])
def test_numbers_are_shortened_only_where_nothing_is_lost(count, text):
    assert speed.short(count) == text
