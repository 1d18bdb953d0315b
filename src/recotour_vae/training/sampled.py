"""The PyTorch backend with the sampled softmax, for catalogues too long for the whole one."""

import torch
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import ConfigError
from recotour_vae.models.pytorch import ClickBatch, LossParts, MultDAE, MultVAE
from recotour_vae.models.pytorch.sampled import PopularitySampler, sampled_training_loss
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.lazy_adam import LazyAdam
from recotour_vae.training.pytorch import PyTorchBackend


class SampledBackend(PyTorchBackend):
    """A model whose training loss looks at `sampled_items` items an update, and a lazy Adam.

    Training losses are estimates; validation and scoring are exact. What an update costs depends
    on the clicks and on `sampled_items`, not on the number of items.

    Parameters
    ----------
    model
        Moved to the device.
    config
        As for `PyTorchBackend`.

    Raises
    ------
    DeviceError
        When the device is not there.
    ConfigError
        When the sampled softmax does not go with the model or with another setting.
    """

    def __init__(self, model: MultVAE | MultDAE, config: TrainingConfig) -> None:
        self.n_drawn = _checked(model, config)
        super().__init__(model, config)
        if self.device.type == "mps":
            raise ConfigError(
                "sampled_items needs float64 draws and sparse gradients, which mps lacks; "
                "use --device cpu."
            )
        self.optimiser = LazyAdam(self.model.parameters(), config.learning_rate)

    def load(self, train: csr_matrix) -> None:
        """Take the training clicks to the device, and rank the items by them."""
        train = canonical(train)
        super().load(train)
        per_item = torch.from_numpy(train.getnnz(axis=0)).to(self.device)  # (n_items,)
        self.sampler = PopularitySampler.of(per_item)

    def loss(self, batch: ClickBatch, beta: float) -> LossParts:
        """Score a batch in training mode against items drawn for it."""
        drawn = self.sampler.draw(self.n_drawn, self.generator)
        return sampled_training_loss(self.model, batch, beta, drawn, self.generator)


def _checked(model: MultVAE | MultDAE, config: TrainingConfig) -> int:
    """Give the number of draws, or say what stands against it."""
    decay = model.paper_weight_decay if config.weight_decay is None else config.weight_decay
    if model.framework != "pytorch":
        wrong = "the Gluon models have no sampled softmax; use --framework pytorch"
    elif model.config.likelihood != "multinomial":
        wrong = f"the {model.config.likelihood} likelihood has no normaliser to sample; leave it"
    elif config.precision != "float32":
        wrong = f"precision is {config.precision}; use --precision float32"
    elif decay:
        wrong = (
            f"weight_decay is {decay:g}, which would have to move the rows that a lazy Adam "
            "leaves alone; use --weight-decay 0"
        )
    elif config.sampled_items is None:
        wrong = "give it, or train with the exact loss"
    else:
        return config.sampled_items
    raise ConfigError(f"sampled_items is {config.sampled_items}, but {wrong}.")
