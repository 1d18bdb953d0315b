"""From rows to answers: means over seeds, and paired differences between settings."""

import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from recotour_vae.errors import ExperimentError
from recotour_vae.evaluation.statistics.intervals import student
from recotour_vae.experiments.declaration import Block
from recotour_vae.experiments.setting import Setting

REPEATS: Final = ("seed", "split", "fold")  # what a run is repeated over, and not compared by


def laid_out(block: Block, runs: pd.DataFrame) -> pd.DataFrame:
    """Put a block's runs beside what varies in it.

    Parameters
    ----------
    block
        Of an experiment's file.
    runs
        The table of runs; those of other blocks are left out.

    Returns
    -------
    pandas.DataFrame
        A row a run that was made: a column for each thing that varies (lists as text), `seed`,
        `split_seed`, and the columns of the table.
    """
    rows = [
        {"run": setting.id} | {name: _value(setting, name) for name in block.varies}
        for setting in block.settings
    ]
    table = runs.drop(columns=[name for name in block.varies if name in runs], errors="ignore")
    return pd.DataFrame(rows).merge(table, on="run", how="inner")


def factors(block: Block) -> list[str]:
    """Name what a block compares: what varies, less what it is repeated over."""
    return [name for name in block.varies if name not in REPEATS]


def summarise(table: pd.DataFrame, by: Sequence[str], metric: str = "ndcg@100") -> pd.DataFrame:
    """Give mean, deviation and Student's 95 % interval of a metric over the repeats.

    Returns
    -------
    pandas.DataFrame
        Indexed by `by`, with `n`, `mean`, `sd`, `low` and `high`; the interval covers the spread
        over seeds (and splits, where they vary), and not that over test users.
    """
    groups = table.groupby(list(by), sort=False, dropna=False)  # not said is a level too
    found = groups[metric].agg(n="count", mean="mean", sd="std")
    low, high = student(found["mean"], found["sd"] / np.sqrt(found["n"]), found["n"] - 1)
    result: pd.DataFrame = found.assign(low=low, high=high)
    return result


def against(
    table: pd.DataFrame,
    factor: str,
    reference: str,
    within: Sequence[str] = (),
    metric: str = "ndcg@100",
) -> pd.DataFrame:
    """Compare each level of a factor with a reference, run by run.

    Runs are paired that agree in everything of `within`, in seed and in split, so what those do
    to both cancels.

    Parameters
    ----------
    table
        As `laid_out` gives it.
    factor, reference
        What is compared, and the level that everything is compared with.
    within
        Other factors, compared separately at each of their levels.
    metric
        Column of the table.

    Returns
    -------
    pandas.DataFrame
        Indexed by `within` and `factor`, with `n` pairs, the mean difference (level less
        reference), its Student 95 % interval `low` and `high`, and `p`, that of the paired t test.

    Raises
    ------
    ExperimentError
        When no run has the reference level.
    """
    keys = [*within, *(name for name in ("seed", "split_seed") if name in table)]
    base = table[table[factor] == reference]
    if base.empty:
        levels = ", ".join(map(str, table[factor].unique()))
        raise ExperimentError(f"No run has {factor}={reference}; there are {levels}.")
    pairs = table.merge(base[[*keys, metric]], on=keys, suffixes=("", " of reference"))
    pairs["difference"] = pairs[metric] - pairs[f"{metric} of reference"]
    pairs = pairs[pairs[factor] != reference]
    found = summarise(pairs, [*within, factor], "difference")
    t = found["mean"] / (found["sd"] / np.sqrt(found["n"]))
    return found.assign(p=2 * stats.t.sf(t.abs(), found["n"] - 1)).drop(columns="sd")


def _value(setting: Setting, name: str) -> object:
    """Give the value of an option or a field of a run, None where it has neither; lists as text."""
    value = setting.options.get(name, getattr(setting, name, None))
    return json.dumps(value) if isinstance(value, list | tuple) else value
