"""The experiment on SVAE: clicks with a place in time, and rows that can be compared."""

import numpy as np
import pandas as pd
import pytest
import svae as experiment
from support import rated, timed, two_tastes

from recotour_vae.errors import DataWarning
from recotour_vae.experiments.table import Rows

SMALL = {"embedding": 4, "recurrent": 4, "hidden": 4, "latent": 2, "epochs": 1, "batch_size": 20}


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A small split, metrics that its catalogue can fill, and a table of its own."""
    monkeypatch.setattr(experiment, "METRICS", ["ndcg@100", "recall@20"])
    monkeypatch.setattr(experiment, "MULT_VAE", {"hidden": [8], "latent": 4, "epochs": 1})
    monkeypatch.setattr(experiment, "USUAL", SMALL)
    monkeypatch.setattr(experiment, "TABLE", Rows(tmp_path / "svae.csv", experiment.COLUMNS))
    monkeypatch.setattr(experiment, "split", lambda: timed(rated(two_tastes(60, 120))))


def test_what_has_no_place_in_time_is_left_out_and_said(tmp_path):
    rows = [(1, 5, 4, 1), (1, 6, 5, None), (1, 7, 3, None), (1, 8, 5, 0), (2, 5, 4, 0)]
    table = pd.DataFrame(rows, columns=["user", "item", "rating", "order"])
    table.assign(timestamp=np.nan).to_csv(tmp_path / "r.csv", index=False)
    with pytest.warns(DataWarning, match=r"1 of 4 clicks \(25.00%\) have no place in time"):
        found = experiment.in_time(tmp_path / "r.csv")
    assert found[["user", "item", "timestamp"]].values.tolist() == [[1, 5, 1], [1, 8, 0], [2, 5, 0]]


def test_every_deviation_is_one_of_its_own():
    whole = experiment.TRAINED["as the code"]
    single = [one for name, one in experiment.TRAINED.items() if name != "as the code"]
    single += [one for name, one in experiment.ASKED.items() if name != "last neither"]
    assert all(len(one) <= 1 for one in single)
    alone = {key: value for one in single for key, value in one.items() if key in whole}
    assert alone == whole


@pytest.mark.slow
def test_rows_are_made_once_and_compared_person_by_person(small, monkeypatch, capsys):
    wanted = [("popularity", 0), ("ease", 0), ("mult-vae", 0), ("svae", 0), ("reduction", 0)]
    monkeypatch.setattr(experiment, "wanted", lambda: iter(wanted))
    assert experiment.main() == 0
    table = experiment.TABLE.read()
    made = ["popularity", "ease", "mult-vae", "svae", *experiment.ASKED, "reduction"]
    assert table["variant"].tolist() == made
    text = experiment.TABLE.path.read_bytes()
    experiment.main()
    assert experiment.TABLE.path.read_bytes() == text
    of = table.set_index("variant")["ndcg@100"]
    found = experiment.differences(table)
    assert found.loc[("ease", 0), "mean"] == pytest.approx(of["ease"] - of["svae"], abs=2e-4)
    assert len(found) == len(made) - 1
    assert "as the code" not in capsys.readouterr().out


def test_stored_rows_are_of_known_variants_once_each_and_say_where_they_come_from():
    table = pd.read_csv(experiment.ROOT / "results" / "svae.csv", dtype={"commit": str})
    known = {*experiment.TRAINED, *experiment.ASKED, "popularity", "ease", "mult-vae"}
    assert set(table["variant"]) <= known
    assert not table.duplicated(list(experiment.COLUMNS)).any()
    assert table["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()  # a clean checkout
    assert table["split"].nunique() == 1


def test_the_chapter_has_a_place_for_every_variant():
    text = (experiment.ROOT / "book" / "family" / "svae.ipynb").read_text(encoding="utf-8")
    for name in {*experiment.TRAINED, *experiment.ASKED} - {"svae"}:
        assert f'\\"{name}\\": (' in text
