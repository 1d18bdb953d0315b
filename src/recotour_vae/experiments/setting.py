"""One run of an experiment, said completely: data, model, options, seed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Final, get_args

from recotour_vae.errors import ExperimentError
from recotour_vae.experiments.recommenders import BASELINES
from recotour_vae.models.config import Framework, Kind, ModelConfig
from recotour_vae.training.config import TrainingConfig

_MODEL: Final = {f.name for f in fields(ModelConfig)} - {"kind"}
_TRAINING: Final = {f.name for f in fields(TrainingConfig)} - {"seed", "device"}
# What every id names, as the first ids did; what could be said later is named where it is not its
# default, so that a new field renames no run. The default of such a field has to stay what it is.
_NAMED_FIRST: Final = {
    "load", "ready", "validation_users", "test_users", "source", "model", "framework", "split",
    "seed", "options",
}  # fmt: skip


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
    """

    load: str
    ready: bool = False
    validation_users: float = 0.1
    test_users: float = 0.1


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
        `mult-vae`, `mult-dae`, or the name of a baseline.
    framework
        Of an autoencoder; a baseline has none.
    split
        Seed of the split; None takes the ready split, or the protocol's own seed.
    seed
        Owner of weights, order and noise.
    options
        What differs from the defaults of the model and its training.
    """

    data: str
    source: Source
    model: str
    framework: str = ""
    split: int | None = None
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.is_autoencoder and self.model not in BASELINES:
            models = ", ".join([*get_args(Kind), *BASELINES])
            raise ExperimentError(f"There is no model '{self.model}'; choose one of {models}.")
        if self.framework not in (get_args(Framework) if self.is_autoencoder else ("",)):
            raise ExperimentError(
                f"framework is '{self.framework}' for {self.model}; give pytorch or gluon for "
                "an autoencoder, and none for a baseline."
            )
        own = _MODEL | _TRAINING if self.is_autoencoder else set(BASELINES[self.model].options())
        for name in sorted(set(self.options) - own):
            raise ExperimentError(
                f"{self.model} has no option '{name}'; there are {', '.join(sorted(own))}."
            )
        self._check_values()

    def _check_values(self) -> None:
        """Have the settings checked by whoever they are for, before anything runs."""
        if self.is_autoencoder:
            self.model_config(), self.training_config()
        else:
            BASELINES[self.model].make(**self.options)

    @property
    def is_autoencoder(self) -> bool:
        """Whether the model is trained by the `Trainer`."""
        return self.model in get_args(Kind)

    @cached_property
    def id(self) -> str:
        """Eight hexadecimal digits made of everything that is said here but the data's name."""
        said = _said(self) | {"source": _said(self.source)}
        text = json.dumps(_plain(said), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def model_config(self) -> ModelConfig:
        """Architecture of an autoencoder."""
        options = {name: value for name, value in self.options.items() if name in _MODEL}
        if "hidden" in options:
            options["hidden"] = tuple(options["hidden"])
        kind: Any = self.model
        return ModelConfig(kind, **options)

    def training_config(self) -> TrainingConfig:
        """How an autoencoder is trained; always on the CPU, so that rows compare."""
        options = {name: value for name, value in self.options.items() if name in _TRAINING}
        return TrainingConfig(seed=self.seed, device="cpu", **options)

    def everything(self) -> dict[str, Any]:
        """All options, defaults included, as they go into the table."""
        if not self.is_autoencoder:
            return dict(BASELINES[self.model].options() | _plain(self.options))
        settings = asdict(self.model_config()) | asdict(self.training_config())
        return {name: value for name, value in settings.items() if name not in ("kind", "seed")}


def _said(one: Setting | Source) -> dict[str, Any]:
    """Give what is said of a run or its data: what every id names, and what is no default."""
    every = {f.name: (getattr(one, f.name), f.default) for f in fields(one) if f.name != "data"}
    return {name: value for name, (value, default) in every.items()
            if name in _NAMED_FIRST or value != default}  # fmt: skip


def _plain(value: Any) -> Any:
    """Write 1.0 and 1 alike, tuples as lists: what is equal is to look equal."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
