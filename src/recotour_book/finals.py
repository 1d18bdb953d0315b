"""What tuned searches ended with, read for a chapter that compares them.

Searches take hours and are made one after another, so a chapter has to do with those that are
finished: one without its last trial, or without one of its final runs, is left out. Of two searches
with one name that of the later experiment counts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

METRICS: Final = ("ndcg@100", "recall@20", "recall@50")


@dataclass(frozen=True)
class Finalist:
    """A recommender with what its search chose, on the split that it was chosen on.

    Attributes
    ----------
    experiment
        That the search is declared in.
    trials
        Of the search.
    runs
        Its final runs, a row a seed, as the table of results has them.
    per_user
        For each metric a series a seed, a value for each test user.
    """

    experiment: str
    trials: int
    runs: pd.DataFrame
    per_user: Mapping[str, "Sequence[pd.Series[float]]"]

    def mean(self, metric: str) -> float:
        """Mean of a metric over test users and seeds."""
        return float(np.mean([one.mean() for one in self.per_user[metric]]))

    @property
    def model(self) -> str:
        """What the registry calls it."""
        return str(self.runs["model"].iloc[0])

    @property
    def options(self) -> dict[str, Any]:
        """All its settings by name."""
        found: dict[str, Any] = json.loads(self.runs["settings"].iloc[0])
        return found

    @property
    def split(self) -> str:
        """Fingerprint of the split."""
        (found,) = self.runs["split"].unique()
        return str(found)


def finals(root: Path, names: Sequence[str]) -> dict[str, Finalist]:
    """Read the searches of some experiments that are finished.

    Parameters
    ----------
    root
        Folder with `experiments/` and `results/`.
    names
        Of the experiments; a later one's search counts where two have one name.

    Returns
    -------
    dict
        By the name of the search, the highest mean NDCG@100 first.
    """
    from recotour_vae.experiments import Results, read
    from recotour_vae.experiments import search as searches

    found: dict[str, Finalist] = {}
    for name in names:
        results = Results(root / "results", name)
        table = results.runs.read()
        rows = table[table["error"].isna()].set_index("run", drop=False)
        people = {metric: results.lists(results.users, metric) for metric in METRICS}
        whole = set(map(str, rows.index)).intersection(*people.values())
        for one in read(root / "experiments" / f"{name}.toml").searches:
            chosen = searches.finals(one, results)
            ids = [setting.id for setting in chosen if setting.split is None]
            if ids and whole.issuperset(ids):
                per_user = {m: [_series(of[run]) for run in ids] for m, of in people.items()}
                found[one.name] = Finalist(name, one.trials, rows.loc[ids], per_user)
    return dict(sorted(found.items(), key=lambda pair: -pair[1].mean("ndcg@100")))


def _series(values: Sequence[float]) -> "pd.Series[float]":
    found: pd.Series[float] = pd.Series(np.asarray(values, np.float64))
    return found


def numbers_kept(model: str, settings: Mapping[str, Any], n_items: int) -> float:
    """Count what a fitted recommender keeps in order to answer, biases left out.

    Parameters
    ----------
    model
        As the registry calls it.
    settings
        By name.
    n_items
        Of the catalogue.

    Returns
    -------
    float
        Not a number where the settings do not say it: SLIM's is what its fit left different from
        zero, and User-kNN keeps all clicks.

    Examples
    --------
    >>> numbers_kept("ease", {"l2": 500.0}, n_items=100)
    9900.0
    >>> numbers_kept("mult-dae", {"hidden": [], "latent": 20}, n_items=100)
    4000.0
    """
    counts = {
        "popularity": n_items,
        "ease": n_items * (n_items - 1),
        "edlae": n_items * (n_items - 1),
        "ials": n_items * int(settings.get("factors", 0)),
        "puresvd": n_items * int(settings.get("factors", 0)),
        "item-knn": n_items * int(settings.get("k", 0)),
        "rp3beta": n_items * int(settings.get("k", 0)),
    }
    if model in counts:
        return float(counts[model])
    return _weights(model, settings, n_items)


def _weights(model: str, settings: Mapping[str, Any], n_items: int) -> float:
    """Build a network and count; what is none says nothing."""
    from recotour_vae.recommenders.registry import entry

    one = entry(model)
    if not one.networks:
        return np.nan
    known = one.options()
    made: Any = one.make(**{name: value for name, value in settings.items() if name in known})
    arrays = made.build(n_items).arrays().values()
    return float(sum(array.size for array in arrays if array.ndim > 1))
