"""The folder of a run: what was asked for, how far it got, and the best model so far."""

import json
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scipy.sparse import csr_matrix

from recotour_vae.errors import CheckpointError
from recotour_vae.models.config import Framework, ModelConfig
from recotour_vae.models.saved import save_weights
from recotour_vae.storage import (
    BEST,
    LAST,
    Arrays,
    check_free,
    check_shapes,
    read_arrays,
    write_arrays,
    write_text,
)
from recotour_vae.training.backend import Backend
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.history import history_table
from recotour_vae.training.patience import Watch


@dataclass
class Progress:
    """How far a run is; with the weights and the optimiser this is all that resuming needs.

    Attributes
    ----------
    rows
        One an epoch.
    watch
        Of the monitored quantity.
    best
        Weights of the best epoch.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    best: Arrays = field(default_factory=dict)


@dataclass(frozen=True)
class RunFolder:
    """Where a run is kept.

    `best.safetensors` holds the model of the best epoch, `last.safetensors` all that is needed
    to go on, `settings.json` and `history.csv` what a person wants to read.
    """

    path: Path
    model: ModelConfig
    training: TrainingConfig
    data: tuple[int, ...]  # rows, columns, clicks and checksum of the training matrix
    framework: Framework = "pytorch"
    writes: bool = True  # of several workers only one does

    @property
    def _last(self) -> Path:
        return self.path / LAST

    @property
    def _best(self) -> Path:
        return self.path / BEST

    def begin(self) -> None:
        """Claim the folder for a new run.

        Raises
        ------
        CheckpointError
            When it already holds one.
        """
        check_free(self.path)
        if not self.writes:
            return
        write_text(self.path / "settings.json", json.dumps(self._settings(), indent=2) + "\n")

    def save(self, progress: Progress, backend: Backend) -> None:
        """Write the state after an epoch; the best model first, so that none is ever lost."""
        if not self.writes:
            return
        epoch = len(progress.rows)
        if progress.watch.best_epoch in (0, epoch):
            width = self.data[1]
            save_weights(self._best, progress.best, self.model, width, epoch=epoch)
        state = {"rows": progress.rows, "watch": asdict(progress.watch)}
        header = self._settings() | state | {"learning_rate": backend.learning_rate}
        write_arrays(self._last, _pack(backend), header)
        write_text(self.path / "history.csv", history_table(progress.rows).to_csv())

    def resume(self, backend: Backend) -> Progress:
        """Put a backend back to where the run was left.

        Raises
        ------
        CheckpointError
            When there is nothing to resume, or it was another model, other settings or data.
        """
        arrays, header = read_arrays(self._last)
        self._check_same(header)
        check_shapes(self._last, _part(arrays, "model"), backend.weights())
        backend.set_weights(_part(arrays, "model"))
        backend.set_optimiser_state(_part(arrays, "optimiser"))
        backend.learning_rate = header["learning_rate"]
        best, _ = read_arrays(self._best)
        check_shapes(self._best, best, backend.weights())
        return Progress(header["rows"], Watch(**header["watch"]), best)

    def _settings(self) -> dict[str, Any]:
        settings = {"model": asdict(self.model), "training": asdict(self.training)}
        plain: dict[str, Any] = {**settings, "data": self.data, "framework": self.framework}
        return json.loads(json.dumps(plain))  # type: ignore[no-any-return]

    def _check_same(self, header: dict[str, Any]) -> None:
        """Refuse to go on with other settings; only the device may differ."""
        for group, now in self._settings().items():
            then = header.get(group, "pytorch" if group == "framework" else {})
            for name, ours, theirs in _differences(now, then):
                if name != "device":
                    what = f"{group} {name}".strip()
                    raise CheckpointError(
                        f"The run in {self.path} has {what} {theirs}, not {ours}; resume "
                        "with its own settings, or start a new run in another folder."
                    )


def saved_epochs(folder: Path) -> int:
    """Count the epochs that a run in a folder can go on from; 0 where there is nothing."""
    try:
        return len(read_arrays(folder / LAST)[1]["rows"])
    except (CheckpointError, KeyError):
        return 0


def how_to_go_on(epochs: int, folder: Path | None) -> str:
    """Say what is left of a run that was stopped, as the end of a sentence."""
    if not epochs:
        return "stopped before the first epoch was over; nothing is saved yet, so start again."
    done = f"stopped after {epochs} epoch{'' if epochs == 1 else 's'}"
    if folder is None:
        return f"{done}; the model has the weights of its best one."
    return (
        f"{done}; everything is saved in {folder}, go on with --resume (or fit(..., resume=True))."
    )


def describe_data(train: csr_matrix) -> tuple[int, ...]:
    """Shape, clicks and checksum of a training matrix, to notice that it is another one."""
    digest = zlib.crc32(train.indices.astype("<i8"), zlib.crc32(train.indptr.astype("<i8")))
    return (*train.shape, train.nnz, digest)


def _differences(now: Any, then: Any) -> list[tuple[str, Any, Any]]:
    if not isinstance(now, dict) or not isinstance(then, dict):
        return [("", now, then)] if now != then else []
    names = sorted(now.keys() | then.keys())
    rows = [(name, now.get(name), then.get(name)) for name in names]
    return [row for row in rows if row[1] != row[2]]


def _pack(backend: Backend) -> Arrays:
    groups = {"model": backend.weights(), "optimiser": backend.optimiser_state()}
    return {f"{group}:{name}": a for group, arrays in groups.items() for name, a in arrays.items()}


def _part(arrays: Arrays, group: str) -> Arrays:
    prefix = f"{group}:"
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
