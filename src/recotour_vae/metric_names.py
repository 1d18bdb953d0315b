"""What metrics are called: checked where settings are read, without loading what computes them."""

import re
from typing import Final

from recotour_vae.errors import MetricError

METRIC_NAMES: Final = ("recall", "plain_recall", "precision", "ndcg", "map", "mrr", "hit_rate")
PAPER_METRICS: Final = ("ndcg@100", "recall@20", "recall@50")


def parse_name(name: str) -> tuple[str, int]:
    """Read a name such as `ndcg@100` as that of a metric and its k.

    Raises
    ------
    MetricError
        When there is no such metric, or k is missing or below 1.
    """
    match = re.fullmatch(r"([a-z_]+)@([1-9]\d*)", name.lower())
    if not match or match[1] not in METRIC_NAMES:
        raise MetricError(
            f"There is no metric '{name}'; write one of {', '.join(METRIC_NAMES)}, then @ and the "
            "length of the list, as in ndcg@100."
        )
    return match[1], int(match[2])
