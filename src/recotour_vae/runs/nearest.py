"""The names most like one that nobody has, out of very many: difflib's answer, found sooner."""

import difflib
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

CUTOFF: Final = 0.5  # likeness, from 0 to 1, below which a name is not like another
MOST: Final = 2_000  # names whose order of letters is looked at, some tenths of a second


class Names:
    """Names to be compared with another; letters are counted once, for all of them.

    Difflib compares the letters of two names, whatever their order, before it looks at the order,
    since the likeness of the one is never less than that of the other. It does so name by name,
    which for a hundred thousand takes seconds; here it is a sum over arrays. Of names that share
    as many letters the order is looked at for the first `MOST`, so that a name out of another
    language costs no more.

    Parameters
    ----------
    names
        As `runs.lookup.plain` writes them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._lengths = np.asarray([len(name) for name in names], np.int64)
        text = np.frombuffer("".join(names).encode("utf-32-le", "surrogatepass"), np.uint32)
        owner = np.repeat(np.arange(len(names)), self._lengths)
        order = np.argsort(text, kind="stable")  # letters together, names in order
        self._letters, self._owners = text[order], owner[order]

    def nearest(self, asked: str, n: int) -> list[str]:
        """Give what `difflib.get_close_matches(asked, names, n, CUTOFF)` does for `MOST` names."""
        bound = self._likeness_of_letters(asked)  # (n_names,)
        matcher, found = difflib.SequenceMatcher(), list[tuple[float, str]]()
        matcher.set_seq2(asked)
        for place in np.argsort(-bound, kind="stable")[:MOST].tolist():
            least = found[n - 1][0] if len(found) >= n else CUTOFF
            if bound[place] < least:
                break
            matcher.set_seq1(self.names[place])
            likeness = matcher.ratio()
            if likeness >= CUTOFF:
                found = sorted([*found, (likeness, self.names[place])], reverse=True)[:n]
        return [name for _, name in found]

    def _likeness_of_letters(self, asked: str) -> NDArray[np.float64]:
        """Likeness of the letters alone, (n_names,): `SequenceMatcher.quick_ratio`."""
        shared = np.zeros(len(self.names), np.int64)
        for letter, count in Counter(asked).items():
            first, last = np.searchsorted(self._letters, [ord(letter), ord(letter) + 1])
            held = np.bincount(self._owners[first:last], minlength=len(self.names))
            shared += np.minimum(held, count)
        likeness: NDArray[np.float64] = 2.0 * shared / np.maximum(self._lengths + len(asked), 1)
        return likeness
