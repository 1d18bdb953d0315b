"""Hidden layers with or without a gate, chains of them, and what a distribution is read from."""

from itertools import pairwise
from typing import Any, Final

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from recotour_vae.models.pytorch.layers import ClickLinear, UnsetLinear

LOGVAR: Final = (-12.0, 4.0)  # between which the authors hold the logarithm of a variance


def units(width: int, gated: bool) -> int:
    """Give how many outputs of a linear layer `activate` makes a hidden layer of."""
    return width * (1 + gated)


def activate(h: Tensor, gated: bool) -> Tensor:
    """Make a hidden layer of what is linear.

    Gated, it is linear times sigmoid(linear), of the two halves of the columns (Dauphin et al.
    2017), without tanh: a gate lets nothing through, or all of it, and saturates no value.

    Equation `eq-recvae-gate` in family/recvae.

    Parameters
    ----------
    h
        (n_users, width), or (n_users, 2 width) for a gate.
    gated
        Whether there is one; otherwise the layer is tanh(h).

    Returns
    -------
    torch.Tensor
        (n_users, width).

    Examples
    --------
    A gate of 0 is half open:

    >>> activate(torch.tensor([[3.0, -8.0, 0.0, 0.0]]), gated=True)
    tensor([[ 1.5000, -4.0000]])
    """
    return functional.glu(h, dim=1) if gated else torch.tanh(h)


class Chain(nn.Module):
    """Layers in a row with activations between them, and none after the last.

    Two chains that end in as many units can so be added up, which is one layer over what both
    read.

    Parameters
    ----------
    first
        The first layer, into `units(widths[0], gated)`.
    widths
        Of the hidden layers.
    gated
        Whether these have gates.
    """

    def __init__(self, first: nn.Module, widths: tuple[int, ...], gated: bool) -> None:
        super().__init__()
        self.first, self.gated = first, gated
        self.rest = nn.ModuleList(
            UnsetLinear(into, units(out, gated)) for into, out in pairwise(widths)
        )

    def forward(self, *given: Any) -> Tensor:
        """Take what the first layer reads to the last, (n_users, units)."""
        return self.onwards(self.first(*given))

    def onwards(self, h: Tensor) -> Tensor:
        """Take what the first layer gave to the last."""
        for layer in self.rest:
            h = layer(activate(h, self.gated))
        return h


def chain_of_clicks(n_items: int, widths: tuple[int, ...], gated: bool) -> Chain:
    """Make a chain that reads clicks and their values, without making them dense."""
    return Chain(ClickLinear(n_items, units(widths[0], gated)), widths, gated)


def chain_of_code(latent: int, widths: tuple[int, ...], gated: bool) -> Chain:
    """Make a chain that reads a code, (n_users, latent)."""
    return Chain(UnsetLinear(latent, units(widths[0], gated)), widths, gated)


class NormalHead(nn.Module):
    """A normal distribution over a code, read from where a chain ends."""

    def __init__(self, width: int, latent: int, gated: bool) -> None:
        super().__init__()
        self.gated = gated
        self.linear = UnsetLinear(width, 2 * latent)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """Give mu and logvar, (n_users, latent) each, in single precision at least."""
        both = self.linear(activate(h, self.gated))
        mu, logvar = both.to(torch.promote_types(both.dtype, torch.float32)).chunk(2, dim=1)
        return mu, logvar.clamp(*LOGVAR)


@torch.no_grad()
def he_initialise(module: nn.Module, generator: Generator) -> None:
    """Draw weights as He et al. (2015): normal, of variance 2 / inputs. Biases are 0."""
    for layer in module.modules():
        if isinstance(layer, ClickLinear | nn.Linear):
            rows, columns = layer.weight.shape
            inputs = rows if isinstance(layer, ClickLinear) else columns
            layer.weight.normal_(0, (2 / inputs) ** 0.5, generator=generator)
            layer.bias.zero_()
