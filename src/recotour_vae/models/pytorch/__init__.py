"""Mult-VAE and Mult-DAE in PyTorch."""

from recotour_vae.models.pytorch.autoencoders import MultDAE, MultVAE, Output, make_model
from recotour_vae.models.pytorch.clicks import ClickBatch, ClickMatrix
from recotour_vae.models.pytorch.losses import LossParts, gaussian_kl, negative_elbo

__all__ = [
    "ClickBatch",
    "ClickMatrix",
    "LossParts",
    "MultDAE",
    "MultVAE",
    "Output",
    "gaussian_kl",
    "make_model",
    "negative_elbo",
]
