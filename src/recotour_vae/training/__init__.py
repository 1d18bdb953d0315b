"""The training loop and its settings."""

from recotour_vae.training.annealing import beta_at, fraction_beta, paper_beta
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.devices import resolve_context, resolve_device
from recotour_vae.training.trainer import Trainer

__all__ = [
    "Trainer",
    "TrainingConfig",
    "beta_at",
    "fraction_beta",
    "paper_beta",
    "resolve_context",
    "resolve_device",
]
