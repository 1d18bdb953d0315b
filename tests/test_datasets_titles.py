"""Titles: read as carefully as the interactions, and joined on the text of the ids."""

from functools import partial

import pytest
from data_files import noted, refused, written

from recotour_vae.datasets import load
from recotour_vae.errors import DataError, UnknownDatasetError

PLAIN = "user,item,rating,timestamp\n3,10,4,100\n1,20,3.5,90\n3,30,0,80\n"


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("movies.dat", '10::Heat: "Hot"  (1995) ::Action\n20::Amélie (2001)::Drama\n'),
        ("u.item", '10|Heat: "Hot" (1995)|01-Jan-1995||\n20|Amélie (2001)|||\n'),
        ("movies.csv", 'movieId,title,genres\n10,"Heat: ""Hot"" (1995)",A\n20,Amélie (2001),D\n'),
        ("t.tsv", 'title\titem\n"Heat: ""Hot"" (1995)"\t10\nAmélie (2001)\t20\n'),
        ("t.tsv", 'title\titem\nHeat: "Hot" (1995)\t10\nAmélie (2001)\t20\n'),
        ("t.csv", 'item;title\n10;Heat: "Hot" (1995)\n20;Amélie (2001)\n'),
    ],
)
def test_every_layout_in_every_encoding(name, text, encoding, write):
    titles = write(text.encode(encoding), name)
    data, notes = noted(write(PLAIN), titles=titles)
    assert data.title([20, 10, 30]) == ["Amélie (2001)", 'Heat: "Hot" (1995)', "item 30"]
    assert any("read as Latin-1" in note for note in notes) == (encoding == "latin-1")


@pytest.mark.parametrize(
    ("items", "ids", "known"),
    [
        (["0110912", "0000007"], ["0110912", "0000007"], 2),
        (["0110912", "7"], ["0110912", "7"], 2),
        (["7", "8"], ["007", "08"], 0),  # another name, and no other way to write it
        (["007", "8"], ["7", "8"], 1),
        (["7", "8"], ["7", "x"], 1),
        (["7", "x"], ["7", "8"], 1),
        (["1.0", "2"], ["1", "2"], 1),
        (["é", "NA"], ["é", "NA"], 2),
        ([" 7", "8"], ["7", "8 "], 2),
    ],
)
def test_they_are_joined_on_the_text_of_the_ids(items, ids, known, write):
    clicks = write("user,item\n" + "".join(f"1,{item}\n" for item in items))
    titles = write("".join(f"{i}::Film {i}::x\n" for i in ids), "movies.dat")
    data, notes = noted(clicks, titles=titles)
    there = data.interactions["item"]
    assert sum(title.startswith("Film") for title in data.title(there)) == known
    if known == 0:
        assert "movies.dat: 0 of 2 items have a title; the first item without" in notes[-1]
        assert "'7' and the first title belongs to '007'" in notes[-1]


def test_line_breaks_are_read_as_blanks_and_it_is_said(write):
    """A bare carriage return moved every later title one row on."""
    text = 'item,title\n10,"Two\rparts (1983)"\n20,"Three\n parts"\n30,Four\u2028parts\n'
    data, notes = noted(write(PLAIN), titles=write(text, "t.csv"))
    assert data.title([10, 20, 30]) == ["Two parts (1983)", "Three parts", "Four parts"]
    assert notes == ["t.csv: line breaks in titles are read as blanks (3 titles)"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.csv", "item,title\n10,A\n20,American President, The\n", "row 2 (line 3) has 3 fields"),
        ("t.csv", 'item,title\n10,"Weird Al\n20,B\n', "a quotation mark in line 2"),
        ("t.csv", "item,name\n10,A\n", "has no column 'title'; its columns are 'item', 'name'"),
        ("t.csv", "10,A\n20,B\n", "has no header (its first line holds '10', 'A')"),
        ("t.csv", "", "is empty"),
        (
            "m.dat",
            "10::A::B\n20::C::D::E\n",
            "row 2 (line 2) has 4 fields where the first row has 3",
        ),
        ("t.csv", "item,title\n" + "x" * 2000 + ",A\n", "has more than 1,000 letters"),
    ],
)
def test_what_cannot_be_read_is_refused(name, text, said, write):
    titles = write(text, name)
    sentence = refused(DataError, write(PLAIN), titles=titles)
    assert said in sentence
    assert str(titles) in sentence


def test_ids_that_no_item_can_have_do_no_harm(write):
    data, _ = noted(write(PLAIN), titles=write("item,title\n10,A\nx,B\n20,C\n", "t.csv"))
    assert data.title([10, 20]) == ["A", "C"]


def test_the_first_of_two_titles_counts(write):
    titles = write("item,title\n10,A\n10,B\n20,C\n20,C\n", "t.csv")
    data, notes = noted(write(PLAIN), titles=titles)
    assert data.title([10, 20]) == ["A", "C"]
    assert notes == ["t.csv: 1 items have more than one title, the first is kept"]


def test_a_film_may_be_called_null_and_none_may_be_missing(write):
    titles = write("item,title\n10,Null\n20,NA\n30,\n", "t.csv")
    assert load(write(PLAIN), titles=titles).title([10, 20, 30]) == ["Null", "NA", "item 30"]


def test_the_column_may_be_called_as_among_the_interactions(write):
    clicks = write("user,sku\n1,10\n")
    data = load(clicks, item="sku", titles=write("sku,title\n10,A\n", "t.csv"))
    assert data.title([10]) == ["A"]


def test_the_table_of_interactions_may_have_them(write):
    path = write('user,item,title\n1,10,A\n2,10,A\n1,20,"B, C"\n')
    data, notes = noted(path, titles=path)
    assert (data.title([10, 20]), notes) == (["A", "B, C"], [])


def test_a_missing_file(write):
    said = refused(UnknownDatasetError, write(PLAIN), titles="gone.dat")
    assert "no file of titles is called 'gone.dat'" in said
