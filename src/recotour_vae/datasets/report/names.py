"""Accounts whose name says that they are nobody: tests, demonstrations, administrators."""

import re
from typing import Final

from recotour_vae.datasets.report.log import Log

_WORDS: Final = "test|tests|testing|tester|demo|dummy|fake|sample|qa|admin|root|internal|monitor"
_NOBODY: Final = re.compile(rf"(?:^|[^a-z])(?:{_WORDS})(?:[^a-z]|$)", re.IGNORECASE)


def is_nobody(name: object) -> bool:
    """Tell whether an id has a word of tests and shops' own people in it, as a word.

    Examples
    --------
    >>> [name for name in ("test-1", "QA_7", "x@demo.org", "Contest", 7) if is_nobody(name)]
    ['test-1', 'QA_7', 'x@demo.org']
    """
    return bool(_NOBODY.search(str(name)))


def nobodies(log: Log) -> dict[object, int]:
    """Give the accounts whose name says so, and how many rows each has, most first."""
    found = {n: int(rows) for n, rows in zip(log.user_ids, log.rows, strict=True) if is_nobody(n)}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))
