"""The command line: what a person types, a file a command, and nothing about how it is done."""

import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

import tyro

from recotour_vae import __version__
from recotour_vae.cli.data import Data
from recotour_vae.cli.evaluate import Evaluate
from recotour_vae.cli.experiments import Experiments
from recotour_vae.cli.output import show_note
from recotour_vae.cli.recommend import Recommend, with_values
from recotour_vae.cli.train import Train
from recotour_vae.errors import DataWarning, RecotourError, TrainingInterruptedError
from recotour_vae.training.launch import end_with_the_launcher, tell
from recotour_vae.training.world import World

DESCRIPTION: Final = f"""\
Variational autoencoders for collaborative filtering, version {__version__}.

Examples:
  recotour-vae data ml-100k
  recotour-vae train --data ml-100k --batch-size 100 --out runs/first
  recotour-vae evaluate runs/first --against popularity item-knn ease
  recotour-vae recommend runs/first --liked "Toy Story" "Aliens (1986)"
"""

Command = Data | Train | Evaluate | Recommend | Experiments


def main(args: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it went well, 2 with one sentence when it did not."""
    level = logging.INFO if World.here().leads else logging.ERROR
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    words = sys.argv[1:] if args is None else list(args)
    if World.here().ours:
        end_with_the_launcher()
    try:
        _run(_parse(with_values(words)), words)
    except RecotourError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return _fail(TrainingInterruptedError("Stopped by Ctrl-C before anything was trained."))
    return 0


def _run(command: Command, words: Sequence[str]) -> None:
    """Run it, with what there is to say about the data as plain notes."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        warnings.showwarning = show_note
        command.start(words) if isinstance(command, Train) else command.run()


def _fail(error: RecotourError) -> int:
    """Say what is wrong, once: of several workers the first, or whoever started them."""
    world = World.here()
    tell(error)
    if world.leads and not world.ours:
        print(f"error: {error}", file=sys.stderr)
    return 2


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
