"""From the article's lists to the right ones: CDAE, Mult-VAE and EASE, a mistake less at each step.

Everybody trains, four fifths of each person's films are shown and the others asked for. The first
step has every mistake of the program; each of the next takes one away, and keeps what was mended
before. Where an epoch or a λ is chosen on validation clicks, these are a tenth of everybody's
training clicks; what was chosen is then fitted to all of them, so that the same films are shown and
asked for with every choice. With `a click is 4 or 5 stars` other films are, and with
`people who did not train` other people, too.
"""

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from article_networks import CompanyCDAE, FaintVAE, norms_of, train_watched
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Floats
from recotour_vae.datasets.files import locate
from recotour_vae.evaluation import judge, judged_rows
from recotour_vae.evaluation.evaluator import Evaluation
from recotour_vae.evaluation.metrics import top_k, top_k_unseen
from recotour_vae.models.pytorch import MultVAE
from recotour_vae.recommenders import EASE
from recotour_vae.splits import HeldOut, Split, ready_split
from recotour_vae.splits.cells import Cells, as_clicks, counts
from recotour_vae.splits.protocol import active_rows, hold_out, liked
from recotour_vae.training import TrainingConfig

METRICS = ("ndcg@100", "precision@100", "recall@100")
HINT = "let RECOTOUR_DATA name the folder of the data"
L2 = (100.0, 200.0, 400.0, 600.0, 1000.0, 1500.0)

# What a ladder's steps are called; the first has all mistakes, each other one less.
ARTICLE, MASKED = "as in the article", "seen films removed"
VALIDATED, STARS = "chosen on validation clicks", "a click is 4 or 5 stars"
NEW_PEOPLE = "people who did not train"

# Of the article's programs, as their configurations and logs say.
BATCH = {"batch_size": 512, "learning_rate": 0.01, "device": "cpu"}
VAE_OF_ARTICLE = {"hidden": (), "latent": 200, "dropout": 0.5, "beta": 0.2, "annealing": "paper"}
# What the search of experiments/progress.toml chose, and the epochs of its run with seed 0: β
# reached its cap at the end of epoch 20.
VAE_OF_SEARCH = {
    "hidden": (),
    "latent": 200,
    "dropout": 0.4474152120572379,
    "beta": 0.04359019430054685,
    "anneal_fraction": 20 / 27,
}
SEARCHED = {"batch_size": 100, "learning_rate": 0.0017226868909014058, "epochs": 27}

Step = dict[str, Any]


@cache
def ratings() -> pd.DataFrame:
    """Read MovieLens 1M: user, item and rating."""
    path = locate("ml-1m/ratings.csv.gz", "file of ratings", HINT)
    return pd.read_csv(path, usecols=["user", "item", "rating"])


@cache
def new_people() -> Split:
    """Give the ready split of MovieLens 1M, whose test people did not train."""
    path = locate("ml-1m/interactions.csv.gz", "file of clicks", HINT)
    return ready_split(pd.read_csv(path))


def everybody(table: pd.DataFrame, click_above: float | None, seed: int) -> Split:
    """Divide everybody's clicks as the article does, and keep a tenth of those shown to validate.

    Parameters
    ----------
    table
        Columns user, item and rating.
    click_above
        A rating strictly above this is a click; None takes all.
    seed
        Of the draw.

    Returns
    -------
    Split
        `train` has four fifths of each person's clicks, rounded down, and `test` asks for the
        others. `validation` shows nine tenths of the training clicks and asks for the tenth.
    """
    cells = Cells.of(table, liked(table, click_above))
    users = active_rows(counts(cells.rows), 5)
    rng = np.random.default_rng(seed)
    asked, train = hold_out(as_clicks(cells.rows[users]), 0.8, rng)
    shown, kept = hold_out(train, 0.1, rng)
    ids = cells.users[users]
    return Split(cells.items, ids, train, HeldOut(ids, shown, kept), HeldOut(ids, train, asked))


def measure(scores: Floats, group: HeldOut, removed: bool = True) -> Evaluation:
    """Measure lists of a hundred films, from which those shown are removed, or not.

    Parameters
    ----------
    scores
        (n_users, n_items) of what is shown.
    group
        What is shown and asked for.
    removed
        Whether a film that is shown is kept from the list; the article's programs let it stand.
    """
    ranking = top_k_unseen(scores, group.fold_in, 100) if removed else top_k(scores, 100)
    return judge(ranking[judged_rows(group)], group, METRICS)


def said(found: Evaluation) -> Step:
    """Give means over people, and the standard error of the first metric."""
    values = {name: round(found.mean(name), 5) for name in METRICS}
    return values | {"se": round(float(found.table().loc["ndcg@100", "se"]), 5)}


def ease(seed: int) -> Iterator[tuple[Step, Split]]:
    """Go from the article's EASE to the right one; λ is 1,000 until it is chosen."""
    split, start = everybody(ratings(), None, seed), time.perf_counter()
    model, again = (EASE(l2=1000.0).fit(split.train) for _ in range(2))
    same = bool((model.weights == again.weights).all())
    shared = {"options": {"l2": 1000.0}, "seconds": time.perf_counter() - start}
    scores = model.score(split.test.fold_in)
    kept = measure(scores, split.test, removed=False)
    yield {"step": ARTICLE, "solved twice is equal": same, **shared, **said(kept)}, split
    yield {"step": MASKED, **shared, **said(measure(scores, split.test))}, split
    yield best_ease(split, split.validation.fold_in, VALIDATED), split
    split = everybody(ratings(), 3.5, seed)
    yield best_ease(split, split.validation.fold_in, STARS), split
    split = new_people()
    yield best_ease(split, split.train, NEW_PEOPLE), split


def best_ease(split: Split, choosing: csr_matrix, step: str) -> Step:
    """Choose λ by the validation group and fit it to all training clicks."""
    start = time.perf_counter()

    def validated(l2: float) -> float:
        scores = EASE(l2=l2).fit(choosing).score(split.validation.fold_in)
        return measure(scores, split.validation).mean("ndcg@100")

    l2 = max(L2, key=validated)
    scores = EASE(l2=l2).fit(split.train).score(split.test.fold_in)
    found = said(measure(scores, split.test))
    return {"step": step, "options": {"l2": l2}, **found, "seconds": time.perf_counter() - start}


def courses(
    network: Any,
    config: TrainingConfig,
    clicks: csr_matrix,
    groups: dict[str, tuple[Any, HeldOut, bool]],
    every: int = 1,
) -> tuple[dict[str, list[float]], list[int], dict[tuple[str, int], Evaluation]]:
    """Train a network, and measure its lists for some groups after every so many epochs.

    Parameters
    ----------
    network, config, clicks
        As `train_watched` takes them; the patience counts what is measured of the last group.
    groups
        By name: what makes scores of the network and of what is shown, who is asked, and whether
        films that were shown are removed.
    every
        Epochs from one look to the next.

    Returns
    -------
    tuple
        NDCG@100 of each group at each look, the epochs of the looks, and all that was measured.
    """
    found: dict[tuple[str, int], Evaluation] = {}
    epoch = 0

    def watch(trained: Any) -> dict[str, float]:
        nonlocal epoch
        epoch += 1
        if epoch % every:
            return {}
        scores: dict[int, Floats] = {}  # of each group once, however it is asked
        for name, (score, group, removed) in groups.items():
            if id(group) not in scores:
                scores[id(group)] = score(trained, group.fold_in)
            found[name, epoch] = measure(scores[id(group)], group, removed)
        return {"ndcg@100": found[name, epoch].mean("ndcg@100")}

    train_watched(network, config, clicks, watch)
    looks = [at for name, at in found if name == next(iter(groups))]
    curves = {n: [found[n, at].mean("ndcg@100") for at in looks] for n in groups}
    return curves, looks, found


def best(curve: list[float], looks: list[int]) -> int:
    """Give the epoch of the highest value."""
    return looks[int(np.argmax(curve))]


class Ladder:
    """The steps of a network, from the article's program to the right protocol.

    Parameters
    ----------
    seed
        Of splits, weights, orders, dropout and noise.
    score
        Gives scores of a network for people whom it was trained on.
    every, patience, epochs
        Epochs between two looks, looks without improvement that end a training, and the most.
    """

    def __init__(
        self, seed: int, score: Any, every: int = 1, patience: int = 15, epochs: int = 200
    ) -> None:
        self.seed, self.score, self.every, self.start = seed, score, every, time.perf_counter()
        self.usual = {**BATCH, "seed": seed, "patience": patience, "epochs": epochs}

    def from_article(
        self, make: Callable[[csr_matrix], Any], split: Split, options: Step
    ) -> Iterator[Step]:
        """Take the first three steps: two choices of the epoch by the test, and one that is not."""
        groups = {
            "kept": (self.score, split.test, False),
            "removed": (self.score, split.test, True),
        }
        config = TrainingConfig(**self.usual)
        curves, looks, found = courses(make(split.train), config, split.train, groups, self.every)
        for step, name in ((ARTICLE, "kept"), (MASKED, "removed")):
            at = best(curves[name], looks)
            extra = {"looks": looks, **curves} if name == "kept" else {}
            yield self.said(step, found[name, at], options, at, **extra)
        at, course = self.chosen(make, split, min(config.epochs, max(looks)))
        yield self.said(VALIDATED, found["removed", at], options, at, validation=course)

    def chosen(
        self, make: Callable[[csr_matrix], Any], split: Split, epochs: int
    ) -> tuple[int, list[float]]:
        """Train on what validation shows, and give the best epoch, with the curve."""
        groups = {"validation": (self.score, split.validation, True)}
        config = TrainingConfig(**self.usual | {"epochs": epochs})
        clicks = split.validation.fold_in
        curves, looks, _ = courses(make(clicks), config, clicks, groups, self.every)
        return best(curves["validation"], looks), curves["validation"]

    def mended(
        self, step: str, make: Callable[[csr_matrix], Any], split: Split, options: Step
    ) -> Step:
        """Choose the epoch by validation clicks, train so long on all, and measure."""
        at, course = self.chosen(make, split, self.usual["epochs"])
        config = TrainingConfig(**self.usual | {"epochs": at, "patience": None})
        groups = {"test": (self.score, split.test, True)}
        _, _, found = courses(make(split.train), config, split.train, groups, at)
        return self.said(step, found["test", at], options, at, validation=course)

    def said(self, step: str, found: Evaluation, options: Step, at: int, **extra: Any) -> Step:
        """Lay a step out."""
        seconds = time.perf_counter() - self.start
        self.start += seconds
        row = {"step": step, "options": options, **said(found), "epoch": at}
        return row | {"seconds": seconds} | extra


def score_people(network: Any, shown: csr_matrix) -> Floats:
    """Score for all training people in the order of their rows."""
    return network.score(shown, np.arange(shown.shape[0]))


def score_clicks(network: Any, shown: csr_matrix) -> Floats:
    """Score by clicks alone."""
    return network.score(shown)


def mult_vae(seed: int) -> Iterator[tuple[Step, Split]]:
    """Go from the article's Mult-VAE to what a search found, and on to stars."""
    ladder, split = Ladder(seed, score_clicks), everybody(ratings(), None, seed)

    def make(kind: type[MultVAE], clicks: csr_matrix) -> MultVAE:
        return kind(clicks.shape[1], seed=seed, **VAE_OF_ARTICLE)

    options = VAE_OF_ARTICLE | {"deviation of the noise": FaintVAE.deviation} | BATCH
    for step in ladder.from_article(partial(make, FaintVAE), split, options):
        yield step, split
    options = options | {"deviation of the noise": 1.0}
    yield ladder.mended("noise of deviation 1", partial(make, MultVAE), split, options), split
    yield searched(ladder, "settings of our search", split), split
    split = everybody(ratings(), 3.5, seed)
    yield searched(ladder, STARS, split), split


def searched(ladder: Ladder, step: str, split: Split) -> Step:
    """Train Mult-VAE as the search of `progress` chose, all settings and the epochs."""
    options = VAE_OF_SEARCH | SEARCHED
    network = MultVAE(split.n_items, seed=ladder.seed, **VAE_OF_SEARCH)
    config = TrainingConfig(**SEARCHED, seed=ladder.seed, device="cpu")
    groups = {"test": (score_clicks, split.test, True)}
    _, _, found = courses(network, config, split.train, groups, config.epochs)
    return ladder.said(step, found["test", config.epochs], options, config.epochs)


def cdae(seed: int) -> Iterator[tuple[Step, Split]]:
    """Go from the article's CDAE to one whose lists depend on nobody else, and to new people."""
    ladder = Ladder(seed, score_people, every=4, patience=5)
    split = everybody(ratings(), None, seed)

    def make(in_batch: bool, clicks: csr_matrix) -> CompanyCDAE:
        items = torch.from_numpy(clicks.indices.astype(np.int64))
        norms = None if in_batch else norms_of(items, clicks.shape[1])
        return CompanyCDAE(*clicks.shape, norms=norms, seed=seed)

    options = {"latent": 50, "dropout": 0.5, "norms": "of the batch"} | BATCH
    for step in ladder.from_article(partial(make, True), split, options):
        yield step, split
    options, alone = options | {"norms": "of the training clicks"}, partial(make, False)
    yield ladder.mended("norms of the training clicks", alone, split, options), split
    split = everybody(ratings(), 3.5, seed)
    yield ladder.mended(STARS, alone, split, options), split
    split = new_people()
    yield for_newcomers(ladder, alone, split, options), split


def for_newcomers(
    ladder: Ladder, make: Callable[[csr_matrix], Any], split: Split, options: Step
) -> Step:
    """Train on some people, choose the epoch by others, and test on others still."""
    groups = {
        "test": (score_clicks, split.test, True),
        "validation": (score_clicks, split.validation, True),
    }
    network, config = make(split.train), TrainingConfig(**ladder.usual)
    curves, looks, found = courses(network, config, split.train, groups, ladder.every)
    at, course = best(curves["validation"], looks), curves["validation"]
    return ladder.said(NEW_PEOPLE, found["test", at], options, at, validation=course)
