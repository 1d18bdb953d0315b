"""The command line: what a person types, and nothing about how it is done."""

import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd
import tyro
from tyro.conf import OmitArgPrefixes, Positional

from recotour_vae import __version__, datasets, runs, splits
from recotour_vae.datasets import Dataset
from recotour_vae.errors import ConfigError, DataWarning, RecotourError, TrainingInterruptedError
from recotour_vae.evaluation import PAPER_METRICS, Scorer, evaluate
from recotour_vae.experiments import commands, recommenders
from recotour_vae.models import Framework, ModelConfig, make_model
from recotour_vae.splits import Split, SplitConfig
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.launch import end_with_the_launcher, launch, tell
from recotour_vae.training.world import World, check_workers

DESCRIPTION: Final = f"""\
Variational autoencoders for collaborative filtering, version {__version__}.

Examples:
  recotour-vae data ml-100k
  recotour-vae train --data ml-100k --batch-size 100 --out runs/first
  recotour-vae evaluate runs/first --against popularity item-knn ease
  recotour-vae recommend runs/first --liked "Toy Story" "Aliens (1986)"
"""

BASELINES = Literal[
    "popularity", "item-knn", "user-knn", "rp3beta", "puresvd", "ials", "slim", "ease"
]  # fmt: skip


@dataclass(frozen=True)
class SplitOptions:
    """The strong-generalisation protocol of Liang et al. (2018).

    Parameters
    ----------
    click_above
        A rating strictly above this many stars is a click; None takes the data set's own rule:
        3.5 stars for MovieLens, every row where there are no ratings.
    min_clicks
        Users with fewer clicks are left out.
    validation_users
        Users held out to choose the epoch: a number, or a share of all users when below 1.
    test_users
        Users held out to measure: a number, or a share of all users when below 1.
    held_out
        Share of each held-out user's clicks that is to be predicted.
    split_seed
        Owner of the draws; 98765 is that of the authors' notebook.
    """

    click_above: float | None = None
    min_clicks: int = 5
    validation_users: float = 0.1
    test_users: float = 0.1
    held_out: float = 0.2
    split_seed: int = 98765

    def split(self, data: Dataset) -> Split:
        """Split a data set; a column named `split` goes before all settings."""
        if "split" in data.interactions:
            return splits.ready_split(data.interactions)
        above = data.click_above if self.click_above is None else self.click_above
        plain = {
            f.name: getattr(self, f.name) for f in fields(self) if hasattr(SplitConfig, f.name)
        }
        config = SplitConfig(**plain | {"click_above": above, "seed": self.split_seed})
        return splits.strong_generalisation(data.interactions, config)


@dataclass(frozen=True)
class FileOptions:
    """What the columns of a file of one's own are called, and where its titles are.

    Parameters
    ----------
    titles
        File with the items' titles (movies.dat, movies.csv, or a CSV with item and title).
    user
        Column of the user ids.
    item
        Column of the item ids.
    rating
        Column of the ratings.
    timestamp
        Column of the times.
    """

    titles: Path | None = None
    user: str = "user"
    item: str = "item"
    rating: str = "rating"
    timestamp: str = "timestamp"

    def load(self, source: str) -> Dataset:
        """Load a published data set by name, or a file by path."""
        return datasets.load(source, **vars(self))


@dataclass(frozen=True)
class Data:
    """Fetch a data set, count it, and split it.

    Examples:
      recotour-vae data
      recotour-vae data ml-20m --validation-users 10000 --test-users 10000 --out ml-20m.npz
      recotour-vae data ratings.csv --user customer --item sku

    Parameters
    ----------
    source
        Name of a published data set (ml-100k, ml-1m, ml-20m, ml-25m, ml-32m, amazon-movies) or
        the path of a CSV, CSV.gz, TSV or Parquet file.
    options
        How it is split.
    out
        File (.npz) to write the split to.
    file
        How a file is read.
    """

    source: Positional[str] = "ml-100k"
    options: OmitArgPrefixes[SplitOptions] = field(default_factory=SplitOptions)
    out: Path | None = None
    file: OmitArgPrefixes[FileOptions] = field(default_factory=FileOptions)

    def run(self) -> None:
        """Print the counts."""
        data = self.file.load(self.source)
        _say(describe(data))
        split = self.options.split(data)
        _say(f"{split.n_items:,} items; split {split.fingerprint()}")
        _say(split.summary().to_string())
        if self.out:
            _say(f"Saved in {split.save(self.out)}.")


@dataclass(frozen=True)
class Train:
    """Train Mult-VAE or Mult-DAE and keep its best epoch.

    The defaults are the paper's. On a small data set take smaller batches, so that an epoch has
    more than a few updates.

    Examples:
      recotour-vae train --batch-size 100 --epochs 100 --out runs/vae
      recotour-vae train --kind mult-dae --data ml-1m --patience 20 --out runs/dae
      recotour-vae train --out runs/vae --batch-size 100 --epochs 100 --resume
      recotour-vae train --framework gluon --batch-size 100 --out runs/vae-gluon
      recotour-vae train --workers 2 --data ml-20m --out runs/large
      torchrun --nproc-per-node 2 -m -- recotour_vae.cli train --data ml-20m --out runs/large

    Parameters
    ----------
    data
        Name of a published data set, or the path of a file.
    out
        Folder of the run: checkpoints, history and split. The default is made of the model and
        the data, runs/mult-vae-ml-100k say.
    resume
        Go on with the run in that folder, under the same settings.
    framework
        `pytorch`, or `gluon` where MXNet is installed; either opens what the other has trained.
    workers
        Processes on this machine that share the users of each batch, with a GPU each where there
        are GPUs. The batch size counts the users of all of them, so that the result is that of
        one worker. A run may be resumed with another number. For several machines use torchrun
        in place of this option.
    model
        What is trained.
    training
        How.
    options
        How the data are split.
    file
        How a file is read.
    """

    data: str = "ml-100k"
    out: Path | None = None
    resume: bool = False
    framework: Framework = "pytorch"
    workers: int = 1
    model: OmitArgPrefixes[ModelConfig] = field(default_factory=ModelConfig)
    training: OmitArgPrefixes[TrainingConfig] = field(default_factory=TrainingConfig)
    options: OmitArgPrefixes[SplitOptions] = field(default_factory=SplitOptions)
    file: OmitArgPrefixes[FileOptions] = field(default_factory=FileOptions)

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        name = Path(self.data).name.split(".")[0]
        return self.out or Path("runs") / f"{self.model.kind}-{name}"

    def start(self, words: Sequence[str]) -> None:
        """Train in this process, or have workers do it that are given the same words."""
        world = World.here()
        check_workers(max(self.workers, world.size), self.framework, self.training)
        if world.size == 1 < self.workers:
            command = [sys.executable, "-m", "recotour_vae.cli", *words]
            return launch(command, self.workers, self.training, self.folder)
        if self.workers not in (1, world.size):
            raise ConfigError(
                f"--workers is {self.workers} where torchrun started {world.size}; leave it out."
            )
        return self.run()

    def run(self) -> None:
        """Train, save, and say what to type next."""
        from recotour_vae.training import Trainer

        folder, (split, titles) = self.folder, self._prepare()
        if World.here().leads:
            runs.keep_data(folder, split, titles, self.resume)
        model = make_model(self.model, split.n_items, self.training.seed, self.framework)
        trainer = Trainer(self.training, folder)
        trainer.fit(model, split.train, split.validation, self.resume)
        best = _best_row(trainer.history, self.training)
        _say(f"Best epoch, on validation users:\n{best.T.to_string()}")
        _say(f"Saved in {folder}. Next: recotour-vae evaluate {folder}")

    def _prepare(self) -> tuple[Split, list[str]]:
        """Load and split the data; of several workers one goes first, and may download."""
        with _in_turn(self.training):
            data = self.file.load(self.data)
            split = self.options.split(data)
        _say(f"{describe(data)}\n{split.summary().to_string()}\n{self.model}\n{self.training}")
        return split, data.title(split.items.tolist())


@dataclass(frozen=True)
class Evaluate:
    """Measure a trained model, and baselines beside it, on held-out users.

    Examples:
      recotour-vae evaluate runs/vae
      recotour-vae evaluate runs/vae --against popularity item-knn ease --metrics ndcg@10 mrr@10
      recotour-vae evaluate runs/vae --against user-knn rp3beta puresvd ials --group validation

    Parameters
    ----------
    folder
        Of a run.
    against
        Baselines to fit on the run's training users and measure on the same held-out users,
        with default settings: most clicked (popularity), neighbours (item-knn, user-knn), a
        random walk (rp3beta), matrix factorisation (puresvd, ials), linear autoencoders (slim,
        ease).
    group
        Which held-out users.
    metrics
        Names with the length of the list: ndcg, recall, plain_recall, precision, map, mrr or
        hit_rate, then @k.
    confidence
        Of the bootstrap interval, a share.
    framework
        That the model is opened in, whichever trained it.
    """

    folder: Positional[Path]
    against: tuple[BASELINES, ...] = ()
    group: Literal["test", "validation"] = "test"
    metrics: tuple[str, ...] = PAPER_METRICS
    confidence: float = 0.95
    framework: Framework = "pytorch"

    def run(self) -> None:
        """Print one table a model."""
        if not 0 < self.confidence < 1:
            raise ConfigError(f"confidence is {self.confidence}; give a share such as 0.95.")
        run = runs.open_run(self.folder, self.framework)
        self._measure(run.model.config.kind, run.model, run.split)
        for name in self.against:
            self._measure(name, recommenders.BASELINES[name].make().fit(run.split.train), run.split)

    def _measure(self, name: str, model: Scorer, split: Split) -> None:
        found = evaluate(model, getattr(split, self.group), self.metrics)
        users = f"{len(found.per_user):,} {self.group} users"
        skipped = f", {found.n_skipped} left out without held-out clicks" if found.n_skipped else ""
        _say(f"\n{name}: {users}{skipped}; coverage {found.coverage:.3f}")
        _say(found.table(self.confidence).to_string(float_format="{:.4f}".format))


@dataclass(frozen=True)
class Recommend:
    """List what a trained model recommends to a user, or to somebody who likes some titles.

    Examples:
      recotour-vae recommend runs/vae --user 42
      recotour-vae recommend runs/vae --liked "Toy Story" "Aliens (1986)" --k 5

    Parameters
    ----------
    folder
        Of a run.
    user
        Raw id of a user of the run's data.
    liked
        Titles, with or without the year.
    k
        Length of the list, items.
    framework
        That the model is opened in, whichever trained it.
    """

    folder: Positional[Path]
    user: str | None = None
    liked: tuple[str, ...] = ()
    k: int = 10
    framework: Framework = "pytorch"

    def run(self) -> None:
        """Print the list."""
        if (self.user is None) == (not self.liked):
            raise ConfigError("Give either --user ID or --liked TITLE [TITLE ...], and not both.")
        run = runs.open_run(self.folder, self.framework)
        by_title = self.user is None
        clicks = runs.clicks_on(run.titles, self.liked) if by_title else self._history(run)
        table = runs.recommend(run, clicks, self.k)
        _say(table.to_string(float_format="{:.4f}".format))

    def _history(self, run: runs.Run) -> Any:
        return runs.history_of(run.split, str(self.user))


@dataclass(frozen=True)
class Experiments:
    """Run declared experiments, see how far they are, and what they show.

    Examples:
      recotour-vae experiments list
      recotour-vae experiments run grid
      recotour-vae experiments report grid
      recotour-vae experiments repeat grid 1a2b3c4d
    """

    what: tyro.conf.OmitSubcommandPrefixes[commands.Command]

    def run(self) -> None:
        """Do it."""
        self.what.run()


Command = Data | Train | Evaluate | Recommend | Experiments


def main(args: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it went well, 2 with one sentence when it did not."""
    level = logging.INFO if World.here().leads else logging.ERROR
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    words = sys.argv[1:] if args is None else list(args)
    if World.here().ours:
        end_with_the_launcher()
    try:
        _run(_parse(words), words)
    except RecotourError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return _fail(TrainingInterruptedError("Stopped by Ctrl-C before anything was trained."))
    return 0


def _run(command: Command, words: Sequence[str]) -> None:
    """Run it, with what there is to say about the data as plain notes."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        warnings.showwarning = _show_note
        command.start(words) if isinstance(command, Train) else command.run()


def _fail(error: RecotourError) -> int:
    """Say what is wrong, once: of several workers the first, or whoever started them."""
    world = World.here()
    tell(error)
    if world.leads and not world.ours:
        print(f"error: {error}", file=sys.stderr)
    return 2


def _in_turn(config: TrainingConfig) -> AbstractContextManager[None]:
    """Have one worker of each machine go first; nobody waits where there is one process."""
    world = World.here()
    if world.size == 1:
        return nullcontext()
    from recotour_vae.training import distributed

    distributed.join(config)
    return distributed.first_on_each_machine(world)


def describe(data: Dataset) -> str:
    """Say how large a data set is, in one line."""
    table = data.interactions
    users, items = table["user"].nunique(), table["item"].nunique()
    share = len(table) / (users * items)
    return (
        f"{data.name}: {len(table):,} rows, {users:,} users, {items:,} items, density {share:.4%}"
    )


def _parse(args: Sequence[str] | None) -> Command:
    commands: dict[str, Callable[..., Any]] = {
        "data": Data,
        "train": Train,
        "evaluate": Evaluate,
        "recommend": Recommend,
        "experiments": Experiments,
    }
    found: Command = tyro.extras.subcommand_cli_from_dict(
        commands, prog="recotour-vae", description=DESCRIPTION, args=args
    )
    return found


def _best_row(history: pd.DataFrame, config: TrainingConfig) -> pd.DataFrame:
    monitored = history["validation_loss" if config.monitor == "loss" else config.monitor]
    place = int(monitored.argmax() if config.higher_is_better else monitored.argmin())
    return history.iloc[[place]].round(4)


def _show_note(message: Warning | str, *_: Any, **__: Any) -> None:
    if World.here().leads:
        print(f"note: {message}", file=sys.stderr)


def _say(text: str) -> None:
    """Print at once, and from one worker only."""
    if World.here().leads:
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
