"""The one training loop: epochs, updates, validation, patience and checkpoints.

It knows no framework. Whatever differs between frameworks is behind `Backend`, so that two runs
that differ can only differ there.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import (
    ConfigError,
    DivergenceError,
    MetricError,
    TrainingInterruptedError,
    WorkerError,
)
from recotour_vae.evaluation import PAPER_METRICS, check, judge, judged_rows
from recotour_vae.evaluation.registry import metric_of, parse_name
from recotour_vae.files.whole import at
from recotour_vae.models.network import Network
from recotour_vae.runs.data import RunData, describe, describe_group
from recotour_vae.runs.layout import Folder
from recotour_vae.runtime.allocator import give_back_free, large_buffers_kept
from recotour_vae.runtime.progress import bar
from recotour_vae.splits import HeldOut, Split
from recotour_vae.training.backend import Backend
from recotour_vae.training.checkpoints import Progress, RunFolder, how_to_go_on, saved_epochs
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.history import history_table
from recotour_vae.training.patience import Watch
from recotour_vae.training.world import World

if TYPE_CHECKING:
    from recotour_vae.models.frameworks import Model

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
        framework. This is the place to try another optimiser.

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
        backend: "Callable[[Model, TrainingConfig], Backend] | None" = None,
    ) -> None:
        self.config = config or TrainingConfig()
        self.make_backend = backend or make_backend
        self.folder = None if folder is None else at(folder)
        self.show = progress if World.here().leads else False
        self.history = pd.DataFrame()

    def fit(
        self,
        model: "Model",
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
        run = _Run(self.config, model, backend, train, validation, folder)
        with folder.claimed() if folder else nullcontext():
            return self._train(run, resume)

    def fit_split(
        self,
        model: "Model",
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

    def _train(self, run: "_Run", resume: bool) -> pd.DataFrame:
        progress = run.start(resume)
        try:
            run.epochs(progress, self.show)
        except KeyboardInterrupt as error:
            left = how_to_go_on(self._saved(progress), self.folder)
            raise TrainingInterruptedError(left[0].upper() + left[1:]) from error
        except WorkerError as error:
            left = how_to_go_on(self._saved(progress), self.folder)
            raise WorkerError(f"Another worker of this run is gone: {left}") from error
        finally:
            run.backend.set_weights(progress.best)
            self.history = history_table(progress.rows)
        return self.history

    def _saved(self, progress: Progress) -> int:
        """Count the epochs that can be gone on from; the last may not have been written."""
        return saved_epochs(self.folder) if self.folder else len(progress.rows)

    def _run_folder(
        self,
        model: "Model",
        train: csr_matrix,
        validation: HeldOut | None,
        keep: RunData | None,
    ) -> RunFolder | None:
        if self.folder is None:
            return None
        clicks = describe(train), describe_group(validation)
        return RunFolder(
            Folder(self.folder), model.kind, model.config, self.config, *clicks, model.framework,
            keep, writes=World.here().leads,
        )  # fmt: skip

    def _check(self, validation: HeldOut | None, resume: bool) -> None:
        waits = self.config.patience or self.config.plateau_patience
        if validation is None and waits:
            raise ConfigError(
                "patience and plateau_patience watch the validation users, and none are given; "
                "pass split.validation, or leave both at None."
            )
        if resume and self.folder is None:
            raise ConfigError("Resuming needs the folder of a run; pass it as Trainer(folder=...).")


class _Run:
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
        self.train, self.validation = train, _judged(validation)
        self.n_batches = -(-train.shape[0] // config.batch_size)

    def start(self, resume: bool) -> Progress:
        """Begin anew, or where the folder's run was left."""
        self.backend.load(self.train)
        if self.folder and resume:
            return self.folder.resume(self.backend)
        if self.folder:
            self.folder.begin()
        return Progress(best=self.backend.weights())

    def epochs(self, progress: Progress, show: bool | None) -> None:
        """Train until the epochs or the patience run out."""
        done = len(progress.rows)
        epochs = bar(range(done + 1, self.config.epochs + 1), show, desc="epochs", unit="epoch",
                     initial=done, total=self.config.epochs)  # fmt: skip
        for epoch in epochs:
            if progress.watch.is_over(self.config.patience):
                break
            row = self._epoch(epoch, show)
            self._take_in(row, epoch, progress)
            epochs.set_postfix(self._short(row, epoch), refresh=False)
        epochs.close()

    def _epoch(self, epoch: int, show: bool | None) -> dict[str, float]:
        """Train on every user once, then look at the validation users."""
        start, rate = time.perf_counter(), self.backend.learning_rate
        order_seed, noise_seed = _epoch_seeds(self.config.seed, epoch)
        self.backend.start_epoch(noise_seed)
        order = np.random.default_rng(order_seed).permutation(self.train.shape[0])
        self._updates(epoch, order, show)
        losses = self._mean_losses(epoch)
        last = self._schedule(epoch, self.n_batches - 1)
        row = {"epoch": epoch, **last, "learning_rate": rate}
        return row | losses | self._validate(epoch) | {"seconds": time.perf_counter() - start}

    def _updates(self, epoch: int, order: NDArray[np.int64], show: bool | None) -> None:
        """Make one update a batch, in an order of the users."""
        show = show if self.n_batches >= _MANY_BATCHES else False
        with large_buffers_kept():  # and given back before checkpoints need room
            for batch in bar(range(self.n_batches), show, desc=f"epoch {epoch}", leave=False):
                users = self._users(order, batch)
                self.backend.train_step(self.backend.cut(users), **self._schedule(epoch, batch))
                if batch % _GIVE_BACK_EVERY == 0:
                    give_back_free()

    def _users(self, order: NDArray[np.int64], batch: int) -> NDArray[np.int64]:
        size = self.config.batch_size
        return order[batch * size : (batch + 1) * size]

    def _schedule(self, epoch: int, batch: int) -> dict[str, float]:
        """Give what the network wants to vary with the update, by name."""
        update = (epoch - 1) * self.n_batches + batch
        return self.network.schedule(update, self.config.epochs * self.n_batches, self.config)

    def _mean_losses(self, epoch: int) -> dict[str, float]:
        """Mean over the epoch's users of each part of the loss.

        Raises
        ------
        DivergenceError
            Naming the first batch whose loss is not a number.
        """
        steps = self.backend.take_losses()  # (n_batches, n_parts)
        bad = np.flatnonzero(~np.isfinite(steps).all(axis=1))
        if len(bad):
            raise self._diverged(f"epoch {epoch}, batch {bad[0] + 1} of {self.n_batches}")
        users = np.full(len(steps), self.config.batch_size)
        users[-1] = self.train.shape[0] - users[:-1].sum()
        means = np.average(steps, 0, users).tolist()
        return dict(zip(self.network.Loss._fields, means, strict=True))

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
        names = _validation_metrics(self.config.monitor, self.train.shape[1])
        loss, ranking = self._look(self.validation, max(parse_name(name)[1] for name in names))
        if not np.isfinite(loss):  # the last update spoilt the weights
            raise self._diverged(f"epoch {epoch}, batch {self.n_batches} of {self.n_batches}")
        found = judge(ranking, self.validation, names)
        return {"validation_loss": loss} | {name: found.mean(name) for name in names}

    def _look(self, group: HeldOut, k: int) -> tuple[float, NDArray[np.int64]]:
        """Show the model each validation user once: mean loss, and lists (n_users, k)."""
        size, n_users = self.config.batch_size, len(group.users)
        parts = [
            self.backend.validate(
                group.fold_in[start : start + size], group.held_out[start : start + size], k
            )
            for start in range(0, n_users, size)
        ]
        return sum(part.nll for part in parts) / n_users, np.concatenate([p.ranking for p in parts])

    def _short(self, row: dict[str, float], epoch: int) -> dict[str, str]:
        """Give of an epoch's row what a bar has room for."""
        names = ("loss", *self._schedule(epoch, 0), "ndcg@100")
        return {name: f"{row[name]:.4g}" for name in names if name in row}

    def _take_in(self, row: dict[str, float], epoch: int, progress: Progress) -> None:
        """Note the epoch: is it the best, is the rate to fall; then save."""
        progress.rows.append(row)
        monitor = self.config.monitor
        monitored = row.get("validation_loss" if monitor == "loss" else monitor)
        if monitored is not None:
            watch = progress.watch.see(monitored, epoch, self.config.higher_is_better)
            progress.watch = self._maybe_lower_rate(watch)
        if monitored is None or progress.watch.improved(epoch):
            progress.best = self.backend.weights()
        if self.folder:
            self.folder.save(progress, self.backend)

    def _maybe_lower_rate(self, watch: Watch) -> Watch:
        if not watch.on_plateau(self.config.plateau_patience):
            return watch
        self.backend.learning_rate *= self.config.plateau_factor
        return watch.rate_lowered()


def make_backend(network: Network, config: TrainingConfig) -> Backend:
    """Choose the backend of a network's framework; each checks what does not go together."""
    anything: Any = network
    if network.framework == "gluon":
        from recotour_vae.training.gluon import GluonBackend

        return GluonBackend(anything, config)
    from recotour_vae.training.pytorch import PyTorchBackend

    return PyTorchBackend(anything, config)


def _check_data(
    model: "Model", train: csr_matrix, validation: HeldOut | None, monitor: str
) -> None:
    """Refuse data that cannot be trained on before the first epoch, not after it."""
    model.check_width(train)
    if not train.shape[0]:
        raise ConfigError("The training matrix has no users; pass split.train.")
    if validation is not None:
        model.check_width(validation.fold_in)
        _check_monitor(monitor)
        check(validation, _validation_metrics(monitor, train.shape[1]))


def _check_monitor(monitor: str) -> None:
    if monitor != "loss" and metric_of(monitor).asks != "lists":
        raise MetricError(
            f"monitor is {monitor}, which is measured on ratings, and the models trained here give "
            "lists; monitor a metric of lists, such as ndcg@100, or loss."
        )


def _epoch_seeds(seed: int, epoch: int) -> tuple[int, int]:
    """Give an epoch its own seeds, so that resuming needs no state of a generator."""
    order, noise = np.random.SeedSequence([seed, epoch]).generate_state(2)
    return int(order), int(noise)


def _judged(group: HeldOut | None) -> HeldOut | None:
    """Leave out users without a held-out click: neither metric nor loss is defined for them."""
    if group is None:
        return None
    rows = judged_rows(group)
    return HeldOut(group.users[rows], group.fold_in[rows], group.held_out[rows])


def _validation_metrics(monitor: str, n_items: int) -> list[str]:
    """Name the monitored metric, and those of the paper whose lists the catalogue can fill."""
    usual = [name for name in PAPER_METRICS if parse_name(name)[1] <= n_items]
    asked = [] if monitor == "loss" else [monitor]
    return list(dict.fromkeys(usual + asked))
