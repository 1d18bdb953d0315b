"""The models in PyTorch."""

from functools import partial

from recotour_vae.models import frameworks
from recotour_vae.models.pytorch.autoencoders import MultDAE, MultVAE, Output
from recotour_vae.models.pytorch.clicks import ClickBatch, ClickMatrix
from recotour_vae.models.pytorch.losses import LossParts, gaussian_kl, negative_elbo

make_model = partial(frameworks.make_model, framework="pytorch")

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
