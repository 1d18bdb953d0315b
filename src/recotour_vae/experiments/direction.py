"""What a search looks at, and which way is better."""

from typing import Final

from recotour_vae.evaluation.registry import metric_of

_NO_ERROR_IS_LARGER: Final = 1e6  # a finite number, since the sampler takes no other


def gain(metric: str, value: float) -> float:
    """Turn a value of a metric round where lower is better, so that more is always better."""
    return value if metric_of(metric).higher_is_better else -value


def worst(metric: str) -> float:
    """Give the value that a trial has which failed: no other is worse."""
    return 0.0 if metric_of(metric).higher_is_better else _NO_ERROR_IS_LARGER
