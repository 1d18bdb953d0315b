"""The split that the stored results were made on comes out of the original data, bit by bit."""

import os
from importlib.resources import files
from pathlib import Path

import benchmark_data
import numpy as np
import pandas as pd
import pytest

from recotour_vae import cli, datasets, splits
from recotour_vae.errors import SplitError

DATA = Path(os.environ.get("RECOTOUR_DATA", "")) / "ml-1m"
PEOPLE = files("recotour_vae.splits") / "benchmark_people" / "ml-1m.csv"


@pytest.fixture
def people():
    with PEOPLE.open() as file:
        return pd.read_csv(file, keep_default_na=False)


@pytest.fixture
def made_up(people):
    """Ratings of these people, as many above the rule as their places ask for, on any films."""
    last = people["held_out"].str.split().map(lambda places: max(map(int, places), default=4))
    last[people["group"].eq("train").idxmax()] = last.max()  # one who knows all films
    users = people["user"].repeat(last + 2).to_numpy()
    items = np.concatenate([np.arange(n + 2) * 7 for n in last])
    table = pd.DataFrame({"user": users, "item": items, "rating": 4})
    below = table.assign(item=table["item"] + 1, rating=3)  # no clicks
    return pd.concat([table, below]).sample(frac=1, random_state=0, ignore_index=True)


def test_people_and_places_are_those_of_the_file(made_up, people):
    split = splits.benchmark_split(made_up, "ml-1m")
    assert split.train.shape[0] == 4834
    for group, found in (("validation", split.validation), ("test", split.test)):
        mine = people[people["group"] == group]
        assert found.users.tolist() == mine.index.tolist()
        for row, places in zip(found.held_out, mine["held_out"], strict=True):
            films = split.items[row.indices]
            assert (films % 7 == 0).all()  # clicks, and not what is below the rule
            assert sorted(films // 7) == [int(place) for place in places.split()]


def test_a_fifth_is_held_out_of_six_hundred_twice(people):
    assert people["group"].value_counts().to_dict() == {
        "train": 4834,
        "validation": 600,
        "test": 600,
    }
    asked = people["held_out"].ne("")
    assert (asked == people["group"].ne("train")).all()
    assert people["user"].is_unique


def test_the_file_of_the_experiments_is_written_from_it(made_up, tmp_path):
    path = benchmark_data.write(made_up, tmp_path)
    assert path == tmp_path / "ml-1m" / "interactions.csv.gz"
    again = splits.ready_split(datasets.load(path).interactions)
    assert again.fingerprint() == splits.benchmark_split(made_up).fingerprint()


def test_what_is_not_the_data_set_gets_a_sentence(made_up):
    with pytest.raises(SplitError, match="no benchmark split of ml-100k; there is one of ml-1m"):
        splits.benchmark_split(made_up, "ml-100k")
    with pytest.raises(SplitError, match=r"no column 'rating'.*datasets.load\('ml-1m'\)"):
        splits.benchmark_split(made_up.drop(columns="rating"))
    with pytest.raises(SplitError, match="Some clicks that this split holds out are not in"):
        splits.benchmark_split(made_up.head(1000))


def test_the_command_refuses_other_data_and_idle_options(tmp_path, capsys, made_up):
    made_up.to_csv(tmp_path / "mine.csv", index=False)
    words = ["data", str(tmp_path / "mine.csv"), "--protocol", "benchmark"]
    assert cli.main(words) == 2
    assert "no benchmark split of mine" in capsys.readouterr().err
    assert cli.main([*words, "--held-out", "0.1"]) == 2
    assert "--held-out could have no effect with --protocol benchmark" in capsys.readouterr().err


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "ratings.csv.gz").is_file(), reason="no ratings of MovieLens 1M")
def test_it_is_the_ready_split_made_from_the_original_ids():
    ratings = pd.read_csv(DATA / "ratings.csv.gz")[["user", "item", "rating"]]
    ready = splits.ready_split(datasets.load(DATA / "interactions.csv.gz").interactions)
    made = splits.benchmark_split(ratings.sample(frac=1, random_state=0))
    assert made.fingerprint() == ready.fingerprint()
    by_both = pd.read_csv(DATA / "interactions.csv.gz").sort_values(["user", "item"])
    pd.testing.assert_frame_equal(benchmark_data.rows_of(made), by_both.reset_index(drop=True))
