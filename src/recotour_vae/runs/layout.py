"""What is in the folder of a run: names, and how each part is read."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recotour_vae.errors import CheckpointError
from recotour_vae.files.numbered import FORMAT
from recotour_vae.files.whole import PARTIAL, write_text

BEST: Final = "best.safetensors"  # the model of the best epoch
LAST: Final = "last.safetensors"  # all that is needed to go on
SETTINGS: Final = "settings.json"  # what was asked for, for people too
HISTORY: Final = "history.csv"  # a row an epoch, for people
SPLIT: Final = "split.npz"  # the clicks
TITLES: Final = "titles.csv"  # what the columns are called


@dataclass(frozen=True)
class Folder:
    """The files of a run; nothing in them is interpreted here.

    A run begins with its settings, split and titles. After an epoch comes the last state, then
    the best model, then the history: where there is a model there is a state to go on from.
    """

    path: Path

    @property
    def best(self) -> Path:
        """The model of the best epoch."""
        return self.path / BEST

    @property
    def last(self) -> Path:
        """The state after the last whole epoch."""
        return self.path / LAST

    @property
    def split(self) -> Path:
        """The clicks."""
        return self.path / SPLIT

    @property
    def titles(self) -> Path:
        """The titles."""
        return self.path / TITLES

    def check_free(self) -> None:
        """Make sure that a new run may use the folder; one that never finished an epoch is none.

        Raises
        ------
        CheckpointError
            When it holds a run, or any part of one: nothing is written over.
        """
        if self._has(LAST):
            raise CheckpointError(
                f"{self.path} already holds a run; resume it (--resume), or choose another folder."
            )
        if self._has(BEST) and "recommender" in self.settings() and not self._has(HISTORY):
            raise CheckpointError(
                f"{self.path} already holds a model; choose another folder, or empty this one."
            )
        parts = [name for name in (BEST, SPLIT, TITLES, HISTORY, SETTINGS) if self._has(name)]
        if parts and not self.is_begun():
            raise CheckpointError(
                f"{self.path} holds part of a run ({', '.join(parts)}) and no {LAST}, so it can "
                "neither be resumed nor trained over; choose another folder, or empty this one."
            )

    def is_begun(self) -> bool:
        """Whether a run began here and never finished an epoch: there is nothing to lose."""
        done = any(self._has(name) for name in (BEST, LAST, HISTORY))
        return not done and {"model", "training"} <= self.settings().keys()

    def check_resumable(self) -> None:
        """Make sure that there is a state to go on from.

        Raises
        ------
        CheckpointError
            When there is none.
        """
        if self.is_begun():
            raise CheckpointError(
                f"The run in {self.path} was stopped before its first epoch was over, so there is "
                "nothing to go on from; start again, without --resume (resume=True)."
            )
        if not self._has(LAST):
            raise CheckpointError(
                f"There is no checkpoint at {self.last}, so there is nothing to resume; train a "
                "model first, without --resume (resume=True)."
            )

    def tidy(self) -> None:
        """Take away what a killed run was writing.

        Raises
        ------
        CheckpointError
            When the system does not let it.
        """
        for name in (BEST, LAST, SETTINGS, HISTORY, SPLIT, TITLES):
            left = self.path / (name + PARTIAL)
            try:
                left.unlink(missing_ok=True)
            except OSError as error:
                raise CheckpointError(
                    f"{left} was left by a run that was killed and cannot be removed ({error}); "
                    "remove it, or choose another folder."
                ) from error

    def settings(self) -> dict[str, Any]:
        """Read the settings; empty where there are none that can be read."""
        try:
            found = json.loads((self.path / SETTINGS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Write the settings, with the number of the format."""
        text = json.dumps({"format": FORMAT} | dict(settings), indent=2)
        write_text(self.path / SETTINGS, text + "\n")

    def write_history(self, table: str) -> None:
        """Write the history, unless it is there already."""
        path = self.path / HISTORY
        if not path.is_file() or path.read_bytes() != table.encode():
            write_text(path, table, lasting=False)  # the last state has it too

    def _has(self, name: str) -> bool:
        return os.path.lexists(self.path / name)  # a link that leads nowhere now is something
