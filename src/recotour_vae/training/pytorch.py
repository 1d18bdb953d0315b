"""The PyTorch engine of the training loop, put together from parts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from recotour_vae.arrays.types import Arrays
from recotour_vae.evaluation.topk import mask_fold_in_, rank_scores
from recotour_vae.models.network import Phase, Units
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.training.backend import Validated
from recotour_vae.training.choose import MakeOptimiser, Parts, choose
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.precision import Precision
from recotour_vae.training.refusals import Asked, check


class PyTorchBackend:
    """One network, an optimiser, a loss and sparse batches; see `Backend` for the verbs.

    Parameters
    ----------
    model
        Moved to the device.
    config
        Learning rate, weight decay, device and precision are read from it.
    parts
        Optimiser, loss, and who trains together; None takes those that the model asks for.

    Raises
    ------
    DeviceError
        When the device is not there.
    ConfigError
        When what is asked for does not go together; see `refusals`.
    """

    def __init__(
        self, model: TorchNetwork, config: TrainingConfig, parts: Parts | None = None
    ) -> None:
        parts = parts or choose(model)
        asked = Asked("pytorch", config, parts.team.size, model)
        check(replace(asked, framework=model.framework))
        self.team = parts.team
        self.device = self.team.device(config.device)
        check(replace(asked, device=self.device.type))
        self.model = model.to(self.device)
        self.optimisers = self._optimisers(parts.optimiser, config)
        self.phase = model.phases[0]
        self.objective = self.team.wrap(parts.objective, self.model)
        self.precision = Precision(config.precision, self.device)
        self.generator = torch.Generator(self.device)
        self.losses: list[Tensor] = []

    def _optimisers(
        self, make: MakeOptimiser, config: TrainingConfig
    ) -> dict[str, torch.optim.Optimizer]:
        """Make an optimiser for each phase, of the parameters that it trains."""
        named, found = dict(self.model.named_parameters()), {}
        for phase in self.model.phases:
            trained = [one for name, one in named.items() if phase.trains(name)]
            decay = config.decay_of(self.model)
            found[phase.name] = make(trained, config.learning_rate, decay, self.device)
        return found

    @property
    def optimiser(self) -> torch.optim.Optimizer:
        """That of the phase."""
        return self.optimisers[self.phase.name]

    @optimiser.setter
    def optimiser(self, other: torch.optim.Optimizer) -> None:
        self.optimisers[self.phase.name] = other

    @property
    def learning_rate(self) -> float:
        """The rate of the next update."""
        return float(self.optimiser.param_groups[0]["lr"])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = rate

    def load(self, train: csr_matrix) -> None:
        """Take the training clicks to the device, once."""
        self.units: Units = self.model.units(train, self.device)
        self.objective.load(train, self.device)

    def cut(self, chosen: NDArray[np.int64]) -> Any:
        """Cut a batch of some units, on the device."""
        return self.team.cut(self.units, chosen)

    def start_epoch(self, seed: int) -> None:
        """Seed dropout and noise."""
        self.generator.manual_seed(seed)

    def start_phase(self, phase: Phase) -> None:
        """Step from now on what the phase trains."""
        self.phase = phase

    def train_step(self, clicks: Any, **schedule: float) -> None:
        """Make one update on a batch."""
        batch = self._batch(clicks)
        with self.team.guard():
            self.model.train()
            self.optimiser.zero_grad(set_to_none=True)  # first, to make room for the logits
            with self.precision.autocast():
                parts = self.loss(batch, **schedule)
            self.precision.scale(parts.loss).backward()  # type: ignore[no-untyped-call]
            self.precision.step(self.optimiser)
            self.losses.append(torch.stack(parts).detach())

    def loss(self, batch: Any, **schedule: Any) -> Any:
        """Score a batch in training mode."""
        phase = {"phase": self.phase.name} if self.phase.name else {}
        return self.objective(self.model, batch, self.generator, **phase, **schedule)

    def take_losses(self) -> NDArray[np.float64]:
        """Fetch the parts of the losses since the last call, (n_steps, n_parts)."""
        losses = torch.stack(self.losses).double().cpu().numpy()
        self.losses = []
        return self.team.mean(losses)

    def validate(self, fold_in: csr_matrix, held_out: csr_matrix, k: int) -> Validated:
        """Give the held-out clicks' negative log-likelihood and the lists, from one pass.

        The users are ranked on the device: k columns each are all that leaves it.
        """
        return self.team.validate(self._validate_here, fold_in, held_out, k)

    @torch.inference_mode()
    def _validate_here(self, fold_in: csr_matrix, held_out: csr_matrix, k: int) -> Validated:
        self.model.eval()
        width = self.model.n_items
        shown = ClickBatch.from_csr(fold_in, self.device, width)
        target = ClickBatch.from_csr(held_out, self.device, width)
        logits, mean = self.model.held_out_loss(shown, target)
        nll = float(mean) * len(target)
        if not np.isfinite(nll):
            return Validated.undefined(nll, len(target), k)
        scores = logits.float()
        mask_fold_in_(scores, shown.users, shown.items)
        return Validated(nll, rank_scores(scores, k).cpu().numpy())

    def arrays(self) -> Arrays:
        """Copy the model's parameters."""
        return self.model.arrays()

    def load_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put parameters into the model."""
        self.model.load_arrays(dict(arrays))

    def optimiser_state(self) -> Arrays:
        """Give Adam's moments and step counts, named `parameter/quantity`.

        Of a phase with a name they begin with it: `phase:parameter/quantity`. On a CPU they are
        Adam's own arrays, which its next update changes.
        """
        return {
            f"{phase.label(':')}{name}/{quantity}": value.detach().cpu().numpy()
            for phase in self.model.phases
            for name, parameter in self.model.named_parameters()
            if phase.trains(name)
            for quantity, value in self.optimisers[phase.name].state[parameter].items()
        }

    def set_optimiser_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put Adam's memory back."""
        parameters = dict(self.model.named_parameters())
        for name, array in state.items():
            place, quantity = name.rsplit("/", 1)
            phase, _, parameter = place.rpartition(":")
            value = torch.tensor(array, device=self.device)
            self.optimisers[phase].state[parameters[parameter]][quantity] = value

    def _batch(self, given: Any) -> Any:
        """Leave a batch as it is, and cut one of all units from a matrix of clicks."""
        if isinstance(given, self.model.Batch):
            return given
        units = self.model.units(given, self.device)
        return self.team.cut(units, np.arange(len(units)))
