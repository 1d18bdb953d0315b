"""The PyTorch backend of the training loop."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from recotour_vae.arrays.types import Arrays
from recotour_vae.evaluation.topk import mask_fold_in_, rank_scores
from recotour_vae.models.pytorch import ClickBatch, ClickMatrix, LossParts, MultDAE, MultVAE, Output
from recotour_vae.training.adam import Adam
from recotour_vae.training.backend import Validated
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.devices import resolve_device


class PyTorchBackend:
    """One model, fused Adam, and sparse batches; see `Backend` for the verbs.

    Parameters
    ----------
    model
        Moved to the device.
    config
        Learning rate, weight decay, device and precision are read from it.

    Raises
    ------
    DeviceError
        When the device is not there.
    """

    def __init__(self, model: MultVAE | MultDAE, config: TrainingConfig) -> None:
        self.device = resolve_device(config.device)
        self.model = model.to(self.device)
        self.optimiser = _adam(self.model, config, self.device)
        self.generator = torch.Generator(self.device)
        self.half = _half_precision(config, self.device)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.half is torch.float16)
        self.losses: list[Tensor] = []

    @property
    def learning_rate(self) -> float:
        """The rate of the next update."""
        return float(self.optimiser.param_groups[0]["lr"])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def load(self, train: csr_matrix) -> None:
        """Take the training clicks to the device, once."""
        self.train = ClickMatrix.from_csr(train, self.device)

    def cut(self, users: NDArray[np.int64]) -> ClickBatch:
        """Cut the rows of some training users, on the device."""
        return self.train.rows(users)

    def start_epoch(self, seed: int) -> None:
        """Seed dropout and noise."""
        self.generator.manual_seed(seed)

    def train_step(self, clicks: ClickBatch | csr_matrix, beta: float) -> None:
        """Make one update on a batch."""
        batch = ClickBatch.of(clicks, self.device)
        self.model.train()
        self.optimiser.zero_grad(set_to_none=True)  # first, to make room for the logits
        with self._autocast():
            parts = self.loss(batch, beta)
        self.scaler.scale(parts.loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.losses.append(torch.stack(parts).detach())

    def loss(self, batch: ClickBatch, beta: float) -> LossParts:
        """Score a batch in training mode."""
        return self.model.training_loss(batch, beta, self.generator)

    def take_losses(self) -> NDArray[np.float64]:
        """Fetch loss, nll and kl of the steps since the last call, (n_steps, 3)."""
        losses = torch.stack(self.losses).double().cpu().numpy()
        self.losses = []
        return losses

    @torch.inference_mode()
    def validate(self, fold_in: csr_matrix, held_out: csr_matrix, k: int) -> Validated:
        """Give the held-out clicks' negative log-likelihood and the lists, from one pass.

        The users are ranked on the device: k columns each are all that leaves it.
        """
        self.model.eval()
        width = self.model.n_items
        shown = ClickBatch.from_csr(fold_in, self.device, width)
        target = ClickBatch.from_csr(held_out, self.device, width)
        logits = self.model(shown).logits
        nll = float(self.model.loss(Output(logits), target, beta=0.0).nll) * len(target)
        if not np.isfinite(nll):
            return Validated.spoilt(nll, len(target), k)
        scores = logits.float()
        mask_fold_in_(scores, shown.users, shown.items)
        return Validated(nll, rank_scores(scores, k).cpu().numpy())

    def weights(self) -> Arrays:
        """Copy the model's parameters."""
        return self.model.arrays()

    def set_weights(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Put parameters into the model."""
        self.model.load_arrays(dict(weights))

    def optimiser_state(self) -> Arrays:
        """Give Adam's moments and step counts, named `parameter/quantity`.

        On a CPU they are Adam's own arrays, which its next update changes.
        """
        return {
            f"{name}/{quantity}": value.detach().cpu().numpy()
            for name, parameter in self.model.named_parameters()
            for quantity, value in self.optimiser.state[parameter].items()
        }

    def set_optimiser_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put Adam's memory back."""
        parameters = dict(self.model.named_parameters())
        for name, array in state.items():
            parameter, quantity = name.rsplit("/", 1)
            value = torch.tensor(array, device=self.device)
            self.optimiser.state[parameters[parameter]][quantity] = value

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, self.half, enabled=self.half is not None)


def _adam(
    model: MultVAE | MultDAE, config: TrainingConfig, device: torch.device
) -> torch.optim.Adam:
    """Adam with L2 on the weights only; fused into one pass where PyTorch can."""
    decay = model.paper_weight_decay if config.weight_decay is None else config.weight_decay
    biases = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    groups: list[dict[str, Any]] = [
        {"params": model.weights(), "weight_decay": decay},
        {"params": biases},
    ]
    return Adam(groups, lr=config.learning_rate, fused=device.type != "mps")


def _half_precision(config: TrainingConfig, device: torch.device) -> torch.dtype | None:
    """Choose the short type of mixed precision: bfloat16 where the device has it."""
    if config.precision == "float32":
        return None
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.bfloat16
