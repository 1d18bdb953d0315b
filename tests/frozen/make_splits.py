"""How the frozen splits were made: `python tests/frozen/make_splits.py tests/frozen/splits`.

One has ratings, times and what was left out; the other asks for ratings of those that it was
trained on. They are never made again: a new format of splits gets files of its own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from recotour_vae.splits import HeldOut, Histories, Split

FOLDER = Path(__file__).parent / "splits"

TRAIN = Histories([0, 2, 3, 3], [2, 0, 1], [5, 0.5, 3], [4, 9, 2], n_items=4)
ASKED = Histories([0, 1, 1, 3], [3, 1, 0], [2, 4, 1.5], [10, 11, 11], n_items=4)
ITEMS, USERS = ["film a", "film b", "film é", "film d"], [11, 12, 13]


def timed() -> Split:
    """Make a split whose held-out people are others."""
    shown = Histories([0, 1], [1], [2], [-7], n_items=4)
    asked = Histories([0, 2], [3, 0], [4, 5], [8, 9], n_items=4)
    nobody = Histories([0], [], [], [], n_items=4)
    held = HeldOut.of([21], shown, asked, n_cold=2, n_newcomers=1)
    return Split.of(ITEMS, USERS, TRAIN, held, HeldOut.of(USERS[:0], nobody, nobody))


def rated() -> Split:
    """Make a split of ratings."""
    held = HeldOut.of(USERS, TRAIN, ASKED)
    shown = (held.fold_in, held, held, held.shown_details)
    return Split(ITEMS, USERS, *shown, of_ratings=True)


SPLITS = {
    "timed": (FOLDER / "format-3-timed.npz", "d1e4674ba03c7eaa", timed),
    "rated": (FOLDER / "format-3-rated.npz", "8aa24fc5eb84604a", rated),
}


if __name__ == "__main__":
    for path, _, make in SPLITS.values():
        split = make()
        print(split.save(Path(sys.argv[1]) / path.name), split.fingerprint())
