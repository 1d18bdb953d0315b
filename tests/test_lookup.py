"""Finding items by what people call them, users by id, and lists for them."""

import difflib
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from support import clicks, group, is_a_sentence, small_model

from recotour_vae.errors import DataError, DataWarning, MetricError
from recotour_vae.runs import Run, liked_by, recommend
from recotour_vae.runs.lookup import Catalogue, clicks_on, history_of, plain
from recotour_vae.runs.nearest import CUTOFF, Names
from recotour_vae.splits import Split

TITLES = (
    "Sabrina (1995)",
    "Sabrina (1954)",
    "Café Müller (1985)",
    "Matrix, The (1999)",
    "Ghost",
    "Ghost (1990)",
    "Hugo Pool (1997)",
    "Hugo Pool (1997)",
    "Avventura, L' (1960)",
    "Shanghai Triad (Yao a yao) (1995)",
    "-30- (1959)",
    "Straße (2001)",
)
ITEMS = np.array([485, 274, 3, 4, 5, 6, 7, 8, 9, 10, 11, -12])
CLICKS = np.array([80, 35, 1, 1, 1, 1, 2, 9, 1, 1, 1, 1])
CATALOGUE = Catalogue(TITLES, ITEMS, CLICKS)


def is_asked_or_said(error):
    """Whether it is a sentence, which may end in a question: did you mean this?"""
    return is_a_sentence(type(error)(str(error).removesuffix("?").removesuffix(".") + "."))


def refused(asked, catalogue=CATALOGUE):
    with pytest.raises(DataError) as error:
        catalogue.find(asked)
    assert is_asked_or_said(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        ("Sabrina (1954)", 1),
        ("sabrina  (1995) ", 0),
        ("CAFÉ MÜLLER", 2),
        (unicodedata.normalize("NFD", "Café Müller (1985)"), 2),
        ("The Matrix", 3),
        ("matrix, the", 3),
        ("The Matrix (1999)", 3),
        ("Matrix, The (1999)", 3),
        ("Ghost", 4),
        ("Ghost (1990)", 5),
        ("L'Avventura", 8),
        ("Shanghai Triad (Yao a yao)", 9),
        ("-30-", 10),
        (" -30- (1959)", 10),
        ("STRASSE", 11),
        ("Caf\u00e9\u00a0M\u00fcller", 2),
        ("id:274", 1),
        ("ID: 485", 0),
        ("id:-12", 11),
        ("id:8", 7),
    ],
)
def test_an_item_is_found_by_what_people_call_it(asked, column):
    assert CATALOGUE.find(asked) == column


def test_a_title_may_have_its_article_in_front_where_the_person_does_not():
    assert Catalogue(["The Matrix (1999)"]).find("Matrix, The") == 0


def test_several_items_of_one_title_are_named_most_clicked_first():
    said = refused("Sabrina")
    assert said.startswith("2 items are called 'Sabrina': Sabrina (1995), 80 clicks, id 485; ")
    assert "Sabrina (1954), 35 clicks, id 274;" in said
    assert "give the whole title of one, or its id as in 'id:485'." in said
    assert "Hugo Pool (1997), 9 clicks, id 8; Hugo Pool (1997), 2 clicks, id 7" in refused(
        "hugo pool"
    )
    assert "2 items are called" in refused("Hugo Pool (1997)")
    assert refused("Sabrina", Catalogue(TITLES)).endswith("give the whole title of one.")


def test_a_long_list_of_items_of_one_title_is_cut():
    many = Catalogue([f"Hamlet ({year})" for year in range(1900, 1930)])
    assert "and 22 more" in refused("hamlet", many)


def test_an_unknown_title_or_id_names_what_is_near():
    assert "did you mean Café Müller (1985)?" in refused("Cafe Muller")
    assert "titles.csv" in refused("%%%%")
    assert "did you mean '274'?" in refused("id:0274")
    assert "ids look like 485, 274, 3." in refused("id:99")
    assert "ids look like" in refused("id:")
    assert "No item is called 'id:5'" in refused("id:5", Catalogue(TITLES))


@given(st.lists(st.text(max_size=6), min_size=1, max_size=12))
def test_a_title_that_nobody_shares_is_found_by_itself(titles):
    names = [plain(title) for title in titles]
    catalogue = Catalogue(titles)
    for column, title in enumerate(titles):
        if names.count(names[column]) == 1:
            assert catalogue.find(title) == column
            assert catalogue.find(unicodedata.normalize("NFD", title).upper()) in range(len(titles))


NAME = st.text("abc öß", max_size=8)


@given(st.lists(NAME.filter(bool), min_size=1, max_size=30, unique=True), NAME)
def test_the_nearest_names_are_those_of_difflib(names, asked):
    near = difflib.get_close_matches(asked, names, n=3, cutoff=CUTOFF)
    assert Names(names).nearest(asked, 3) == near


def test_a_catalogue_counts_its_letters_and_its_ids_once():
    catalogue = Catalogue(TITLES, ITEMS, CLICKS).ready()
    made = dict(vars(catalogue))
    assert catalogue.columns("id:274") == [1]
    assert catalogue.columns("id:99") == catalogue.columns("nothing") == []
    assert catalogue.columns("sabrina") == [0, 1]
    refused("Cafe Muller", catalogue)
    assert {name: vars(catalogue)[name] for name in made} == made


def test_titles_are_turned_into_clicks_once_each():
    row = clicks_on(TITLES, ["Ghost", "ghost", "The Matrix"])
    assert row.shape == (1, len(TITLES))
    assert row.indices.tolist() == [3, 4]
    assert row.data.tolist() == [1, 1]
    for nothing in ([], ()):
        with pytest.raises(DataError, match="No title is given") as error:
            clicks_on(TITLES, nothing)
        assert is_a_sentence(error.value)


def split(users=("u1", "u2", "-u5", "007", "ü")):
    """Five users of four items: the last has all."""
    train = clicks([[0, 1], [2]], 4)
    validation = group(clicks([[0]], 4), clicks([[1]], 4))
    test = group(clicks([[0], [0, 1]], 4), clicks([[3], [2, 3]], 4))
    names = np.array(users)
    held = [
        type(part)(names[rows], part.fold_in, part.held_out)
        for part, rows in ((validation, slice(2, 3)), (test, slice(3, 5)))
    ]
    return Split(np.arange(4), names[:2], train, *held)


def test_the_history_of_a_user_is_all_clicks_of_the_group():
    found = {user: history_of(split(), user).indices.tolist() for user in ("u1", "-u5", "007", "ü")}
    assert found == {"u1": [0, 1], "-u5": [0, 1], "007": [0, 3], "ü": [0, 1, 2, 3]}
    assert history_of(split((7, 8, -9, 10, 11)), "-9").indices.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("users", "asked", "said"),
    [
        (("u1", "u2", "u3", "007", "u5"), "7", "did you mean '007'?"),
        ((7, 8, 9, 10, 11), "007", "did you mean '7'?"),
        (("u1", "u2", "u3", "u4", "ü"), "U1 ", "did you mean 'u1'?"),
        (("u1", "u2", "u3", "u4", "ü"), unicodedata.normalize("NFD", "ü"), "did you mean 'ü'?"),
        (("u1", "u2", "u3", "u4", "u5"), "nobody", "ids look like u1, u2, u3."),
        ((7, 8, 9, 10, 11), "", "ids look like 7, 8, 9."),
    ],
)
def test_an_unknown_user_is_told_who_is_near(users, asked, said):
    with pytest.raises(DataError, match="no user") as error:
        history_of(split(users), asked)
    assert said in str(error.value)
    assert is_asked_or_said(error.value)


RUN = Run(small_model(n_items=4), split(), ("A (1999)", "B (1999)", "B (2001)", "D (1999)"))


def test_a_user_who_has_everything_gets_a_sentence():
    with pytest.raises(DataError, match="has all 4 items") as error:
        recommend(RUN, history_of(RUN.split, "ü"))
    assert is_a_sentence(error.value)


def test_a_list_is_shorter_where_fewer_items_are_left_and_says_so():
    one_left = csr_matrix(np.array([[1, 1, 0, 1]], np.float32))
    with pytest.warns(DataWarning, match="only one item is left to recommend, not 4"):
        assert recommend(RUN, one_left, 4)["item"].tolist() == [2]
    with pytest.warns(DataWarning, match="only 2 items are left to recommend, not 3"):
        assert len(recommend(RUN, history_of(RUN.split, "u1"), 3)) == 2
    assert len(recommend(RUN, history_of(RUN.split, "u1"), 2)) == 2


@pytest.mark.parametrize(
    ("given_clicks", "k", "kind"),
    [
        (RUN.split.train, 2, DataError),
        (RUN.split.train[:0], 2, DataError),
        (RUN.split.train[[0], :3], 2, DataError),
        (RUN.split.train[0], 0, MetricError),
        (RUN.split.train[0], 5, MetricError),
    ],
)
def test_what_cannot_be_recommended_from_is_refused(given_clicks, k, kind):
    with pytest.raises(kind) as error:
        recommend(RUN, given_clicks, k)
    assert is_a_sentence(error.value)


def test_liked_titles_of_a_run_are_told_apart_by_clicks_of_its_training_users():
    assert liked_by(RUN, ["id:2", "a"]).indices.tolist() == [0, 2]
    with pytest.raises(DataError, match=r"B \(1999\), 1 click, id 1; B \(2001\), 1 click, id 2"):
        liked_by(RUN, ["b"])
