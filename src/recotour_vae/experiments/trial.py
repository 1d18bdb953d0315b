"""One run: train or fit, choose on validation users, measure on test users."""

import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from recotour_vae.evaluation import PAPER_METRICS, Evaluation, evaluate
from recotour_vae.evaluation.lists import DESCRIPTION, describe_lists
from recotour_vae.evaluation.registry import ERROR_METRICS, metric_of
from recotour_vae.experiments.setting import Setting
from recotour_vae.recommenders.registry import entry
from recotour_vae.splits import HeldOut, Split

METRIC: Final = "ndcg@100"  # that chooses epochs and settings
LIST: Final = 20  # items that a person is shown, for what lists are like beyond their hits
CURVES: Final = ("beta", "loss", "nll", "kl", "validation_loss", METRIC, "recall@20")

_PYTORCH: Final = ("training.pytorch.PyTorchBackend", "training.team.Alone")
_BACKENDS: Final = {
    "pytorch": (*_PYTORCH, "training.objective.Exact", "training.adam.fused_adam"),
    "sampled": (*_PYTORCH, "training.sampled.Sampled", "training.lazy_adam.lazy_adam"),
    "gluon": ("training.gluon.GluonBackend",),
}


@dataclass(frozen=True)
class Fitted:
    """A model at its best epoch, and how it got there.

    Attributes
    ----------
    history
        A row an epoch; empty for a baseline, which has none.
    seconds
        Wall time of `fit`, validation included.
    """

    model: Any
    history: pd.DataFrame
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What a run leaves: a row of the table, a curve, and each test user's values."""

    row: dict[str, Any]
    curves: dict[str, list[float]]
    per_user: pd.DataFrame


def fit(setting: Setting, split: Split) -> Fitted:
    """Fit the recommender of a setting on the training users."""
    start = time.perf_counter()
    model = setting.recommender().fit_split(split)
    history = getattr(model, "history", pd.DataFrame())
    return Fitted(model, history, time.perf_counter() - start)


def metric_of_trials(of_ratings: bool) -> str:
    """Name what settings are chosen by: NDCG@100 of lists, or RMSE of ratings."""
    return ERROR_METRICS[0] if of_ratings else METRIC


def validate(fitted: Fitted, split: Split) -> float:
    """Give what settings are chosen by, of the validation users."""
    if len(fitted.history):
        return float(fitted.history[METRIC].max())
    metric = metric_of_trials(split.of_ratings)
    return evaluate(fitted.model, split.validation, [metric]).mean(metric)


def run(setting: Setting, split: Split) -> Outcome:
    """Fit, and measure on the test users."""
    fitted = fit(setting, split)
    if split.of_ratings:
        return _of_ratings(fitted, split)
    start = time.perf_counter()
    found = evaluate(fitted.model, split.test)
    answered = time.perf_counter() - start
    row = _metrics(found) | {f"validation_{METRIC}": round(validate(fitted, split), 5)}
    row |= _training(fitted.history) | {"fit_seconds": round(fitted.seconds, 2)}
    row |= {"answer_ms": round(1000 * answered / len(split.test.users), 3)}
    lists = describe_lists(fitted.model, split.test, split.train, LIST, found).round(4)
    row |= dict(zip(DESCRIPTION, lists.tolist(), strict=True))
    return Outcome(row, _curves(fitted.history), _per_user(found, split.test))


def _of_ratings(fitted: Fitted, split: Split) -> Outcome:
    """Measure the ratings that a model predicts; the errors of each person are kept as sums."""
    start = time.perf_counter()
    found = evaluate(fitted.model, split.test, ERROR_METRICS)
    answered = time.perf_counter() - start
    table = found.table()
    row = {name: round(float(table["mean"][name]), 5) for name in ERROR_METRICS}
    row |= {f"se_{name}": round(float(table["se"][name]), 5) for name in ERROR_METRICS}
    row |= {"rating_coverage": round(found.mean("rating_coverage"), 5)}
    row |= {"test_users": len(found.pairs), "cold_ratings": split.test.n_cold}
    if split.validation.held_out.nnz:
        row |= {"validation_rmse": round(validate(fitted, split), 5)}
    row |= {"fit_seconds": round(fitted.seconds, 2)}
    row |= {"answer_ms": round(1000 * answered / len(found.pairs), 3)}
    columns = [(name, part) for name in ERROR_METRICS for part in ("sum", "n")]
    sums = {f"{name}_{part}": found.pairs[name, part] for name, part in columns}
    return Outcome(row, {}, pd.DataFrame(sums))


def roots(setting: Setting) -> tuple[str, ...]:
    """Name the definitions that a run of a setting starts from, for its code's fingerprint."""
    sampled = setting.options.get("sampled_items") is not None
    return roots_of(setting.model, setting.framework, sampled)


def roots_of(model: str, framework: str, sampled: bool = False) -> tuple[str, ...]:
    """Name the definitions of a model, by its name and its framework's (empty for a baseline).

    With the sampled softmax other parts of the engine train it.
    """
    own = entry(model)
    starts = ["experiments.trial.run", "recommenders.interface.Recommender", _below(own.home)]
    measured = ERROR_METRICS if "ratings" in own.answers else PAPER_METRICS
    starts += sorted({f"evaluation.metrics.{metric_of(name).function}" for name in measured})
    if framework:
        backend = _BACKENDS["sampled" if sampled else framework]
        starts += [_below(own.networks[framework]), _below(own.config)]
        starts += ["training.trainer.Trainer", *backend]
    return tuple(starts)


def _below(home: str) -> str:
    """Write `module:Class` as a path below the package; what is elsewhere stays as it is."""
    ours = home.startswith("recotour_vae.")
    return home.removeprefix("recotour_vae.").replace(":", ".") if ours else home


def _metrics(found: Evaluation) -> dict[str, float]:
    means = {name: round(found.mean(name), 5) for name in PAPER_METRICS}
    errors = found.per_user.sem()
    row = means | {f"se_{name}": round(float(errors[name]), 5) for name in PAPER_METRICS}
    return row | {"test_users": len(found.per_user)}


def _per_user(found: Evaluation, group: HeldOut) -> pd.DataFrame:
    """Each test user's metrics, and how many clicks the model was shown."""
    shown = pd.Series(group.fold_in.getnnz(axis=1), index=group.users, name="fold_in")
    return found.per_user.join(shown)


def _training(history: pd.DataFrame) -> dict[str, Any]:
    """Say what training was like at its best epoch; empty for a baseline."""
    names = ("nll", "kl", "validation_loss")
    if history.empty:
        return dict.fromkeys(("epochs", "best_epoch", "beta_at_best", *names))
    best = best_epoch(history)
    row: dict[str, Any] = {"epochs": len(history), "best_epoch": best}
    at_best: Any = history.loc[best]
    row |= {"beta_at_best": round(float(at_best.get("beta", np.nan)), 4)}
    return row | {name: round(float(at_best.get(name, np.nan)), 3) for name in names}


def best_epoch(history: pd.DataFrame) -> int:
    """Name the epoch that the validation users chose."""
    return int(history.index[int(history[METRIC].argmax())])


def _curves(history: pd.DataFrame) -> dict[str, list[float]]:
    """Give each quantity's course over the epochs, to five digits."""
    found = [name for name in CURVES if name in history]
    return {
        name: [
            float(np.format_float_positional(value, 5, fractional=False)) for value in history[name]
        ]
        for name in found
    }
