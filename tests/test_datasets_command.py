"""`recotour-vae data`: what was found is said, and an option that could do nothing is refused."""

from functools import partial

import numpy as np
import pytest
from data_files import written

from recotour_vae import cli

PARTS = ["train", "validation_in", "validation_out", "test_in", "test_out"]


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


@pytest.fixture
def ratings(write):
    """Twenty users with eight ratings each, on a scale that can be chosen."""

    def to(scale=(1, 5), separator=",", name="r.csv", header="user,item,rating"):
        drawn = np.random.default_rng(0).integers(*scale, (20, 8), endpoint=True)
        rows = [header, *(f"{u},{i},{drawn[u, i]}" for u in range(20) for i in range(8))]
        return str(write("\n".join(rows).replace(",", separator), name))

    return to


@pytest.fixture
def run(capsys):
    """Run `data`, and give its status, its answer and its notes."""

    def of(*words):
        status = cli.main(["data", *words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return of


def ready(write):
    rows = [
        f"{(place + 1) // 2},{item},5,{part}"
        for place, part in enumerate(PARTS)
        for item in (2 * place, 2 * place + 1)
    ]
    items = [f"9,{item},1,train" for item in range(10)]
    return str(write("\n".join(["user,item,rating,split", *rows, *items]), "ready.csv"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("--click-above", "3.5"),
        ("--min-clicks", "50"),
        ("--min-clicks", "5"),  # the default, which could do as little
        ("--split-seed", "1"),
        ("--test-users", "0.2"),
        ("--protocol", "strong"),
        ("--no-latest",),
        ("--held_out=0.2",),
    ],
)
def test_settings_beside_a_ready_split_are_refused(words, write, run):
    path = ready(write)
    status, _, said = run(path)
    assert status == 0
    assert "note: ready: the split is that of the column 'split', so that every row is a" in said
    status, _, said = run(path, *words)
    assert status == 2
    option = words[0].partition("=")[0]
    assert f"leave out {option}, or ignore the column with --split none" in said
    few = ("--min-clicks", "1", "--validation-users", "1", "--test-users", "1")
    assert run(path, "--split", "none", "--click-above", "0.5", *few)[0] == 0


def test_a_threshold_without_ratings_is_refused(ratings, run):
    status, _, said = run(ratings(), "--rating", "none", "--click-above", "4")
    assert status == 2
    assert "r has no ratings, so that every row is a click; leave out --click-above" in said
    status, answer, said = run(ratings(), "--rating", "none")
    assert (status, said) == (0, "")
    assert "160 rows" in answer


@pytest.mark.parametrize("words", [("--timestamp", "none"), ("--timestamp", "timestamp")])
def test_columns_of_a_published_set_are_refused(words, run):
    status, _, said = run("ml-100k", *words)
    assert status == 2
    assert "leave out --timestamp, which is for files of one's own" in said


@pytest.mark.parametrize(
    ("scale", "words", "rule"),
    [
        ((0, 10), (), "3.5"),
        ((-10, 10), ("--click-above", "0"), "0"),
        ((0, 100), ("--click-above", "60"), "60"),
    ],
)
def test_the_rule_in_force_is_said_once(scale, words, rule, ratings, run):
    status, _, said = run(ratings(scale), *words, "--min-clicks", "1")
    assert status == 0
    assert said.startswith("note: r: ratings go from ")
    assert f"a rating above {rule} is a click" in said
    assert said.count("note:") == 1


def test_what_was_found_out_is_said(ratings, write, run):
    words = ("--min-clicks", "1")
    assert run(ratings(), *words)[2] == ""
    said = run(ratings(separator=";"), *words)[2]
    assert said == "note: r.csv: the columns are separated by semicolons\n"
    titles = write("0::Amélie::x\n1::B::x\n".encode("latin-1"), "movies.dat")
    status, answer, said = run(ratings(), *words, "--titles", str(titles))
    assert status == 0
    assert "8 items, 2 titles" in answer
    assert "note: movies.dat is not in UTF-8" in said
    assert "note: movies.dat: 2 of 8 items have a title" in said


def test_a_row_that_cannot_be_read_ends_the_command(write, run):
    path = write("user,title,item,rating\n1,Toy Story,1,5\n1,American President, The,11,2\n")
    status, answer, said = run(str(path))
    assert (status, answer) == (2, "")
    assert said.startswith(f"error: {path}: row 2 (line 3) has 5 fields where the header has 4")
