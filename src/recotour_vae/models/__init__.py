"""The models: equations as layers and a loss, the same in each framework."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.models.config import Framework, ModelConfig, MultDAEConfig, MultVAEConfig
    from recotour_vae.models.frameworks import convert, make_model
else:
    __getattr__, __dir__ = lazily(
        __name__,
        config="Framework ModelConfig MultDAEConfig MultVAEConfig",
        frameworks="convert make_model",
    )

__all__ = [
    "Framework",
    "ModelConfig",
    "MultDAEConfig",
    "MultVAEConfig",
    "convert",
    "make_model",
]
