"""Kill a training at each of its writes, or fill the disk there: `python faults.py HOW FOLDER`.

A process of its own, which forks one for each write, and prints how many writes each case has. What
a write is comes from Python's audit events on paths of the run and from the two calls that have
none, so that no list of the code's writes can grow old.
"""

import errno
import os
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from support import small_config, small_model, two_tastes

from recotour_vae.errors import RecotourError
from recotour_vae.files import arrays as stored
from recotour_vae.runs import keep_data, open_run
from recotour_vae.runs.layout import BEST, HISTORY, LAST, SETTINGS, SPLIT, TITLES
from recotour_vae.training import Trainer

SPLIT_OF_RUN = two_tastes()
TITLES_OF_RUN = [f"Film {i}" for i in range(SPLIT_OF_RUN.n_items)]
ALL = {BEST, HISTORY, LAST, SETTINGS, SPLIT, TITLES}
SETTINGS_OF_RUN = {"epochs": 2, "monitor": "loss"}
REMOVES = {"os.remove", "os.rmdir"}  # which a full disk lets one do
CHANGES = {"os.rename", "os.mkdir", "os.truncate", "os.link"}


class Writes:
    """Count the writes under a folder, and do something at one of them."""

    def __init__(self) -> None:
        self.folder, self.at, self.seen = "", 0, 0
        self.fault: Callable[[], None] = lambda: None
        sys.addaudithook(self._hook)
        self._save, self._sync = stored.save_file, os.fsync
        stored.save_file, os.fsync = self._half, self._synced  # type: ignore[assignment]

    def arm(self, folder: Path, at: int, fault: Callable[[], None]) -> None:
        """Start to count."""
        self.folder, self.at, self.seen, self.fault = str(folder), at, 0, fault

    def disarm(self) -> None:
        """Count no more."""
        self.folder = ""

    def _count(self) -> None:
        self.seen += 1
        if self.folder and self.seen == self.at:
            self.fault()

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.folder or not args or not str(args[0]).startswith(self.folder):
            return
        opened = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR)
        removed = event in REMOVES and self.fault is die
        if opened or removed or event in CHANGES:
            self._count()

    def _half(self, arrays: Any, path: Path, metadata: Any) -> None:
        """Write a file of arrays; when the fault is now, half of it."""
        if self.folder and self.seen + 1 == self.at:
            self._save(arrays, path, metadata=metadata)
            os.truncate(path, path.stat().st_size // 2)
        self._count()
        self._save(arrays, path, metadata=metadata)

    def _synced(self, file: int) -> None:
        self._count()
        self._sync(file)


WRITES = Writes()


def die() -> None:
    """End without a word, as under SIGKILL."""
    os._exit(9)


def full() -> None:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def forked(act: Callable[[Path], None], folder: Path) -> int:
    """Act in a process of its own.

    It ends with 0, with 2 after a sentence, with 3 when there was no such write; killed with 9.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        act(folder)
        status = 0 if WRITES.seen >= WRITES.at else 3
    except RecotourError:
        status = 2
    except BaseException:
        traceback.print_exc()
    os._exit(status)


def train(folder: Path, resume: bool = False, titles: Any = TITLES_OF_RUN) -> None:
    """Train, or go on, with split and titles."""
    trainer = Trainer(small_config(**SETTINGS_OF_RUN), folder, progress=False)
    trainer.fit_split(net(seed=9 if resume else 0), SPLIT_OF_RUN, titles, resume)


def net(seed: int = 0) -> Any:
    """Make a model that betters each epoch: β is what it is from the first update on."""
    return small_model(seed=seed, annealing="constant")


def go_on(folder: Path) -> None:
    """Resume what can be resumed, else start again."""
    train(folder, resume=(folder / LAST).exists())


def stopped(folder: Path) -> None:
    """Leave a run of one epoch of two whose titles are others."""
    trainer = Trainer(small_config(**SETTINGS_OF_RUN | {"epochs": 1}), folder, progress=False)
    old = [title + " (old)" for title in TITLES_OF_RUN]
    trainer.fit_split(net(), SPLIT_OF_RUN, old)
    _, header = arrays = stored.read_arrays(folder / LAST)
    header["training"]["epochs"] = 2
    stored.write_arrays(folder / LAST, *arrays)
    arrays, header = stored.read_arrays(folder / BEST)
    header["training"]["epochs"] = 2
    stored.write_arrays(folder / BEST, arrays, header)


def bare(folder: Path) -> None:
    """Leave a finished run that was given matrices only."""
    trainer = Trainer(small_config(**SETTINGS_OF_RUN), folder, progress=False)
    trainer.fit(net(), SPLIT_OF_RUN.train, SPLIT_OF_RUN.validation)


CASES = {
    "a new run": (lambda folder: None, train, go_on),
    "a run that goes on": (stopped, lambda folder: train(folder, resume=True), go_on),
    "keeping data": (
        bare,
        lambda folder: keep_data(folder, SPLIT_OF_RUN, TITLES_OF_RUN),
        lambda folder: keep_data(folder, SPLIT_OF_RUN, TITLES_OF_RUN),
    ),
}


def check(folder: Path, whole: Path) -> None:
    """Make sure that a mended run is the run that nothing happened to."""
    assert {path.name for path in folder.iterdir()} == ALL, sorted(folder.iterdir())
    ours, theirs = open_run(folder), open_run(whole)
    assert ours.titles == theirs.titles == tuple(TITLES_OF_RUN)
    assert ours.split.fingerprint() == theirs.split.fingerprint()
    for name in (BEST, LAST):
        (arrays, _), (others, _) = (stored.read_arrays(path / name) for path in (folder, whole))
        assert arrays.keys() == others.keys()
        for key, array in arrays.items():
            np.testing.assert_array_equal(array, others[key])
    histories = [pd.read_csv(path / HISTORY).drop(columns="seconds") for path in (folder, whole)]
    pd.testing.assert_frame_equal(*histories, check_exact=True)


def main(case: str, fault: Callable[[], None], place: Path) -> int:
    """Go through all writes of a case; give their number."""
    shutil.rmtree(place, ignore_errors=True)
    prepare, act, mend = CASES[case]
    before, whole, folder = place / "before", place / "whole", place / "here" / "run"
    (place / "here").mkdir(parents=True)
    prepare(before)
    train(whole)
    for number in range(1, 1000):
        if before.exists():
            shutil.copytree(before, folder)
        WRITES.arm(folder, number, fault)
        status = forked(act, folder)
        WRITES.disarm()
        if status == 3:  # there was no such write: all are done
            check(folder, whole)
            return number - 1
        assert status in ({9} if fault is die else {0, 2}), (number, status)
        if fault is full and folder.exists():
            left = {path.name for path in folder.iterdir()}
            assert left <= ALL, (number, left)
        if status:
            mend(folder)
        check(folder, whole)
        shutil.rmtree(folder)
    raise AssertionError("a run of a thousand writes")


if __name__ == "__main__":
    torch.set_num_threads(1)  # so that it can be forked
    warnings.simplefilter("ignore")
    how = {"kill": die, "full": full}[sys.argv[1]]
    print({case: main(case, how, Path(sys.argv[2]) / "case") for case in CASES})
