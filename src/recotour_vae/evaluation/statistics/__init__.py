"""How sure a number is: intervals, tests, and what comparing many models at once costs."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.evaluation.statistics.comparison import (
        against,
        by_user,
        compare,
        difference_with_seeds,
        every_pair,
        holm,
    )
    from recotour_vae.evaluation.statistics.intervals import bootstrap, student
else:
    __getattr__, __dir__ = lazily(
        __name__,
        comparison="against by_user compare difference_with_seeds every_pair holm",
        intervals="bootstrap student",
    )

__all__ = [
    "against",
    "bootstrap",
    "by_user",
    "compare",
    "difference_with_seeds",
    "every_pair",
    "holm",
    "student",
]
