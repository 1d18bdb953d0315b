"""How the learning rate and the momentum go through a training: pure functions of its share."""

import math
from typing import Final, Literal

Schedule = Literal["one-cycle", "constant"]

WARM: Final = 0.25  # share of the updates in which the rate rises
FIRST, LAST = 1 / 25, 1e-5  # of the highest rate
HIGH, LOW = 0.95, 0.85  # momentum where the rate is low, and where it is highest


def one_cycle(share: float, highest: float) -> dict[str, float]:
    """Give rate and momentum of an update in one cycle (Smith and Topin 2018), as fastai has it.

    The rate rises to its highest along half a cosine and falls to nearly nothing along another;
    the momentum, Adam's β₁, does the contrary.

    Parameters
    ----------
    share
        Of all updates, how many came before: from 0 to below 1.
    highest
        Rate.

    Examples
    --------
    >>> one_cycle(0.25, 0.005)
    {'learning_rate': 0.005, 'momentum': 0.85}
    """
    if share < WARM:
        rate, momentum = (FIRST, 1.0), (HIGH, LOW)
        way = share / WARM
    else:
        rate, momentum = (1.0, LAST), (LOW, HIGH)
        way = (share - WARM) / (1 - WARM)
    return {"learning_rate": highest * _between(*rate, way), "momentum": _between(*momentum, way)}


def _between(start: float, end: float, way: float) -> float:
    """Go from one number to another along half a cosine."""
    return start + (end - start) * (1 - math.cos(math.pi * way)) / 2
