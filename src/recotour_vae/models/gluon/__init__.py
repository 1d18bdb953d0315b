"""Mult-VAE and Mult-DAE in MXNet Gluon; importing this needs MXNet."""

from functools import partial

from recotour_vae.models import frameworks
from recotour_vae.models.gluon.autoencoders import MultDAE, MultVAE, Output
from recotour_vae.models.gluon.clicks import ClickBatch
from recotour_vae.models.gluon.losses import LossParts, gaussian_kl, negative_elbo

make_model = partial(frameworks.make_model, framework="gluon")

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
