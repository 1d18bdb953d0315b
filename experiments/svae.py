"""What an order is worth: SVAE on MovieLens 1M in time, and each way in which its code differs.

Usage: python experiments/svae.py

It is no grid of `recotour-vae experiments`, because times are read from another column and several
rows are made of one training. Clicks are ratings of 4 and 5, with their place in time among the
person's (column `order`). It is not known of 0.65 % of them, which are left out: of those on films
with fewer than ten clicks, and of all those of 89 people. As in Sachdeva et al. (2019), 750 people
validate and 750 are tested, of each of whom the latest fifth of the clicks is asked for; films are
those of the training people.

`svae` is the paper's objective with everything fed, everything masked and no noise in lists. The
other rows of SVAE change one thing, `as the code` all of them. Those of `ASKED` are the networks of
`svae`, of the epoch that it chose, asked in another way. Mult-VAE, EASE, whose λ validation people
choose, and popularity do not see the order. Of each row the NDCG of every test person is kept, so
that differences can be paired. Writes results/svae.csv; rows that are there are not made again.
"""

import json
import sys
import time
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from recotour_vae.datasets.files import locate
from recotour_vae.errors import DataWarning
from recotour_vae.evaluation import evaluate, paired_difference
from recotour_vae.evaluation.evaluator import Evaluation
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows, pack, unpack
from recotour_vae.recommenders import make
from recotour_vae.splits import Split, SplitConfig, strong_generalisation

ROOT = Path(__file__).parents[1]
COLUMNS = ("variant", "seed")
TABLE = Rows(ROOT / "results" / "svae.csv", COLUMNS)
PACKAGES = ("recotour-vae", "numpy", "scipy", "torch")
FILE = "ml-1m/ratings.csv.gz"
METRICS = ["ndcg@100", "ndcg@10", "recall@20", "recall@50", "plain_recall@100", "precision@100"]
SEEDS = (0, 1, 2)
CONFIG = SplitConfig(validation_users=750, test_users=750, latest=True)

# How SVAE is trained, and in each row what differs from that.
USUAL: dict[str, Any] = {"epochs": 25, "patience": 6}
TRAINED: dict[str, dict[str, Any]] = {
    "svae": {},
    "reduction": {"reduction": "code"},
    "anneal": {"anneal": "code"},
    "sigma": {"sigma": "whole"},
    "decay of biases": {"decay_biases": True},
    "one person a batch": {"batch_size": 1},
    "no divergence": {"beta": 0.0},
    "next item": {"next_items": 1},
    "next ten": {"next_items": 10},
    "as the code": {
        "reduction": "code",
        "anneal": "code",
        "sigma": "whole",
        "decay_biases": True,
        "batch_size": 1,
        "noise_when_scoring": True,
        "feed_last": False,
        "mask_last": False,
    },
}
ASKED: dict[str, dict[str, Any]] = {
    "noise in lists": {"noise_when_scoring": True},
    "last not fed": {"feed_last": False},
    "last not masked": {"mask_last": False},
    "last neither": {"feed_last": False, "mask_last": False},
}
MULT_VAE = {"batch_size": 100, "epochs": 100, "patience": 15, "anneal_fraction": 0.5}
L2 = (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)


def in_time(path: Path) -> pd.DataFrame:
    """Read clicks with their place in time; those without one are counted in a warning, and left.

    Parameters
    ----------
    path
        Of a table with columns user, item, rating and order.

    Returns
    -------
    pandas.DataFrame
        user, item, rating, and as timestamp the place among the person's clicks.
    """
    table = pd.read_csv(path, usecols=["user", "item", "rating", "order"])
    liked = table[table["rating"] > CONFIG.click_above]
    known = liked.dropna(subset="order").rename(columns={"order": "timestamp"})
    lost = len(liked) - len(known)
    if lost:
        share = f"{lost:,} of {len(liked):,} clicks ({lost / len(liked):.2%})"
        warnings.warn(f"{share} have no place in time; left out.", DataWarning, stacklevel=2)
    return known.astype({"timestamp": "int64"}).reset_index(drop=True)


@cache
def split() -> Split:
    """Cut MovieLens 1M in time."""
    hint = "let RECOTOUR_DATA name the folder of the data"
    return strong_generalisation(in_time(locate(FILE, "file of ratings", hint)), CONFIG)


def described(found: Evaluation, cut: Split, seconds: float) -> dict[str, Any]:
    """Lay out what was measured on the test people, and what made it."""
    values = {name: round(found.mean(name), 5) for name in METRICS}
    interval = found.table().loc["ndcg@100", ["low", "high"]].round(5)
    row = values | interval.to_dict() | {"fit_seconds": round(seconds, 1)}
    row |= origin(cut, PACKAGES, __file__)
    return row | {"ndcg@100 of people": pack(found.per_user["ndcg@100"], 4)}


def sequential(cut: Split, variant: str, seed: int, **usual: Any) -> Iterator[dict[str, Any]]:
    """Train SVAE one way; where it is the usual way, ask it in others too."""
    options = {**USUAL, **usual, **TRAINED[variant]}
    start = time.perf_counter()
    model: Any = make("svae", **options, seed=seed).fit_split(cut)
    seconds = time.perf_counter() - start
    chosen = model.course.loc[model.epoch]
    best = {"epoch": model.epoch, "epochs": len(model.course)}
    best |= {f"validation {name}": round(chosen[name], 5) for name in ("ndcg@100",)}
    for name, change in {variant: {}, **(ASKED if variant == "svae" else {})}.items():
        asked: Any = make("svae", **options | change, seed=seed)
        asked.load_arrays(model.arrays())
        row = {"variant": name, "seed": seed, "model": "svae"}
        row |= {"options": json.dumps(options | change, sort_keys=True)} | best
        yield row | described(evaluate(asked, cut.test, METRICS), cut, seconds)


def unordered(cut: Split, model: str, seed: int) -> Iterator[dict[str, Any]]:
    """Fit a model that sees no order; EASE once for each λ, of which validation chooses."""
    start, choices = time.perf_counter(), [{"l2": l2} for l2 in L2] if model == "ease" else [{}]
    own = MULT_VAE | {"seed": seed, "device": "cpu"} if model == "mult-vae" else {}
    fits = [(options, make(model, **own, **options).fit_split(cut)) for options in choices]
    scores = [evaluate(one, cut.validation, ["ndcg@100"]).mean("ndcg@100") for _, one in fits]
    best = max(range(len(fits)), key=scores.__getitem__)
    row = {"variant": model, "seed": seed, "model": model}
    row |= {"options": json.dumps(own | fits[best][0], sort_keys=True)}
    row |= {"validation ndcg@100": round(scores[best], 5)}
    seconds = time.perf_counter() - start
    yield row | described(evaluate(fits[best][1], cut.test, METRICS), cut, seconds)


def wanted() -> Iterator[tuple[str, int]]:
    """Name what is run: what is quick first, and the first seed of everything before the next."""
    yield from (("popularity", 0), ("ease", 0))
    yield from (("mult-vae", seed) for seed in SEEDS)
    yield from ((variant, seed) for seed in SEEDS for variant in TRAINED)


def missing(variant: str, seed: int) -> bool:
    """Whether a row lacks, or one of those that are made with it."""
    together = [variant, *(ASKED if variant == "svae" else ())]
    return not all(TABLE.has(variant=one, seed=seed) for one in together)


def differences(table: pd.DataFrame, against: str = "svae") -> pd.DataFrame:
    """Compare each row with that of SVAE of the same seed, person by person.

    Models that have one seed only are compared with its first.
    """
    people = {
        (row["variant"], row["seed"]): Evaluation(
            pd.DataFrame({"ndcg@100": unpack(row["ndcg@100 of people"])}), float("nan"), 0
        )
        for _, row in table.iterrows()
    }
    pairs = {one: (against, one[1]) for one in people if one[0] != against}
    found = {
        one: paired_difference(people[one], people[other], "ndcg@100")
        for one, other in pairs.items()
        if other in people
    }
    return pd.DataFrame(found).T.rename_axis(["variant", "seed"])


def main() -> int:
    """Run what is missing, and print means over seeds and differences."""
    for variant, seed in wanted():
        if not missing(variant, seed):
            continue
        print(f"{variant}, seed {seed}", flush=True)
        rows = sequential if variant in TRAINED else unordered
        for row in rows(split(), variant, seed):
            if not TABLE.has(variant=row["variant"], seed=seed):
                TABLE.append(row)
    table = TABLE.read()
    print(table.groupby("variant", sort=False)[METRICS].mean().round(4).to_string())
    print(differences(table)[["mean", "low", "high"]].round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
