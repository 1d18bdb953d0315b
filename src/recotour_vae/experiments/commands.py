"""The commands under `recotour-vae experiments`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from tyro.conf import OmitArgPrefixes, Positional, arg

from recotour_vae.errors import ExperimentError, TrainingInterruptedError

if TYPE_CHECKING:
    from recotour_vae.experiments.declaration import Experiment
    from recotour_vae.experiments.results import Results


Name = Annotated[str, arg(metavar="NAME")]


@dataclass(frozen=True)
class Folders:
    """Where experiments are declared, and where their tables are.

    Parameters
    ----------
    declared
        Folder with a file NAME.toml for each experiment.
    results
        Folder of the tables.
    """

    declared: Path = Path("experiments")
    results: Path = Path("results")

    def path(self, name: str) -> Path:
        """Give the file of an experiment."""
        return self.declared / f"{name}.toml"

    def read(self, name: str) -> "tuple[Experiment, Results]":
        """Read an experiment, and find its tables."""
        from recotour_vae.experiments import Results, declaration

        return declaration.read(self.path(name)), Results(self.results, name)


@dataclass(frozen=True)
class ListCommand:
    """List the declared experiments and how far each is.

    For example:
      recotour-vae experiments list

    Parameters
    ----------
    folders
        Where to look.
    """

    folders: OmitArgPrefixes[Folders] = field(default_factory=Folders)

    def run(self, argv: Sequence[str]) -> None:
        """Print a line or two for each."""
        from recotour_vae.experiments import report

        declared = sorted(self.folders.declared.glob("*.toml"))
        if not declared:
            raise ExperimentError(
                f"There is no experiment in {self.folders.declared}; type this in a copy of the "
                "book's repository, or name a folder with --declared."
            )
        for path in declared:
            experiment, results = self.folders.read(path.stem)
            print(f"{report.state(experiment, results)}\n  {experiment.about}")


@dataclass(frozen=True)
class RunCommand:
    """Make the runs that an experiment lacks; stop it at any time, and go on with the same words.

    Each run is a row in results/NAME.csv as soon as it is done. Searches go first, then what is
    declared, then the runs of what the searches chose.

    Examples:
      recotour-vae experiments run grid
      recotour-vae experiments run grid --processes 4
      RECOTOUR_DATA=data recotour-vae experiments run progress
      recotour-vae experiments run grid --only width

    Parameters
    ----------
    name
        Of a file in the folder of experiments, without .toml.
    only
        Names of its blocks and searches to go on with; all where none is named.
    processes
        Runs side by side, where memory allows; None takes one for each core.
    """

    name: Positional[Name]
    only: tuple[str, ...] = ()
    processes: int | None = None
    folders: OmitArgPrefixes[Folders] = field(default_factory=Folders)

    def run(self, argv: Sequence[str]) -> None:
        """Run what is missing."""
        from tqdm import tqdm

        from recotour_vae.experiments import report
        from recotour_vae.experiments.run import run_missing

        experiment, results = self.folders.read(self.name)
        experiment = experiment.only(self.only) if self.only else experiment
        print(report.state(experiment, results), flush=True)
        try:
            made = run_missing(
                experiment,
                self.folders.path(self.name),
                results,
                self.processes or os.cpu_count() or 1,
                say=tqdm.write,
            )
        except KeyboardInterrupt as error:
            raise TrainingInterruptedError(
                f"Stopped; what is done stays in {results.runs.path}. The same command goes on."
            ) from error
        print(f"{made} done. Next: recotour-vae experiments report {self.name}")


@dataclass(frozen=True)
class ReportCommand:
    """Show what an experiment found: means over seeds with intervals, best settings, warnings.

    Examples:
      recotour-vae experiments report grid
      recotour-vae experiments report grid --metric recall@20

    Parameters
    ----------
    name
        Of an experiment.
    metric
        A column of its table; None takes ndcg@100, or rmse where ratings are predicted.
    """

    name: Positional[Name]
    metric: str | None = None
    folders: OmitArgPrefixes[Folders] = field(default_factory=Folders)

    def run(self, argv: Sequence[str]) -> None:
        """Print it."""
        from recotour_vae.evaluation.registry import ERROR_METRICS
        from recotour_vae.experiments import report, trial

        experiment, results = self.folders.read(self.name)
        metric = self.metric or trial.metric_of_trials(experiment.of_ratings)
        columns = results.runs.read().columns
        if metric not in columns and results.runs.path.exists():
            known = ", ".join(one for one in columns if "@" in one or one in ERROR_METRICS)
            raise ExperimentError(f"There is no metric '{metric}' in the table; try {known}.")
        for line in report.lines(experiment, results, metric):
            print(line)


@dataclass(frozen=True)
class RepeatCommand:
    """Make a row of a table again, and show both; the table is left as it is.

    Examples:
      recotour-vae experiments repeat grid 494a7fe3

    Parameters
    ----------
    name
        Of an experiment.
    id
        Of a run: the first column of its table.
    """

    name: Positional[Name]
    id: Positional[Annotated[str, arg(metavar="RUN")]]
    folders: OmitArgPrefixes[Folders] = field(default_factory=Folders)

    def run(self, argv: Sequence[str]) -> None:
        """Run it, and print what was stored and what was found."""
        from recotour_vae.experiments import report, trial
        from recotour_vae.experiments.data import split_of

        experiment, results = self.folders.read(self.name)
        setting = report.every_setting(experiment, results).get(self.id)
        if setting is None:
            raise ExperimentError(
                f"{self.folders.path(self.name)} declares no run '{self.id}'; the ids are in "
                f"the first column of {results.runs.path}."
            )
        found = trial.run(setting, split_of(setting)).row
        print(report.beside(results.runs.read(), self.id, found))


@dataclass(frozen=True)
class ConfirmCommand:
    """Make stored rows again with today's code; where all digits are the same, write that down.

    Code changes without its numbers changing. For each model and each code that made rows of the
    table, this makes the row again that takes least time, and compares every number. What is the
    same goes into results/same-numbers.csv, and such rows count as of today's code from then on;
    rows are left as they are. Where a last digit differs, try the number of threads that they were
    made with, mostly one: sums may depend on it.

    Examples:
      recotour-vae experiments confirm grid
      OMP_NUM_THREADS=1 RECOTOUR_DATA=data recotour-vae experiments confirm progress --rows 3

    Parameters
    ----------
    name
        Of an experiment.
    rows
        To make again of each model and code.
    """

    name: Positional[Name]
    rows: int = 1
    folders: OmitArgPrefixes[Folders] = field(default_factory=Folders)

    def run(self, argv: Sequence[str]) -> None:
        """Look at one model and code after the other, and say what is found."""
        from recotour_vae.experiments.confirm import confirm

        if self.rows < 1:
            raise ExperimentError(f"--rows is {self.rows}; give 1 or more.")
        experiment, results = self.folders.read(self.name)
        changed = []
        for verdict in confirm(experiment, results, self.rows):
            print(f"{verdict.about}: {verdict.finding}", flush=True)
            if verdict.holds is False:
                changed.append(verdict.about)
        if changed:
            raise ExperimentError(
                f"Today's code has other numbers for {'; '.join(changed)}; find out why, or take "
                "those rows out of the table and make them again."
            )


COMMANDS: Final[dict[str, type[Any]]] = {
    "list": ListCommand,
    "run": RunCommand,
    "report": ReportCommand,
    "repeat": RepeatCommand,
    "confirm": ConfirmCommand,
}
