"""The training loop and its settings."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.training.annealing import beta_at, fraction_beta, paper_beta
    from recotour_vae.training.config import TrainingConfig
    from recotour_vae.training.devices import resolve_context, resolve_device
    from recotour_vae.training.trainer import Trainer
else:
    __getattr__, __dir__ = lazily(
        __name__,
        annealing="beta_at fraction_beta paper_beta",
        config="TrainingConfig",
        devices="resolve_context resolve_device",
        trainer="Trainer",
    )

__all__ = [
    "Trainer",
    "TrainingConfig",
    "beta_at",
    "fraction_beta",
    "paper_beta",
    "resolve_context",
    "resolve_device",
]
