"""What metrics there are and what each knows of itself, without loading what computes them.

Settings are checked with it, so it has to be light. A new metric is a function in `metrics` and
a line here.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from recotour_vae.errors import MetricError

Asks = Literal["lists", "ratings"]
Pools = Literal["people", "pairs", "lists"]


@dataclass(frozen=True)
class Metric:
    """What a metric knows of itself.

    Attributes
    ----------
    name
        As it is asked for; one of lists is followed by @ and their length.
    function
        Name of the pure function in `metrics` that measures it.
    paper
        Where the form that is measured here can be looked up.
    equation
        Label of its equation in the book; empty where no chapter derives it.
    asks
        What a model has to give: `lists` of items, or `ratings` of pairs of a person and an item.
    pools
        What becomes one number: `people` have a value each, of which the mean is taken; `pairs`
        of everybody are pooled, so that a person counts by the number of pairs; or all `lists`
        together have one value, and a person has none.
    higher_is_better
        Which way is better.
    root
        Whether the root is taken of what was pooled.
    """

    name: str
    function: str
    paper: str
    equation: str = ""
    asks: Asks = "lists"
    pools: Pools = "people"
    higher_is_better: bool = True
    root: bool = False


_METRICS: Final = (
    Metric("recall", "recall", "Liang et al. (2018)", "eq-recall"),
    Metric("plain_recall", "plain_recall", "Herlocker et al. (2004)", "eq-plain-recall"),
    Metric("precision", "precision", "Herlocker et al. (2004)", "eq-precision"),
    Metric("ndcg", "ndcg", "Liang et al. (2018)", "eq-ndcg"),
    Metric("map", "average_precision", "Buckley and Voorhees (2000)", "eq-ap"),
    Metric("mrr", "reciprocal_rank", "Voorhees (1999)", "eq-rr"),
    Metric("hit_rate", "hit_rate", "Deshpande and Karypis (2004)", "eq-hit-rate"),
    Metric("coverage", "coverage", "Ge et al. (2010)", "eq-coverage", pools="lists"),
    Metric(
        "rmse",
        "squared_errors",
        "Herlocker et al. (2004)",
        asks="ratings",
        pools="pairs",
        higher_is_better=False,
        root=True,
    ),
    Metric(
        "mae",
        "absolute_errors",
        "Herlocker et al. (2004)",
        asks="ratings",
        pools="pairs",
        higher_is_better=False,
    ),
    Metric("rating_coverage", "rated", "Herlocker et al. (2004)", asks="ratings", pools="pairs"),
)
REGISTRY: Final = {metric.name: metric for metric in _METRICS}
METRIC_NAMES: Final = tuple(REGISTRY)
OF_LISTS: Final = tuple(metric.name for metric in _METRICS if metric.asks == "lists")
OF_RATINGS: Final = tuple(metric.name for metric in _METRICS if metric.asks == "ratings")
PAPER_METRICS: Final = ("ndcg@100", "recall@20", "recall@50")
ERROR_METRICS: Final = ("rmse", "mae")  # of predicted ratings, where nobody asks for others
RATING_COVERAGE: Final = "rating_coverage"  # which is measured beside every error of ratings


def parse_name(name: str) -> tuple[str, int]:
    """Read a name such as `ndcg@100` or `rmse` as that of a metric and its k.

    Returns
    -------
    tuple of str and int
        The metric's name in the registry, and the length of the lists that it looks at: 0 for a
        metric of ratings, which looks at none.

    Raises
    ------
    MetricError
        When there is no such metric, or k is below 1, missing for lists or given for ratings.
    """
    kind = name.lower()
    if kind in OF_RATINGS:
        return kind, 0
    match = re.fullmatch(r"([a-z_]+)@([1-9]\d*)", kind)
    if not match or match[1] not in OF_LISTS:
        raise MetricError(
            f"There is no metric '{name}'; write one of {', '.join(OF_LISTS)}, then @ and the "
            f"length of the list, as in ndcg@100, or one of {', '.join(OF_RATINGS)}."
        )
    return match[1], int(match[2])


def metric_of(name: str) -> Metric:
    """Look up what the metric of a name such as `ndcg@100` or `rmse` knows of itself.

    Raises
    ------
    MetricError
        As `parse_name` says.
    """
    return REGISTRY[parse_name(name)[0]]
