"""`recotour-vae train`: train a model and keep its best epoch."""

import shlex
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import OmitArgPrefixes

from recotour_vae.cli.data import describe
from recotour_vae.cli.lists import check_lists, that_fit
from recotour_vae.cli.options import FileOptions, SplitOptions
from recotour_vae.cli.output import say
from recotour_vae.errors import ConfigError
from recotour_vae.models.config import Framework, ModelConfig
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.launch import launch
from recotour_vae.training.world import World, check_workers

if TYPE_CHECKING:
    import pandas as pd

    from recotour_vae.folder import RunData
    from recotour_vae.splits import Split


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
        Go on with the run in that folder, under the same settings. A split or titles that are
        missing are written again, and titles named by --titles take the place of the run's.
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
        from recotour_vae.storage import at  # which loads NumPy

        return at(self.out or Path("runs") / f"{self.model.kind}-{name}")

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
        from recotour_vae.folder import Folder, claimed

        if not World.here().leads:
            return self._train()
        with claimed(self.folder):  # from before the data are read, which may take long
            folder = Folder(self.folder)
            folder.check_can_go_on() if self.resume else folder.check_free()
            return self._train()

    def _train(self) -> None:
        from recotour_vae.models import make_model
        from recotour_vae.training import Trainer

        keep = self._prepare()
        split, monitor = keep.split, self.training.monitor
        model = make_model(self.model, split.n_items, self.training.seed, self.framework)
        if monitor != "loss":
            check_lists("--monitor", [monitor], split.n_items)
        trainer = Trainer(self.training, self.folder)
        trainer.fit(model, split.train, split.validation, self.resume, keep)
        best = _best_row(trainer.history, self.training)
        say(f"Best epoch, on validation users:\n{best.T.to_string()}")
        say(f"Saved in {self.folder}. Next: {_next(self.folder, split)}")

    def _prepare(self) -> "RunData":
        """Load and split the data; of several workers one goes first, and may download."""
        from recotour_vae.folder import RunData

        with _in_turn(self.training):
            data = self.file.load(self.data)
            split = self.options.split(data)
        say(f"{describe(data)}\n{split.summary().to_string()}\n{self.model}\n{self.training}")
        named = self.file.titles is not None
        return RunData.of(split, data.title(split.items.tolist()), insist=named)


def _next(folder: Path, split: "Split") -> str:
    """Give the words to type after training, which work as they stand."""
    from recotour_vae.evaluation import PAPER_METRICS

    name = f"./{folder}" if str(folder).startswith("-") else str(folder)
    words = ["recotour-vae", "evaluate", name]
    fitting = that_fit(PAPER_METRICS, split.n_items)
    if fitting != list(PAPER_METRICS):
        words += ["--metrics", *fitting]
    if not split.test.held_out.nnz:
        words += ["--group", "validation"]
    return shlex.join(words)


def _in_turn(config: TrainingConfig) -> AbstractContextManager[None]:
    """Have one worker of each machine go first; nobody waits where there is one process."""
    world = World.here()
    if world.size == 1:
        return nullcontext()
    from recotour_vae.training import distributed

    distributed.join(config)
    return distributed.first_on_each_machine(world)


def _best_row(history: "pd.DataFrame", config: TrainingConfig) -> "pd.DataFrame":
    monitored = history["validation_loss" if config.monitor == "loss" else config.monitor]
    place = int(monitored.argmax() if config.higher_is_better else monitored.argmin())
    return history.iloc[[place]].round(4)
