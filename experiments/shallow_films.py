"""How often twelve well-known films were clicked together: results/shallow-films.csv.

Usage: python experiments/shallow_films.py

The training clicks of MovieLens 100K, whose data may not be passed on; counts of a dozen films may.
The interactive part `weights` solves for EASE's and EDLAE's weights on them. Each run writes all
rows: of each film the people who clicked it with each of the twelve, itself among them.
"""

import sys
from pathlib import Path

import numpy as np

from recotour_vae import datasets, splits
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows

ROOT = Path(__file__).parents[1]
FILMS = {
    "Star Wars": "Star Wars (1977)",
    "Empire": "Empire Strikes Back, The (1980)",
    "Jedi": "Return of the Jedi (1983)",
    "Alien": "Alien (1979)",
    "Terminator": "Terminator, The (1984)",
    "Toy Story": "Toy Story (1995)",
    "Aladdin": "Aladdin (1992)",
    "Fargo": "Fargo (1996)",
    "Pulp Fiction": "Pulp Fiction (1994)",
    "Scream": "Scream (1996)",
    "Titanic": "Titanic (1997)",
    "Sense": "Sense and Sensibility (1995)",
}
TABLE = Rows(ROOT / "results" / "shallow-films.csv", ("film", "title"))


def main() -> int:
    """Count, write and print."""
    data = datasets.load("ml-100k")
    split = splits.strong_generalisation(data.interactions)
    titles = list(data.title(split.items))
    columns = split.train[:, [titles.index(title) for title in FILMS.values()]]
    together = (columns.T @ columns).toarray().astype(np.int64)  # (n_films, n_films)
    made = origin(split, ("recotour-vae", "numpy", "scipy"), __file__)
    TABLE.path.unlink(missing_ok=True)
    for (film, title), counts in zip(FILMS.items(), together, strict=True):
        with_each = dict(zip(FILMS, counts.tolist(), strict=True))
        TABLE.append({"film": film, "title": title} | with_each | made)
    print(TABLE.read()[["film", *FILMS]].to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
