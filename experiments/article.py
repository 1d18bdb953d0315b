"""Each wrong number of the article on six autoencoders, made again, and mended step by step.

Usage: RECOTOUR_DATA=folder python experiments/article.py [MODEL ...]

The article (le2020 in the book's bibliography) ends in a table of six autoencoders on MovieLens 1M.
Its programs have mistakes: seen films stay in the lists, the epoch is chosen by the test, one model
is judged on people whom it was trained on, one is fed with the ratings that it is asked for, one
takes a mean of roots. For each model there is a ladder (`article_lists`, `article_ratings`,
`article_order`): the first step has all the mistakes, each of the others one less, and what was
mended stays so. The networks with mistakes are in `article_networks`; the library has none of them.

What the programs do, and with which settings, was read in them. Not known are their splits; ours
are drawn anew. DeepRec's is not divided within each person, AutoRec is trained for the 100 epochs
in batches of 128 that its log has beside the article's 500 in batches of 512 (with the same RMSE),
and SVAE for 12 epochs in place of 50, in batches of eight people and not of one, for speed. One
seed, since a step is many times what another draw would change.

Writes results/article.csv, a row a step; rows that are there are not made again. Several MODELs may
run side by side. About an hour of one core.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import article_lists
import article_order
import article_ratings
from article_lists import Step

from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows, pack
from recotour_vae.splits import Split

ROOT = Path(__file__).parents[1]
IDENTITY = ("model", "step", "seed")
VALUES = ("ndcg@100", "precision@100", "recall@100", "rmse", "mean of people")
COLUMNS = (*IDENTITY, *VALUES, "se", "epoch", "options", "seconds")
TABLE = Rows(ROOT / "results" / "article.csv", COLUMNS, IDENTITY)
PACKAGES = ("recotour-vae", "numpy", "scipy", "torch")
SEEDS = (0,)

# Of each model the ladders, or parts of one that are made apart, by their last steps: a ladder is
# there when that step is.
LADDERS: dict[str, dict[str, Callable[[int], Iterator[tuple[Step, Split]]]]] = {
    "ease": {article_lists.NEW_PEOPLE: article_lists.ease},
    "mult-vae": {article_lists.STARS: article_lists.mult_vae},
    "cdae": {article_lists.NEW_PEOPLE: article_lists.cdae},
    "autorec": {article_ratings.BY_FILM: article_ratings.autorec},
    "deeprec": {
        article_ratings.POOLED: article_ratings.deeprec,
        article_ratings.RECIPE: article_ratings.deeprec_as_published,
    },
    "svae": {article_order.CHOSEN: article_order.sequential},
}


def row(model: str, seed: int, step: Step, split: Split) -> dict[str, Any]:
    """Lay out a step; curves become one cell each."""
    written = {
        name: pack(value, 5) if isinstance(value, list) else value for name, value in step.items()
    }
    written |= {"options": json.dumps(step["options"], sort_keys=True)}
    written |= {name: round(float(step[name]), 5) for name in VALUES if name in step}
    written |= {"seconds": round(step["seconds"], 1)}
    return {"model": model, "seed": seed, **written, **origin(split, PACKAGES, __file__)}


def climb(model: str, seed: int) -> None:
    """Make the ladders that are not whole, the steps that are there anew with them."""
    for last, ladder in LADDERS[model].items():
        if TABLE.has(model=model, step=last, seed=seed):
            continue
        for step, split in ladder(seed):
            if not TABLE.has(model=model, step=step["step"], seed=seed):
                TABLE.append(row(model, seed, step, split))
            print(f"{model}: {step['step']}", flush=True)


def main(models: list[str]) -> int:
    """Run what is missing, and print the ladders."""
    for seed in SEEDS:
        for model in models or LADDERS:
            climb(model, seed)
    table = TABLE.read()
    print(table[["model", "step", *VALUES, "epoch"]].to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
