"""Hyper-parameter search: validation users only, resumable from its table."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from recotour_vae.errors import RecotourError
from recotour_vae.experiments import trial
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.direction import gain, worst
from recotour_vae.experiments.results import SEARCH_COLUMNS, Results, row
from recotour_vae.experiments.sampling import Tried, choose
from recotour_vae.experiments.setting import Setting
from recotour_vae.experiments.space import Search


def missing_trials(search: Search, results: Results) -> int:
    """Count the trials that are still to be made."""
    return max(0, search.trials - len(_done(search, results)))


def go_on(search: Search, results: Results) -> Iterator[Setting]:
    """Make the trials that are missing, one after the other, and write each down.

    Trial number n is drawn by a sampler of seed n from the trials before it, so a search that was
    interrupted goes on as if it had not been.
    """
    for number in range(len(_done(search, results)), search.trials):
        chosen = choose(search.space, _tried(search, results))
        setting = search.setting(chosen)
        _try(search, number, chosen, setting, results)
        yield setting


def finals(search: Search, results: Results) -> list[Setting]:
    """Give the runs of the best setting; none while trials are missing."""
    done = _done(search, results)
    if len(done) < search.trials:
        return []
    best = done.iloc[int(_gains(search, done).argmax())]
    chosen = json.loads(best["chosen"])
    return [search.setting(chosen, **final) for final in search.finals]


def _try(
    search: Search, number: int, chosen: dict[str, Any], setting: Setting, results: Results
) -> None:
    """Make one trial; one that fails counts as worst, and the table says why."""
    split = split_of(setting)
    found: dict[str, Any] = {"search": search.name, "trial": number, "chosen": json.dumps(chosen)}
    metric = trial.metric_of_trials(split.of_ratings)
    column = f"validation_{metric}"
    try:
        fitted = trial.fit(setting, split)
        found |= {column: round(trial.validate(fitted, split), 5)}
        found |= {"fit_seconds": round(fitted.seconds, 2)}
        if len(fitted.history):
            found |= {"best_epoch": trial.best_epoch(fitted.history)}
    except RecotourError as error:
        found |= {column: worst(metric), "error": str(error)}
    results.searches.append(row(setting, split.fingerprint(), found, SEARCH_COLUMNS))


def _done(search: Search, results: Results) -> pd.DataFrame:
    rows = results.searches.read()
    return rows[rows["search"] == search.name].sort_values("trial").head(search.trials)


def _tried(search: Search, results: Results) -> list[Tried]:
    done = _done(search, results)
    pairs = zip(done["chosen"], _gains(search, done), strict=True)
    return [(json.loads(chosen), float(value)) for chosen, value in pairs]


def _gains(search: Search, done: pd.DataFrame) -> "pd.Series[float]":
    """How good each trial was, more being better."""
    if done.empty:
        return pd.Series(dtype=float)
    metric = trial.metric_of_trials(search.typical().source.of_ratings)
    return done[f"validation_{metric}"].map(lambda value: gain(metric, float(value)))
