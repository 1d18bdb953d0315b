"""The one function that makes the chapters' tables."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from recotour_book.tables import says_nothing, table


def cells(frame: pd.DataFrame, part: str) -> list[list[str]]:
    page = BeautifulSoup(table(frame)._repr_html_(), "html.parser")
    return [[cell.get_text() for cell in row.select("th, td")] for row in page.select(f"{part} tr")]


def sides(frame: pd.DataFrame) -> list[str]:
    page = BeautifulSoup(table(frame)._repr_html_(), "html.parser")
    return [str(cell["style"]).split()[-1] for cell in page.select("tbody tr")[0].select("th, td")]


TITLES = pd.DataFrame({"title": ["Alien", "12 Monkeys (1995)"], "n": [3, 1]})


def test_row_numbers_are_left_out_and_places_are_not():
    assert cells(TITLES, "thead") == [["title", "n"]]
    assert cells(TITLES.set_axis([7, 9]), "thead") == [["title", "n"]]
    assert cells(TITLES.set_axis([1, 2]), "thead") == [["", "title", "n"]]


@pytest.mark.parametrize(
    "index",
    [["a", "b"], [0.5, 1.0], pd.Index([4, 9], name="user"), pd.MultiIndex.from_product([[1], [2]])],
    ids=str,
)
def test_an_index_that_says_something_stays(index):
    assert not says_nothing(pd.Index(index))


def test_words_stand_left_and_numbers_right():
    assert sides(TITLES) == ["left", "right"]
    assert sides(pd.DataFrame({"said": ["0.42 ± 0.01", "−1 (?)"], "to": ["2001: x", "Up"]})) == [
        "right",
        "left",
    ]


def test_heads_are_one_row_with_the_name_of_the_index():
    named = pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="who"))
    assert cells(named, "thead") == [["who", "a"]]
    assert cells(named.rename_axis(index=None, columns="what"), "thead") == [["what", "a"]]


def test_the_name_of_the_columns_stands_over_them():
    both = pd.DataFrame({0.2: [1]}, index=pd.Index(["x"], name="data")).rename_axis(columns="beta")
    assert cells(both, "thead") == [["", "beta"], ["data", "0.2"]]


def test_levels_span_what_they_hold():
    columns = pd.MultiIndex.from_product([["left", "right"], ["u", "v"]])
    rows = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["group", "n"])
    made = table(pd.DataFrame(np.zeros((3, 4)), rows, columns))
    assert [cell.columns for cell in made.heads[0]] == [2, 2, 2]
    assert [cell.rows for cell in made.rows[0][:2]] == [2, 1]
    assert len(made.rows[1]) == 5  # the first level goes on


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0.5, 0.25], ["0.50", "0.25"]),
        ([1447.0, 3.0], ["1447", "3"]),
        ([14 + 2 / 3, 2.0], ["14.67", "2.00"]),
        ([1 / 3, 2 / 3], ["0.333", "0.667"]),
        ([1e-6, 0.1], ["1e-06", "0.1"]),
        ([1 / 3e9, 0.0], ["3.33e-10", "0.00e+00"]),
        ([0.5, np.nan], ["0.5", "–"]),
        ([np.inf, 1.5], ["inf", "1.5"]),
        ([None, "x"], ["–", "x"]),
        ([0.1 + 0.2, 0.7], ["0.3", "0.7"]),
        ([True, False], ["True", "False"]),
    ],
    ids=str,
)
def test_a_column_is_written_alike_and_rounded(values, written):
    assert [row[0] for row in cells(pd.DataFrame({"x": values}), "tbody")] == written


def test_an_empty_frame_is_a_table_of_heads():
    assert cells(pd.DataFrame({"a": []}), "thead") == [["a"]]


def test_what_looks_like_tags_is_text():
    assert "&lt;b&gt;" in table(pd.DataFrame({"<b>": ["&"]}))._repr_html_()


def test_the_text_is_the_table():
    frame = pd.DataFrame({f"column {n}": [n / 8, 1.0] for n in range(30)}, index=["one", "two"])
    lines = repr(table(frame)).splitlines()
    assert len(lines) == 3
    assert lines[1].split()[:3] == ["one", "0", "0.125"]
    assert len(set(map(len, lines))) == 1


def test_in_text_a_level_is_written_once():
    rows = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")], names=["group", "n"])
    assert repr(table(pd.DataFrame({"v": [1, 2]}, rows))).splitlines() == [
        "group  n  v",
        "a      x  1",
        "       y  2",
    ]


def test_no_head_is_empty():
    page = BeautifulSoup(table(TITLES.set_axis([1, 2]))._repr_html_(), "html.parser")
    assert all(head.get_text() for head in page.select("th"))
    assert page.select_one("div.table-scroll > table.dataframe") is not None
