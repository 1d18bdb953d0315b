"""Several workers, one model: PyTorch's DistributedDataParallel under the one training loop.

Every worker holds the whole model and the whole optimiser. It takes its share of the users of
each batch, and the gradients are averaged before the update, so that all make the same update:
that of one process with the whole batch.
"""

import atexit
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Generator, nn
from torch.nn.parallel import DistributedDataParallel

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import ConfigError, WorkerError
from recotour_vae.models.network import Units
from recotour_vae.models.pytorch.clicks import ClickBatch, ClickMatrix
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.training.backend import Validated
from recotour_vae.training.objective import Objective
from recotour_vae.training.team import Validate
from recotour_vae.training.world import World

# Of one exchange. A worker that died is noticed at once; this is for one that lives and is
# silent, and the longest that is meant to be is the download of a data set.
TIMEOUT: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Place:
    """Where a worker's users lie in a batch that is shared.

    Attributes
    ----------
    users, clicks
        This worker's rows and clicks among those of the batch.
    n_users, n_clicks
        Of the batch.
    weight
        What makes the mean over workers of their losses the mean over the batch's users.
    """

    users: slice
    clicks: slice
    n_users: int
    n_clicks: int
    weight: float


@dataclass(frozen=True)
class Share(ClickBatch):
    """A worker's users of a batch, and where they lie in it."""

    place: Place


class _Loss(nn.Module):
    """The training loss as a module's forward pass, which is what DDP wraps."""

    def __init__(self, objective: Objective, network: TorchNetwork) -> None:
        super().__init__()
        self.objective, self.network = objective, network

    def forward(self, share: Share, kwargs: dict[str, Any]) -> Any:
        parts = self.objective(self.network, share, None, **kwargs)
        return self.network.Loss(*(share.place.weight * part for part in parts))


class Shared:
    """A loss of shares, weighted so that the mean over workers is that of the batch.

    Dropout and noise are drawn by every worker for the whole batch, from generators of equal
    seeds, and each takes its own rows: drawing costs little beside a step, and so neither the
    number of workers nor where the batch is cut has a part in the result. (GPUs should be of one
    kind, as the order in which they draw depends on their size.)
    """

    def __init__(self, objective: Objective, network: TorchNetwork) -> None:
        self.objective = objective
        module = _Loss(objective, network)
        self.parallel = DistributedDataParallel(module, gradient_as_bucket_view=True)

    def load(self, train: csr_matrix, device: torch.device) -> None:
        """Let the loss look at the training clicks."""
        self.objective.load(train, device)

    def __call__(
        self, network: TorchNetwork, batch: Share, generator: Generator | None, **kwargs: Any
    ) -> Any:
        """Score this worker's share of a batch."""
        place = batch.place
        drawn = network.draw(place.n_users, place.n_clicks, generator, batch.items.device)
        return self.parallel(batch, drawn.part(place.users, place.clicks) | kwargs)


class Workers:
    """One worker among several, as an engine's `Team`.

    Validation users are shared as well: of a chunk each worker ranks its part and all exchange
    the lists, k columns a user, so that all workers see equal metrics and stop together.

    The batch size counts the users of all workers, and all start with the weights of worker 0.

    Raises
    ------
    ConfigError
        When there are fewer GPUs than workers on this machine.
    WorkerError
        Whenever another worker is gone.
    """

    def __init__(self) -> None:
        self.world = World.here()

    @property
    def size(self) -> int:
        """Workers altogether."""
        return self.world.size

    def device(self, name: str) -> torch.device:
        """Meet the others, and find this worker's own device."""
        self.where = join(name)
        self.world = replace(self.world, rank=dist.get_rank(), size=dist.get_world_size())
        return self.where

    def wrap(self, objective: Objective, network: TorchNetwork) -> Shared:
        """Share gradients after each backward pass."""
        with self.guard():
            return Shared(objective, network)

    def guard(self) -> AbstractContextManager[None]:
        """Say in our own words that another worker is gone."""
        return _worker_errors()

    def cut(self, units: Units, chosen: NDArray[np.int64]) -> Share:
        """Cut this worker's part of a batch of people."""
        assert isinstance(units, ClickMatrix)
        mine = self.world.share(len(chosen))
        weight = (mine.stop - mine.start) * self.world.size / len(chosen)
        mine = mine if weight else slice(0, 1)  # nobody is left: take somebody, and count for 0
        ends = np.cumsum(units.host_counts[chosen])  # (n_users,)
        first = int(ends[mine.start - 1]) if mine.start else 0
        clicks = slice(first, int(ends[mine.stop - 1]))
        place = Place(mine, clicks, len(chosen), int(ends[-1]), weight)
        return Share(**vars(units.rows(chosen[mine])), place=place)

    def mean(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the losses of whole batches, (n_steps, n_parts)."""
        return self._sum(losses) / self.world.size

    def validate(
        self, validate: Validate, fold_in: csr_matrix, held_out: csr_matrix, k: int
    ) -> Validated:
        """Give the likelihood and the lists of the users of all workers, each doing its part."""
        fold_in, held_out = canonical(fold_in), canonical(held_out)
        mine = self.world.share(fold_in.shape[0])
        own = Validated(0.0, np.empty((0, k), np.int64))
        if mine.stop > mine.start:
            own = validate(fold_in[mine], held_out[mine], k)
        nll = float(self._sum(np.array(own.nll)))
        return Validated(nll, self._gather(own.ranking, fold_in.shape[0]))

    def _sum(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up arrays of equal shape over the workers; all get the same bits."""
        total = torch.as_tensor(values, device=self.where)
        with self.guard():
            dist.all_reduce(total)
        return total.cpu().numpy()

    def _gather(self, lists: NDArray[np.int64], n_users: int) -> NDArray[np.int64]:
        """Put the workers' lists one after another, (n_users, k)."""
        parts = [replace(self.world, rank=rank).share(n_users) for rank in range(self.world.size)]
        sizes = [part.stop - part.start for part in parts]
        mine = torch.zeros(max(sizes), lists.shape[1], dtype=torch.int64, device=self.where)
        mine[: len(lists)] = torch.as_tensor(lists)
        found = [torch.empty_like(mine) for _ in sizes]
        with self.guard():
            dist.all_gather(found, mine)
        kept = [part[:size] for part, size in zip(found, sizes, strict=True)]
        return torch.cat(kept).cpu().numpy()


def join(name: str) -> torch.device:
    """Meet the other workers, once, and give the device of this one, by the name asked for.

    Raises
    ------
    ConfigError
        When there are fewer GPUs than workers on this machine.
    WorkerError
        When the others cannot be reached.
    """
    device = worker_device(name, World.here())
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        _meet("nccl" if device.type == "cuda" else "gloo")
        atexit.register(leave)
    return device


def _meet(how: str) -> None:
    try:
        with _worker_errors():
            dist.init_process_group(how, timeout=TIMEOUT)
    except ValueError as error:
        raise ConfigError(
            f"RANK and WORLD_SIZE say that there are several workers, but not where they meet "
            f"({error}); start them with torchrun, or unset the two."
        ) from error


def leave() -> None:
    """Part from the other workers."""
    if dist.is_initialized():
        dist.destroy_process_group()


def worker_device(name: str, world: World) -> torch.device:
    """Give a worker its own GPU, or the CPU where there is none or it was asked for.

    Raises
    ------
    ConfigError
        When this machine has fewer GPUs than workers.
    """
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not n_gpus):
        return torch.device("cpu")
    if n_gpus < world.local_size:
        raise ConfigError(
            f"{world.local_size} workers need a GPU each, and there "
            f"{'is' if n_gpus == 1 else 'are'} {n_gpus} here; start fewer workers, or use "
            "--device cpu."
        )
    return torch.device("cuda", world.local_rank)


@contextmanager
def first_on_each_machine(world: World) -> Iterator[None]:
    """Let one worker of each machine do a thing, a download say, before the others there."""
    with _worker_errors():
        if world.local_rank:
            dist.barrier()
    yield
    with _worker_errors():
        if not world.local_rank:
            dist.barrier()


@contextmanager
def _worker_errors() -> Iterator[None]:
    """Say in our own words that another worker is gone."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, WorkerError) or not _is_connection_error(error):
            raise
        raise WorkerError(
            "Another worker of this run ended or cannot be reached; see what it said, and start "
            "all of them again."
        ) from error


def _is_connection_error(error: RuntimeError) -> bool:
    """Whether an error is about the line between workers, and not about the model."""
    signs = ("gloo", "NCCL", "Connection closed", "Connection reset", "Broken pipe")
    return isinstance(error, dist.DistError) or any(sign in str(error) for sign in signs)
