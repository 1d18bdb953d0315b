"""The training loops as RecoTour III publishes them, written out again: what ours is timed against.

Each batch of clicks is made dense, goes through dense layers, and is scored by a dense
log-softmax and a dense product; the optimiser is the framework's own with its defaults. The
networks are those of the article's repository (jrzaurin/RecoTour, Amazon/mult-vae), 600-200-600:
dropout counts as a layer there and tanh follows each, so the dense input is squashed as well.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Ints = NDArray[np.int64]
Step = Callable[[Ints], None]  # one update on some users

WIDTH, LATENT, DROPOUT, RATE, BETA = 600, 200, 0.5, 1e-3, 0.1


def make_torch_loop(clicks: csr_matrix, fused: bool = False, device: str = "cpu") -> Step:
    """Make the PyTorch loop's update, with PyTorch's fused optimiser or on a GPU if asked for."""
    import torch
    from torch import nn
    from torch.nn import functional

    n_items = clicks.shape[1]
    first, second = nn.Linear(n_items, WIDTH), nn.Linear(WIDTH, 2 * LATENT)
    third, last = nn.Linear(LATENT, WIDTH), nn.Linear(WIDTH, n_items)
    layers = nn.ModuleList([first, second, third, last]).to(device)
    adam = torch.optim.AdamW(layers.parameters(), lr=RATE, weight_decay=0.0, fused=fused)

    def forward(x: Any) -> tuple[Any, Any, Any]:
        h = torch.tanh(functional.dropout(functional.normalize(x), DROPOUT))
        mu, logvar = second(torch.tanh(first(h))).chunk(2, dim=1)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return last(torch.tanh(third(torch.tanh(z)))), mu, logvar

    def step(users: Ints) -> None:
        x = torch.FloatTensor(clicks[users].toarray()).to(device)
        adam.zero_grad()
        logits, mu, logvar = forward(x)
        nll = -torch.mean(torch.sum(functional.log_softmax(logits, 1) * x, -1))
        kl = -0.5 * torch.mean(torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1))
        loss = nll + BETA * kl
        loss.backward()
        adam.step()
        loss.item()  # for the progress bar

    return step


def make_gluon_loop(clicks: csr_matrix) -> Step:
    """Make the Gluon loop's update, hybridized."""
    from recotour_vae.runtime.mxnet import mx

    nn, nd, n_items = mx.gluon.nn, mx.nd, clicks.shape[1]

    class Published(mx.gluon.HybridBlock):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.drop = nn.Dropout(DROPOUT)
            self.first = nn.Dense(WIDTH, in_units=n_items)
            self.second = nn.Dense(2 * LATENT, in_units=WIDTH)
            self.third = nn.Dense(WIDTH, in_units=LATENT)
            self.last = nn.Dense(n_items, in_units=WIDTH)

        def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: N803
            h = F.tanh(self.first(F.tanh(self.drop(F.L2Normalization(x)))))
            mu, logvar = F.split(self.second(h), num_outputs=2, axis=1)
            z = mu + F.random.normal_like(mu) * F.exp(0.5 * logvar)
            return self.last(F.tanh(self.third(F.tanh(z)))), mu, logvar

    model = Published()
    model.initialize(mx.init.Xavier())
    model.hybridize()
    trainer = mx.gluon.Trainer(model.collect_params(), "adam", {"learning_rate": RATE})

    def step(users: Ints) -> None:
        x = nd.array(clicks[users].toarray())
        with mx.autograd.record():
            logits, mu, logvar = model(x)
            nll = -nd.mean(nd.sum(nd.log_softmax(logits) * x, axis=-1))
            kl = -0.5 * nd.mean(nd.sum(1 + logvar - mu**2 - nd.exp(logvar), axis=1))
            loss = nll + BETA * kl
        loss.backward()
        trainer.step(len(users))
        loss.asscalar()
        nd.waitall()

    return step


def make_recbole_loop(clicks: csr_matrix) -> Step | None:
    """Make the update of RecBole's MultiVAE, or give None where RecBole is not installed."""
    try:
        from recbole.model.general_recommender import MultiVAE
    except ImportError:
        return None
    import torch

    model = MultiVAE(_RECBOLE, _RecBoleData(clicks))
    adam = torch.optim.Adam(model.parameters(), lr=RATE)

    def step(users: Ints) -> None:
        adam.zero_grad()
        loss = model.calculate_loss({"user": torch.from_numpy(users)})
        loss.item()
        loss.backward()
        adam.step()

    return step


_RECBOLE = {
    "USER_ID_FIELD": "user",
    "ITEM_ID_FIELD": "item",
    "NEG_PREFIX": "neg_",
    "device": "cpu",
    "mlp_hidden_size": [WIDTH],
    "latent_dimension": 2 * LATENT,
    "dropout_prob": DROPOUT,
    "anneal_cap": 0.2,
    "total_anneal_steps": 200_000,
}


class _RecBoleData:
    """As much of RecBole's data set as its MultiVAE asks for."""

    def __init__(self, clicks: csr_matrix) -> None:
        self.clicks = clicks

    def num(self, field: str) -> int:
        """Count users or items."""
        return int(self.clicks.shape[field == "item"])

    def history_item_matrix(self) -> Any:
        """Give each user's items, padded with zeros to the longest, their values and numbers."""
        import torch

        counts = np.diff(self.clicks.indptr)
        row = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(self.clicks.nnz) - self.clicks.indptr[row]
        items = np.zeros((len(counts), counts.max()), np.int64)
        items[row, place] = self.clicks.indices
        ids = torch.from_numpy(items)
        return ids, (ids > 0).float(), torch.from_numpy(counts)
