"""What somebody new is served with by how many ratings they give, and of which films.

Usage: python experiments/newcomers.py

It is no grid of `recotour-vae experiments`, because what is shown of a person is chosen here. The
people of MovieLens 100K with fifty ratings or more are divided into ten groups at random, each of
which is kept away from training once. Half of a newcomer's ratings is asked for. Of the other half
so many are shown, first those of

- `random` films, drawn five times,
- the `popular` ones, which most people in training rated,
- the `telling` ones: each is the film that lowers most what EmbeddingDot expects of its squared
  error on other ratings, were the slopes of the sigmoid those at the prior's mean.

`everything` shows the whole half, and `trained` has the half in training as well. Lists leave out
all of that half, whatever is shown, so that they can be compared. Writes results/newcomers.csv;
runs whose row is there already are not repeated: delete the file to begin anew.
"""

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae import datasets
from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.evaluation import metrics
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.recommenders.ratings import Bias
from recotour_vae.recommenders.ratings.interface import RatingRecommender
from recotour_vae.splits import HeldOut, Histories, Split
from recotour_vae.training.ratings import EmbeddingDot

ROOT = Path(__file__).parents[1]
COLUMNS = ("group", "model", "films", "draw", "n")
TABLE = Rows(ROOT / "results" / "newcomers.csv", COLUMNS, identity=COLUMNS[:4])
GROUPS, LEAST = 10, 50  # of people, and of ratings that somebody must have to be among them
COUNTS = (0, 1, 2, 3, 5, 10, 20)
DRAWS = 5  # of random films
PACKAGES = ("recotour-vae", "numpy", "scipy", "torch")
LIKED, LENGTH = 4, 100  # stars of what a list should find, and its length

Films = list[Ints]  # of each newcomer the columns of the films of their shown half, in some order


@dataclass(frozen=True)
class Trial:
    """A group of newcomers, and everybody else.

    Attributes
    ----------
    number
        Of the group.
    split
        Whose test group are the newcomers: the half that may be shown, and the half asked for.
    """

    number: int
    split: Split

    @property
    def films(self) -> Films:
        """Films of the half that may be shown."""
        shown = self.split.test.fold_in
        return np.split(shown.indices, shown.indptr[1:-1])

    def shown(self, films: Films) -> Histories:
        """Show some of the half: of each person the films given."""
        starts = np.concatenate([[0], np.cumsum([len(one) for one in films])])
        items = np.concatenate([np.sort(one) for one in films]).astype(int)
        rows = np.repeat(np.arange(len(films)), np.diff(starts))
        ratings = stars(self.split.test.shown).toarray()[rows, items]
        return Histories(starts, items, ratings, n_items=self.split.n_items)


def stars(histories: Histories) -> csr_matrix:
    """Ratings, (n_users, n_items)."""
    cells = (histories.ratings, (histories.event_rows(), histories.items))
    return csr_matrix(cells, (len(histories), histories.n_items))


def trials() -> Iterator[Trial]:
    """Divide the people who rated enough into groups, and go through them."""
    table = datasets.load("ml-100k").interactions
    counts = table["user"].value_counts()
    enough = np.sort(counts.index[counts >= LEAST].to_numpy())
    drawn = np.random.default_rng(0).permutation(enough)
    for number, users in enumerate(np.array_split(drawn, GROUPS)):
        yield Trial(number, split_of(table, np.sort(users), np.random.default_rng(number)))


def split_of(table: pd.DataFrame, newcomers: Any, rng: np.random.Generator) -> Split:
    """Train on all but the newcomers, and divide what they rated of known films into halves."""
    new = table["user"].isin(newcomers)
    users, items = (np.unique(table.loc[~new, name]) for name in ("user", "item"))
    known = table[new & table["item"].isin(items)].sample(frac=1, random_state=rng)
    place = known.groupby("user").cumcount()
    first = place < known.groupby("user")["user"].transform("size") / 2
    halves = (Histories.of_table(known[part], newcomers, items) for part in (first, ~first))
    group = HeldOut.of(newcomers, *halves)
    train = Histories.of_table(table[~new], users, items)
    return Split.of(items, users, train, group, group, of_ratings=True)


# In which order films are shown.


def random_films(trial: Trial, model: Any, draw: int) -> Films:
    """Any order."""
    rng = np.random.default_rng((trial.number, draw))
    return [rng.permutation(films) for films in trial.films]


def popular_films(trial: Trial, model: Any, draw: int) -> Films:
    """First what most people in training rated."""
    raters = trial.split.train.getnnz(axis=0)
    return [films[np.argsort(-raters[films], kind="stable")] for films in trial.films]


def telling_films(trial: Trial, model: Any, draw: int) -> Films:
    """First what lowers the expected squared error of what people rate."""
    prior = model.prior()
    slopes = model.reading().rates(prior.mean)[1]  # (n_items, d)
    raters = trial.split.train.getnnz(axis=0)
    matter = (slopes * (raters / raters.sum())[:, None]).T @ slopes  # (d, d)
    covariance = np.linalg.inv(prior.precision)
    return [films[greedy(slopes[films], covariance, matter)] for films in trial.films]


def greedy(slopes: Floats, covariance: Floats, matter: Floats, count: int = COUNTS[-1]) -> Ints:
    """Choose films one by one, each the one after which trace(covariance · matter) is least.

    A rating of a film with slopes g takes C g gᵀ C / (1 + gᵀ C g) away from the covariance C,
    which is in units of the variance of the errors.

    Parameters
    ----------
    slopes
        (n_films, d).
    covariance, matter
        (d, d): before anything is rated, and the mean outer product of the slopes that matter.
    count
        How many are chosen, if there are so many.
    """
    chosen: list[int] = []
    for _ in range(min(count, len(slopes))):
        spread = slopes @ covariance  # (n_films, d)
        alone = 1 + np.einsum("fd,fd->f", spread, slopes)
        gain = np.einsum("fd,de,fe->f", spread, matter, spread) / alone
        gain[chosen] = -np.inf
        best = int(np.argmax(gain))
        covariance = covariance - np.outer(spread[best], spread[best]) / alone[best]
        chosen.append(best)
    return np.array(chosen)


ORDERS: dict[str, Callable[[Trial, Any, int], Films]] = {
    "random": random_films,
    "popular": popular_films,
    "telling": telling_films,
}


# What is measured.


def measure(trial: Trial, model: RatingRecommender[Any], shown: Histories) -> dict[str, float]:
    """RMSE of the half asked for, and NDCG of lists on the liked films in it."""
    group, asked = trial.split.test, trial.split.test.asked
    predicted = model.rate(shown, asked.event_rows(), asked.items)
    scores = model.rate_all(model.shown(shown))
    return {"rmse": metrics.rmse(predicted, asked.ratings), **lists(scores, group)}


def lists(scores: Floats, group: HeldOut) -> dict[str, float]:
    """NDCG of lists without what may be shown, over people who liked something."""
    ranking = metrics.top_k(metrics.without_fold_in(scores, group.fold_in), LENGTH)
    liked = (stars(group.asked) >= LIKED).astype(np.float32).tocsr()
    relevant = liked.getnnz(axis=1)
    some = relevant > 0
    hits = metrics.find_hits(ranking, liked)[some]
    return {"ndcg@100": float(metrics.ndcg(hits, relevant[some], LENGTH).mean())}


def rows(trial: Trial) -> Iterator[dict[str, Any]]:
    """Fit on everybody else, and measure at each number of each kind of films."""
    split, group = trial.split, trial.split.test
    models = fitted(trial, split.history)
    for name, draw in [*((name, 0) for name in ORDERS), *(("random", n) for n in range(1, DRAWS))]:
        films = ORDERS[name](trial, models["embedding-dot"], draw)
        for n, (label, model) in itertools.product(COUNTS, models.items()):
            shown = trial.shown([one[:n] for one in films])
            row = {"model": label, "films": name, "draw": draw, "n": n}
            yield row | measure(trial, model, shown)
    for label, model in models.items():
        yield {"model": label, "films": "everything", "draw": 0} | measure(
            trial, model, group.shown
        )
    for label, model in fitted(trial, together(split.history, group.shown)).items():
        yield {"model": label, "films": "trained", "draw": 0} | measure(trial, model, group.shown)
    raters = np.tile(split.train.getnnz(axis=0).astype(float), (len(group.users), 1))
    yield {"model": "popularity", "films": "none", "draw": 0, "n": 0} | lists(raters, group)


def fitted(trial: Trial, ratings: Histories) -> dict[str, RatingRecommender[Any]]:
    """Fit both models."""
    dot, bias = EmbeddingDot(seed=trial.number), Bias()
    return {"embedding-dot": dot.fit(ratings), "bias": bias.fit(ratings)}


def together(one: Histories, other: Histories) -> Histories:
    """Put the people of two histories below one another; without times."""
    parts = [stars(each) for each in (one, other)]
    items = np.concatenate([part.indices for part in parts])
    starts = np.concatenate([parts[0].indptr, parts[0].nnz + parts[1].indptr[1:]])
    ratings = np.concatenate([part.data for part in parts])
    return Histories(starts, items, ratings, n_items=one.n_items)


def main() -> int:
    """Run what is missing and print the means."""
    for trial in trials():
        if TABLE.has(group=trial.number, model="popularity"):
            continue
        print(f"group {trial.number}", flush=True)
        made = origin(trial.split, PACKAGES, __file__)
        sizes = {"people": len(trial.split.test.users), "asked": trial.split.test.asked.n_events}
        for row in list(rows(trial)):  # a group is there whole or not at all
            rounded = {key: round(v, 5) for key, v in row.items() if isinstance(v, float)}
            TABLE.append({"group": trial.number} | row | rounded | sizes | made)
    table = TABLE.read()
    shown = table.groupby(["model", "films", "n"], dropna=False)[["rmse", "ndcg@100"]]
    print(shown.mean().round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
