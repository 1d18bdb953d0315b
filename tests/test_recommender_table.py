"""The table of recommenders in the book is what the registry says."""

import pytest
from tables_book import load_extension

from recotour_vae.recommenders import Entry, entry, names


@pytest.fixture(scope="module")
def table():
    return load_extension("recommender_table")


def test_each_recommender_has_its_row(table):
    for name in names():
        first, what = table.row(entry(name))
        assert first == f"{entry(name).title}, `{name}`"
        assert what.startswith(entry(name).about)
        asks, own = what.rsplit("; ", 2)[1:]
        assert asks == f"{', '.join(entry(name).needs)} → {', '.join(entry(name).answers)}"
        settings = [part.strip("`") for part in own.split(", ")]
        assert settings == (list(entry(name).options())[: len(settings)] or ["nothing"])


def test_a_row_says_what_is_needed_and_answered(table):
    one = Entry(
        "svae",
        "SVAE",
        "reads what came before",
        "Sachdeva et al. 2019",
        "recotour_vae.recommenders.popularity:Popularity",
        needs=("clicks", "times"),
    )
    assert table.row(one) == (
        "SVAE, `svae`",
        "reads what came before (Sachdeva et al. 2019); clicks, times → lists; nothing",
    )
