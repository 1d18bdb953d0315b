"""People who are known by name, whatever is shown of them."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Ints
from recotour_vae.errors import ConfigError
from recotour_vae.evaluation import judged_rows
from recotour_vae.splits import HeldOut, Histories

_AT_A_TIME: Final = 500  # people, which bounds the memory of their scores


class KnowsPeople(Protocol):
    """A network that may be told who its rows are of."""

    def rank(self, clicks: csr_matrix, k: int, people: Ints | None = None) -> Ints:
        """List the k best items of each, (n_users, k), -1 being somebody new."""
        ...


@dataclass(frozen=True)
class Knowing:
    """A network that is told who the judged people of a group are; `evaluate` asks it.

    Attributes
    ----------
    network
        That is asked.
    people
        (n_judged,) row of each in the training matrix; -1 for who is not there.
    """

    network: KnowsPeople
    people: Ints

    @staticmethod
    def of(network: KnowsPeople, users: NDArray[Any], group: HeldOut) -> "Knowing":
        """Find the judged people of a group by their raw ids among the training `users`."""
        rows = pd.Index(users).get_indexer(pd.Index(group.users[judged_rows(group)]))
        return Knowing(network, rows.astype(np.int64))

    def rank_histories(self, shown: Histories, k: int) -> Ints:
        """List the k best items not clicked of the judged people, (n_judged, k).

        Raises
        ------
        ConfigError
            When these are not as many people as those that it was told of.
        """
        if len(shown) != len(self.people):
            raise ConfigError(
                f"{len(shown)} people are shown where {len(self.people)} are known by name; make "
                "this of the group that is measured."
            )
        starts = range(0, len(shown), _AT_A_TIME)
        parts = [slice(start, start + _AT_A_TIME) for start in starts]
        lists = [self.network.rank(shown.clicks[p], k, self.people[p]) for p in parts]
        return np.concatenate(lists) if lists else np.empty((0, k), np.int64)
