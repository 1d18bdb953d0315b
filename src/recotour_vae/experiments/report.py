"""What an experiment found, in words and tables for a terminal."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from recotour_vae.evaluation import PAPER_METRICS
from recotour_vae.evaluation.registry import ERROR_METRICS
from recotour_vae.experiments import search
from recotour_vae.experiments.declaration import Block, Experiment
from recotour_vae.experiments.effects import factors, laid_out, summarise
from recotour_vae.experiments.ledger import ledger
from recotour_vae.experiments.results import OTHER, SAME, Results, standing
from recotour_vae.experiments.run import missing
from recotour_vae.experiments.setting import Setting
from recotour_vae.experiments.space import Search, in_words


def repeat_command(name: str, run: str) -> str:
    """Say how a row is made again."""
    return f"recotour-vae experiments repeat {name} {run}"


def every_setting(experiment: Experiment, results: Results) -> dict[str, Setting]:
    """Give all runs of an experiment by id, those that its searches chose among them."""
    chosen = (one for found in experiment.searches for one in search.finals(found, results))
    return {setting.id: setting for setting in [*experiment.settings(), *chosen]}


def state(experiment: Experiment, results: Results) -> str:
    """Say in a line how far an experiment is."""
    done = len(results.runs.read())
    trials = sum(one.trials for one in experiment.searches)
    lacking = sum(search.missing_trials(one, results) for one in experiment.searches)
    parts = [f"{experiment.name}: {done} runs made, {len(missing(experiment, results))} missing"]
    if trials:
        parts.append(f"{trials - lacking} of {trials} trials of searches made")
    return "; ".join(parts)


def lines(experiment: Experiment, results: Results, metric: str) -> Iterator[str]:
    """Report everything: a table a block, what the searches chose, and what to be wary of."""
    runs = results.runs.read()
    yield experiment.about
    yield state(experiment, results)
    yield (
        f"\nTables of {metric} on the test users: n runs, their mean and standard deviation, and "
        "the ends of Student's 95 % interval over runs. A dash is an option that is left alone."
    )
    for block in experiment.blocks:
        yield from _block(block, runs, metric)
    for one in experiment.searches:
        yield from _search(one, results, runs, metric)
    yield from _published(experiment)
    yield from _warnings(experiment.name, results, runs)


def _published(experiment: Experiment) -> Iterator[str]:
    if experiment.published:
        yield "\nPublished elsewhere for the same protocol, not measured here:"
        yield _text(pd.DataFrame(experiment.published).set_index("model"))


def _block(block: Block, runs: pd.DataFrame, metric: str) -> Iterator[str]:
    yield f"\n{block.name}: {block.question}"
    table, by = laid_out(block, runs), factors(block)
    if table.empty:
        yield "  nothing was run yet"
    elif by:
        yield _text(summarise(table, by, metric))
    else:
        yield _text(summarise(table.assign(all="runs"), ["all"], metric))


def _search(one: Search, results: Results, runs: pd.DataFrame, metric: str) -> Iterator[str]:
    chosen = search.finals(one, results)
    if not chosen:
        lacking = search.missing_trials(one, results)
        yield f"\n{one.name}: {lacking} of {one.trials} trials are missing"
        return
    yield f"\n{one.name}, the best of {one.trials} trials: {in_words(chosen[0].options)}"
    table = runs[runs["run"].isin([setting.id for setting in chosen])]
    if len(table):
        by = [name for name in ("data", "split") if name in table]
        yield _text(summarise(table, by, metric))


def _warnings(name: str, results: Results, runs: pd.DataFrame) -> Iterator[str]:
    failed = runs[runs["error"].notna()]
    for _, one in failed.iterrows():
        yield f"\n{one['run']} failed: {one['error']}"
    count = standing(runs, results.folder).value_counts()
    if same := count.get(SAME, 0):
        yield (
            f"\n{same} of {len(runs)} rows were made by older code, and rows like them came out "
            f"the same by today's; {ledger(results.folder).path} says which."
        )
    if other := count.get(OTHER, 0):
        yield (
            f"\n{other} of {len(runs)} rows were made by other code than today's, and nobody "
            f"looked whether that changes them; recotour-vae experiments confirm {name} does."
        )


def _text(table: pd.DataFrame) -> str:
    return table.rename(index=_level).to_string(float_format="{:.4f}".format, na_rep="")


def _level(value: Any) -> Any:
    """Write a setting in front of a row: a number as short as it is."""
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:g}"
    return value


def beside(runs: pd.DataFrame, run: str, found: dict[str, float]) -> str:
    """Put what a run gave now beside what is stored."""
    stored = runs[runs["run"] == run]
    measured = [name for name in (*PAPER_METRICS, *ERROR_METRICS) if name in found]
    names = [*measured, "best_epoch", "fit_seconds"]
    table = pd.DataFrame({"now": pd.Series(found).reindex(names)})
    if len(stored):
        table.insert(0, "stored", stored.iloc[0].reindex(names))
    return _text(table)
