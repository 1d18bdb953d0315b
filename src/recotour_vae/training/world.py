"""How many processes train one model, and which of them this is; PyTorch is not needed to know."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# What `launch` calls its runs, so that their workers know who started them.
RUN_ID: Final = "recotour-vae-workers"


@dataclass(frozen=True)
class World:
    """The place of this process among the workers of a run, as `torchrun` writes it down.

    Attributes
    ----------
    rank
        Number of this worker among all, from 0.
    size
        Workers altogether; 1 is a run of one process.
    local_rank, local_size
        The same among those of this machine.
    ours
        Whether `launch` started the workers, and will speak for them.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    ours: bool = False

    @staticmethod
    def here(environment: Mapping[str, str] | None = None) -> "World":
        """Read the place from the environment; where nothing is said, there is one process."""
        env = os.environ if environment is None else environment
        if "RANK" not in env or "WORLD_SIZE" not in env:
            return World()
        rank, size = int(env["RANK"]), int(env["WORLD_SIZE"])
        local_rank = int(env.get("LOCAL_RANK", rank))
        local_size = int(env.get("LOCAL_WORLD_SIZE", size))
        ours = env.get("TORCHELASTIC_RUN_ID") == RUN_ID
        return World(rank, size, local_rank, local_size, ours)

    @property
    def leads(self) -> bool:
        """Whether this worker writes the files and speaks to the user."""
        return self.rank == 0

    def share(self, n: int) -> slice:
        """Give this worker's part of n things in order, cut as `numpy.array_split` does."""
        least, extra = divmod(n, self.size)
        start = self.rank * least + min(self.rank, extra)
        return slice(start, start + least + (self.rank < extra))
