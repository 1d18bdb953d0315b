"""SVAE's network: a GRU reads what came before, and an autoencoder of each step what comes next."""

import math
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from recotour_vae.models.network import Units
from recotour_vae.models.pytorch.losses import LossParts
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.models.pytorch.sequence_losses import sequence_loss
from recotour_vae.models.pytorch.sequences import SequenceBatch, Sequences, packed
from recotour_vae.models.svae_config import SVAENetworkConfig
from recotour_vae.splits.histories import Histories


class SVAENetwork(TorchNetwork):
    """Embedding, GRU, and at each step an encoder to (μ, s), a code z and a decoder to all items.

    Every step of a person makes a softmax over the catalogue, of real steps only.

    Parameters
    ----------
    n_items
        Width of the catalogue.
    config
        Of the layers and the loss.
    seed
        Of the first weights: vectors of items standard normal, the GRU's uniform within
        1 / sqrt(recurrent), the others Xavier's normal with biases of 0.
    """

    kind = "svae"
    Batch = SequenceBatch
    Loss = LossParts
    config: SVAENetworkConfig

    def __init__(
        self, n_items: int, config: SVAENetworkConfig | None = None, seed: int = 0
    ) -> None:
        super().__init__()
        self.n_items, self.config = n_items, config or SVAENetworkConfig()
        c = self.config
        with torch.device("meta"):  # so that nobody's generator is drawn from
            self.items = nn.Embedding(n_items, c.embedding)
            self.gru = nn.GRU(c.embedding, c.recurrent)
            self.encoder = nn.Linear(c.recurrent, c.hidden)
            self.posterior = nn.Linear(c.hidden, 2 * c.latent)
            self.decoder = nn.Linear(c.latent, c.hidden)
            self.output = nn.Linear(c.hidden, n_items)
        self.to_empty(device="cpu")
        self._begin(torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def _begin(self, generator: Generator) -> None:
        """Draw the first weights."""
        self.items.weight.normal_(generator=generator)
        bound = 1 / math.sqrt(self.config.recurrent)
        for one in self.gru.parameters():
            one.uniform_(-bound, bound, generator=generator)
        for layer in (self.encoder, self.posterior, self.decoder, self.output):
            nn.init.xavier_normal_(layer.weight, generator=generator)
            layer.bias.zero_()

    def units(self, train: Any, device: torch.device) -> Units:
        """Take histories to where batches of people are cut."""
        return Sequences.of(train, self.config.next_items, device)

    def read(self, items: Tensor, sizes: Tensor) -> tuple[Tensor, Tensor]:
        """Go through packed sequences.

        Equation `eq-svae-state` in family/svae.

        Parameters
        ----------
        items, sizes
            As in `SequenceBatch`.

        Returns
        -------
        tuple
            States after each step, (n_steps, recurrent), and after each person's last,
            (n_people, recurrent), the longest history first.
        """
        states, last = self.gru(PackedSequence(self.items(items), sizes))
        return states.data, last[0]

    def encode(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Give μ and s of the posterior, (n_steps, latent) each, of states of the GRU.

        Equation `eq-svae-posterior` in family/svae.
        """
        mu, s = self.posterior(self.encoder(states).tanh()).chunk(2, dim=1)
        return mu, s

    def draw_code(self, mu: Tensor, s: Tensor, noise: Tensor) -> Tensor:
        """Give z = μ + σ · noise, (n_steps, latent); σ is as the settings say."""
        code: Tensor = mu + noise * (s / 2 if self.config.sigma == "half" else s).exp()
        return code

    def decode(self, z: Tensor) -> Tensor:
        """Give logits over all items, (n_steps, n_items)."""
        logits: Tensor = self.output(self.decoder(z).tanh())
        return logits

    def training_loss(
        self,
        *batch: Any,
        generator: Generator | None = None,
        beta: float = 1.0,
        noise: Tensor | None = None,
        **kwargs: Any,
    ) -> LossParts:
        """Score a batch: what follows each step, given a code that is drawn.

        Parameters
        ----------
        *batch
            A `SequenceBatch`.
        generator
            Of the noise.
        beta
            Weight of the KL divergence.
        noise
            (n_steps, latent) in place of what would be drawn.
        """
        (people,) = batch
        mu, s = self.encode(self.read(people.items, people.sizes)[0])
        noise = _noise(mu, generator) if noise is None else noise
        logits = self.decode(self.draw_code(mu, s, noise))
        return sequence_loss(logits, mu, s, people, beta, self.config.reduction)

    def next_scores(self, histories: Histories, generator: Generator | None = None) -> Tensor:
        """Score what people do next, from the state after all that is given.

        With μ in place of draws, equation `eq-svae-use` in family/svae.

        Parameters
        ----------
        histories
            A row a person. Of whom nothing is given, the state is the one before any item.
        generator
            Of noise, as if it were in training; None takes μ.

        Returns
        -------
        torch.Tensor
            (n_people, n_items) logits.
        """
        states = self.output.weight.new_zeros(len(histories), self.config.recurrent)
        read = np.flatnonzero(np.diff(histories.starts))
        if len(read):
            rows = torch.from_numpy(read).to(states.device)
            states[rows] = self._last_states(histories.rows(read))
        mu, s = self.encode(states)
        if generator is not None:
            mu = self.draw_code(mu, s, _noise(mu, generator))
        return self.decode(mu)

    def _last_states(self, histories: Histories) -> Tensor:
        """Give each person's state after their last event, (n_people, recurrent)."""
        device = self.output.weight.device
        steps = packed(np.diff(histories.starts))
        event = histories.starts[:-1][steps.order][steps.person] + steps.time
        items = torch.from_numpy(histories.items[event].astype(np.int64)).to(device)
        _, last = self.read(items, torch.from_numpy(steps.sizes))
        return last[torch.from_numpy(np.argsort(steps.order)).to(device)]


def _noise(like: Tensor, generator: Generator | None) -> Tensor:
    """Draw standard normal numbers where the generator is, (n_steps, latent)."""
    source = like.device if generator is None else generator.device
    return torch.randn(like.shape, generator=generator, device=source).to(like.device)
