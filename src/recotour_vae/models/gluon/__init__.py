"""Mult-VAE and Mult-DAE in MXNet Gluon; importing this needs MXNet."""

from recotour_vae.models.gluon.autoencoders import MultDAE, MultVAE, Output, make_model
from recotour_vae.models.gluon.clicks import ClickBatch
from recotour_vae.models.gluon.losses import LossParts, gaussian_kl, negative_elbo

__all__ = [
    "ClickBatch",
    "LossParts",
    "MultDAE",
    "MultVAE",
    "Output",
    "gaussian_kl",
    "make_model",
    "negative_elbo",
]
