"""What training asks of its validation users: a loss, and metrics of lists."""

import numpy as np
from numpy.typing import NDArray

from recotour_vae.errors import MetricError
from recotour_vae.evaluation import PAPER_METRICS, judged_rows
from recotour_vae.evaluation.registry import metric_of, parse_name
from recotour_vae.splits import HeldOut
from recotour_vae.training.backend import Backend


def check_monitor(monitor: str) -> None:
    """Refuse to watch what a model of lists cannot be measured by.

    Raises
    ------
    MetricError
        When the metric is one of ratings.
    """
    if monitor != "loss" and metric_of(monitor).asks != "lists":
        raise MetricError(
            f"monitor is {monitor}, which is measured on ratings, and the models trained here give "
            "lists; monitor a metric of lists, such as ndcg@100, or loss."
        )


def names_of(monitor: str, n_items: int) -> list[str]:
    """Name the monitored metric, and those of the paper whose lists the catalogue can fill."""
    usual = [name for name in PAPER_METRICS if parse_name(name)[1] <= n_items]
    asked = [] if monitor == "loss" else [monitor]
    return list(dict.fromkeys(usual + asked))


def judged(group: HeldOut | None) -> HeldOut | None:
    """Leave out users without a held-out click: neither metric nor loss is defined for them."""
    if group is None:
        return None
    rows = judged_rows(group)
    return HeldOut(group.users[rows], group.fold_in[rows], group.held_out[rows])


def validate_group(
    backend: Backend, group: HeldOut, k: int, size: int
) -> tuple[float, NDArray[np.int64]]:
    """Show a model each user once, `size` at a time: mean loss, and lists (n_users, k)."""
    n_users = len(group.users)
    parts = [
        backend.validate(
            group.fold_in[start : start + size], group.held_out[start : start + size], k
        )
        for start in range(0, n_users, size)
    ]
    return sum(part.nll for part in parts) / n_users, np.concatenate([p.ranking for p in parts])
