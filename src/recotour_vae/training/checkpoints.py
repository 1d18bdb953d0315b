"""The state of a run: what was asked for, how far it got, and the best model so far."""

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from recotour_vae.arrays.types import Arrays
from recotour_vae.errors import CheckpointError
from recotour_vae.files.arrays import check_shapes, read_header
from recotour_vae.files.numbered import numbered_header, read_numbered, write_numbered
from recotour_vae.models.config import Framework
from recotour_vae.models.saved import as_today, save_network
from recotour_vae.runs.claim import claimed
from recotour_vae.runs.data import (
    RunData,
    check_same_split,
    noted_prints,
    warn_rewritten,
    what_to_write,
)
from recotour_vae.runs.layout import Folder
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


@dataclass
class RunFolder:
    """A run and where it is kept.

    Attributes
    ----------
    folder
        Of its files.
    name, model, training, framework
        What was asked for: the recommender, its settings, and how it is trained.
    data
        Rows, columns, clicks and checksum of the training matrix.
    validation
        The same of both matrices of the validation users; None without them.
    keep
        Split and titles; None when only matrices are known.
    writes
        Of several workers only one does.
    """

    folder: Folder
    name: str
    model: Any
    training: TrainingConfig
    data: list[int]
    validation: list[int] | None = None
    framework: Framework = "pytorch"
    keep: RunData | None = None
    writes: bool = True

    def __post_init__(self) -> None:
        self.prints = self.keep.prints if self.keep else noted_prints()

    def claimed(self) -> AbstractContextManager[None]:
        """Keep everybody else from training there, while the block runs."""
        return claimed(self.folder.path) if self.writes else nullcontext()

    def begin(self) -> None:
        """Start a new run: its settings, then what it is trained on.

        Raises
        ------
        CheckpointError
            When the folder holds a run, or a part of one.
        """
        self.folder.check_free()
        if not self.writes:
            return
        self.folder.tidy()
        self.folder.write_settings(self._settings())
        if self.keep:
            self.keep.write(self.folder)

    def save(self, progress: Progress, backend: Backend) -> None:
        """Write the state after an epoch: where there is a best model one can always go on."""
        if not self.writes:
            return
        state = {"rows": progress.rows, "watch": asdict(progress.watch)}
        header = self._settings() | state | {"learning_rate": backend.learning_rate}
        write_numbered(self.folder.last, _pack(backend), header)
        if progress.watch.best_epoch in (0, len(progress.rows)):
            self._save_best(progress)
        self._save_history(progress)

    def resume(self, backend: Backend) -> Progress:
        """Put a backend back to where the run was left, andrepair what a kill left undone.

        Raises
        ------
        CheckpointError
            When there is nothing to resume, or it was another model, other settings or data.
        """
        progress, arrays, header = self._read(backend)
        parts = self._take_over(header)
        backend.load_arrays(_part(arrays, "model"))
        backend.set_optimiser_state(_part(arrays, "optimiser"))
        backend.learning_rate = header["learning_rate"]
        if self.writes:
            self._repair(progress, parts)
        return progress

    def _read(self, backend: Backend) -> tuple[Progress, Arrays, dict[str, Any]]:
        """Read the state and compare all there is, before anything is changed."""
        self.folder.check_resumable()
        arrays, header = read_numbered(self.folder.last)
        if not {"rows", "watch", "learning_rate"} <= header.keys():
            raise self._wrong_file(self.folder.last, "is not the last state of a run")
        if self.keep:
            check_same_split(
                self.folder, self.keep, noted_prints(header, self.folder.settings())["split"]
            )
        self._check_same({"framework": "pytorch"} | header)
        check_shapes(self.folder.last, _part(arrays, "model"), backend.arrays())
        progress = Progress(header["rows"], Watch(**header["watch"]))
        progress.best = self._best(progress, _part(arrays, "model"))
        return progress, arrays, header

    def _best(self, progress: Progress, last: Arrays) -> Arrays:
        """Read the best model, or take the last where it was the best and is not written yet."""
        epoch = len(progress.rows)
        wanted = progress.watch.best_epoch or epoch
        if wanted == epoch and self._epoch_of_best() < epoch:
            return last
        best, header = read_numbered(self.folder.best)
        self._check_same(header)
        check_shapes(self.folder.best, best, last)
        if header.get("format", 1) > 1 and header.get("epoch") != wanted:
            what = f"is of epoch {header.get('epoch')}, and the best was {wanted}"
            raise self._wrong_file(self.folder.best, what)
        return best

    def _epoch_of_best(self) -> int:
        """Look which epoch the best model is of; 0 where there is none."""
        if not self.folder.best.exists():
            return 0
        header = numbered_header(self.folder.best)
        self._check_same(header)
        return int(header.get("epoch", 0))

    def _take_over(self, header: dict[str, Any]) -> list[str]:
        """Take over the fingerprints of split and titles; say which are to be written again."""
        written = noted_prints(self.folder.settings(), header)
        if not self.keep:
            self.prints = written
            return []
        parts, self.prints = what_to_write(self.folder, self.keep, written["titles"])
        return parts

    def _repair(self, progress: Progress, parts: list[str]) -> None:
        self.folder.tidy()
        if self._epoch_of_best() < (progress.watch.best_epoch or len(progress.rows)):
            self._save_best(progress)
        self._save_history(progress)
        if self.keep and parts:
            self.folder.write_settings(self._settings())
            self.keep.write(self.folder, parts)
            warn_rewritten(self.folder, parts)

    def _save_best(self, progress: Progress) -> None:
        epoch = progress.watch.best_epoch or len(progress.rows)
        notes = {name: value for name, value in self._settings().items() if name != "model"}
        width = self.data[1]
        save_network(self.folder.best, progress.best, self.model, width, epoch=epoch, **notes)

    def _save_history(self, progress: Progress) -> None:
        self.folder.write_history(history_table(progress.rows).to_csv())

    def _settings(self) -> dict[str, Any]:
        asked = {"model": asdict(self.model), "training": asdict(self.training)}
        settings: dict[str, Any] = {"recommender": self.name, **asked}
        clicks = {"data": self.data, "validation": self.validation}
        plain: dict[str, Any] = {**settings, "framework": self.framework, **clicks, **self.prints}
        return json.loads(json.dumps(plain))  # type: ignore[no-any-return]

    def _check_same(self, header: dict[str, Any]) -> None:
        """Refuse to go on with other settings; only the device may differ."""
        header = as_today(header, type(self.model))
        # what a setting was before it could be set: a run that does not mention it had this
        before = {"model": _defaults(self.model), "training": _defaults(self.training)}
        for group, now in self._settings().items():
            if group in ("split", "titles") or group not in header:
                continue  # these are compared with their files; and what is not noted cannot be
            then = header[group]
            if group in ("data", "validation") and now != then:
                raise self._other_clicks(group, now, then)
            for name, ours, theirs in _differences(now, then, before.get(group, {})):
                if name != "device":
                    raise CheckpointError(
                        f"The run in {self.folder.path} has {group} {name}".rstrip()
                        + f" {theirs}, not {ours}; resume with its own settings, or start a new "
                        "run in another folder."
                    )

    def _other_clicks(self, group: str, now: Any, then: Any) -> CheckpointError:
        what = "training clicks" if group == "data" else "validation users"
        return CheckpointError(
            f"The run in {self.folder.path} has other {what} ({_size(then)}) than are given now "
            f"({_size(now)}); resume with its own data, or start a new run in another folder."
        )

    def _wrong_file(self, path: Path, what: str) -> CheckpointError:
        return CheckpointError(
            f"{path} {what} in {self.folder.path}; bring the right file back from a copy, or "
            "train again in another folder."
        )


def saved_epochs(folder: Path) -> int:
    """Count the epochs that a run in a folder can go on from; 0 where there is nothing."""
    try:
        return len(read_header(Folder(folder).last)["rows"])
    except (CheckpointError, KeyError):
        return 0


def resume_hint(epochs: int, folder: Path | None) -> str:
    """Say what is left of a run that was stopped, as the end of a sentence."""
    if not epochs:
        return "stopped before the first epoch was over; nothing is saved yet, so start again."
    done = f"stopped after {epochs} epoch{'' if epochs == 1 else 's'}"
    if folder is None:
        return f"{done}; the model has the weights of its best one."
    return (
        f"{done}; everything is saved in {folder}, go on with --resume (or fit(..., resume=True))."
    )


def _size(described: list[int] | None) -> str:
    if described is None:
        return "none"
    users, items, n_clicks = described[:3]
    return f"{users:,} users, {items:,} items, {n_clicks:,} clicks"


def _defaults(settings: Any) -> dict[str, Any]:
    """Give the defaults of settings that have one."""
    return {one.name: one.default for one in fields(settings) if one.default is not MISSING}


def _differences(now: Any, then: Any, before: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Name what differs; a setting that the run does not mention had its default."""
    if not isinstance(now, dict) or not isinstance(then, dict):
        return [("", now, then)] if now != then else []
    then = {name: before[name] for name in now.keys() & before.keys()} | then
    names = sorted(now.keys() | then.keys())
    rows = [(name, now.get(name), then.get(name)) for name in names]
    return [row for row in rows if row[1] != row[2]]


def _pack(backend: Backend) -> Arrays:
    groups = {"model": backend.arrays(), "optimiser": backend.optimiser_state()}
    return {f"{group}:{name}": a for group, arrays in groups.items() for name, a in arrays.items()}


def _part(arrays: Arrays, group: str) -> Arrays:
    prefix = f"{group}:"
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
