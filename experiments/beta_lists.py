"""What people are shown as the weight β of the KL divergence grows: results/beta-lists.csv.

Usage: python experiments/beta_lists.py

The models of experiments/beta_sweep.py with the first seed, a cap each, trained once more: that
table has their numbers, this one the first films that they show to some test users. Rows that
are there already are not repeated; delete the file to begin anew.
"""

import json
import sys
from typing import Any

import beta_sweep
from beta_sweep import CAPS, ROOT, settings, train

from recotour_vae import datasets, splits
from recotour_vae.datasets import Dataset
from recotour_vae.evaluation import evaluate
from recotour_vae.evaluation.evaluator import Scorer
from recotour_vae.evaluation.lists import recommend
from recotour_vae.evaluation.metrics import find_hits
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.splits import Split

TABLE = Rows(ROOT / "results" / "beta-lists.csv", ("beta_cap", "seed", "user"))
SEED = 0
USERS = (367, 619)  # of MovieLens 100K: the horror fan of the first chapter, and another
LENGTH = 10


def lists(model: Scorer, data: Dataset, split: Split) -> list[dict[str, Any]]:
    """Return the first films for each of the users, and which of them had been hidden."""
    test = split.test
    shown = recommend(model, test.fold_in, LENGTH)
    hits = find_hits(shown, test.held_out)
    rows = []
    for user in USERS:
        at = list(test.users).index(user)
        films = data.title(split.items[shown[at]])
        marks = [int(hit) for hit in hits[at]]
        rows.append({"user": user, "films": json.dumps([*films]), "hits": json.dumps(marks)})
    return rows


def run(data: Dataset, split: Split, cap: float) -> list[dict[str, Any]]:
    """Train at a cap and return the rows of all users."""
    model, _ = train(split, cap, SEED)
    found = evaluate(model, split.validation, ["ndcg@100"]).mean("ndcg@100")
    made = origin(split, ("recotour-vae", "torch"), beta_sweep.__file__)
    chosen = {"ndcg100": round(found, 5), "settings": settings(cap, SEED)} | made
    named = {"beta_cap": cap, "seed": SEED}
    return [named | row | chosen for row in lists(model, data, split)]


def main() -> int:
    """Run what is missing and print how many films each list shares with that of the first cap."""
    data = datasets.load("ml-100k")
    split = splits.strong_generalisation(data.interactions)
    for cap in CAPS:
        if not all(TABLE.has(beta_cap=cap, seed=SEED, user=user) for user in USERS):
            print(f"beta {cap}", flush=True)
            for row in run(data, split, cap):
                TABLE.append(row)
    films = TABLE.read().set_index(["user", "beta_cap"])["films"].map(json.loads).map(set)
    for user, of_user in films.groupby("user"):
        print(user, *(len(found & of_user.iloc[0]) for found in of_user))
    return 0


if __name__ == "__main__":
    sys.exit(main())
