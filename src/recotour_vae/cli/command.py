"""`recotour-vae`: what was typed, the command that does it, and how it ended."""

import logging
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import tyro

from recotour_vae import __version__
from recotour_vae.cli import experiments, refusals
from recotour_vae.cli.data import Data
from recotour_vae.cli.evaluate import Evaluate
from recotour_vae.cli.export import Export
from recotour_vae.cli.models import Models
from recotour_vae.cli.old_options import with_current_names
from recotour_vae.cli.output import show_note
from recotour_vae.cli.recommend import Recommend, with_values
from recotour_vae.cli.reporting import with_a_path
from recotour_vae.cli.serve import Serve
from recotour_vae.cli.terminal import safe_output
from recotour_vae.cli.train import Train, train_command
from recotour_vae.cli.tune import Tune, tune_command
from recotour_vae.errors import (
    ClosedOutputError,
    DataWarning,
    RecotourError,
    TrainingInterruptedError,
)
from recotour_vae.experiments.commands import COMMANDS
from recotour_vae.runtime.memory import lack_of_memory
from recotour_vae.runtime.processes import end_with_parent
from recotour_vae.training.launch import report_error
from recotour_vae.training.world import World

DESCRIPTION: Final = f"""\
Variational autoencoders for collaborative filtering, version {__version__}.

Examples:
  recotour-vae data ml-100k
  recotour-vae models
  recotour-vae train --data ml-100k --batch-size 100 --epochs 60 --out runs/first
  recotour-vae train --model ease --out runs/second
  recotour-vae evaluate runs/first runs/second --models popularity item-knn
  recotour-vae recommend runs/first --liked "Toy Story" "Aliens (1986)"
  recotour-vae export runs/second --to web --out second.js
  recotour-vae serve runs/first
  recotour-vae tune --model ease --trials 15
  recotour-vae --version
"""

_VERSION: Final = f"recotour-vae {__version__}"
_CLOSED: Final = 141  # what a shell gives a command that is ended by SIGPIPE

_EXPERIMENTS: Final = ["experiments"]


class Command(Protocol):
    """What a person types, read."""

    def run(self, argv: Sequence[str]) -> None:
        """Do it, given all that was typed."""


def main(args: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it went well, 2 with one sentence when it did not.

    Where whoever read the output has gone, as `head` does, it is 141, and nothing is said.
    """
    if World.here().ours:
        end_with_parent()
    with safe_output():
        level = logging.INFO if World.here().leads else logging.ERROR
        logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
        return _exit_status(sys.argv[1:] if args is None else list(args))


def _exit_status(argv: list[str]) -> int:
    """Do what was typed, and give the exit status."""
    try:
        try:
            run_command(argv)
        finally:
            sys.stdout.flush()  # where what is wrong with the output can still be said
    except RecotourError as error:
        return fail(error)
    except KeyboardInterrupt:
        return fail(TrainingInterruptedError("Stopped by Ctrl-C before anything was trained."))
    except Exception as error:
        lack = lack_of_memory(error)
        if lack is None:
            raise
        return fail(lack)
    return 0


def run_command(argv: list[str]) -> None:
    """Do what was typed, with what there is to say about the data as plain notes."""
    if argv == ["--version"]:
        print(_VERSION)
        return
    argv = with_a_path(with_current_names(with_values(argv)))
    command = _parse(argv)
    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        warnings.showwarning = show_note
        command.run(argv)


def fail(error: RecotourError) -> int:
    """Say what is wrong, once: of several workers the first, or whoever started them."""
    world = World.here()
    is_reported = report_error(error)
    if isinstance(error, ClosedOutputError):
        return _CLOSED
    is_shown_here = not is_reported if world.ours else world.leads
    if is_shown_here:
        print(f"error: {error}", file=sys.stderr)
    return 2


def _parse(argv: list[str]) -> Command:
    """Read what was typed."""
    commands: dict[str, type[Command]] = {
        "data": Data,
        "models": Models,
        "train": train_command(argv) if argv[:1] == ["train"] else Train,
        "tune": tune_command(argv) if argv[:1] == ["tune"] else Tune,
        "evaluate": Evaluate,
        "recommend": Recommend,
        "export": Export,
        "serve": Serve,
    }
    refusals.check(argv, commands | {"experiments": COMMANDS})
    with refusals.in_one_sentence(argv):
        if argv[:1] == _EXPERIMENTS:
            return _read(argv[1:], COMMANDS, "recotour-vae experiments", experiments.DESCRIPTION)
        commands["experiments"] = _Experiments
        return _read(argv, commands, "recotour-vae", DESCRIPTION)


class _Experiments:
    """Run declared experiments, see how far they are, and what they show."""

    def run(self, argv: Sequence[str]) -> None:
        """Stand in the list of commands; those below it are read by themselves."""


def _read(
    argv: list[str], commands: Mapping[str, type[Command]], path: str, description: str
) -> Command:
    """Read the command that is named; of the others a line is enough for the help."""
    shown: dict[str, Callable[..., Any]] = {
        name: command if argv[:1] == [name] else _summary(command)
        for name, command in commands.items()
    }
    found: Command = tyro.extras.subcommand_cli_from_dict(
        shown, prog=path, description=description, args=argv or ["--help"]
    )
    return found


def _summary(command: type[Command]) -> type[Any]:
    """Make a command without options, whose help is the first line."""
    first = (command.__doc__ or "").partition("\n")[0]
    return type(command.__name__, (), {"__doc__": first})
