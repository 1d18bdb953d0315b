"""The one training loop: epochs, updates, validation, patience and checkpoints.

It knows no framework, and not what a loss is made of: the first is behind `Backend`, so that two
runs that differ can only differ there, and the second is what a `Network` says. One update is

1. `Trainer.fit`: a backend is made, and `Loop.epochs` goes through the epochs;
2. `Loop.train_epoch`: seeds of the epoch; `Loop._phase`: an order of the units for each pass;
3. `Loop.train_pass`: a batch is cut, and the network's `schedule` says what varies with the update;
4. `train_step` of the backend: the network's `training_loss` of the batch, and its gradients;
5. a step of the phase's optimiser; the parts of the loss are fetched when the phase is over.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import (
    ConfigError,
    DivergenceError,
    TrainingInterruptedError,
    WorkerError,
)
from recotour_vae.evaluation import check, judge
from recotour_vae.evaluation.registry import parse_name
from recotour_vae.files.whole import expanded
from recotour_vae.models.network import Network, Phase
from recotour_vae.runs.data import RunData, describe, describe_group
from recotour_vae.runs.layout import Folder
from recotour_vae.runtime.allocator import give_back_free, large_buffers_kept
from recotour_vae.runtime.progress import bar
from recotour_vae.splits import HeldOut, Split
from recotour_vae.training.backend import Backend
from recotour_vae.training.checkpoints import Progress, RunFolder, resume_hint, saved_epochs
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.history import history_table
from recotour_vae.training.patience import Watch
from recotour_vae.training.validation import check_monitor, judged, names_of, validate_group
from recotour_vae.training.world import World

_MANY_BATCHES: Final = 50  # from here on an epoch is long enough for a bar of its own
_GIVE_BACK_EVERY: Final = 16  # updates: rare enough to cost less than a hundredth of them


class Trainer:
    """Train a model on clicks, keep its best epoch, and say what happened.

    Under `torchrun` every worker makes the same trainer and calls `fit` on the same data: they
    share the users of each batch, all end with the same model, and the first one writes the
    folder, which has to be on a disk that all of them see.

    Parameters
    ----------
    config
        Settings of the run.
    folder
        Where to keep checkpoints after each epoch; None keeps the best epoch in memory only.
        One training at a time writes there; anybody may read meanwhile.
    progress
        Show a bar; None shows it to people and not to CI.
    backend
        Makes the backend of a model under a configuration; None takes that of the model's
        framework. This is the place to try another optimiser, as `choose.Parts` says.

    Attributes
    ----------
    history : pandas.DataFrame
        One row an epoch, also when training was interrupted.

    Examples
    --------
    Eight people, four films, two epochs:

    >>> import numpy as np
    >>> from recotour_vae.models.pytorch import MultVAE
    >>> clicks = np.tile([[1, 1, 0, 0], [0, 0, 1, 1]], (4, 1))
    >>> model = MultVAE(n_items=4, hidden=(3,), latent=2)
    >>> config = TrainingConfig(epochs=2, batch_size=4, device="cpu")
    >>> history = Trainer(config, progress=False).fit(model, clicks)
    >>> list(history)
    ['beta', 'learning_rate', 'loss', 'nll', 'kl', 'seconds']
    >>> history["beta"].round(2).tolist()
    [0.06, 0.18]
    """

    def __init__(
        self,
        config: TrainingConfig | None = None,
        folder: str | Path | None = None,
        progress: bool | None = None,
        backend: Callable[[Any, TrainingConfig], Backend] | None = None,
    ) -> None:
        self.config = config or TrainingConfig()
        self.make_backend = backend or make_backend
        self.folder = None if folder is None else expanded(folder)
        self.show = progress if World.here().leads else False
        self.history = pd.DataFrame()

    def fit(
        self,
        model: Network,
        train: csr_matrix,
        validation: HeldOut | None = None,
        resume: bool = False,
        keep: RunData | None = None,
    ) -> pd.DataFrame:
        """Train, and leave the model with the weights of its best epoch.

        What is asked for is checked before anything in the folder changes.

        Parameters
        ----------
        model
            Changed in place.
        train
            Clicks of the training users, (n_users, n_items), as `arrays.canonical` takes
            them.
        validation
            Held-out users that pick the best epoch; without them the last epoch is kept.
        resume
            Go on with the run in the folder: the numbers are those of an uninterrupted run.
        keep
            Split and titles that the folder keeps beside the model, so that `evaluate` and
            `recommend` open it; `fit_split` passes them.

        Returns
        -------
        pandas.DataFrame
            The history, a row an epoch; see `history_table`.

        Raises
        ------
        ConfigError
            When patience is asked for without validation users, or resuming without a folder;
            when there are no users, or the model is for another number of items.
        DataError
            When the matrix is not one of clicks.
        MetricError
            When the monitored metric cannot be measured on the validation users.
        CheckpointError
            When the folder holds another run or nothing to resume, or is in use.
        DivergenceError
            When the loss stops being a number; the model is then back at its best epoch.
        TrainingInterruptedError
            On Ctrl-C; the model has its best weights, and the folder the last whole epoch.
        WorkerError
            When another worker is gone; model and folder are left as on Ctrl-C.
        """
        self._check(validation, resume)
        train = canonical(train, where="The training matrix")
        _check_data(model, train, validation, self.config.monitor)
        backend = self.make_backend(model, self.config)
        folder = self._run_folder(model, train, validation, keep)
        run = Loop(self.config, model, backend, train, validation, folder)
        with folder.claimed() if folder else nullcontext():
            return self._train(run, resume)

    def fit_split(
        self,
        model: Network,
        split: Split,
        titles: Iterable[str] | None = None,
        resume: bool = False,
    ) -> pd.DataFrame:
        """Train on a split as `fit` does, and keep it in the folder with its titles.

        Parameters
        ----------
        model
            Changed in place.
        split
            Its training users are trained on, its validation users pick the best epoch.
        titles
            Of its columns; None takes the raw ids. A run that is resumed takes them in place of
            those it has.
        resume
            Go on with the run in the folder.

        Returns
        -------
        pandas.DataFrame
            The history.

        Raises
        ------
        RecotourError
            As `fit` says; DataError when there are not as many titles as items, SplitError when
            the split cannot be written.
        """
        keep = RunData.of(split, titles)
        return self.fit(model, split.train, split.validation, resume, keep)

    def _train(self, run: "Loop", resume: bool) -> pd.DataFrame:
        progress = run.start(resume)
        try:
            run.epochs(progress, self.show)
        except KeyboardInterrupt as error:
            left = resume_hint(self._saved(progress), self.folder)
            raise TrainingInterruptedError(left[0].upper() + left[1:]) from error
        except WorkerError as error:
            left = resume_hint(self._saved(progress), self.folder)
            raise WorkerError(f"Another worker of this run is gone: {left}") from error
        finally:
            run.backend.load_arrays(progress.best)
            self.history = history_table(progress.rows)
        return self.history

    def _saved(self, progress: Progress) -> int:
        """Count the epochs that can be gone on from; the last may not have been written."""
        return saved_epochs(self.folder) if self.folder else len(progress.rows)

    def _run_folder(
        self,
        model: Network,
        train: csr_matrix,
        validation: HeldOut | None,
        keep: RunData | None,
    ) -> RunFolder | None:
        if self.folder is None:
            return None
        clicks = describe(train), describe_group(validation)
        return RunFolder(
            Folder(self.folder),
            model.kind,
            model.config,
            self.config,
            *clicks,
            model.framework,
            keep,
            writes=World.here().leads,
        )

    def _check(self, validation: HeldOut | None, resume: bool) -> None:
        waits = self.config.patience or self.config.plateau_patience
        if validation is None and waits:
            raise ConfigError(
                "patience and plateau_patience watch the validation users, and none are given; "
                "pass split.validation, or leave both at None."
            )
        if resume and self.folder is None:
            raise ConfigError("Resuming needs the folder of a run; pass it as Trainer(folder=...).")


class Loop:
    """One call of `fit`: the loop itself."""

    def __init__(
        self,
        config: TrainingConfig,
        network: Network,
        backend: Backend,
        train: csr_matrix,
        validation: HeldOut | None,
        folder: RunFolder | None,
    ) -> None:
        self.config, self.network = config, network
        self.backend, self.folder = backend, folder
        self.train, self.validation = train, judged(validation)

    def start(self, resume: bool) -> Progress:
        """Begin anew, or where the folder's run was left."""
        self.backend.load(self.train)
        self.n_units = len(self.backend.units)
        if not self.n_units:
            raise ConfigError("The training matrix holds nothing to train on; pass split.train.")
        if self.folder and resume:
            return self.folder.resume(self.backend)
        if self.folder:
            self.folder.begin()
        return Progress(best=self.backend.arrays())

    @property
    def n_batches(self) -> int:
        """Of all units."""
        return -(-self.n_units // self.config.batch_size)

    @property
    def n_updates(self) -> int:
        """Of an epoch."""
        return self.n_batches * sum(phase.passes for phase in self.network.phases)

    def epochs(self, progress: Progress, show: bool | None) -> None:
        """Train until the epochs or the patience run out."""
        done = len(progress.rows)
        epochs = bar(
            range(done + 1, self.config.epochs + 1),
            show,
            desc="epochs",
            unit="epoch",
            initial=done,
            total=self.config.epochs,
        )
        for epoch in epochs:
            if progress.watch.is_over(self.config.patience):
                break
            row = self.train_epoch(epoch, show)
            self._record(row, epoch, progress)
            epochs.set_postfix(self._postfix(row), refresh=False)
        epochs.close()

    def train_epoch(self, epoch: int, show: bool | None) -> dict[str, float]:
        """Train through the network's phases, then look at the validation users."""
        start, rate = time.perf_counter(), self.backend.learning_rate
        order_seed, noise_seed = _epoch_seeds(self.config.seed, epoch)
        self.backend.start_epoch(noise_seed)
        orders = np.random.default_rng(order_seed)
        self.update = (epoch - 1) * self.n_updates
        losses: dict[str, float] = {}
        for phase in self.network.phases:
            losses |= self._phase(phase, epoch, orders, show)
        row = {"epoch": epoch, **self._schedule(self.update - 1), "learning_rate": rate}
        return row | losses | self._validate(epoch) | {"seconds": time.perf_counter() - start}

    def _phase(
        self, phase: Phase, epoch: int, orders: np.random.Generator, show: bool | None
    ) -> dict[str, float]:
        """Go through all units as often as the phase asks for, in a new order each time."""
        self.backend.start_phase(phase)
        for _ in range(phase.passes):
            self.train_pass(epoch, orders.permutation(self.n_units), show)
        return self._mean_losses(epoch, phase)

    def train_pass(self, epoch: int, order: NDArray[np.int64], show: bool | None) -> None:
        """Make one update a batch, in an order of the units."""
        size, show = self.config.batch_size, show if self.n_batches >= _MANY_BATCHES else False
        with large_buffers_kept():  # and given back before checkpoints need room
            for batch in bar(range(self.n_batches), show, desc=f"epoch {epoch}", leave=False):
                chosen = order[batch * size : (batch + 1) * size]
                self.backend.train_step(self.backend.cut(chosen), **self._schedule(self.update))
                self.update += 1
                if batch % _GIVE_BACK_EVERY == 0:
                    give_back_free()

    def _schedule(self, update: int) -> dict[str, float]:
        """Give what the network wants to vary with the update, by name."""
        return self.network.schedule(update, self.config.epochs * self.n_updates)

    def _mean_losses(self, epoch: int, phase: Phase) -> dict[str, float]:
        """Mean over a phase's units of each part of the loss.

        Raises
        ------
        DivergenceError
            Naming the first batch whose loss is not a number.
        """
        steps = self.backend.take_losses()  # (passes · n_batches, n_parts)
        bad = np.flatnonzero(~np.isfinite(steps).all(axis=1))
        if len(bad):
            where = f"epoch {epoch}, {phase.label(' ')}batch {bad[0] + 1} of {len(steps)}"
            raise self._diverged(where)
        units = np.full(self.n_batches, self.config.batch_size)
        units[-1] = self.n_units - units[:-1].sum()
        means = np.average(steps, 0, np.tile(units, phase.passes)).tolist()
        names = (phase.label("_") + part for part in self.network.Loss._fields)
        return dict(zip(names, means, strict=True))

    def _diverged(self, where: str) -> DivergenceError:
        return DivergenceError(
            f"The loss stopped being a number at {where} (learning rate "
            f"{self.backend.learning_rate:g}); the model is back at its best epoch, so train "
            "again with a lower learning rate."
        )

    def _validate(self, epoch: int) -> dict[str, float]:
        """Measure the validation users: their loss, the paper's metrics and the monitored one."""
        if self.validation is None:
            return {}
        names = names_of(self.config.monitor, self.train.shape[1])
        longest, size = max(parse_name(name)[1] for name in names), self.config.batch_size
        loss, ranking = validate_group(self.backend, self.validation, longest, size)
        if not np.isfinite(loss):  # the last update spoilt the weights
            raise self._diverged(f"epoch {epoch}, batch {self.n_updates} of {self.n_updates}")
        found = judge(ranking, self.validation, names)
        return {"validation_loss": loss} | {name: found.mean(name) for name in names}

    def _postfix(self, row: dict[str, float]) -> dict[str, str]:
        """Give of an epoch's row what a bar has room for."""
        names = ("loss", *self._schedule(self.update - 1), "ndcg@100")
        return {name: f"{row[name]:.4g}" for name in names if name in row}

    def _record(self, row: dict[str, float], epoch: int, progress: Progress) -> None:
        """Note the epoch: is it the best, is the rate to fall; then save."""
        progress.rows.append(row)
        monitor = self.config.monitor
        monitored = row.get("validation_loss" if monitor == "loss" else monitor)
        if monitored is not None:
            watch = progress.watch.update(monitored, epoch, self.config.higher_is_better)
            progress.watch = self._maybe_lower_rate(watch)
        if monitored is None or progress.watch.improved(epoch):
            progress.best = self.backend.arrays()
        if self.folder:
            self.folder.save(progress, self.backend)

    def _maybe_lower_rate(self, watch: Watch) -> Watch:
        if not watch.on_plateau(self.config.plateau_patience):
            return watch
        self.backend.learning_rate *= self.config.plateau_factor
        return watch.rate_lowered()


def make_backend(network: Network, config: TrainingConfig) -> Backend:
    """Choose the backend of a network's framework; each checks what does not go together."""
    model: Any = network
    if network.framework == "gluon":
        from recotour_vae.training.gluon import GluonBackend

        return GluonBackend(model, config)
    from recotour_vae.training.pytorch import PyTorchBackend

    return PyTorchBackend(model, config)


def _check_data(
    model: Network, train: csr_matrix, validation: HeldOut | None, monitor: str
) -> None:
    """Refuse data that cannot be trained on before the first epoch, not after it."""
    model.check_width(train)
    if not train.shape[0]:
        raise ConfigError("The training matrix has no users; pass split.train.")
    if validation is not None:
        model.check_width(validation.fold_in)
        check_monitor(monitor)
        check(validation, names_of(monitor, train.shape[1]))


def _epoch_seeds(seed: int, epoch: int) -> tuple[int, int]:
    """Give an epoch its own seeds, so that resuming needs no state of a generator."""
    order, noise = np.random.SeedSequence([seed, epoch]).generate_state(2)
    return int(order), int(noise)
