"""One run of an experiment, said completely: data, model, options, seed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from recotour_vae.errors import ConfigError, ExperimentError
from recotour_vae.recommenders.registry import entry

if TYPE_CHECKING:
    from recotour_vae.recommenders.interface import Recommender

_OF_THE_RUN: Final = {"seed", "device"}
# What every id names, as the first ids did; what could be said later is named where it is not its
# default, so that a new field renames no run. The default of such a field has to stay what it is.
_ALWAYS_NAMED: Final = {
    "load",
    "ready",
    "validation_users",
    "test_users",
    "source",
    "model",
    "framework",
    "split",
    "seed",
    "options",
}


@dataclass(frozen=True)
class Source:
    """Where the clicks of an experiment come from, and how they are split.

    Parameters
    ----------
    load
        Name of a published data set, or the path of a file, as `datasets.load` takes it.
    ready
        Whether the file's own column `split` is used where no seed of a split is given.
    validation_users, test_users
        As in `SplitConfig`, for splits that are drawn.
    folds
        Where ratings are predicted: official, or how many folds are drawn, of which each run
        names one; 1 keeps a share of all ratings once; in-time asks for each person's later ones.
        Empty where lists are asked for.
    test_ratings, validation_ratings
        As in `RatingSplitConfig`, where ratings are predicted.
    times
        Whether the file's time stamps are read; some files lack a part of theirs.
    generalisation
        Where lists are asked for: `strong`, of people whom the model never saw, or `weak`, of
        those whom it was trained on, of whose clicks some are kept.
    """

    load: str
    ready: bool = False
    validation_users: float = 0.1
    test_users: float = 0.1
    folds: str | int = ""
    test_ratings: float = 0.1
    validation_ratings: float = 0.05
    times: bool = True
    generalisation: str = "strong"

    def __post_init__(self) -> None:
        self._check_generalisation()
        number = self.folds if isinstance(self.folds, int) else 1
        known = (number, "", "official", "in-time")
        if number < 1 or isinstance(self.folds, bool) or self.folds not in known:
            raise ExperimentError(
                f"folds is {self.folds!r}; give official, in-time, a number of folds, or 1 for a "
                "share of all ratings."
            )

    def _check_generalisation(self) -> None:
        if self.generalisation not in ("strong", "weak"):
            raise ExperimentError(
                f"generalisation is {self.generalisation!r}; give strong or weak."
            )
        if self.generalisation == "weak" and (self.ready or self.folds):
            raise ExperimentError(
                "generalisation is 'weak' beside a ready split or folds, which say who is asked "
                "for; leave out one of the two."
            )

    @property
    def of_ratings(self) -> bool:
        """Whether ratings are predicted, and not lists."""
        return bool(self.folds)


@dataclass(frozen=True)
class Setting:
    """One run, said completely; equal settings have equal ids, on every machine.

    Parameters
    ----------
    data
        Name of the data in the experiment's file.
    source
        What that name stands for.
    model
        Name of a recommender in the registry.
    framework
        Of a network; others have none.
    split
        Seed of the split; None takes the ready split, or the protocol's own seed.
    seed
        Seed of weights, order and noise.
    options
        What differs from the defaults of the model and its training.
    fold
        Where ratings are predicted in folds, which one is the test, counted from 1.
    """

    data: str
    source: Source
    model: str
    framework: str = ""
    split: int | None = None
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    fold: int = 1

    def __post_init__(self) -> None:
        try:
            self._refuse_options_of_the_run()
            self._refuse_what_has_no_ratings()
            self.recommender()  # which refuses what there is not, before anything runs
        except ConfigError as error:
            raise ExperimentError(str(error)) from error

    def _refuse_options_of_the_run(self) -> None:
        of_the_run = _OF_THE_RUN if self.is_network else set(self._own_seed())
        refused = sorted(of_the_run & set(self.options))
        if refused:
            raise ConfigError(
                f"{self.model} has no option '{refused[0]}' in an experiment: the seed is one of "
                "the run, and rows are made on the CPU."
            )

    def _refuse_what_has_no_ratings(self) -> None:
        if self.fold != 1 and not self.source.of_ratings:
            raise ConfigError(
                f"fold is {self.fold} where {self.data} has no folds; leave it out, or give the "
                "source folds."
            )
        if self.source.of_ratings and "ratings" not in entry(self.model).answers:
            raise ConfigError(
                f"{self.model} predicts no ratings, which {self.data} asks for; take a model that "
                "does, which recotour-vae models says."
            )

    @property
    def is_network(self) -> bool:
        """Whether the model is a network that the `Trainer` trains."""
        return bool(entry(self.model).networks)

    def recommender(self) -> "Recommender[Any]":
        """Build what is to be fitted; networks train on the CPU, so that rows compare."""
        of_the_run = {"seed": self.seed, "device": "cpu"} if self.is_network else self._own_seed()
        return entry(self.model).make(self.framework, **{**self.options, **of_the_run})

    def _own_seed(self) -> dict[str, int]:
        """Give the seed to a recommender that has one among its settings."""
        return {"seed": self.seed} if "seed" in entry(self.model).options() else {}

    @cached_property
    def id(self) -> str:
        """Eight hexadecimal digits made of everything that is said here but the data's name."""
        identity = _identity(self) | {"source": _identity(self.source)}
        text = json.dumps(_plain(identity), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def everything(self) -> dict[str, Any]:
        """All options, defaults included, as they go into the table."""
        if not self.is_network:
            own = entry(self.model).options() | dict(_plain(self.options))
            return own | self._own_seed()
        settings = self.recommender().settings()
        return {name: value for name, value in settings.items() if name != "seed"}


def _identity(one: Setting | Source) -> dict[str, Any]:
    """Give what the id of a run is made of: what every id names, and what is not its default."""
    found = {}
    for option in fields(one):
        value = getattr(one, option.name)
        if option.name in _ALWAYS_NAMED or (option.name != "data" and value != option.default):
            found[option.name] = value
    return found


def _plain(value: Any) -> Any:
    """Write 1.0 and 1 alike, tuples as lists: what is equal is to look equal."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
