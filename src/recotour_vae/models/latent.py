"""What can be asked of the latent space of a Mult-VAE: places, neighbours, directions.

Only what a rotation of the space leaves alone is a property of what the model learned: cosines,
distances, planes. A single coordinate is not.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError, MetricError

if TYPE_CHECKING:
    from recotour_vae.models.pytorch import MultVAE


@dataclass(frozen=True)
class PrincipalAxes:
    """Directions in which codes vary most, the widest first.

    Attributes
    ----------
    centre
        (latent,) mean of the codes.
    directions
        (latent, latent) orthonormal, a row a direction.
    deviations
        (latent,) standard deviation of the codes along each direction.
    """

    centre: Floats
    directions: Floats
    deviations: Floats

    def scores(self, codes: Floats, k: int) -> Floats:
        """Say where codes (n_users, latent) lie along the first k directions, (n_users, k)."""
        along: Floats = (codes - self.centre) @ self.directions[:k].T
        return along


def encode(model: "MultVAE", clicks: csr_matrix) -> tuple[Floats, Floats]:
    """Give mu and sigma of each user's posterior, (n_users, latent) each, without dropout.

    Raises
    ------
    ConfigError
        When the model has no posterior, or knows another number of items.
    DataError
        When the matrix is not one of clicks.
    """
    import torch

    from recotour_vae.models.pytorch import ClickBatch

    _check(model)
    batch = ClickBatch.from_csr(clicks, model.first.weight.device, model.n_items)
    was_training = model.training
    with torch.inference_mode():
        mu, logvar = model.eval().encode(batch)
    model.train(was_training)
    return mu.cpu().numpy(), torch.exp(logvar / 2).cpu().numpy()


def items_by_click(model: "MultVAE") -> Floats:
    """Place each item at the mu of somebody who clicked nothing else, (n_items, latent)."""
    alone = identity(model.n_items, dtype=np.float32, format="csr")
    return encode(model, csr_matrix(alone))[0]


def items_by_weight(model: "MultVAE") -> Floats:
    """Place each item at its row of the decoder's last layer, (n_items, width).

    The width is that of the last hidden layer; without one the rows lie in the latent space.
    """
    last: Any = model.decoder[-1]
    rows: Floats = last.weight.detach().cpu().numpy().copy()
    return rows


def cosines(vectors: Floats) -> Floats:
    """Cosine of each pair of rows, (n, n); a row of zeros has cosine 0 with everything."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1)
    product: Floats = unit @ unit.T
    return product


def nearest(similarity: Floats, k: int, among: NDArray[np.bool_] | None = None) -> Ints:
    """List the k most similar others of each item, (n_items, k); equal ones go by column.

    Parameters
    ----------
    similarity
        (n_items, n_items); what an item has with itself does not count.
    k
        Length of the lists.
    among
        (n_items,) which items may be listed; None is all.

    Raises
    ------
    MetricError
        When there are not k others.
    """
    allowed = np.ones(len(similarity), bool) if among is None else among
    if not 1 <= k < allowed.sum():
        raise MetricError(
            f"{k} neighbours are asked for among {allowed.sum()} items; give a k of at least 1 "
            "and below that number."
        )
    others = np.where(allowed, similarity, -np.inf)
    np.fill_diagonal(others, -np.inf)
    return np.argsort(-others, axis=1, kind="stable")[:, :k]


def principal_axes(codes: Floats) -> PrincipalAxes:
    """Find the directions in which codes (n_users, latent) vary most.

    The sign of a direction has no meaning; here its largest entry is positive.

    Raises
    ------
    MetricError
        When there are fewer codes than latent dimensions.
    """
    n_users, latent = codes.shape
    if n_users < latent:
        raise MetricError(
            f"{n_users} codes cannot span {latent} dimensions; give the codes of more users."
        )
    centre = codes.mean(axis=0, dtype=float)
    _, scale, directions = np.linalg.svd(codes - centre, full_matrices=False)
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.sign(directions[np.arange(latent), largest])[:, None]
    return PrincipalAxes(centre, directions, scale / np.sqrt(n_users - 1))


def canonical_correlations(one: Floats, other: Floats) -> Floats:
    """Cosines of the principal angles between two sets of scores of the same users.

    Linear combinations of the columns of either that agree as well as possible, then those
    uncorrelated with them that agree as well as possible, and so on: their correlations, the
    largest first. They are 1 for two sets that span the same space.

    Parameters
    ----------
    one, other
        (n_users, k) and (n_users, m), each of full rank.

    Returns
    -------
    numpy.ndarray
        (min(k, m),).

    Raises
    ------
    MetricError
        When the users are not the same, or so few that any two spaces meet.
    """
    if len(one) != len(other) or len(one) <= one.shape[1] + other.shape[1]:
        raise MetricError(
            f"Scores of shapes {one.shape} and {other.shape} cannot be compared; give both of the "
            "same users, and of more users than there are columns together."
        )
    bases = [np.linalg.qr(scores - scores.mean(axis=0))[0] for scores in (one, other)]
    found: Floats = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    return np.clip(found, 0, 1)


def rotated(model: "MultVAE", rotation: Floats) -> "MultVAE":
    """Copy a model whose mu is turned by an orthogonal matrix, and turned back in its decoder.

    It scores as the original does. sigma is left as it is: the library's posterior has a diagonal
    covariance, and a turned one would not be diagonal.

    Equation `eq-errors-rotation` in results/errors.

    Parameters
    ----------
    model
        Left as it is.
    rotation
        (latent, latent) orthogonal Q; the new code is Q times the old one.

    Raises
    ------
    ConfigError
        When the matrix is not orthogonal or of another size.
    """
    import torch

    _check(model)
    _check_rotation(rotation, model.config.latent)
    turned = deepcopy(model)
    head: Any = turned.encoder[-1] if len(turned.encoder) else turned.first
    weight = head.weight if len(turned.encoder) else head.weight.T  # (2 latent, width), a view
    into: Any = turned.decoder[0].weight  # (width, latent)
    with torch.no_grad():
        turn = torch.as_tensor(rotation).to(into)
        for half in (weight[: len(turn)], head.bias[: len(turn)]):  # those that give mu
            half.copy_(turn @ half)
        into.copy_(into @ turn.T)
    return turned


def slope(model: "MultVAE", z: Floats, direction: Floats) -> Floats:
    """Give the derivative of log pi, the items' log-probabilities, along a direction at a code.

    Equation `eq-errors-slope` in results/errors.

    Parameters
    ----------
    z, direction
        (latent,).

    Returns
    -------
    numpy.ndarray
        (n_items,); its mean under pi is 0, since what one item gains the others lose.
    """
    import torch

    _check(model)
    decoder: Any = model.decoder
    point, along = (torch.as_tensor(v).to(decoder[0].weight) for v in (z, direction))
    with torch.no_grad():
        for layer in decoder[:-1]:
            point = torch.tanh(layer(point))
            along = (1 - point**2) * (layer.weight @ along)
        change = decoder[-1].weight @ along  # (n_items,) of the logits
        change = change - torch.softmax(decoder[-1](point), dim=0) @ change
    result: Floats = change.cpu().numpy()
    return result


def _check_rotation(rotation: Floats, latent: int) -> None:
    square = rotation.shape == (latent, latent)
    if not square or not np.allclose(rotation @ rotation.T, np.eye(latent), atol=1e-5):
        raise ConfigError(
            f"A rotation of {latent} latent dimensions is an orthogonal matrix of {latent} by "
            f"{latent}; give one, such as the Q of a QR decomposition."
        )


def _check(model: object) -> None:
    from recotour_vae.models.pytorch import MultVAE

    if not isinstance(model, MultVAE):
        raise ConfigError(
            f"{type(model).__name__} has no posterior over a latent space; give a Mult-VAE in "
            "PyTorch (`models.convert` makes one of a Gluon model)."
        )
