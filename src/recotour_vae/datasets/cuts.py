"""Where a cut in time lies, in the words that `splits.TimeSplitConfig` takes."""

import numpy as np
import pandas as pd

from recotour_vae.arrays.shares import floor_of
from recotour_vae.arrays.types import Ints
from recotour_vae.errors import ConfigError


def last_before(times: Ints, cut: float | str) -> int:
    """Give the last second that lies before a cut.

    Parameters
    ----------
    times
        (n_rows,) seconds since 1970.
    cut
        A share of all rows when below 1, else that second; or the first day that lies after it.

    Raises
    ------
    ConfigError
        When it is no date.
    """
    if isinstance(cut, str):
        return _seconds(cut) - 1  # the day itself lies after
    if cut >= 1:
        return int(cut)
    before = int(floor_of(cut * len(times)))
    return int(np.partition(times, before - 1)[before - 1]) if before else int(times.min()) - 1


def _seconds(date: str) -> int:
    try:
        return int(pd.to_datetime(date, format="ISO8601", utc=True).timestamp())
    except ValueError as error:
        raise ConfigError(f"'{date}' is no date; write it as 1998-04-01.") from error
