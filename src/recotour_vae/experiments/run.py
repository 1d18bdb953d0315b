"""Run what an experiment still lacks, side by side, and write each row when it is there."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, Final

from recotour_vae.errors import ExperimentError, RecotourError, TrainingInterruptedError
from recotour_vae.experiments import declaration, search, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.declaration import Experiment
from recotour_vae.experiments.memory_needs import bytes_needed
from recotour_vae.experiments.results import RUN_COLUMNS, Results, row
from recotour_vae.experiments.setting import Setting
from recotour_vae.runtime.memory import available_memory
from recotour_vae.runtime.processes import child_environment, environment, initialise_worker
from recotour_vae.runtime.progress import bar

_THREADS: Final = "OMP_NUM_THREADS"


@dataclass(frozen=True)
class Job:
    """Something for one process: a run, or all the trials that a search lacks."""

    name: str
    setting: Setting  # the run, or a typical one of the search
    work: Callable[..., str]
    arguments: tuple[Any, ...]


def missing(experiment: Experiment, results: Results) -> list[Setting]:
    """Give the runs without a row: the declared ones, and those of searches that are complete."""
    wanted = experiment.settings()
    for one in experiment.searches:
        wanted += search.finals(one, results)
    done = set(results.runs.read()["run"])
    return list({s.id: s for s in wanted if s.id not in done}.values())


def run_missing(
    experiment: Experiment,
    path: Path,
    results: Results,
    processes: int,
    show: bool | None = None,
    say: Callable[[str], None] = print,
) -> int:
    """Make the runs and trials that are missing, searches first, and count them.

    Parameters
    ----------
    experiment, path
        The experiment, and the file that it was read from: each process reads it again.
    results
        Where rows go.
    processes
        How many at once, where memory allows.
    show
        Show a bar; None shows it to people and not to CI.
    say
        Takes a line about each run that is done.

    Raises
    ------
    ExperimentError
        When a process dies, as one does for which there is too little memory.
    """
    made = 0
    for phase in (_searches_and_declared, _chosen):  # what a search chose is known at its end
        jobs = phase(experiment, path, results)
        for line in bar(_work(jobs, processes), show, total=len(jobs), unit="job"):
            say(line)
            made += 1
    return made


def run_one(setting: Setting, results: Results, per_user: bool) -> str:
    """Make a run and write it down; one that fails is written down with its reason."""
    split = split_of(setting)
    try:
        outcome = trial.run(setting, split)
    except TrainingInterruptedError:
        raise
    except RecotourError as error:
        found = {"error": str(error)}
        results.runs.append(row(setting, split.fingerprint(), found, RUN_COLUMNS))
        return f"{setting.id} {setting.data} {setting.model}: {error}"
    results.keep(setting, split.fingerprint(), outcome, per_user)
    metric, seconds = trial.metric_of_trials(split.of_ratings), outcome.row["fit_seconds"]
    about = f"{setting.data} {setting.model} {setting.framework}".strip()
    return f"{setting.id} {about}: {metric} {outcome.row[metric]:.4f}, {seconds:.0f} s"


def run_search(path: Path, name: str, results: Results) -> str:
    """Make the trials that a search lacks."""
    chosen = next(one for one in declaration.read(path).searches if one.name == name)
    count = sum(1 for _ in search.go_on(chosen, results))
    return f"{name}: {count} trials"


def _searches_and_declared(experiment: Experiment, path: Path, results: Results) -> list[Job]:
    """Give the searches that lack trials, and the declared runs that lack a row."""
    lacking = [one for one in experiment.searches if search.missing_trials(one, results)]
    jobs = [Job(one.name, one.typical(), run_search, (path, one.name, results)) for one in lacking]
    done = set(results.runs.read()["run"])
    return jobs + _runs([s for s in experiment.settings() if s.id not in done], experiment, results)


def _chosen(experiment: Experiment, path: Path, results: Results) -> list[Job]:
    """Give the runs of what the searches chose, where they lack a row."""
    return _runs(missing(experiment, results), experiment, results)


def _runs(settings: list[Setting], experiment: Experiment, results: Results) -> list[Job]:
    return [Job(one.id, one, run_one, (one, results, experiment.per_user)) for one in settings]


def _work(jobs: list[Job], processes: int) -> Iterator[str]:
    """Go through jobs with as many processes as are wanted and fit into memory."""
    memory, waiting = available_memory(), list(jobs)
    running: dict[Future[str], int] = {}
    not_ours = set(active_children())
    with _a_death_in_a_sentence(), _pool(max(1, min(processes, len(jobs)))) as pool:
        try:
            while waiting or running:
                start_jobs(pool, waiting, running, processes, memory)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    running.pop(future)
                    yield future.result()
        except BaseException:  # Ctrl-C, or a reader who has had enough
            for child in set(active_children()) - not_ours:
                child.kill()
            raise


def start_jobs(
    pool: ProcessPoolExecutor,
    waiting: list[Job],
    running: "dict[Future[str], int]",
    processes: int,
    memory: int | None,
) -> None:
    """Start jobs while there is a process and memory for one; one at least always runs."""
    while waiting and len(running) < processes:
        job = waiting[0]
        needed = bytes_needed(job.setting, split_of(job.setting).n_items)
        if running and memory is not None and sum(running.values()) + needed > memory:
            return
        waiting.pop(0)
        running[pool.submit(job.work, *job.arguments)] = needed


@contextmanager
def _a_death_in_a_sentence() -> Iterator[None]:
    """Say that a process died, whether it did while it worked or before it was given anything."""
    try:
        yield
    except BrokenProcessPool as error:
        raise ExperimentError(
            "A process of the experiment died, as happens where memory runs out; what is written "
            "stays, so give the same command again with a smaller --processes."
        ) from error


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Make processes that share the cores: each has its part of the threads from the start."""
    threads = max(1, (os.cpu_count() or 1) // processes)
    # Read when a process and its libraries begin.
    variables = {_THREADS: str(threads)} | child_environment()
    first = ("torch",)  # or the first run's time would be that of loading it
    with (
        environment(variables),
        ProcessPoolExecutor(processes, get_context("spawn"), initialise_worker, first) as pool,
    ):
        yield pool
