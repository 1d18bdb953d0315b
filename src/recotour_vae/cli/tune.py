"""`recotour-vae tune`: search for the settings of a recommender on validation users."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tyro.conf import OmitArgPrefixes

from recotour_vae.cli.data import describe
from recotour_vae.cli.lists import check_lists
from recotour_vae.cli.options import FileOptions, SplitOptions
from recotour_vae.cli.output import say
from recotour_vae.cli.train import DEFAULT, named_model, with_settings
from recotour_vae.cli.typed import typed, typing_of
from recotour_vae.errors import ConfigError, TrainingInterruptedError
from recotour_vae.evaluation.registry import ERROR_METRICS
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
        That is to be large on the validation users, or of errors, such as rmse, small.
    out
        Table of the trials; the default is made of the model and the data,
        tuning/ease-ml-100k.csv say.
    settings
        Of the model, to be fixed.
    splitting
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
    splitting: OmitArgPrefixes[SplitOptions] = field(default_factory=SplitOptions)
    file: OmitArgPrefixes[FileOptions] = field(default_factory=FileOptions)

    @property
    def path(self) -> Path:
        """Where the trials are kept."""
        from recotour_vae.files.whole import expanded  # which loads NumPy

        name = Path(self.data).name.split(".")[0]
        return expanded(self.out or Path("tuning") / f"{self.model}-{name}.csv")

    def run(self, argv: Sequence[str]) -> None:
        """Make the trials that are missing, and say what to type next.

        Parameters
        ----------
        argv
            What was typed: an option that is among it is fixed, also where it is the default.
        """
        fixed = _typed_of(self._settings(), argv)
        space = _space(entry(self.model), fixed)
        if self.trials < 1:
            raise ConfigError(f"--trials is {self.trials}; give 1 or more.")
        tuning = self._tuning(fixed, space, argv)
        try:
            self._make_missing(tuning)
        except (KeyboardInterrupt, TrainingInterruptedError) as error:
            raise TrainingInterruptedError(
                f"Stopped; what is done stays in {self.path}. The same command goes on."
            ) from error
        self._report(tuning, argv)

    def _settings(self) -> dict[str, Any]:
        """Give all settings as they would be without a search."""
        return dict(vars(self.settings))

    def _framework(self) -> str:
        return ""

    def _tuning(
        self, fixed: Mapping[str, Any], space: Mapping[str, Any], argv: Sequence[str]
    ) -> "Tuning":
        from recotour_vae.experiments.tuning import Tuning

        split = self._split(argv)
        check_lists("--metric", [self.metric], split.n_items)
        return Tuning(
            entry=entry(self.model),
            split=split,
            space=space,
            fixed=fixed,
            metric=self.metric,
            framework=self._framework(),
            path=self.path,
        )

    def _split(self, argv: Sequence[str]) -> "Split":
        data = self.file.load(self.data, typed(argv))
        split = self.splitting.split(data, typed(argv))
        say(f"{describe(data)}\n{split.summary().to_string()}")
        return split

    def _make_missing(self, tuning: "Tuning") -> None:
        from recotour_vae.runtime.progress import bar

        before = len(tuning.done())
        trials = bar(
            tuning.go_on(self.trials),
            desc="trials",
            unit="trial",
            initial=before,
            total=max(before, self.trials),
        )
        for one in trials:
            trials.set_postfix(last=f"{one['value']:.4f}", refresh=False)
            trials.write(f"trial {one['trial']}: {self.metric} {one['value']:.4f}, {_outcome(one)}")

    def _report(self, tuning: "Tuning", argv: Sequence[str]) -> None:
        made = tuning.done()
        say(f"\nThe best of {len(made)} trials, {self.metric} on validation users:")
        table = _best(made, tuning.lower_is_better).rename(columns={"value": self.metric})
        say(table.to_string(index=False, float_format="{:.5g}".format))
        say(f"\nAll are in {self.path}. To train the best:\n{self._train(tuning.best(), argv)}")

    def _train(self, best: Mapping[str, Any], argv: Sequence[str]) -> str:
        """Give the command that trains the best, with what was typed about the data."""
        command = ["recotour-vae", "train", "--model", self.model, "--data", self.data]
        command += typing_of(_typed_of(vars(self.splitting) | vars(self.file), argv))
        if self._framework() not in ("", "pytorch"):
            command += ["--framework", self._framework()]
        name = Path(self.data).name.split(".")[0]
        out = f"runs/{self.model}-{name}-tuned"
        return shlex.join([*command, *typing_of(best), "--out", out])


@dataclass(frozen=True)
class TuneNetwork(Tune):
    """Search for the settings of a network; the help is that of `Tune`, with two options more."""

    framework: Framework = "pytorch"
    training: OmitArgPrefixes[TrainingConfig] = field(default_factory=TrainingConfig)

    def _settings(self) -> dict[str, Any]:
        return {**vars(self.settings), **vars(self.training)}

    def _framework(self) -> str:
        return self.framework


def tune_command(argv: Sequence[str]) -> type[Tune]:
    """Give the command with the options of the model that is named.

    Raises
    ------
    ConfigError
        When nobody knows the model.
    """
    chosen = entry(named_model(argv))
    made = with_settings(TuneNetwork if chosen.networks else Tune, chosen)
    if "ratings" in chosen.needs:
        metric = [("metric", str, field(default=ERROR_METRICS[0]))]
        made = make_dataclass(made.__name__, metric, bases=(made,), frozen=True)
    made.__doc__ = f"{Tune.__doc__}{_OF_NETWORKS if chosen.networks else ''}"
    return made


def _typed_of(settings: Mapping[str, Any], argv: Sequence[str]) -> dict[str, Any]:
    """Give the settings whose options were typed."""
    options = typed(argv)
    return {name: value for name, value in settings.items() if name in options}


def _space(one: Entry, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Take out of a model's space what is fixed.

    Raises
    ------
    ConfigError
        When nothing is left to search for.
    """
    declared = getattr(one.config_class(), "SPACE", {})
    space = {}
    for name, domain in declared.items():
        if not _options_set(name, domain) & set(fixed):
            space[name] = domain
    if not space:
        raise ConfigError(
            f"There is nothing to search for: {one.name} declares no options to choose from, or "
            "all of them are given; train it as it is."
        )
    return space


def _options_set(name: str, domain: Any) -> set[str]:
    """Name the options that a part of a space sets: its own, or those of its choices."""
    if not isinstance(domain, list):
        return {name}
    tables = [choice for choice in domain if isinstance(choice, dict)]
    return {option for table in tables for option in table} or {name}


def _best(made: "pd.DataFrame", lower_is_better: bool, n: int = 5) -> "pd.DataFrame":
    """Lay out the best trials with what differs among all."""
    import pandas as pd

    options = pd.DataFrame([json.loads(one) for one in made["options"]], index=made.index)
    differs = [name for name in options if options[name].map(str).nunique() > 1]
    table = pd.concat([made[["trial", "value"]], options[differs], made["seconds"]], axis=1)
    return table.sort_values("value", ascending=lower_is_better, kind="stable").head(n)


def _outcome(one: Any) -> str:
    """Say which settings a trial had, or why it failed."""
    from recotour_vae.experiments.space import in_words

    if isinstance(one["error"], str):
        return f"failed: {one['error']}"
    return in_words(json.loads(one["options"]))
