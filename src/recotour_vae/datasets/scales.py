"""Ratings as numbers, and what is odd about their scale."""

import numpy as np
import pandas as pd

from recotour_vae.datasets.places import Source
from recotour_vae.errors import DataError

FIVE_STARS = 3.5  # a rating above this is a click, as in Liang et al. (2018)
_DECIMAL_COMMA = r"-?\d+,\d{1,2}|-?\d+"


def numbers(column: pd.Series, source: Source, notes: list[str]) -> pd.Series:
    """Return finite numbers; floats keep their width, so that a threshold means the same.

    Raises
    ------
    DataError
        A rating that is no finite number.
    """
    if column.dtype.kind == "f":
        found = column
    else:
        found = pd.to_numeric(column, errors="coerce").astype("float64")
    if found.isna().any() and column.astype("str").str.fullmatch(_DECIMAL_COMMA).all():
        notes.append(f"{source.path.name}: ratings have a comma before their decimals")
        found = column.astype("str").str.replace(",", ".").astype("float64")
    bad = ~np.isfinite(found)
    if bad.any():
        row = int(bad.to_numpy().argmax())
        more = f" (and {bad.sum() - 1:,} more rows)" if bad.sum() > 1 else ""
        raise DataError(
            f"{source}: rating '{column.iloc[row]}' in {source.row(row)}{more} is not a number; "
            "give a finite number, or name another column with rating=..."
        )
    return found


def unusual(name: str, ratings: pd.Series, rule: float | None) -> str | None:
    """Say which rule is in force where the ratings are not one to five stars, else nothing."""
    low, high = float(ratings.min()), float(ratings.max())
    if rule is None or (low >= 0 and FIVE_STARS < high <= 5):
        return None
    above = int((ratings > rule).sum())
    return (
        f"{name}: ratings go from {low:g} to {high:g}; a rating above {rule:g} is a click, which "
        f"{above:,} of {len(ratings):,} are; choose another threshold with click_above=... "
        "(--click-above)"
    )
