"""Two lists for a horror fan, the first thing that the book shows: results/first-lists.csv.

Usage: python experiments/first_lists.py

Three films that somebody liked, the most clicked films of MovieLens 100K, and those that EASE
recommends; the film picker of the landing page starts with the same. Each run writes all rows.
"""

import sys

from beta_sweep import ROOT

from recotour_book.picker import PRESETS, make_picker
from recotour_vae import datasets, splits
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows

TABLE = Rows(ROOT / "results" / "first-lists.csv", ("list", "rank"))
LENGTH = 5


def main() -> int:
    """Write the lists and print them."""
    data = datasets.load("ml-100k")
    split = splits.strong_generalisation(data.interactions)
    picker = make_picker(data, split)
    picks = [picker.titles.index(title) for title in PRESETS["Horror"]]
    lists = {"picks": picks, "popular": picker.popular(picks, LENGTH)}
    lists["ease"] = picker.recommend(picks, LENGTH)
    made = origin(split, ("recotour-vae", "numpy"), __file__)
    TABLE.path.unlink(missing_ok=True)
    for name, films in lists.items():
        for rank, film in enumerate(films, start=1):
            TABLE.append({"list": name, "rank": rank, "film": picker.titles[film]} | made)
    print(TABLE.read()[["list", "rank", "film"]].to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
