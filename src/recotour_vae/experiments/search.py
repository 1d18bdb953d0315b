"""Hyper-parameter search with Optuna: validation users only, resumable from its table."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from recotour_vae.errors import MissingPackageError, RecotourError
from recotour_vae.experiments import trial
from recotour_vae.experiments.clicks import split_of
from recotour_vae.experiments.results import SEARCH_COLUMNS, Results, row
from recotour_vae.experiments.setting import Setting
from recotour_vae.experiments.space import Search

if TYPE_CHECKING:
    from optuna import Study

_TPE_START = 8  # trials drawn at random before the sampler begins to learn from them


def missing_trials(search: Search, results: Results) -> int:
    """Count the trials that are still to be made."""
    return max(0, search.trials - len(_done(search, results)))


def go_on(search: Search, results: Results) -> Iterator[Setting]:
    """Make the trials that are missing, one after the other, and write each down.

    Trial number n is drawn by a sampler of seed n from the trials before it, so a search that was
    interrupted goes on as if it had not been.
    """
    study = _study(search, results)
    for number in range(len(study.trials), search.trials):
        study.sampler = _sampler(number)
        asked = study.ask(search.distributions())
        setting = search.setting(asked.params)
        value = _try(search, number, asked.params, setting, results)
        study.tell(asked, value)
        yield setting


def finals(search: Search, results: Results) -> list[Setting]:
    """Give the runs of the best setting; none while trials are missing."""
    done = _done(search, results)
    if len(done) < search.trials:
        return []
    best = done.iloc[int(done[f"validation_{trial.METRIC}"].argmax())]
    chosen = json.loads(best["chosen"])
    return [search.setting(chosen, **final) for final in search.finals]


def _try(
    search: Search, number: int, chosen: dict[str, Any], setting: Setting, results: Results
) -> float:
    """Make one trial; one that fails counts as worst, and the table says why."""
    split = split_of(setting)
    found: dict[str, Any] = {"search": search.name, "trial": number, "chosen": json.dumps(chosen)}
    metric = f"validation_{trial.METRIC}"
    try:
        fitted = trial.fit(setting, split)
        found |= {metric: round(trial.validate(fitted, split), 5)}
        found |= {"fit_seconds": round(fitted.seconds, 2)}
        if len(fitted.history):
            found |= {"best_epoch": trial.best_epoch(fitted.history)}
    except RecotourError as error:
        found |= {metric: 0.0, "error": str(error)}
    results.searches.append(row(setting, split.fingerprint(), found, SEARCH_COLUMNS))
    return float(found[metric])


def _done(search: Search, results: Results) -> pd.DataFrame:
    rows = results.searches.read()
    return rows[rows["search"] == search.name].sort_values("trial").head(search.trials)


def _study(search: Search, results: Results) -> "Study":
    """Build the study again from the rows of the table."""
    optuna = _optuna()
    study: Study = optuna.create_study(direction="maximize", sampler=_sampler(0))
    for _, one in _done(search, results).iterrows():
        study.add_trial(
            optuna.trial.create_trial(
                params=json.loads(one["chosen"]), distributions=search.distributions(),
                value=one[f"validation_{trial.METRIC}"],
            )
        )  # fmt: skip
    return study


def _sampler(seed: int) -> Any:
    return _optuna().samplers.TPESampler(seed=seed, n_startup_trials=_TPE_START)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingPackageError(
            "Searches need Optuna, which is not installed; get it with pip install 'optuna>=4.5'."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
