"""`recotour-vae evaluate`: measure trained runs, and other recommenders beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

from recotour_vae.cli.lists import check_lists, usual_metrics
from recotour_vae.cli.output import legend, say
from recotour_vae.cli.typed import typed
from recotour_vae.errors import ConfigError, RecotourError
from recotour_vae.evaluation.registry import ERROR_METRICS, PAPER_METRICS
from recotour_vae.models.config import Framework
from recotour_vae.recommenders.registry import entry

if TYPE_CHECKING:
    from recotour_vae.evaluation import Scorer
    from recotour_vae.runs import Run
    from recotour_vae.splits import HeldOut, Split


@dataclass(frozen=True)
class Evaluate:
    """Measure trained runs, and other recommenders beside them, on held-out users.

    Examples:
      recotour-vae evaluate runs/vae
      recotour-vae evaluate runs/vae runs/ease
      recotour-vae evaluate runs/vae --models popularity item-knn ease --metrics ndcg@10 mrr@10
      recotour-vae evaluate runs/vae --models user-knn rp3beta puresvd ials --group validation

    Parameters
    ----------
    folders
        Of runs on one split.
    models
        Recommenders to fit on the first run's training users and measure on the same held-out
        users, with default settings; recotour-vae models lists them. One that cannot be fitted
        does not keep the others from being measured.
    group
        Which held-out users.
    metrics
        Names with the length of the list: ndcg, recall, plain_recall, precision, map, mrr,
        hit_rate or coverage, then @k; of models that predict ratings rmse and mae. The defaults
        are the paper's, or of models that predict ratings their errors; with few items give
        shorter lists.
    confidence
        Of the bootstrap interval, a share.
    framework
        That networks are opened in, whichever trained them.
    """

    folders: Positional[Annotated[tuple[Path, ...], arg(metavar="[FOLDER ...]")]]
    models: tuple[str, ...] = ()
    group: Literal["test", "validation"] = "test"
    metrics: tuple[str, ...] = PAPER_METRICS
    confidence: float = 0.95
    framework: Framework = "pytorch"

    def run(self, argv: Sequence[str]) -> None:
        """Print one table a model."""
        self._check()
        from recotour_vae import runs

        run = runs.open_run(self.folders[0], self.framework)
        rates = usual_metrics(run.model, run.split) == ERROR_METRICS
        unasked = rates and "metrics" not in typed(argv)
        asked = replace(self, metrics=ERROR_METRICS) if unasked else self
        asked._measure_all(run)

    def _measure_all(self, run: "Run") -> None:
        """Print the tables, the first run's first."""
        from recotour_vae import runs

        check_lists("--metrics", self.metrics, run.split.n_items)
        group = getattr(run.split, self.group)
        self._measure(self._called(run.name, 0), run.model, group)
        for place, folder in enumerate(self.folders[1:], 1):
            other = runs.open_run(folder, self.framework)
            self._check_same(run, other, folder)
            self._measure(self._called(other.name, place), other.model, group)
        refused = []
        for name in self.models:
            if not self._is_measured(name, run.split, group):
                refused.append(name)
        say(f"\n{legend(self.confidence)}")
        if refused:
            raise ConfigError(
                f"{', '.join(refused)} could not be measured, for the reason given above; all "
                "others were, so leave it out or change the data."
            )

    def _check(self) -> None:
        if not self.folders:
            raise ConfigError(
                "No run is named; give the folder of one, as in recotour-vae evaluate runs/vae."
            )
        if not 0 < self.confidence < 1:
            raise ConfigError(f"confidence is {self.confidence}; give a share such as 0.95.")
        for name in self.models:
            entry(name)  # which says what there is

    def _called(self, name: str, place: int) -> str:
        """Name a run by its recommender, and its folder where there are several."""
        return name if len(self.folders) == 1 else f"{name} ({self.folders[place]})"

    def _check_same(self, run: "Run", other: "Run", folder: Path) -> None:
        if other.split.fingerprint() != run.split.fingerprint():
            raise ConfigError(
                f"{folder} and {self.folders[0]} are runs on different splits, so their numbers "
                "do not compare; measure each by itself, or train one again on the other's split."
            )

    def _is_measured(self, name: str, split: "Split", group: "HeldOut") -> bool:
        """Fit and measure a recommender, and say whether that went well."""
        try:
            model = entry(name).make()
            model.check_memory(split.n_items)
            self._measure(name, model.fit_split(split), group)
        except RecotourError as error:
            say(f"\n{name}: {error}")
            return False
        return True

    def _measure(self, name: str, model: "Scorer", group: "HeldOut") -> None:
        from recotour_vae.evaluation import evaluate

        found = evaluate(model, group, self.metrics)
        counted = f"{len(found.per_user):,} {self.group} users"
        if found.n_skipped:
            counted += f", {found.n_skipped} left out without held-out clicks"
        if not math.isnan(found.coverage):  # as it is where no list is asked for
            counted += f"; {found.coverage:.1%} of the items are in somebody's list"
        say(f"\n{name}: {counted}")
        say(found.table(self.confidence).to_string(float_format="{:.4f}".format))
