"""Shares of whole numbers, as a person counts them."""

from typing import Any

import numpy as np


def floor_of(number: Any) -> Any:
    """Round down, but not past a whole number that only the computer's fractions miss.

    0.7 of 90 is 63, and 62.99999999999999 in double precision.
    """
    return np.floor(np.round(number, 9))
