"""What CDAE minimises: clicked cells against some or all of the others, and the penalty."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from recotour_vae.models.cdae_config import CellLoss
from recotour_vae.models.pytorch.clicks import ClickBatch


class CDAELoss(NamedTuple):
    """The loss and its parts, means over the people of a batch.

    Attributes
    ----------
    loss
        fit + penalty, which is minimised.
    fit
        What the cells of a person cost, in nats but for the square loss.
    penalty
        λ/2 times the squares of the parameters that the person touches.
    """

    loss: Tensor
    fit: Tensor
    penalty: Tensor


def cost(scores: Tensor, clicked: bool, loss: CellLoss) -> Tensor:
    """Say what cells cost by their scores f, of the same shape.

    - `square`: (y - f)² / 2, y being 1 where clicked and else 0;
    - `logistic`: log(1 + exp(-y f)), y being 1 where clicked and else -1;
    - `cross-entropy`: -y log σ(f) - (1 - y) log(1 - σ(f)), y being 1 where clicked and else 0.

    Since 1 - σ(f) = σ(-f), the last two are the same number: the authors' code knows both names
    (Wu et al. 2016, section 4.2, writes the second, and its σ is the mapping of the output).

    Examples
    --------
    >>> f = torch.tensor([0.0, 2.0])
    >>> cost(f, True, "square").tolist()
    [0.5, 0.5]
    >>> [round(one, 4) for one in cost(f, False, "logistic").tolist()]
    [0.6931, 2.1269]
    """
    if loss == "square":
        return (scores - float(clicked)).square() / 2
    return functional.softplus(-scores if clicked else scores)


def fit(scores: Tensor, clicks: ClickBatch, counts: Tensor, loss: CellLoss) -> Tensor:
    """Add up what a person's cells cost, mean over the people.

    Parameters
    ----------
    scores
        (n_users, n_items).
    clicks
        Cells that were clicked, each of which counts once; those that the input was robbed of as
        well.
    counts
        (n_users, n_items): how often each other cell counts.
    loss
        Of a cell.
    """
    scores = scores.float()
    cells = clicks.users * scores.shape[1] + clicks.items  # (n_clicks,)
    clicked = cost(scores.flatten().index_select(0, cells), True, loss).sum()
    return (clicked + (counts * cost(scores, False, loss)).sum()) / len(clicks)


def times_touched(items: Tensor, n_items: int, weights: Tensor | None = None) -> Tensor:
    """Count how often each item is named, (n_items,), each time by its weight."""
    return torch.bincount(items, weights, n_items).float()


def penalty(l2: float, n_users: int, touched: Iterable[tuple[Tensor, Tensor | int]]) -> Tensor:
    """Add up λ/2 · w² over what is touched, mean over people.

    Parameters
    ----------
    l2
        λ.
    n_users
        Of the batch.
    touched
        Parameters, and how often each row is touched, (n_rows,), or all of it, a number.
    """
    squares = [(w.square().flatten(1).sum(1) if w.ndim > 1 else w.square(), n) for w, n in touched]
    total = torch.stack([(square * n).sum() for square, n in squares]).sum()
    return l2 / 2 * total / n_users
