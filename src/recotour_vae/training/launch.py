"""Start several workers on this machine with PyTorch's elastic engine, and speak for them."""

import json
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from recotour_vae import errors
from recotour_vae.errors import (
    RecotourError,
    StorageError,
    TrainingInterruptedError,
    WorkerError,
)
from recotour_vae.runtime.processes import child_environment
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.world import RUN_ID, World

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure
    from torch.distributed.launcher.api import LaunchConfig

_ERROR_FILE: Final = "TORCHELASTIC_ERROR_FILE"  # where a worker may say why it ended
_SIGNALS: Final = ("SIGTERM", "SIGHUP")  # not SIGINT, so that Ctrl-C is what it always is
_RENDEZVOUS: Final = {  # on a busy machine, or one that slept: seconds, and signs of life missed
    "read_timeout": 600,
    "close_timeout": 300,
    "heartbeat_timeout": 300,
    "keep_alive_max_attempt": 10_000,
}
_GRACE: Final = 5  # seconds between asking a worker to end and ending it


def launch(command: Sequence[str], workers: int, config: TrainingConfig, folder: Path) -> None:
    """Run a command as several workers of one run, and wait for them.

    Parameters
    ----------
    command
        A program and its arguments, the same for all workers.
    workers
        Processes to start here.
    config
        Of the run; the workers' devices are checked before they start.
    folder
        Of the run, to say how far it got when it is stopped.

    Raises
    ------
    RecotourError
        What a worker raised.
    WorkerError
        When a worker was killed, or ended without saying why.
    TrainingInterruptedError
        On Ctrl-C, and when this process is told to end.
    """
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import elastic_launch

    from recotour_vae.training.distributed import worker_device

    worker_device(config.device, World(local_size=workers))
    with _error_folder() as errors_in, _restored(_environment(workers)):
        try:
            elastic_launch(_launch_config(workers, errors_in), command[0])(*command[1:])
        except ChildFailedError as error:
            raise first_failure(error.failures, workers, folder) from error
        except (KeyboardInterrupt, SignalException) as error:
            left = _progress(folder)
            raise TrainingInterruptedError(left[0].upper() + left[1:]) from error


def report_error(error: RecotourError) -> bool:
    """Leave a worker's error where whoever started it looks, be it `launch` or torchrun.

    Returns
    -------
    bool
        Whether it is there; it is not where nobody looks, or the disk is full.
    """
    path = os.environ.get(_ERROR_FILE)
    report = {"message": str(error), "kind": type(error).__name__, "timestamp": time.time()}
    try:
        return bool(path and Path(path).write_text(json.dumps(report), encoding="utf-8"))
    except OSError:
        return False


def _error_folder() -> "tempfile.TemporaryDirectory[str]":
    """Make the folder in which workers leave their errors."""
    try:
        return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    except OSError as error:
        raise StorageError(
            f"There is no folder for temporary files ({error.strerror or error}); make room, or "
            "name one with TMPDIR."
        ) from error


def _launch_config(workers: int, errors_in: str) -> "LaunchConfig":
    """One machine, a free port of its own, no second try, and a look ten times a second."""
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
    from torch.distributed.launcher.api import LaunchConfig

    return LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=workers,
        run_id=RUN_ID,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        rdzv_configs=_RENDEZVOUS,
        max_restarts=0,
        monitor_interval=0.1,
        shutdown_timeout=_GRACE,
        signals_to_handle=",".join(_SIGNALS),
        logs_specs=DefaultLogsSpecs(log_dir=errors_in),
    )


def _environment(workers: int) -> dict[str, str]:
    """Share this process's threads among the workers, and silence the engine's own log."""
    import torch

    threads = max(1, torch.get_num_threads() // workers)
    own = {"OMP_NUM_THREADS": str(threads), "TORCH_CPP_LOG_LEVEL": "FATAL"}
    return own | child_environment()


def first_failure(
    failures: "Mapping[int, ProcessFailure]", workers: int, folder: Path
) -> RecotourError:
    """Choose the worker that ended first, and put what befell it in a sentence.

    The others end because of it: they lose the line to it, or are told to end.
    """
    rank = min(failures, key=lambda rank: _rank_of_cause(failures[rank]))
    failure = failures[rank]
    report = failure.error_file_data
    if "kind" in report:
        kind: type[RecotourError] = getattr(errors, report["kind"], RecotourError)
        return kind(report["message"])
    return WorkerError(f"Worker {rank} of {workers} {_exit_text(failure)}: {_progress(folder)}")


def _progress(folder: Path) -> str:
    """Say how far the run got, as the end of a sentence."""
    from recotour_vae.training.checkpoints import resume_hint, saved_epochs

    return resume_hint(saved_epochs(folder), folder)


def _rank_of_cause(failure: "ProcessFailure") -> int:
    """Order the ends of workers from causes to consequences."""
    report: Mapping[str, Any] = failure.error_file_data
    if report.get("kind") == WorkerError.__name__:
        return 3
    if failure.exitcode == -signal.SIGTERM:
        return 2
    return 0 if failure.exitcode < 0 else 1


def _exit_text(failure: "ProcessFailure") -> str:
    if failure.exitcode == -signal.SIGKILL:
        return "was killed (SIGKILL, often for want of memory)"
    if failure.exitcode < 0:
        return f"was ended by {failure.signal_name()}"
    return f"ended with status {failure.exitcode}, for the reason above"


@contextmanager
def _restored(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment and silence the engine's log; put all back afterwards.

    The engine changes the environment and the handlers of signals too, and leaves them so.
    """
    before, silence = dict(os.environ), logging.root.manager.disable
    handlers = {name: signal.getsignal(name) for name in map(signal.Signals.__getitem__, _SIGNALS)}
    os.environ.update(variables)
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(silence)
        os.environ.clear()
        os.environ.update(before)
        if threading.current_thread() is threading.main_thread():  # no other may set them
            for name, handler in handlers.items():
                signal.signal(name, handler)
