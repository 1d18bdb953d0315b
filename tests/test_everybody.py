"""Lists for everybody: each is the list that the person would be shown alone."""

import gzip
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from support import clicks, is_a_sentence, random_clicks, two_tastes

from recotour_vae import cli, runs
from recotour_vae.errors import ConfigError, OutputError
from recotour_vae.recommenders import EASE, Popularity
from recotour_vae.runs import Run, history_of, keep_run, open_run
from recotour_vae.runs.data import RunData
from recotour_vae.serving import everybody, recommend_to_all
from recotour_vae.splits import HeldOut, Split
from recotour_vae.splits.people import everybody as everybody_of

SPLIT = two_tastes()
TITLES = tuple(f"Film {i}" for i in range(SPLIT.n_items))
RUN = Run(EASE(3.0).fit_split(SPLIT), SPLIT, TITLES)


@pytest.fixture(params=["recs.parquet", "recs.csv", "recs.csv.gz"])
def path(request, tmp_path):
    return tmp_path / request.param


def read(path):
    as_text = {"user": str, "item": str}
    return (pd.read_parquet if path.suffix == ".parquet" else pd.read_csv)(path).astype(as_text)


def test_each_list_is_what_recommend_gives(path):
    listed, without = recommend_to_all(RUN, path, k=3)
    found = read(path)
    assert list(found) == ["user", "place", "item", "title", "score"]
    groups = [SPLIT.train_users, SPLIT.validation.users, SPLIT.test.users]
    people = [str(user) for group in groups for user in group.tolist()]
    assert (listed, without) == (len(people), 0)
    assert found["user"].drop_duplicates().tolist() == people
    for user in (people[0], people[-1], str(SPLIT.validation.users[0])):
        alone = runs.recommend(RUN, history_of(SPLIT, user), 3)
        mine = found[found["user"] == user]
        assert mine["place"].tolist() == [1, 2, 3]
        assert mine["item"].tolist() == alone["item"].astype(str).tolist()
        assert mine["title"].tolist() == alone["title"].tolist()
        np.testing.assert_allclose(mine["score"], alone["score"], rtol=1e-5)


def test_a_person_of_several_groups_gets_one_list_without_anything_known(path):
    """As in a split in time, where what was held out before is shown later."""
    train = clicks([[0, 1], [2, 3], [0]], 6)
    later = HeldOut([1, 2, 7], clicks([[2, 3], [0], [1]], 6), clicks([[4], [1], [5]], 6))
    last = HeldOut([2], clicks([[0, 1]], 6), clicks([[2]], 6))
    split = Split(np.arange(6), [0, 1, 2], train, later, last)
    people, known = everybody_of(split)
    assert people.tolist() == [0, 1, 2, 7]
    assert [row.nonzero()[0].tolist() for row in known.toarray()] == [
        [0, 1],
        [2, 3, 4],
        [0, 1, 2],
        [1, 5],
    ]
    run = Run(Popularity().fit_split(split), split, tuple("abcdef"))
    assert recommend_to_all(run, path, k=6) == (4, 0)
    found = read(path)
    assert found.groupby("user").size().to_dict() == {"0": 4, "1": 3, "2": 3, "7": 4}
    assert history_of(split, "2").nnz == 3


def test_the_size_of_a_batch_changes_nothing(tmp_path, monkeypatch):
    recommend_to_all(RUN, tmp_path / "one.csv", k=3)
    monkeypatch.setattr(everybody, "LARGEST_BATCH", 7)
    recommend_to_all(RUN, tmp_path / "other.csv", k=3)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_who_has_everything_is_counted_and_gets_no_list(path):
    train = random_clicks(0, 6, 5, 0.5).toarray()
    train[2] = 1
    nobody = HeldOut(np.arange(0), csr_matrix((0, 5)), csr_matrix((0, 5)))
    split = Split(np.arange(5), np.arange(6), csr_matrix(train), nobody, nobody)
    run = Run(Popularity().fit_split(split), split, tuple("abcde"))
    assert recommend_to_all(run, path, k=5) == (5, 1)
    assert "2" not in set(read(path)["user"])


def test_what_goes_wrong_leaves_the_old_table(tmp_path, monkeypatch):
    path = tmp_path / "recs.csv"
    path.write_text("mine", encoding="utf-8")
    monkeypatch.setattr(everybody.pd.DataFrame, "to_csv", no_room)
    with pytest.raises(OutputError, match="untouched") as error:
        recommend_to_all(RUN, path, k=3)
    is_a_sentence(error)
    assert path.read_text(encoding="utf-8") == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["recs.csv"]


def no_room(*_, **__):
    raise OSError(28, "No space left on device")


def test_a_name_that_says_no_kind_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"recs\.xlsx is to end in \.parquet") as error:
        recommend_to_all(RUN, tmp_path / "recs.xlsx")
    is_a_sentence(error)


@pytest.mark.slow
def test_memory_is_that_of_a_batch(tmp_path):
    """Ten times the people take no more memory beside their clicks."""
    peaks = []
    for n_users in (2_000, 20_000):
        many = random_clicks(1, n_users, 50, 0.1)
        nobody = HeldOut(np.arange(0), csr_matrix((0, 50)), csr_matrix((0, 50)))
        split = Split(np.arange(50), np.arange(n_users), many, nobody, nobody)
        run = Run(Popularity().fit_split(split), split, ("x",) * 50)
        tracemalloc.start()
        recommend_to_all(run, tmp_path / "recs.csv.gz", k=5)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
    with gzip.open(tmp_path / "recs.csv.gz", "rt") as file:
        assert sum(1 for _ in file) == 1 + 5 * 20_000


def test_the_command_says_how_many(tmp_path, capsys):
    folder = tmp_path / "run"
    keep_run(folder, RUN.model, RunData.of(SPLIT, RUN.titles))
    assert open_run(folder).name == "ease"
    words = ["recommend", str(folder), "--all-users", "--out", str(tmp_path / "recs.csv")]
    assert cli.main(words) == 0
    n = len(SPLIT.train_users) + len(SPLIT.validation.users) + len(SPLIT.test.users)
    assert f"Lists of {n:,} users are in" in capsys.readouterr().out
    assert cli.main(words[:-2]) == 2
    assert "--all-users and --out go together" in capsys.readouterr().err
