"""The tables of one experiment: what was run, how it went, and whether today's code made it."""

import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from recotour_vae.errors import ConfigError, ExperimentError
from recotour_vae.evaluation.lists import DESCRIPTION
from recotour_vae.experiments import code, trial
from recotour_vae.experiments.ledger import entries_of, ledger, predecessors
from recotour_vae.experiments.setting import Setting
from recotour_vae.experiments.table import Rows, pack, unpack
from recotour_vae.splits import Split

_IDENTITY: Final = ("run", "data", "split_seed", "model", "framework", "seed", "options")
_TRIAL: Final = ("search", "trial", "chosen", *_IDENTITY)
_PROVENANCE: Final = ("settings", "split", "versions", "code", "commit")
RUN_COLUMNS: Final = (
    *_IDENTITY,
    "ndcg@100",
    "recall@20",
    "recall@50",
    "se_ndcg@100",
    "se_recall@20",
    "se_recall@50",
    "validation_ndcg@100",
    "test_users",
    *DESCRIPTION,
    "epochs",
    "best_epoch",
    "beta_at_best",
    "nll",
    "kl",
    "validation_loss",
    "fit_seconds",
    "answer_ms",
    "error",
    *_PROVENANCE,
)
SEARCH_COLUMNS: Final = (
    *_TRIAL,
    "validation_ndcg@100",
    "best_epoch",
    "fit_seconds",
    "error",
    *_PROVENANCE,
)

HERE: Final = code.ROOT.parents[1] / "results"  # of the checkout, where there is one
TODAYS, SAME, OTHER = "today's code", "same numbers", "other code"


@dataclass(frozen=True)
class Results:
    """The files of an experiment in a folder of results."""

    folder: Path
    name: str

    @cached_property
    def runs(self) -> Rows:
        """A row a run."""
        return Rows(self.folder / f"{self.name}.csv", RUN_COLUMNS, _IDENTITY)

    @cached_property
    def searches(self) -> Rows:
        """A row a trial of a search, measured on validation users only."""
        return Rows(self.folder / f"{self.name}-search.csv", SEARCH_COLUMNS, _TRIAL)

    @cached_property
    def curves(self) -> Rows:
        """For each run and quantity its values over the epochs."""
        return Rows(self.folder / f"{self.name}-curves.csv", ("run", "what", "values"))

    @cached_property
    def users(self) -> Rows:
        """For each run and metric its values over the test users, in the split's order."""
        return Rows(self.folder / f"{self.name}-users.csv", ("run", "what", "values"))

    def keep(self, setting: Setting, split: str, outcome: trial.Outcome, per_user: bool) -> None:
        """Write a run down; its row comes last, so that a row means that all is there."""
        for what, values in outcome.curves.items():
            packed = pack(values)
            self.curves.append({"run": setting.id, "what": what, "values": packed})
        for what in map(str, outcome.per_user if per_user else ()):
            packed = pack(outcome.per_user[what], decimals=4)
            self.users.append({"run": setting.id, "what": what, "values": packed})
        self.runs.append(row(setting, split, outcome.row, RUN_COLUMNS))

    def lists(self, rows: Rows, what: str) -> dict[str, list[float]]:
        """Give the lists of one quantity, by run."""
        table = rows.read()
        table = table[table["what"] == what].drop_duplicates("run", keep="last")
        return {run: unpack(cell) for run, cell in zip(table["run"], table["values"], strict=True)}


def row(
    setting: Setting, split: str, found: dict[str, Any], columns: tuple[str, ...]
) -> dict[str, Any]:
    """Make a whole row: what was asked, what was found, and where it comes from.

    What was found and is in none of the columns comes after them.
    """
    made = dict.fromkeys(columns) | found
    made |= {"run": setting.id, "data": setting.data, "split_seed": setting.split}
    made |= {"model": setting.model, "framework": setting.framework, "seed": setting.seed}
    made |= {"options": json.dumps(dict(setting.options), sort_keys=True)}
    made |= {"fold": setting.fold} if setting.source.of_ratings else {}
    return made | provenance(setting, split)


def provenance(setting: Setting, split: str) -> dict[str, str]:
    """Say which settings, data and code make a row."""
    return {
        "settings": json.dumps(setting.everything(), sort_keys=True),
        "split": split,
        "versions": versions(setting.framework),
        "code": code.fingerprint(*trial.roots(setting)),
        "commit": code.commit(),
    }


def versions(framework: str) -> str:
    """Name the packages whose numbers a run is made of, with their versions."""
    package = {"gluon": "mxnet"}.get(framework, "torch")
    return versions_of(("recotour-vae", "numpy", "scipy", package))


def origin(split: Split, packages: Iterable[str], script: str) -> dict[str, str]:
    """Say which data and code make a row of a script's table.

    Parameters
    ----------
    split
        That it was run on.
    packages
        Whose numbers the row is made of.
    script
        Its `__file__`: the code beside it counts as the library does.
    """
    commit = code.commit(Path(script).resolve().parent)
    return {"split": split.fingerprint(), "versions": versions_of(packages), "commit": commit}


def flags(rows: pd.DataFrame, folder: Path = HERE) -> "pd.Series[str]":
    """Say of each row what has changed since: `other code`, or nothing.

    A row counts as of today's code where its fingerprint is today's, or where the ledger leads
    from it to today's: rows like it were made again, and came out the same.

    Parameters
    ----------
    rows
        Of a table of runs or of trials.
    folder
        With the ledger; by default the results of the checkout that the code is read from.
    """
    found = standing(rows, folder)
    return found.where(found == OTHER, "")


def standing(rows: pd.DataFrame, folder: Path = HERE) -> "pd.Series[str]":
    """Say of each row whose code made it: today's, other code with the same numbers, or other.

    Parameters are those of `flags`. A row of a model that today's library does not have counts as
    made by other code.
    """
    entries = ledger(folder).read()
    found = [_standing(one, entries) for _, one in rows.iterrows()]
    return pd.Series(found, index=rows.index, dtype=str)


def _standing(one: "pd.Series[Any]", entries: pd.DataFrame) -> str:
    today = code_today(one)
    if one["code"] == today:
        return TODAYS
    entries = entries_of(str(one["model"]), one["framework"], entries)
    return SAME if one["code"] in predecessors(today, entries) else OTHER


def code_today(one: "pd.Series[Any]") -> str:
    """Name the code that would make a row today; nothing where the model is gone."""
    framework = one["framework"] if isinstance(one["framework"], str) else ""
    sampled = json.loads(one["settings"]).get("sampled_items") is not None
    try:
        return code.fingerprint(*trial.roots_of(str(one["model"]), framework, sampled))
    except (KeyError, ConfigError, ExperimentError):
        return ""


def versions_of(packages: Iterable[str]) -> str:
    """Name packages with their versions, and Python's; one that is not there is missing."""
    found = [f"{name} {_version(name)}" for name in packages]
    return ", ".join([*found, f"Python {platform.python_version()}"])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
