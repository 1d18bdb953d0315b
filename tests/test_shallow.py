"""The experiments of the chapter on linear autoencoders: changed weights, and stored tables."""

import numpy as np
import pandas as pd
import pytest
import shallow
import shallow_films
from support import clicks

from recotour_vae import datasets, splits
from recotour_vae.experiments.table import unpack
from recotour_vae.recommenders import EASE
from recotour_vae.splits import HeldOut, Split

TOY = clicks([[0, 1], [0, 1], [0, 1, 2], [0], [0, 2], [1]], 3)  # 5, 4 and 2 clicks


def toy() -> Split:
    """A split of whom nobody is asked but for the training clicks."""
    shown, hidden = clicks([[0], [1]], 3), clicks([[1], [0]], 3)
    group = HeldOut(np.array([10, 11]), shown, hidden)
    return Split(np.arange(3), np.arange(6), TOY, group, group)


def test_each_change_is_what_it_is_called():
    weights = np.array([[0, 0.5, -0.2], [0.1, 0, 0.4], [0.3, -0.6, 0]])
    changed = {name: change(weights) for name, change in shallow.CHANGES.items()}
    assert changed["fitted"] is weights
    assert changed["transposed"][0, 1] == 0.1
    assert changed["none negative"].min() == 0
    assert changed["none negative"][2, 0] == 0.3
    assert changed["symmetric"][0, 1] == changed["symmetric"][1, 0] == pytest.approx(0.3)


def test_free_weights_are_the_regression_on_all_films_without_its_diagonal():
    x = TOY.toarray().astype(float)
    solved = np.linalg.solve(x.T @ x + 2 * np.eye(3), x.T @ x)
    np.fill_diagonal(solved, 0)
    found = shallow.free(toy(), 2.0)
    np.testing.assert_allclose(found, solved, atol=1e-6)
    ratios = found / np.where(np.eye(3, dtype=bool), np.nan, EASE(l2=2.0).fit(TOY).weights)
    spread = np.nanmax(ratios, axis=0) - np.nanmin(ratios, axis=0)
    assert spread.max() < 1e-5  # one factor a column
    assert np.ptp(np.nanmean(ratios, axis=0)) > 0.01


def test_lists_are_made_of_columns():
    weights = np.array([[0, 0.5, 0.2], [0.1, 0, 0.4], [0.3, 0.6, 0]])
    np.testing.assert_allclose(shallow.Linear(weights).score(clicks([[0]], 3)), weights[:1])


STORED = shallow.TABLE.read()


def test_every_setting_is_stored_once():
    assert not STORED[list(shallow.IDENTITY)].duplicated().any()
    assert not any(shallow.missing(p, l2) for p in shallow.DROPOUTS for l2 in shallow.PENALTIES)
    assert len(STORED) == len(shallow.PENALTIES) * (len(shallow.DROPOUTS) + len(shallow.CHANGES))
    assert STORED["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()  # a clean checkout
    assert STORED["split"].nunique() == 1


def test_the_means_are_those_of_the_people():
    for row in STORED.to_dict("records"):
        values = unpack(row["per_user"])
        assert len(values) == 600
        assert np.mean(values) == pytest.approx(row["ndcg@100"], abs=1e-4)


def test_edlae_is_ahead_of_ease_and_reaches_what_is_asked_of_it():
    fitted = STORED[STORED["weights"] == "fitted"]
    best = [
        rows.loc[rows["validation_ndcg@100"].idxmax()]
        for rows in (fitted, fitted[fitted["dropout"] == 0])
    ]
    assert best[0]["dropout"] > 0
    assert best[0]["ndcg@100"] >= 0.429
    one, other = (np.array(unpack(row["per_user"])) for row in best)
    gap = one - other
    assert gap.mean() > 1.96 * gap.std(ddof=1) / np.sqrt(len(gap))


@pytest.mark.slow
def test_the_films_were_clicked_together_so_often():
    stored = pd.read_csv(shallow_films.TABLE.path)
    data = datasets.load("ml-100k")
    split = splits.strong_generalisation(data.interactions)
    titles = list(data.title(split.items))
    x = split.train[:, [titles.index(title) for title in stored["title"]]].toarray()
    assert stored["film"].tolist() == list(shallow_films.FILMS)
    for i, film in enumerate(stored["film"]):
        assert stored[film].tolist() == (x[:, i] @ x).astype(int).tolist()
