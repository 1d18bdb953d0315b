"""How many processes train one model, and which of them this is; PyTorch is not needed to know."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from recotour_vae.errors import ConfigError
from recotour_vae.models.config import Framework
from recotour_vae.training.config import TrainingConfig

# What `launch` calls its runs, so that their workers know who started them.
OUR_RUN: Final = "recotour-vae-workers"


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
        ours = env.get("TORCHELASTIC_RUN_ID") == OUR_RUN
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


def check_workers(workers: int, framework: Framework, config: TrainingConfig) -> None:
    """Refuse what more than one worker cannot do.

    Raises
    ------
    ConfigError
        When there is less than one worker, or more than one with Gluon, with sampled items, or
        on a device that is a single one.
    """
    if workers < 1:
        raise ConfigError(
            f"workers is {workers}; give 1, or the number of processes to share the work."
        )
    if workers == 1:
        return
    if framework != "pytorch":
        raise ConfigError(
            f"{workers} workers need PyTorch, and the framework is {framework}; leave out "
            "--workers, or take --framework pytorch."
        )
    if config.sampled_items is not None:
        raise ConfigError(
            f"sampled_items works in one process, and there are {workers} workers; leave out one "
            "of the two."
        )
    if config.device not in ("auto", "cpu", "cuda"):
        raise ConfigError(
            f"{workers} workers take a device each, and '{config.device}' is one for all; use "
            "--device auto, cuda or cpu."
        )
