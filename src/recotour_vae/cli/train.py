"""`recotour-vae train`: fit any recommender, and of a network keep the best epoch."""

import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, make_dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from tyro.conf import OmitArgPrefixes

from recotour_vae.cli.data import describe
from recotour_vae.cli.lists import check_lists, usual_metrics
from recotour_vae.cli.options import FileOptions, RatingSplitOptions, SplitOptions
from recotour_vae.cli.output import legend, say
from recotour_vae.cli.typed import typed, typing_of
from recotour_vae.errors import ConfigError
from recotour_vae.evaluation.registry import ERROR_METRICS, PAPER_METRICS
from recotour_vae.models.config import Framework
from recotour_vae.recommenders.registry import Entry, entry
from recotour_vae.runtime.memory import GIB
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.launch import launch
from recotour_vae.training.refusals import Asked, check
from recotour_vae.training.world import World

if TYPE_CHECKING:
    import pandas as pd

    from recotour_vae.recommenders.interface import Recommender
    from recotour_vae.runs.data import RunData
    from recotour_vae.splits import Split

DEFAULT: Final = "mult-vae"

C = TypeVar("C")  # a command


@dataclass(frozen=True)
class Train:
    """Fit a recommender on the training users, and keep it with its split and titles.

    The model's own options are among those below; of another model recotour-vae train --model
    NAME --help shows them, and recotour-vae models lists the names.

    Examples:
      recotour-vae train --model ease --l2 700 --out runs/ease
      recotour-vae train --model item-knn --data clicks.csv --out runs/neighbours
      recotour-vae train --batch-size 100 --epochs 60 --out runs/vae
      recotour-vae train --model mult-dae --data ml-1m --patience 20 --out runs/dae

    Parameters
    ----------
    model
        Name of a recommender.
    data
        Name of a published data set, or the path of a file.
    out
        Folder of the run: model, settings and split. The default is made of the model and the
        data, runs/mult-vae-ml-100k say.
    settings
        Of the model.
    splitting
        How the data are split.
    file
        How a file is read.
    """

    model: str = DEFAULT
    data: str = "ml-100k"
    out: Path | None = None
    settings: Any = None
    splitting: OmitArgPrefixes[SplitOptions] = field(default_factory=SplitOptions)
    file: OmitArgPrefixes[FileOptions] = field(default_factory=FileOptions)

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        name = Path(self.data).name.split(".")[0]
        from recotour_vae.files.whole import expanded  # which loads NumPy

        return expanded(self.out or Path("runs") / f"{self.model}-{name}")

    def run(self, argv: Sequence[str]) -> None:
        """Fit, save, and say what to type next."""
        from recotour_vae.runs.claim import claimed
        from recotour_vae.runs.layout import Folder

        with claimed(self.folder):  # from before the data are read, which may take long
            Folder(self.folder).check_free()
            keep = self._prepare(argv, self.settings)
            model = entry(self.model).cls()(self.settings)
            model.check_memory(keep.split.n_items)
            if words := _how_large(model, keep.split.n_items):
                say(words)
            self._fit(model, keep)
        say(f"Saved in {self.folder}. Next: {_next(self.folder, keep.split, model)}")

    def _fit(self, model: "Recommender[Any]", keep: "RunData") -> None:
        from recotour_vae import runs
        from recotour_vae.evaluation import evaluate

        start = time.perf_counter()
        model.fit_split(keep.split)
        say(f"Fitted in {time.perf_counter() - start:.1f} s.")
        runs.keep_run(self.folder, model, keep, claim=False)
        group = keep.split.validation
        if group.held_out.nnz:
            found = evaluate(model, group, usual_metrics(model, keep.split))
            table = found.table().to_string(float_format="{:.4f}".format)
            say(f"On {len(found.per_user):,} validation users:\n{table}\n{legend(0.95)}")

    def _prepare(self, argv: Sequence[str], *settings: Any) -> "RunData":
        """Load and split the data."""
        from recotour_vae.runs.data import RunData

        data = self.file.load(self.data, typed(argv))
        split = self.splitting.split(data, typed(argv))
        say(f"{describe(data)}\n{split.summary().to_string()}")
        for one in settings:
            options = shlex.join(typing_of(vars(one))) or "none"
            say(f"Options of {_subject(self.model, one)}: {options}")
        named = self.file.titles is not None
        return RunData.of(split, data.title(split.items.tolist()), insist=named)


@dataclass(frozen=True)
class TrainNetwork(Train):
    """Train a network and keep its best epoch.

    The defaults are the paper's. On a small data set take smaller batches, so that an epoch has
    more than a few updates. The options of another model are shown by recotour-vae train --model
    NAME --help; recotour-vae models lists the names.

    Examples:
      recotour-vae train --batch-size 100 --epochs 60 --out runs/vae
      recotour-vae train --batch-size 100 --epochs 60 --out runs/vae --resume
      recotour-vae train --model mult-dae --data ml-1m --patience 20 --out runs/dae
      recotour-vae train --model ease --l2 700 --out runs/ease
      recotour-vae train --framework gluon --batch-size 100 --epochs 60 --out runs/vae-gluon
      recotour-vae train --workers 2 --data ml-20m --out runs/large
      torchrun --nproc-per-node 2 -m -- recotour_vae.cli train --data ml-20m --out runs/large

    Parameters
    ----------
    model
        Name of a recommender.
    data
        Name of a published data set, or the path of a file.
    out
        Folder of the run: checkpoints, history and split. The default is made of the model and
        the data, runs/mult-vae-ml-100k say.
    settings
        Of the layers and the loss.
    splitting
        How the data are split.
    file
        How a file is read.
    resume
        Go on with the run in that folder, under the same settings. A split or titles that are
        missing are written again, and titles named by --titles take the place of the run's.
    framework
        `pytorch`, or `gluon` where MXNet is installed; either opens what the other has trained.
    workers
        Processes on this machine that share the users of each batch, with a GPU each where there
        are GPUs. The batch size counts the users of all of them, so that the result is that of
        one worker. A run may be resumed with another number. For several machines use torchrun
        in place of this option.
    training
        How it is trained.
    """

    resume: bool = False
    framework: Framework = "pytorch"
    workers: int = 1
    training: OmitArgPrefixes[TrainingConfig] = field(default_factory=TrainingConfig)

    def run(self, argv: Sequence[str]) -> None:
        """Train in this process, or have workers do it that are given the same words."""
        world = World.here()
        entry(self.model).check_framework(self.framework)
        workers = max(self.workers, world.size)
        check(Asked(self.framework, self.training, workers, settings=self.settings))
        if world.size == 1 < self.workers:
            command = [sys.executable, "-m", "recotour_vae.cli", *argv]
            return launch(command, self.workers, self.training, self.folder)
        if self.workers not in (1, world.size):
            raise ConfigError(
                f"--workers is {self.workers} where torchrun started {world.size}; leave it out."
            )
        return self._train_here(argv)

    def _train_here(self, argv: Sequence[str]) -> None:
        """Train, save, and say what to type next."""
        from recotour_vae.runs.claim import claimed
        from recotour_vae.runs.layout import Folder

        if not World.here().leads:
            return self._train(argv)
        with claimed(self.folder):  # from before the data are read, which may take long
            folder = Folder(self.folder)
            if self.resume:
                folder.check_resumable()
            else:
                folder.check_free()
            return self._train(argv)

    def _train(self, argv: Sequence[str]) -> None:
        from recotour_vae.training import Trainer

        with _in_turn(self.training):  # of several workers one goes first, and may download
            keep = self._prepare(argv, self.settings, self.training)
        split, monitor = keep.split, self.training.monitor
        network = entry(self.model).network(self.framework)
        model = network.of(self.settings, split.n_items, self.training.seed)
        if monitor != "loss":
            check_lists("--monitor", [monitor], split.n_items)
        trainer = Trainer(self.training, self.folder)
        trainer.fit(model, split.train, split.validation, self.resume, keep)
        best = _best_row(trainer.history, self.training)
        say(f"Best epoch, by {monitor} on the validation users:\n{best.T.to_string()}")
        say(f"Saved in {self.folder}. Next: {_next(self.folder, split, model)}")


def train_command(argv: Sequence[str]) -> type[Train]:
    """Give the command with the options of the model that is named.

    Raises
    ------
    ConfigError
        When nobody knows the model.
    """
    chosen = entry(named_model(argv))
    base = TrainNetwork if chosen.networks else Train
    return with_settings(base, chosen)


def with_settings(base: type[C], chosen: Entry) -> type[C]:
    """Add the settings of a model to a command, each of which is an option then."""
    kind, flat = chosen.config_class(), cast(Any, OmitArgPrefixes)
    own = [("settings", flat[kind], field(default_factory=kind))]
    if "ratings" in chosen.needs:
        kind = RatingSplitOptions
        own.append(("splitting", flat[kind], field(default_factory=kind)))
    made = make_dataclass(base.__name__, own, bases=(base,), frozen=True)
    made.__doc__ = base.__doc__
    return cast(type[C], made)


def named_model(argv: Sequence[str]) -> str:
    """Find the name after --model; the last counts, as everywhere."""
    name = DEFAULT
    for word, following in pairwise([*argv, ""]):
        if word == "--model" and following:
            name = following
        elif word.startswith("--model="):
            name = word.removeprefix("--model=")
    return name


def _how_large(model: "Recommender[Any]", n_items: int) -> str:
    """Say what a large fit takes, which shows nothing until it is done; empty of a small one."""
    needed = model.memory_needed(n_items)
    if needed < GIB:
        return ""
    return (
        f"{type(model).__name__} on {n_items:,} items takes {needed / GIB:.1f} GiB of memory, and "
        "minutes; nothing is shown until it is done."
    )


def _subject(model: str, settings: Any) -> str:
    return "training" if isinstance(settings, TrainingConfig) else entry(model).title


def _next(folder: Path, split: "Split", model: object) -> str:
    """Give the words to type after training, which work as they stand."""
    name = f"./{folder}" if str(folder).startswith("-") else str(folder)
    command = ["recotour-vae", "evaluate", name]
    fitting = usual_metrics(model, split)
    if fitting not in (PAPER_METRICS, ERROR_METRICS):
        command += ["--metrics", *fitting]
    if not split.test.held_out.nnz:
        command += ["--group", "validation"]
    return shlex.join(command)


def _in_turn(config: TrainingConfig) -> AbstractContextManager[None]:
    """Have one worker of each machine go first; nobody waits where there is one process."""
    world = World.here()
    if world.size == 1:
        return nullcontext()
    from recotour_vae.training import distributed

    distributed.join(config.device)
    return distributed.first_on_each_machine(world)


def _best_row(history: "pd.DataFrame", config: TrainingConfig) -> "pd.DataFrame":
    monitored = history["validation_loss" if config.monitor == "loss" else config.monitor]
    best = int(monitored.argmax() if config.higher_is_better else monitored.argmin())
    return history.iloc[[best]].round(4)
