"""The MXNet Gluon backend of the training loop."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Arrays
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.models.gluon import ClickBatch, MultDAE, MultVAE
from recotour_vae.models.network import Phase
from recotour_vae.runtime.mxnet import mx
from recotour_vae.training.backend import Validated
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.devices import resolve_context
from recotour_vae.training.refusals import Asked, check
from recotour_vae.training.world import World

_MOMENTS: Final = ("exp_avg", "exp_avg_sq")  # PyTorch's names of Adam's two running means


class Adam(mx.optimizer.Adam):  # type: ignore[misc]
    """Adam with ε where PyTorch has it, on every row.

    Kingma and Ba (2015) give two forms: algorithm 1 adds ε to the bias-corrected root of the
    second moment, as PyTorch does; the rearranged form at the end of their section 2, MXNet's,
    adds an ε̂ to the uncorrected one. The two are equal when ε̂ = ε · sqrt(1 - beta2^t). And MXNet
    is kept from being lazy, that is from skipping the rows without a click in the batch.
    """

    def __init__(self, learning_rate: float, weight_decay: float) -> None:
        self.eps = 1e-8
        super().__init__(learning_rate=learning_rate, wd=weight_decay, lazy_update=False)

    def update(self, index: int, weight: Any, grad: Any, state: Any) -> None:
        """Update one parameter in place."""
        t = self._index_update_count.get(index, self.begin_num_update) + 1
        self.epsilon = self.eps * np.sqrt(1 - self.beta2**t)
        super().update(index, weight, grad, state)


class GluonBackend:
    """One model, Adam, and sparse batches; see `Backend` for the verbs.

    The loss is a mean over users, so the trainer's step is told a batch of one: told the number
    of users, as is usual in Gluon, it would divide the gradients by it a second time.

    Parameters
    ----------
    model
        Moved to the device.
    config
        Learning rate, weight decay and device are read from it.

    Raises
    ------
    DeviceError
        When the device is not there.
    ConfigError
        When what is asked for does not go together; see `refusals`.
    """

    def __init__(self, model: MultVAE | MultDAE, config: TrainingConfig) -> None:
        check(Asked("gluon", config, World.here().size, model))
        self.ctx = resolve_context(config.device)
        self.model = model
        model.collect_params().reset_ctx(self.ctx)
        self.trainer = _trainer(model, config)
        self.generator = np.random.default_rng(config.seed)
        self.losses: list[Any] = []

    @property
    def learning_rate(self) -> float:
        """The rate of the next update."""
        return float(self.trainer.learning_rate)

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self.trainer.set_learning_rate(rate)

    def load(self, train: csr_matrix) -> None:
        """Keep the training clicks; MXNet takes CSR batches from the host only."""
        self.units = self.model.units(train)

    def cut(self, chosen: NDArray[np.int64]) -> csr_matrix:
        """Cut the rows of some training users."""
        return self.units.cut(chosen)

    def start_epoch(self, seed: int) -> None:
        """Seed dropout and noise."""
        self.generator = np.random.default_rng(seed)

    def start_phase(self, phase: Phase) -> None:
        """Train everything: networks with several phases are refused."""

    def train_step(self, clicks: csr_matrix, **schedule: float) -> None:
        """Make one update on a batch."""
        batch = ClickBatch.from_csr(clicks, self.ctx)
        with mx.autograd.record():
            parts = self.model.loss(self.model(batch, self.generator), batch, **schedule)
        parts.loss.backward()
        self.trainer.step(batch_size=1)
        self.losses.append(mx.nd.concat(*parts, dim=0))

    def take_losses(self) -> NDArray[np.float64]:
        """Fetch the parts of the losses since the last call, (n_steps, n_parts)."""
        losses = mx.nd.stack(*self.losses).asnumpy().astype(np.float64)
        self.losses = []
        return losses  # type: ignore[no-any-return]

    def validate(self, fold_in: csr_matrix, held_out: csr_matrix, k: int) -> Validated:
        """Give the held-out clicks' negative log-likelihood and the lists, from one pass."""
        width = self.model.n_items
        shown = ClickBatch.from_csr(fold_in, self.ctx, width)
        target = ClickBatch.from_csr(held_out, self.ctx, width)
        logits, mean = self.model.held_out_loss(shown, target)
        nll = float(mean.asscalar()) * len(target)
        if not np.isfinite(nll):
            return Validated.undefined(nll, len(target), k)
        return Validated(nll, top_k_unseen(logits.asnumpy(), fold_in, k))

    def arrays(self) -> Arrays:
        """Copy the model's parameters."""
        return self.model.arrays()

    def load_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put parameters into the model."""
        self.model.load_arrays(dict(arrays))

    def optimiser_state(self) -> Arrays:
        """Copy Adam's moments and step counts, named `parameter/quantity`, as in PyTorch."""
        adam, states = self.trainer.optimizer, self._updater().states
        found: Arrays = {}
        for index, name in enumerate(self.model.parameters()):
            if index in states:
                moments = zip(_MOMENTS, states[index], strict=True)
                found |= {f"{name}/{moment}": value.asnumpy() for moment, value in moments}
                found[f"{name}/step"] = np.float32(adam._index_update_count[index]).reshape(())
        return found

    def set_optimiser_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put Adam's memory back."""
        adam, updater = self.trainer.optimizer, self._updater()
        for index, name in enumerate(self.model.parameters()):
            if f"{name}/step" in state:
                adam._index_update_count[index] = int(state[f"{name}/step"])
                moments = [mx.nd.array(state[f"{name}/{m}"], self.ctx) for m in _MOMENTS]
                updater.states[index], updater.states_synced[index] = tuple(moments), True
        adam.num_update = max(adam._index_update_count.values(), default=0)

    def _updater(self) -> Any:
        return self.trainer._updaters[0]  # one device, so one of them


def _trainer(model: MultVAE | MultDAE, config: TrainingConfig) -> Any:
    """Adam with L2 on the weights only."""
    parameters = list(model.parameters().values())
    for parameter in parameters:
        parameter.wd_mult = float(len(parameter.shape) > 1)
    return mx.gluon.Trainer(
        parameters, Adam(config.learning_rate, config.decay_of(model)), kvstore=None
    )
