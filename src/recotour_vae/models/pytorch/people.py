"""Batches that know who they are of, and training people found again by what they clicked."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recotour_vae.models.pytorch.clicks import ClickBatch, ClickMatrix

UNKNOWN: Final = -1

# Of splitmix64 (Steele et al. 2014), which scatters whole numbers over 64 bits.
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_MIXES: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


@dataclass(frozen=True)
class PeopleBatch:
    """Some people with their clicks.

    Attributes
    ----------
    clicks
        Of each.
    people
        (n_users,) row of each in the training matrix.
    """

    clicks: ClickBatch
    people: Tensor

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class People:
    """All training people, of whom batches are cut; see `Units`.

    Attributes
    ----------
    clicks
        Of each, in the rows of the training matrix.
    """

    clicks: ClickMatrix

    def __len__(self) -> int:
        return len(self.clicks)

    def cut(self, chosen: NDArray[np.int64]) -> PeopleBatch:
        """Make a batch of some of them, by their rows and in that order."""
        people = torch.from_numpy(chosen).to(self.clicks.items.device)
        return PeopleBatch(self.clicks.rows(chosen), people)


def item_marks(n_items: int) -> Tensor:
    """Give each item a number of 64 bits, (n_items,), the same on every machine."""
    with np.errstate(over="ignore"):  # numbers go around
        mark = np.arange(1, n_items + 1, dtype=np.uint64) * _STEP
        for shift, factor in _MIXES:
            mark = (mark ^ (mark >> np.uint64(shift))) * np.uint64(factor)
    return torch.from_numpy(mark.view(np.int64).copy())


def marks_of(clicks: ClickBatch, marks: Tensor) -> Tensor:
    """Give people numbers, (n_users,), that are equal where they clicked the same items.

    Each is the sum, around 64 bits, of the items' `marks`, (n_items,); who clicked nothing has 0.
    """
    none = marks.new_zeros(len(clicks))
    return none.index_add_(0, clicks.users, marks[clicks.items])


def find(known: Tensor, shown: Tensor) -> Tensor:
    """Find the first of the known people with each mark that is shown.

    Parameters
    ----------
    known, shown
        (n_known,) and (n_users,) marks.

    Returns
    -------
    torch.Tensor
        (n_users,) places among the known; -1 where there is none, and for who clicked nothing.

    Examples
    --------
    >>> find(torch.tensor([5, 3, 5]), torch.tensor([3, 4, 5, 0])).tolist()
    [1, -1, 0, -1]
    """
    if not len(known):
        return torch.full_like(shown, UNKNOWN)
    order = known.argsort(stable=True)
    sorted_known = known[order]
    at = torch.searchsorted(sorted_known, shown).clamp(max=len(known) - 1)
    return torch.where((sorted_known[at] == shown) & (shown != 0), order[at], UNKNOWN)
