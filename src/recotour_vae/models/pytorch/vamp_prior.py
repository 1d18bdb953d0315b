"""The pseudo-inputs of a VampPrior: people who are learned, whose posteriors are the prior."""

from typing import Final

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from recotour_vae.models.hvamp_config import HVampConfig

_MEAN, _DEVIATION = 0.05, 0.01  # of the first pseudo-clicks, in the authors' code
_RANGE: Final = (0.0, 1.0)


class PseudoInputs(nn.Module):
    """A learned share of a click, from 0 to 1, for each pseudo-input and each item.

    They are few, so they may be dense, and they pass through what the clicks of a person pass
    through before the encoder: division by their length, and dropout in training. The authors
    leave the first of the two out, so that their prior is made of rows some times as long as any
    that the encoder sees of people; `pseudo_normalised` and `pseudo_dropout` say which is done.

    Parameters
    ----------
    config
        Settings.
    n_items
        Width of a pseudo-input.
    """

    def __init__(self, config: HVampConfig, n_items: int) -> None:
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(torch.empty(config.pseudo_inputs, n_items))

    @torch.no_grad()
    def initialise(self, generator: Generator) -> None:
        """Draw them, normal of mean 0.05 and deviation 0.01."""
        self.weight.normal_(_MEAN, _DEVIATION, generator=generator)

    def clicks(self) -> Tensor:
        """Give the shares, (pseudo_inputs, n_items)."""
        return functional.hardtanh(self.weight, *_RANGE)

    def forward(self, generator: Generator | None = None) -> Tensor:
        """Give them as the encoder reads them, (pseudo_inputs, n_items)."""
        rows = self.clicks()
        if self.config.pseudo_normalised:
            rows = functional.normalize(rows, dim=1)
        return self._dropped(rows, generator) if self.config.pseudo_dropout else rows

    def _dropped(self, rows: Tensor, generator: Generator | None) -> Tensor:
        if not (self.training and self.config.dropout):
            return rows
        drawn = torch.rand(rows.shape, generator=generator, device=rows.device)
        return rows * (drawn >= self.config.dropout) / (1 - self.config.dropout)
