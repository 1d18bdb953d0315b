"""Ids and other names: text as it was written, without what nobody can see or save."""

import numpy as np
import pandas as pd

from recotour_vae.datasets.places import Source
from recotour_vae.errors import DataError

WRITTEN_AS_INTEGER = r"0|-?[1-9][0-9]{0,17}"  # "007" and "1.0" are names, not numbers
LONGEST = 1_000  # letters: arrays of text give every id the room of the longest
# Line ends of all kinds are among them. A zero byte is not: it is refused before.
_UNSEEN = "[\x01-\x1f\x7f-\x9f\u2028\u2029]"


def tidy(names: pd.Series, column: str, source: Source, notes: list[str]) -> pd.Series:
    """Leave out blanks around names, and refuse names that are no names.

    Parameters
    ----------
    names : pd.Series
        Categories, whose categories are text.
    column : str
        What they name, for the messages.

    Raises
    ------
    DataError
        A name holds a line end or another sign that cannot be seen, or is too long.
    """
    known = names.cat.categories
    stripped = known.str.strip()
    if len(known) and not stripped.equals(known):
        notes.append(f"{source.path.name}: blanks around {column} ids are left out")
        names = _renamed(names, stripped)
    refuse_odd(names, column, source)
    return names


def refuse_odd(names: pd.Series, column: str, source: Source) -> None:
    """Refuse names with a line end or another sign that cannot be seen, and names too long.

    Raises
    ------
    DataError
        Such a name; its row is said.
    """
    known, codes = names.cat.categories, names.cat.codes.to_numpy()
    odd = known.str.len() > LONGEST
    why, advice = f"has more than {LONGEST:,} letters", "give ids that are names, not texts"
    if not odd.any():
        odd = known.str.contains(_UNSEEN)
        why = "holds a line break or another sign that cannot be seen"
        advice = "take it out, or number the ids"
    if not odd.any():
        return
    row = int(np.isin(codes, np.flatnonzero(odd)).argmax())
    shown = str(known[codes[row]])
    shown = repr(shown if len(shown) <= 40 else shown[:40] + "...")
    raise DataError(f"{source}: {column} {shown} in {source.row(row)} {why}; {advice}")


def plain_ids(ids: pd.Series) -> pd.Series:
    """Return integers where every id is written as one, else strings, exactly as written.

    Parameters
    ----------
    ids : pd.Series
        Categories as they stood in a text file, or a column that already has its type.
    """
    if pd.api.types.is_float_dtype(ids) and (ids % 1 == 0).all():
        return ids.astype("int64")
    if not isinstance(ids.dtype, pd.CategoricalDtype):
        return ids
    known = ids.cat.categories
    if pd.api.types.is_string_dtype(known) and known.str.fullmatch(WRITTEN_AS_INTEGER).all():
        known = known.astype("int64")
    return pd.Series(known.take(ids.cat.codes.to_numpy()), index=ids.index, name=ids.name)


def seen(text: "pd.Series[str]") -> "tuple[pd.Series[str], int]":
    """Put one blank for blanks and signs that cannot be seen; say how many texts had the latter."""
    stripped = text.str.strip()
    odd = stripped.str.contains(_UNSEEN)
    return stripped.str.replace(f"(?:{_UNSEEN}| )+", " ", regex=True), int(odd.sum())


def _renamed(names: pd.Series, new: "pd.Index[str]") -> pd.Series:
    """Give the categories new names, of which some may be equal or empty."""
    codes, known = pd.factorize(new.where(new != ""))
    code = np.append(codes, -1)[names.cat.codes.to_numpy()]  # a missing name stays missing
    return pd.Series(pd.Categorical.from_codes(code, pd.Index(known, dtype="str")), names.index)
