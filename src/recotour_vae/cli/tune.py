"""`recotour-vae tune`: search for the settings of a recommender on validation users."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from tyro.conf import OmitArgPrefixes

from recotour_vae.cli.data import describe
from recotour_vae.cli.lists import check_lists
from recotour_vae.cli.options import FileOptions, SplitOptions
from recotour_vae.cli.output import say
from recotour_vae.cli.train import DEFAULT, named_model
from recotour_vae.errors import ConfigError, TrainingInterruptedError
from recotour_vae.models.config import Framework
from recotour_vae.recommenders.registry import Entry, entry
from recotour_vae.training.config import TrainingConfig

if TYPE_CHECKING:
    import pandas as pd

    from recotour_vae.experiments.tuning import Tuning
    from recotour_vae.splits import Split


_OF_NETWORKS: Final = """
    framework
        `pytorch`, or `gluon` where MXNet is installed.
    training
        How the network is trained, to be fixed.
    """


@dataclass(frozen=True)
class Tune:
    """Search for the settings of a recommender: validation users only, stopped and gone on at will.

    Each model declares what its search chooses from; an option that is given here is fixed and
    not searched for. Trials are rows of a table as soon as they are made: stop at any time, and
    the same command goes on. At the end it prints the command that trains the best.

    Examples:
      recotour-vae tune --model ease --trials 15
      recotour-vae tune --model mult-vae --data ml-1m --trials 30 --epochs 40 --patience 10
      recotour-vae tune --model item-knn --data clicks.csv --measure jaccard

    Parameters
    ----------
    model
        Name of a recommender.
    data
        Name of a published data set, or the path of a file.
    trials
        Settings to try, those of the table counted.
    metric
        That is to be large on the validation users.
    out
        Table of the trials; the default is made of the model and the data,
        tuning/ease-ml-100k.csv say.
    settings
        Of the model, to be fixed.
    options
        How the data are split.
    file
        How a file is read.
    """

    model: str = DEFAULT
    data: str = "ml-100k"
    trials: int = 20
    metric: str = "ndcg@100"
    out: Path | None = None
    settings: Any = None
    options: OmitArgPrefixes[SplitOptions] = field(default_factory=SplitOptions)
    file: OmitArgPrefixes[FileOptions] = field(default_factory=FileOptions)

    @property
    def path(self) -> Path:
        """Where the trials are kept."""
        from recotour_vae.files.whole import at  # which loads NumPy

        name = Path(self.data).name.split(".")[0]
        return at(self.out or Path("tuning") / f"{self.model}-{name}.csv")

    def start(self, words: Sequence[str]) -> None:
        """Make the trials that are missing, and say what to type next.

        Parameters
        ----------
        words
            As typed: an option that is among them is fixed, also where it is the default.
        """
        fixed = {name: value for name, value in self._every().items() if name in typed(words)}
        space = _space(entry(self.model), fixed)
        if self.trials < 1:
            raise ConfigError(f"--trials is {self.trials}; give 1 or more.")
        tuning = self._tuning(fixed, space)
        try:
            self._go_on(tuning)
        except (KeyboardInterrupt, TrainingInterruptedError) as error:
            raise TrainingInterruptedError(
                f"Stopped; what is done stays in {self.path}. The same command goes on."
            ) from error
        self._report(tuning)

    def _every(self) -> dict[str, Any]:
        """All settings as they would be without a search."""
        return dict(vars(self.settings))

    def _framework(self) -> str:
        return ""

    def _tuning(self, fixed: Mapping[str, Any], space: Mapping[str, Any]) -> "Tuning":
        from recotour_vae.experiments.tuning import Tuning

        split = self._split()
        check_lists("--metric", [self.metric], split.n_items)
        own = entry(self.model)
        return Tuning(own, split, space, fixed, self.metric, self._framework(), self.path)

    def _split(self) -> "Split":
        data = self.file.load(self.data)
        split = self.options.split(data)
        say(f"{describe(data)}\n{split.summary().to_string()}")
        return split

    def _go_on(self, tuning: "Tuning") -> None:
        from recotour_vae.runtime.progress import bar

        before = len(tuning.done())
        trials = bar(
            tuning.go_on(self.trials), desc="trials", unit="trial", initial=before,
            total=max(before, self.trials),
        )  # fmt: skip
        for one in trials:
            trials.set_postfix(last=f"{one['value']:.4f}", refresh=False)
            trials.write(f"trial {one['trial']}: {self.metric} {one['value']:.4f}, {_words(one)}")

    def _report(self, tuning: "Tuning") -> None:
        made = tuning.done()
        say(f"\nThe best of {len(made)} trials, {self.metric} on validation users:")
        say(_best(made).to_string(index=False, float_format="{:.5g}".format))
        say(f"\nAll are in {self.path}. To train the best:\n{self._train(tuning.best())}")

    def _train(self, best: Mapping[str, Any]) -> str:
        """Give the command that trains the best."""
        words = ["recotour-vae", "train", "--model", self.model, "--data", self.data]
        words += [word for part in (self.options, self.file) for word in options_in(_chosen(part))]
        if self._framework() not in ("", "pytorch"):
            words += ["--framework", self._framework()]
        name = Path(self.data).name.split(".")[0]
        return shlex.join([*words, *options_in(best), "--out", f"runs/{self.model}-{name}-tuned"])


@dataclass(frozen=True)
class TuneNetwork(Tune):
    """Search for the settings of a network; the help is that of `Tune`, with two options more."""

    framework: Framework = "pytorch"
    training: OmitArgPrefixes[TrainingConfig] = field(default_factory=TrainingConfig)

    def _every(self) -> dict[str, Any]:
        return {**vars(self.settings), **vars(self.training)}

    def _framework(self) -> str:
        return self.framework


def tune_command(words: Sequence[str]) -> type[Tune]:
    """Give the command with the options of the model that the words name.

    Raises
    ------
    ConfigError
        When nobody knows the model.
    """
    chosen = entry(named_model(words))
    base = TuneNetwork if chosen.networks else Tune
    kind, flat = chosen.config_class(), cast(Any, OmitArgPrefixes)
    settings = ("settings", flat[kind], field(default_factory=kind))
    made = make_dataclass(base.__name__, [settings], bases=(base,), frozen=True)
    made.__doc__ = Tune.__doc__ + (_OF_NETWORKS if chosen.networks else "")  # type: ignore[operator]
    return made


def typed(words: Sequence[str]) -> set[str]:
    """Name the options that were typed, --no-idf as idf."""
    options = (word[2:].partition("=")[0] for word in words if word.startswith("--"))
    return {option.removeprefix("no-").replace("-", "_") for option in options}


def options_in(settings: Mapping[str, Any]) -> Iterator[str]:
    """Write settings as they are typed."""
    for name, value in settings.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            yield f"--{option}" if value else f"--no-{option}"
        elif isinstance(value, list | tuple):
            yield from (f"--{option}", *map(str, value))
        else:
            yield from (f"--{option}", str(value))


def _chosen(settings: Any) -> dict[str, Any]:
    """Give what is not as it is by default."""
    default = {one.name: one.default for one in fields(settings)}
    return {name: value for name, value in vars(settings).items() if value != default[name]}


def _space(one: Entry, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Take out of a model's space what is fixed.

    Raises
    ------
    ConfigError
        When nothing is left to search for.
    """
    declared = getattr(one.config_class(), "SPACE", {})
    space = {name: said for name, said in declared.items() if not _names(name, said) & set(fixed)}
    if not space:
        raise ConfigError(
            f"There is nothing to search for: {one.name} declares no options to choose from, or "
            "all of them are given; train it as it is."
        )
    return space


def _names(name: str, said: Any) -> set[str]:
    """Name the options that a part of a space sets."""
    tables = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return {option for table in tables for option in table} or {name}


def _best(made: "pd.DataFrame", n: int = 5) -> "pd.DataFrame":
    """Lay out the best trials with what differs among all."""
    import pandas as pd

    options = pd.DataFrame([json.loads(one) for one in made["options"]], index=made.index)
    differs = [name for name in options if options[name].map(str).nunique() > 1]
    table = pd.concat([made[["trial", "value"]], options[differs], made["seconds"]], axis=1)
    return table.sort_values("value", ascending=False, kind="stable").head(n)


def _words(one: Any) -> str:
    error = one["error"]
    if isinstance(error, str):
        return f"failed: {error}"
    options = json.loads(one["options"])
    return ", ".join(f"{name} {value}" for name, value in options.items())
