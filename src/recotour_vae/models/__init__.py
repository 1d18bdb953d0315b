"""The models: equations as layers and a loss, the same in each framework."""

from recotour_vae.models.config import Framework, ModelConfig
from recotour_vae.models.frameworks import convert, make_model

__all__ = ["Framework", "ModelConfig", "convert", "make_model"]
