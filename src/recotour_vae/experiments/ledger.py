"""Which code makes the same numbers as which, written down when it was found out.

Code changes all the time without a number changing: a module is moved, a check is added. A line of
the ledger says that a row made by the code of one fingerprint was made again by that of another,
and came out the same to the last digit stored. It is a sample, not a proof, and says which rows
were in it. Only `recotour-vae experiments confirm` writes it, and no row is ever changed.
"""

from pathlib import Path
from typing import Final

import pandas as pd

from recotour_vae.experiments.table import Rows

FILE: Final = "same-numbers.csv"
COLUMNS: Final = (
    "date",
    "experiment",
    "model",
    "framework",
    "code",  # of the stored rows
    "today",  # the code that made them again
    "run",  # ids of the rows that were made again, with blanks between
    "numbers",  # that were compared, all rows together
    "largest_difference",
    "commit",
    "versions",
)
_IDENTITY: Final = ("experiment", "model", "framework", "code", "today", "run")


def ledger(folder: Path) -> Rows:
    """Find the ledger in a folder of results; it need not be there yet."""
    return Rows(folder / FILE, COLUMNS, _IDENTITY)


def entries_of(model: str, framework: object, entries: pd.DataFrame) -> pd.DataFrame:
    """Take the lines of one model: another of the same code may not go through what was changed.

    A framework that is no text, as of a baseline, is none.
    """
    same_framework = entries["framework"].isna()
    if isinstance(framework, str) and framework:
        same_framework = entries["framework"] == framework
    return entries[(entries["model"] == model) & same_framework]


def predecessors(today: str, entries: pd.DataFrame) -> set[str]:
    """Name all code that the ledger leads from to today's, step by step, today's included.

    Parameters
    ----------
    today
        A fingerprint.
    entries
        The lines of a ledger about one model.
    """
    found, waiting = {today}, [today]
    while waiting:
        before = entries.loc[entries["today"] == waiting.pop(), "code"]
        waiting += sorted(set(before) - found)
        found |= set(before)
    return found
