"""What lists and predicted ratings are worth: metrics, means with intervals, and comparisons.

`metrics` are pure functions and `registry` says what each knows of itself; `topk` ranks scores;
`evaluator` asks a model and `pooling` makes one number of what was measured; `lists` says what
lists are like beyond their hits. Intervals and tests are in `statistics`.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.evaluation.evaluator import (
        Evaluation,
        HistoryRanker,
        Ranker,
        Rater,
        Scorer,
        check,
        evaluate,
        judge,
        judged_rows,
        paired_difference,
        rank_lists,
    )
    from recotour_vae.evaluation.registry import PAPER_METRICS
else:
    __getattr__, __dir__ = lazily(
        __name__,
        evaluator="Evaluation HistoryRanker Ranker Rater Scorer check evaluate judge judged_rows "
        "paired_difference rank_lists",
        registry="PAPER_METRICS",
    )

__all__ = [
    "PAPER_METRICS",
    "Evaluation",
    "HistoryRanker",
    "Ranker",
    "Rater",
    "Scorer",
    "check",
    "evaluate",
    "judge",
    "judged_rows",
    "paired_difference",
    "rank_lists",
]
