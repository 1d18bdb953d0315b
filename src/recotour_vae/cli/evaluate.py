"""`recotour-vae evaluate`: measure a trained model, and baselines beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from recotour_vae.cli.lists import check_lists
from recotour_vae.cli.output import say
from recotour_vae.errors import ConfigError, RecotourError
from recotour_vae.metric_names import PAPER_METRICS
from recotour_vae.models.config import Framework

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from recotour_vae.evaluation import Scorer
    from recotour_vae.splits import HeldOut

BASELINES = Literal[
    "popularity", "item-knn", "user-knn", "rp3beta", "puresvd", "ials", "slim", "ease"
]  # fmt: skip


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
        ease). One that cannot be fitted does not keep the others from being measured.
    group
        Which held-out users.
    metrics
        Names with the length of the list: ndcg, recall, plain_recall, precision, map, mrr or
        hit_rate, then @k. The defaults are the paper's; with few items give shorter lists.
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
        from recotour_vae import runs

        run = runs.open_run(self.folder, self.framework)
        check_lists("--metrics", self.metrics, run.split.n_items)
        group = getattr(run.split, self.group)
        self._measure(run.model.config.kind, run.model, group)
        refused = [name for name in self.against if not self._beside(name, run.split.train, group)]
        if refused:
            raise ConfigError(
                f"{', '.join(refused)} could not be measured, for the reason given above; all "
                "others were, so leave it out or change the data."
            )

    def _beside(self, name: str, train: "csr_matrix", group: "HeldOut") -> bool:
        """Fit and measure a baseline, and say whether that went well."""
        from recotour_vae.experiments.recommenders import BASELINES

        try:
            self._measure(name, BASELINES[name].make().fit(train), group)
        except RecotourError as error:
            say(f"\n{name}: {error}")
            return False
        return True

    def _measure(self, name: str, model: "Scorer", group: "HeldOut") -> None:
        from recotour_vae.evaluation import evaluate

        found = evaluate(model, group, self.metrics)
        users = f"{len(found.per_user):,} {self.group} users"
        skipped = f", {found.n_skipped} left out without held-out clicks" if found.n_skipped else ""
        say(f"\n{name}: {users}{skipped}; coverage {found.coverage:.3f}")
        say(found.table(self.confidence).to_string(float_format="{:.4f}".format))
