"""The models: equations as layers and a loss, the same in each framework."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.models.cdae_config import CDAEConfig
    from recotour_vae.models.config import Framework, ModelConfig, MultDAEConfig, MultVAEConfig
    from recotour_vae.models.elsa_config import ELSAConfig
    from recotour_vae.models.frameworks import convert, make_model
    from recotour_vae.models.hvamp_config import HVampConfig
    from recotour_vae.models.recvae_config import RecVAEConfig
else:
    __getattr__, __dir__ = lazily(
        __name__,
        cdae_config="CDAEConfig",
        config="Framework ModelConfig MultDAEConfig MultVAEConfig",
        elsa_config="ELSAConfig",
        frameworks="convert make_model",
        recvae_config="RecVAEConfig",
        hvamp_config="HVampConfig",
    )

__all__ = [
    "CDAEConfig",
    "ELSAConfig",
    "Framework",
    "HVampConfig",
    "ModelConfig",
    "MultDAEConfig",
    "MultVAEConfig",
    "RecVAEConfig",
    "convert",
    "make_model",
]
