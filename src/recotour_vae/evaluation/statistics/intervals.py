"""The two intervals that everything here takes: Student's, and the percentile bootstrap's.

Student's is for means of few: seeds, splits, groups of people. The bootstrap is for any statistic
of many people, whatever its distribution.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from scipy import stats

from recotour_vae.arrays.types import Floats

_RESAMPLES: Final = 2000


def student(mean: Any, se: Any, df: Any, confidence: float = 0.95) -> tuple[Any, Any]:
    """Give both ends of Student's interval around a mean.

    Parameters
    ----------
    mean, se
        The mean and its standard error: numbers, arrays or series, which are treated one by one.
    df
        Degrees of freedom of the standard error, n - 1 for one of n values; without any, the ends
        are not numbers.
    confidence
        Of the interval.

    Examples
    --------
    Three seeds: 4.303 standard errors to either side.

    >>> low, high = student(mean=1.0, se=0.1, df=2)
    >>> round(float(low), 4), round(float(high), 4)
    (0.5697, 1.4303)
    """
    reach = se * stats.t.ppf((1 + confidence) / 2, df)
    return mean - reach, mean + reach


def bootstrap(
    samples: Sequence[Floats], statistic: Callable[..., Any], confidence: float, seed: int
) -> Any:
    """Resample people, with all that belongs to them.

    Parameters
    ----------
    samples
        One or more arrays, (n_people,) each; whoever is drawn is drawn from all of them.
    statistic
        Of the samples, along `axis`.
    confidence
        Of the percentile interval.
    seed
        Of the 2,000 resamples.

    Returns
    -------
    scipy.stats.BootstrapResult
        With `confidence_interval` and `standard_error`.
    """
    return stats.bootstrap(
        samples,
        statistic,
        paired=len(samples) > 1,
        confidence_level=confidence,
        n_resamples=_RESAMPLES,
        batch=200,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
