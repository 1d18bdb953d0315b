"""Tune one recommender on one split: validation users only, resumable from its table."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from recotour_vae.errors import ExperimentError, RecotourError, TrainingInterruptedError
from recotour_vae.evaluation import evaluate
from recotour_vae.evaluation.registry import metric_of
from recotour_vae.experiments.direction import gain, worst
from recotour_vae.experiments.sampling import Tried, choose, options_of
from recotour_vae.experiments.table import Rows
from recotour_vae.recommenders.registry import Entry
from recotour_vae.splits import Split

COLUMNS: Final = ("trial", "metric", "value", "options", "chosen", "seconds", "error", "search")


@dataclass(frozen=True)
class Tuning:
    """A search for the settings of a recommender.

    Attributes
    ----------
    entry
        Of the recommender.
    split
        Whose training users it is fitted on; only its validation users are measured.
    space
        For each option a list of choices, or a range {low, high} with `log` or `step`.
    fixed
        Options that are not searched for.
    metric
        That is to be good on the validation users: large, or of errors small.
    framework
        Of a network; empty takes its first.
    path
        Of the table of trials.
    """

    entry: Entry
    split: Split
    space: Mapping[str, Any]
    fixed: Mapping[str, Any]
    metric: str
    framework: str
    path: Path

    @cached_property
    def rows(self) -> Rows:
        """A row a trial."""
        return Rows(self.path, COLUMNS)

    @cached_property
    def identity(self) -> str:
        """What makes two searches the same, as text; the number of trials does not."""
        parts = {
            "model": self.entry.name,
            "framework": self.framework,
            "metric": self.metric,
            "split": self.split.fingerprint(),
            "fixed": dict(self.fixed),
            "space": dict(self.space),
        }
        return json.dumps(parts, sort_keys=True)

    def done(self) -> pd.DataFrame:
        """Give the trials that were made.

        Raises
        ------
        ExperimentError
            When the table is of another search.
        """
        found = self.rows.read()
        if len(found) and set(found["search"]) != {self.identity}:
            raise ExperimentError(
                f"{self.path} holds a search of other data, settings or model; give the words "
                "that it was begun with, or another --out."
            )
        return found.sort_values("trial")

    def go_on(self, trials: int) -> Iterator[pd.Series]:
        """Make the trials that are missing, one after the other, and write each down.

        Raises
        ------
        ExperimentError
            As `done` says.
        TrainingInterruptedError
            On Ctrl-C; the trials that are done stay.
        """
        for number in range(len(self.done()), trials):
            chosen = choose(self.space, self._tried())
            yield self._try(number, chosen)

    def best(self) -> dict[str, Any]:
        """Give the options of the best trial, the first of equals, and what is fixed.

        Raises
        ------
        ExperimentError
            When every trial failed, with the first one's reason.
        """
        made = self.done()
        good = made[made["error"].isna()]
        if good.empty:
            reason = made["error"].iloc[0] if len(made) else "none was made"
            raise ExperimentError(f"No trial of {self.path} can be used: {reason}")
        best = good.sort_values("value", ascending=self.lower_is_better, kind="stable").iloc[0]
        found: dict[str, Any] = json.loads(str(best["options"]))
        return found

    @property
    def lower_is_better(self) -> bool:
        """Whether the metric is an error."""
        return not metric_of(self.metric).higher_is_better

    def _tried(self) -> list[Tried]:
        made = self.done()
        pairs = zip(made["chosen"], made["value"], strict=True)
        return [(json.loads(chosen), gain(self.metric, float(value))) for chosen, value in pairs]

    def _try(self, number: int, chosen: dict[str, Any]) -> pd.Series:
        """Make one trial; one that fails counts as worst, and the table says why."""
        options = {**self.fixed, **options_of(self.space, chosen)}
        start, row = time.perf_counter(), dict.fromkeys(COLUMNS)
        try:
            row |= {"value": round(self._measure(options), 5)}
        except TrainingInterruptedError:
            raise
        except RecotourError as error:
            row |= {"value": worst(self.metric), "error": str(error)}
        row |= {"trial": number, "metric": self.metric, "search": self.identity}
        row |= {"options": json.dumps(options), "chosen": json.dumps(chosen)}
        row |= {"seconds": round(time.perf_counter() - start, 2)}
        self.rows.append(row)
        return pd.Series(row)

    def _measure(self, options: Mapping[str, Any]) -> float:
        model = self.entry.make(self.framework, **options)
        model.check_memory(self.split.n_items)
        model.fit_split(self.split)
        return evaluate(model, self.split.validation, [self.metric]).mean(self.metric)
