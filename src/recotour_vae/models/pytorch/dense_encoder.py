"""The encoder of RecVAE: layers that are given the sum of all before them."""

import torch
from torch import Tensor, nn

from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.layers import ClickLinear, UnsetLinear

_EPSILON = 0.1  # of the layer normalisation, in the authors' code


class DenseEncoder(nn.Module):
    """Layers h_l = LN(swish(W_l h_{l-1} + h_1 + ... + h_{l-1})), then mu and logvar.

    Shenbin et al. (2020), section 3.2; the weights have no values until `layers.initialise`.

    Equation `eq-recvae-dense` in family/recvae.

    Parameters
    ----------
    n_items
        Width of the clicks.
    hidden
        Width of each layer.
    latent
        Width of mu, and of logvar.
    depth
        Number of layers.
    """

    def __init__(self, n_items: int, hidden: int, latent: int, depth: int) -> None:
        super().__init__()
        self.first = ClickLinear(n_items, hidden)
        self.layers = nn.ModuleList(UnsetLinear(hidden, hidden) for _ in range(depth - 1))
        self.norms = nn.ModuleList(nn.LayerNorm(hidden, _EPSILON) for _ in range(depth))
        self.head = UnsetLinear(hidden, 2 * latent)

    def forward(self, clicks: ClickBatch, values: Tensor) -> tuple[Tensor, Tensor]:
        """Take clicks with their values (n_clicks,) to mu and logvar, (n_users, latent) each."""
        h = self.norms[0](nn.functional.silu(self.first(clicks, values)))  # (n_users, hidden)
        total = h
        for layer, norm in zip(self.layers, self.norms[1:], strict=True):
            h = norm(nn.functional.silu(layer(h) + total))
            total = total + h
        mu, logvar = self.head(h).chunk(2, dim=1)
        return mu, logvar


class TanhEncoder(nn.Module):
    """Mult-VAE's: one layer with tanh, then mu and logvar."""

    def __init__(self, n_items: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.first = ClickLinear(n_items, hidden)
        self.head = UnsetLinear(hidden, 2 * latent)

    def forward(self, clicks: ClickBatch, values: Tensor) -> tuple[Tensor, Tensor]:
        """Take clicks with their values (n_clicks,) to mu and logvar, (n_users, latent) each."""
        mu, logvar = self.head(torch.tanh(self.first(clicks, values))).chunk(2, dim=1)
        return mu, logvar
