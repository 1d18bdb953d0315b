"""The rungs between the published loop and ours: our layers, with a loss that is not ours yet."""

from collections.abc import Callable
from typing import Any

import torch
from published_loops import BETA, RATE, Ints, Step
from scipy.sparse import csr_matrix
from torch.nn import functional

from recotour_vae.models.pytorch import ClickBatch, ClickMatrix, MultVAE, negative_elbo
from recotour_vae.models.pytorch.losses import assemble

Loss = Callable[[Any, ClickBatch], Any]  # output and clicks to a number


def make_rung(clicks: csr_matrix, loss: Loss) -> Step:
    """Make an update with the sparse first layer, fused Adam and that loss."""
    model, matrix = MultVAE(clicks.shape[1]).train(), ClickMatrix.from_csr(clicks)
    adam = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)

    def step(users: Ints) -> None:
        batch = matrix.rows(users)
        adam.zero_grad()
        loss(model(batch), batch).backward()
        adam.step()

    return step


def dense_loss(output: Any, batch: ClickBatch) -> Any:
    """Multiply a dense log-softmax with a dense batch, as published."""
    x = torch.zeros_like(output.logits)
    x[batch.users, batch.items] = 1.0
    nll = -(functional.log_softmax(output.logits, 1) * x).sum(dim=1)
    return assemble(nll, output.mu, output.logvar, BETA).loss


def gathered_loss(output: Any, batch: ClickBatch) -> Any:
    """Take the log-softmax at the clicks only."""
    return negative_elbo(output.logits, batch, output.mu, output.logvar, BETA).loss
