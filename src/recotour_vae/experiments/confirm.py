"""Find out whether today's code makes stored rows again, digit for digit, and write it down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd

from recotour_vae.errors import ExperimentError, RecotourError, TrainingInterruptedError
from recotour_vae.experiments import code, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.declaration import Experiment
from recotour_vae.experiments.ledger import entries_of, ledger
from recotour_vae.experiments.report import every_setting
from recotour_vae.experiments.results import RUN_COLUMNS, Results, code_today, versions
from recotour_vae.experiments.setting import Setting
from recotour_vae.splits import Split

_TIMES: Final = ("fit_seconds", "answer_ms")
_OF_SOME: Final = "beta_at_best"  # Mult-DAE had one once, which had no part in its loss
_HALF_A_DIGIT: Final = 1e-9  # numbers are stored with five digits after the point at most


@dataclass(frozen=True)
class Verdict:
    """What was found of the rows of one model that one code made.

    Attributes
    ----------
    about
        Model, framework and fingerprint.
    holds
        Whether today's code is as good as that; None where no row could be made again.
    finding
        What was found, in words.
    """

    about: str
    holds: bool | None
    finding: str


@dataclass(frozen=True)
class Comparison:
    """How many numbers of a row were compared, and how far apart they are at most."""

    numbers: int
    largest: float


def confirm(experiment: Experiment, results: Results, rows: int = 1) -> Iterator[Verdict]:
    """Make rows of each model and code again, those that take least time, and compare them.

    Where all come out as stored, a line of the ledger says so; it is not asked again whether the
    ledger has one of this experiment.

    Parameters
    ----------
    experiment, results
        Its declaration and its tables.
    rows
        To make again of each model and code, or as many as there are.
    """
    runs = results.runs.read()
    runs = runs[runs["error"].isna()].sort_values("fit_seconds", kind="stable")
    runs = runs.assign(today=[code_today(one) for _, one in runs.iterrows()])
    settings = every_setting(experiment, results)
    for _, group in runs.groupby(["model", "framework", "code", "today"], dropna=False):
        yield _confirm(group, settings, results, rows)


class _OtherNumbersError(RecotourError):
    """A row came out otherwise than it is stored."""


def _confirm(
    group: pd.DataFrame, settings: Mapping[str, Setting], results: Results, rows: int
) -> Verdict:
    first = group.iloc[0]
    if first["code"] == first["today"]:
        return Verdict(_about(first), True, "made by today's code")
    if _is_written(first, results):
        return Verdict(_about(first), True, "found the same before, and written down")
    try:
        made, reason = _make_some_again(group, settings, rows)
    except _OtherNumbersError as error:
        return Verdict(_about(first), False, str(error))
    if not made:
        return Verdict(_about(first), None, f"no row could be made again: {reason}")
    _write(first, made, results)
    found = f"{' '.join(made)} made again, and the same in every digit stored"
    return Verdict(_about(first), True, found)


def _make_some_again(
    group: pd.DataFrame, settings: Mapping[str, Setting], rows: int
) -> tuple[dict[str, Comparison], str]:
    """Make rows again until there are enough, passing over data that cannot be had."""
    made: dict[str, Comparison] = {}
    lacking: dict[str, str] = {}  # data, and why
    for _, stored in group.iterrows():
        if len(made) < rows and stored["data"] not in lacking:
            try:
                split = _split_again(stored, settings)
            except RecotourError as error:
                lacking[stored["data"]] = str(error)
            else:
                made[stored["run"]] = _compare(stored, _row_again(stored, settings, split))
    return made, next(iter(lacking.values()), "")


def _split_again(stored: "pd.Series[Any]", settings: Mapping[str, Setting]) -> Split:
    run = str(stored["run"])
    if run not in settings:
        raise ExperimentError(f"run {run} is not declared any more.")
    split = split_of(settings[run])
    if split.fingerprint() != stored["split"]:
        raise ExperimentError(f"run {run} was made on another split than these data give.")
    return split


def _row_again(
    stored: "pd.Series[Any]", settings: Mapping[str, Setting], split: Split
) -> dict[str, Any]:
    try:
        return trial.run(settings[stored["run"]], split).row
    except TrainingInterruptedError:
        raise
    except RecotourError as error:
        raise _OtherNumbersError(f"run {stored['run']} now fails: {error}") from error


def _compare(stored: "pd.Series[Any]", found: Mapping[str, Any]) -> Comparison:
    """Compare every number of a row, which are as they are stored: rounded.

    A number that rows came to have later is not compared where it is not stored, and so is none
    of a row that names a commit for its code: the script that made it measured less. Nor is the β
    of a network that has none.

    Raises
    ------
    _OtherNumbersError
        When one is not the same.
    """
    always = () if stored["code"] == stored["commit"] else RUN_COLUMNS
    known = [name for name in found if name in always or not pd.isna(stored.get(name))]
    passed = {*_TIMES, *([_OF_SOME] if pd.isna(found.get(_OF_SOME)) else [])}
    names = [name for name in known if name not in passed]
    apart = {name: _difference(stored[name], found[name]) for name in names}
    changed = [name for name in names if not apart[name] < _HALF_A_DIGIT]
    if changed:
        values = [f"{name} {stored[name]} stored and {found[name]} now" for name in changed]
        raise _OtherNumbersError(f"run {stored['run']} came out otherwise: {', '.join(values)}")
    return Comparison(len(names), max(apart.values()))


def _difference(stored: Any, found: Any) -> float:
    """How far apart two cells are; two empty ones are not."""
    if pd.isna(stored) or pd.isna(found):
        return 0.0 if pd.isna(stored) and pd.isna(found) else float("inf")
    return round(abs(float(stored) - float(found)), 9)


def _is_written(first: "pd.Series[Any]", results: Results) -> bool:
    entries = entries_of(first["model"], first["framework"], ledger(results.folder).read())
    same = (entries["code"] == first["code"]) & (entries["today"] == first["today"])
    return bool((same & (entries["experiment"] == results.name)).any())


def _write(first: "pd.Series[Any]", made: Mapping[str, Comparison], results: Results) -> None:
    entry = {name: first[name] for name in ("model", "framework", "code", "today")}
    entry |= {"date": datetime.now(UTC).date().isoformat(), "experiment": results.name}
    entry |= {"run": " ".join(made), "numbers": sum(one.numbers for one in made.values())}
    entry |= {"largest_difference": max(one.largest for one in made.values())}
    entry |= {"commit": code.commit(), "versions": versions(str(first["framework"]))}
    ledger(results.folder).append(entry)


def _about(first: "pd.Series[Any]") -> str:
    framework = first["framework"] if isinstance(first["framework"], str) else ""
    return f"{first['model']} {framework}".strip() + f", rows made by code {first['code']}"
