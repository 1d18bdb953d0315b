"""What people did, one after another, packed so that a network goes through real steps only.

The people of a batch are put in order of length, the longest first. What is fed at the first step
of each of them stands first, then what is fed at the second of those who have one, and so on. So
nothing is padded, and all that comes after the recurrent layer works on a plain matrix of steps.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recotour_vae.splits.histories import Histories

Ints = NDArray[np.int64]
NONE = -1  # in place of a target, where a history is over


class Packed(NamedTuple):
    """Where the steps of some sequences stand.

    Attributes
    ----------
    order
        (n_people,): the sequences, the longest first.
    sizes
        (longest,): how many of them have a step t.
    person, time
        (n_steps,): of each step, whose it is, by the place in `order`, and which, from 0.
    """

    order: Ints
    sizes: Ints
    person: Ints
    time: Ints


def packed(lengths: Ints) -> Packed:
    """Pack sequences of these lengths, each of one step at least.

    Examples
    --------
    >>> packed(np.array([1, 3])).person.tolist(), packed(np.array([1, 3])).time.tolist()
    ([0, 1, 0, 0], [0, 0, 1, 2])
    """
    order = np.argsort(-lengths, kind="stable")
    shorter = np.cumsum(np.bincount(lengths))[:-1]  # (longest,): who have no step t
    sizes = len(lengths) - shorter
    time = np.repeat(np.arange(len(sizes)), sizes)
    person = np.arange(len(time)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return Packed(order, sizes, person, time)


@dataclass(frozen=True)
class SequenceBatch:
    """Steps of some people, on a device.

    Attributes
    ----------
    items
        (n_steps,): the item that is fed at each step, in the order of `packed`.
    sizes
        (longest,): how many people have a step t; on the CPU, where PyTorch wants it.
    person
        (n_steps,): whose step it is; people are counted from the longest history on.
    targets
        (n_steps, k): the items that follow, and -1 where the history is over.
    n_people
        How many there are.
    """

    items: Tensor
    sizes: Tensor
    person: Tensor
    targets: Tensor
    n_people: int

    def __len__(self) -> int:
        return self.n_people


@dataclass(frozen=True)
class Sequences:
    """Histories of which batches of people are cut; each person has two events or more.

    Attributes
    ----------
    histories
        A row a person, in order of time.
    next_items
        How many items that follow are the target of a step.
    device
        Where batches go.
    """

    histories: Histories
    next_items: int
    device: torch.device | str = "cpu"

    @staticmethod
    def of(
        histories: Histories, next_items: int, device: torch.device | str = "cpu"
    ) -> "Sequences":
        """Leave out who did fewer than two things: there is nothing to predict."""
        long = np.flatnonzero(np.diff(histories.starts) > 1)
        return Sequences(histories.rows(long), next_items, device)

    def __len__(self) -> int:
        return len(self.histories)

    def cut(self, chosen: NDArray[np.int64]) -> SequenceBatch:
        """Make a batch of some people; see `Units`. Each event but a person's last is a step."""
        starts, ends = self.histories.starts[:-1][chosen], self.histories.starts[1:][chosen]
        steps = packed(ends - starts - 1)
        begin, end = starts[steps.order], ends[steps.order]  # (n_people,) each
        event = begin[steps.person] + steps.time  # (n_steps,)
        after = event[:, None] + np.arange(1, self.next_items + 1)  # (n_steps, k)
        there = after < end[steps.person][:, None]
        items = self.histories.items
        targets = np.where(there, items[np.where(there, after, 0)], NONE)
        return SequenceBatch(
            self._there(items[event]),
            torch.from_numpy(steps.sizes),
            self._there(steps.person),
            self._there(targets),
            len(chosen),
        )

    def _there(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array.astype(np.int64)).to(self.device)
