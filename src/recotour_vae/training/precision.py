"""How short the numbers of an update are: float32, or a mixture where that is safe."""

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from recotour_vae.training.config import Precision as Name


class Precision:
    """Automatic mixed precision of PyTorch, or nothing of the kind.

    Parameters
    ----------
    name
        `float32` or `mixed`.
    device
        Which has its own short type.
    """

    def __init__(self, name: Name, device: torch.device) -> None:
        self.device = device
        self.half = half_of(name, device)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.half is torch.float16)

    def autocast(self) -> AbstractContextManager[Any]:
        """Let what is computed inside be short where that is safe."""
        return torch.autocast(self.device.type, self.half, enabled=self.half is not None)

    def scale(self, loss: Tensor) -> Tensor:
        """Make a loss large enough for short gradients; what is not short stays as it is."""
        return self.scaler.scale(loss)

    def step(self, optimiser: torch.optim.Optimizer) -> None:
        """Update with the gradients, scaled back."""
        self.scaler.step(optimiser)
        self.scaler.update()


def half_of(name: Name, device: torch.device) -> torch.dtype | None:
    """Choose the short type: bfloat16 where the device has it; None for float32."""
    if name == "float32":
        return None
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.bfloat16
