"""Start several workers on this machine with PyTorch's elastic engine, and speak for them."""

import ctypes
import json
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from recotour_vae import errors
from recotour_vae.errors import RecotourError, TrainingInterruptedError, WorkerError
from recotour_vae.training.checkpoints import how_to_go_on, saved_epochs
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.world import OUR_RUN, World

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure
    from torch.distributed.launcher.api import LaunchConfig

_ERROR_FILE: Final = "TORCHELASTIC_ERROR_FILE"  # where a worker may say why it ended
_SIGNALS: Final = ("SIGTERM", "SIGHUP")  # not SIGINT, so that Ctrl-C is what it always is
_PR_SET_PDEATHSIG: Final = 1  # of prctl(2)
_GRACE: Final = 5  # seconds between asking a worker to end and ending it


def launch(command: Sequence[str], workers: int, config: TrainingConfig, folder: Path) -> None:
    """Run a command as several workers of one run, and wait for them.

    Parameters
    ----------
    command
        A program and its words, the same for all workers.
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
    with tempfile.TemporaryDirectory() as notes, _left_as_it_was(_environment(workers)):
        try:
            elastic_launch(_plan(workers, notes), command[0])(*command[1:])
        except ChildFailedError as error:
            raise _what_happened(error.failures, workers, folder) from error
        except (KeyboardInterrupt, SignalException) as error:
            left = how_to_go_on(saved_epochs(folder), folder)
            raise TrainingInterruptedError(left[0].upper() + left[1:]) from error


def end_with_the_launcher() -> None:
    """Have the system end this worker when whoever started it is killed; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def tell(error: RecotourError) -> None:
    """Leave a worker's error where whoever started it looks, be it `launch` or torchrun."""
    path = os.environ.get(_ERROR_FILE)
    if path:
        words = {"message": str(error), "kind": type(error).__name__, "timestamp": time.time()}
        Path(path).write_text(json.dumps(words), encoding="utf-8")


def _plan(workers: int, notes: str) -> "LaunchConfig":
    """One machine, a free port of its own, no second try, and a look ten times a second."""
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
    from torch.distributed.launcher.api import LaunchConfig

    return LaunchConfig(
        min_nodes=1, max_nodes=1, nproc_per_node=workers, run_id=OUR_RUN,
        rdzv_backend="c10d", rdzv_endpoint="localhost:0", local_addr="localhost",
        max_restarts=0, monitor_interval=0.1, shutdown_timeout=_GRACE,
        signals_to_handle=",".join(_SIGNALS),
        logs_specs=DefaultLogsSpecs(log_dir=notes),
    )  # fmt: skip


def _environment(workers: int) -> dict[str, str]:
    """Share this process's threads among the workers, and silence the engine's own log."""
    import torch

    threads = max(1, torch.get_num_threads() // workers)
    return {"OMP_NUM_THREADS": str(threads), "TORCH_CPP_LOG_LEVEL": "FATAL"}


def _what_happened(
    failures: "Mapping[int, ProcessFailure]", workers: int, folder: Path
) -> RecotourError:
    """Choose the worker that ended first, and put what befell it in a sentence.

    The others end because of it: they lose the line to it, or are told to end.
    """
    rank = min(failures, key=lambda rank: _lateness(failures[rank]))
    failure = failures[rank]
    said = failure.error_file_data
    if "kind" in said:
        kind: type[RecotourError] = getattr(errors, said["kind"])
        return kind(said["message"])
    left = how_to_go_on(saved_epochs(folder), folder)
    return WorkerError(f"Worker {rank} of {workers} {_end_of(failure)}: {left}")


def _lateness(failure: "ProcessFailure") -> int:
    """Order the ends of workers from causes to consequences."""
    said: Mapping[str, Any] = failure.error_file_data
    if said.get("kind") == WorkerError.__name__:
        return 3
    if failure.exitcode == -signal.SIGTERM:
        return 2
    return 0 if failure.exitcode < 0 else 1


def _end_of(failure: "ProcessFailure") -> str:
    if failure.exitcode == -signal.SIGKILL:
        return "was killed (SIGKILL, often for want of memory)"
    if failure.exitcode < 0:
        return f"was ended by {failure.signal_name()}"
    return f"ended with status {failure.exitcode}, for the reason above"


@contextmanager
def _left_as_it_was(words: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment and silence the engine's log; put all back afterwards.

    The engine changes the environment and the handlers of signals too, and leaves them so.
    """
    before, silence = dict(os.environ), logging.root.manager.disable
    handlers = {name: signal.getsignal(name) for name in map(signal.Signals.__getitem__, _SIGNALS)}
    os.environ.update(words)
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
