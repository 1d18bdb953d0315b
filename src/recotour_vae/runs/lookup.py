"""Which items and which user somebody means: by title, with or without its year, or by id."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.errors import DataError
from recotour_vae.runs.nearest import Names
from recotour_vae.splits import Ids, Split
from recotour_vae.splits.people import everybody

_BY_ID: Final = "id:"
_LISTED: Final = 8  # items that a title which several have names
_ARTICLES: Final = "the|a|an|der|die|das|le|la|les|l'|el|los|las|il|lo|i|gli"
_ARTICLE_LAST: Final = re.compile(rf"(.+), ({_ARTICLES})( \(.*)?")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The items of a run, to be found by what people call them.

    Attributes
    ----------
    titles
        Of each column.
    items
        Raw id of each column; None where none are known.
    clicks
        How often each column was clicked, to tell items of one title apart; None where unknown.
    """

    titles: Sequence[str]
    items: Ids | None = None
    clicks: NDArray[Any] | None = None

    def find(self, asked: str) -> int:
        """Find the column of a title, or of `id:` and a raw id.

        A title counts when it is equal but for case, blanks and the form of Unicode; if none is,
        without what stands in brackets at its end, and with its article in front.

        Raises
        ------
        DataError
            When there is none, naming those nearest; when there are several, naming them.
        """
        found = self.columns(asked)
        if not found:
            raise self._unknown(asked)
        if len(found) > 1:
            raise self._several(asked, found)
        return found[0]

    def columns(self, asked: str) -> list[int]:
        """Give all columns of a title, or of `id:` and a raw id; none where nothing has it."""
        if self._is_id(asked):
            column = self._ids.get(_id_in(asked))
            return [] if column is None else [column]
        return self._by_title(asked)

    def find_all(self, liked: Sequence[str]) -> list[int]:
        """Find the columns of what is liked, each once and in order.

        Raises
        ------
        DataError
            When none is given, and as `find` says.
        """
        if not len(liked):
            raise DataError("No title is given; name at least one item that is liked.")
        return sorted({self.find(title) for title in liked})

    def clicks_on(self, liked: Sequence[str]) -> csr_matrix:
        """Turn what is liked into clicks, (1, n_items), or refuse it as `find_all` does."""
        columns = self.find_all(liked)
        row, ones = np.zeros(len(columns), dtype=int), np.ones(len(columns), np.float32)
        return csr_matrix((ones, (row, columns)), (1, len(self.titles)))

    def _by_title(self, asked: str) -> list[int]:
        """Give the columns of a title; whole titles go before short ones."""
        name = plain(asked)
        for columns in (self._full_names, self._short_names):
            for spelling in (name, _article_first(name)):
                if spelling in columns:
                    return columns[spelling]
        return []

    def _is_id(self, asked: str) -> bool:
        return self.items is not None and asked.lower().startswith(_BY_ID)

    @cached_property
    def _ids(self) -> dict[str, int]:
        """Columns by their raw id; of equal ones the first."""
        known = [] if self.items is None else self.items.tolist()
        return {str(item): column for column, item in reversed(list(enumerate(known)))}

    @cached_property
    def _full_names(self) -> dict[str, list[int]]:
        """Columns by their whole title."""
        return _grouped((plain(title), column) for column, title in enumerate(self.titles))

    @cached_property
    def _short_names(self) -> dict[str, list[int]]:
        """Columns by what else a title goes by."""
        named = ((name, c) for c, title in enumerate(self.titles) for name in _other_names(title))
        return _grouped(named)

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        """Columns by all that they go by."""
        return self._short_names | self._full_names

    @cached_property
    def _spellings(self) -> Names:
        """The same names, to be compared with another."""
        return Names(list(self._names))

    def ready(self) -> "Catalogue":
        """Make all that is looked up in, which the first who asks would wait for."""
        _ = self._ids, self._spellings
        return self

    def _unknown(self, asked: str) -> DataError:
        if self._is_id(asked):
            name, ids = _id_in(asked), list(self._ids)[::-1]
            return DataError(
                f"There is no item with the id '{name}' in this run; {_like(name, ids)}"
            )
        names, near = self._names, self._spellings.nearest(plain(asked), 3)
        titles = list(dict.fromkeys(self.titles[c] for name in near for c in names[name]))[:3]
        meant = f"did you mean {', '.join(titles)}?" if titles else "look in the run's titles.csv."
        return DataError(f"No item is called '{asked}'; {meant}")

    def _several(self, asked: str, found: list[int]) -> DataError:
        counts = self.clicks
        found = found if counts is None else sorted(found, key=lambda c: -counts[c])
        listed = "; ".join(map(self._described, found[:_LISTED]))
        more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        by_id = "" if self.items is None else f", or its id as in '{_BY_ID}{self.items[found[0]]}'"
        return DataError(
            f"{len(found)} items are called '{asked}': {listed}{more}; give the whole title of "
            f"one{by_id}."
        )

    def _described(self, column: int) -> str:
        counted = "" if self.clicks is None else f", {_count(int(self.clicks[column]))}"
        named = "" if self.items is None else f", id {self.items[column]}"
        return f"{self.titles[column]}{counted}{named}"


def clicks_on(
    titles: Sequence[str], liked: Sequence[str], items: Ids | None = None, clicks: Any = None
) -> csr_matrix:
    """Turn liked titles into clicks, (1, n_items).

    Parameters
    ----------
    titles
        Of each column.
    liked
        Titles as `Catalogue.find` takes them: upper and lower case are alike, the year may be
        left out; with `items`, also an id as in `id:274`.
    items
        Raw id of each column.
    clicks
        Of each column, (n_items,), to tell items of one title apart.

    Raises
    ------
    DataError
        When none is given; when a title is unknown, naming the nearest; when several items have
        it, naming them.

    Examples
    --------
    >>> clicks_on(["Alien (1979)", "Big (1988)"], ["alien"]).toarray().tolist()
    [[1.0, 0.0]]
    """
    return Catalogue(titles, items, clicks).clicks_on(liked)


def history_of(split: Split, user: str) -> csr_matrix:
    """Find all clicks of a user of the split, (1, n_items).

    Raises
    ------
    DataError
        When the split has no such user.
    """
    users, clicks = everybody(split)
    row = np.flatnonzero(users.astype(str) == str(user))
    if len(row):
        return csr_matrix(clicks[row[0]])
    known = [str(name) for name in users.tolist()]
    raise DataError(f"There is no user '{user}' in this run; {_like(str(user), known)}")


def plain(title: str) -> str:
    """Write a title so that those that look alike are equal: case, blanks, form of Unicode."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _id_in(asked: str) -> str:
    """Give the raw id after `id:`."""
    return asked[len(_BY_ID) :].strip()


def _other_names(title: str) -> set[str]:
    """Give the names of a title without its year, and with its article in front."""
    whole = plain(title)
    short = whole.rsplit(" (", 1)[0]
    return {short, _article_first(short), _article_first(whole)}


def _article_first(name: str) -> str:
    """Turn `matrix, the (1999)`, as libraries sort it, into `the matrix (1999)`."""
    found = _ARTICLE_LAST.fullmatch(name)
    if not found:
        return name
    rest, article, year = found.groups(default="")
    return f"{article}{'' if article.endswith(chr(39)) else ' '}{rest}{year}"


def _count(n_clicks: int) -> str:
    return "1 click" if n_clicks == 1 else f"{n_clicks:,} clicks"


def _grouped(named: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for name, column in named:
        groups.setdefault(name, []).append(column)
    return groups


def _like(asked: str, known: Sequence[str]) -> str:
    """Name an id that is written a little differently, else show what ids look like."""
    near = [name for name in known if _loose(name) == _loose(asked)]
    if near:
        return f"did you mean '{near[0]}'?"
    return f"ids look like {', '.join(known[:3])}."


def _loose(name: str) -> str:
    """Write an id without what is easily got wrong: case, blanks, leading zeros."""
    return plain(name).lstrip("0")
