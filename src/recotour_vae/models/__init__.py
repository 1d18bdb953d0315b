"""The models: equations as layers and a loss, the same in each framework."""

from recotour_vae.models.config import ModelConfig

__all__ = ["ModelConfig"]
