"""Networks of other kinds under the one loop: what a network says of its training is what is done.

Where a network is trained by the `Trainer`, a loop written out by hand is the oracle.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from support import is_a_sentence, on_call, random_clicks, small_config, two_tastes
from torch import Tensor, nn
from torch.nn import functional

from recotour_vae.errors import ConfigError, DivergenceError, TrainingInterruptedError
from recotour_vae.files.arrays import read_arrays
from recotour_vae.models.network import Network, Phase
from recotour_vae.models.pytorch import MultDAE, MultVAE
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.runs.layout import LAST
from recotour_vae.training import Trainer
from recotour_vae.training.pytorch import PyTorchBackend

SPLIT = two_tastes()


# A loss of other parts


class Penalised(NamedTuple):
    """A loss whose parts have names of their own, the total not first."""

    fit: Tensor
    penalty: Tensor
    loss: Tensor


class WithPenalty(MultVAE):
    """Mult-VAE whose codes are to be short."""

    Loss = Penalised

    def training_loss(self, clicks, beta, generator=None, **given):
        mu, _ = self.encode(clicks, generator)
        fit, penalty = super().training_loss(clicks, beta, generator, **given).nll, mu.square()
        return Penalised(fit, penalty.mean(), fit + 3 * penalty.mean())


def test_the_history_has_a_column_for_each_part_of_the_loss():
    model = WithPenalty(24, (16,), 4)
    history = Trainer(small_config(), progress=False).fit(model, SPLIT.train, SPLIT.validation)
    assert list(history)[:6] == [
        "beta",
        "learning_rate",
        "fit",
        "penalty",
        "loss",
        "validation_loss",
    ]
    expected = history["fit"] + 3 * history["penalty"]
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]


# What varies with the update


class Cooled(MultDAE):
    """Mult-DAE whose loss is weighed by a temperature that falls, and notes what it is given."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.seen = []

    def schedule(self, update, all_updates):
        return {"temperature": 1 - update / all_updates, "warmth": 0.01}

    def training_loss(self, clicks, generator=None, **varying):
        self.seen.append(varying)
        parts = super().training_loss(clicks, 0.0, generator)
        return parts._replace(loss=parts.nll * varying["temperature"])


def test_what_varies_with_the_update_is_what_the_network_asks_for():
    model = Cooled(24, (16,), 4)
    history = Trainer(small_config(), progress=False).fit(model, SPLIT.train)
    assert model.seen == [
        {"temperature": 1 - update / 20, "warmth": 0.01}
        for update in range(20)  # five epochs of four
    ]
    assert list(history)[:4] == ["temperature", "warmth", "learning_rate", "loss"]
    np.testing.assert_allclose(history["temperature"], [0.85, 0.65, 0.45, 0.25, 0.05])


class Unvaried(MultDAE):
    """Mult-DAE that asks for nothing."""

    def training_loss(self, clicks, generator=None):
        return super().training_loss(clicks, 0.0, generator)


def test_a_network_without_a_schedule_is_given_none():
    assert MultDAE.schedule is Network.schedule
    model = Unvaried(24, (16,), 4)
    history = Trainer(small_config(), progress=False).fit(model, SPLIT.train)
    assert list(history) == ["learning_rate", "loss", "nll", "kl", "seconds"]
    plain = Trainer(small_config(), progress=False).fit(MultDAE(24, (16,), 4), SPLIT.train)
    assert history["loss"].tolist() == plain["loss"].tolist()


# Phases: halves of a network that are trained in turns


class Squares(NamedTuple):
    """A loss of one part, and the size of what comes out."""

    loss: Tensor
    size: Tensor


@dataclass(frozen=True)
class HalvesConfig:
    """Width of the code."""

    latent: int = 3


class Halves(TorchNetwork):
    """A linear autoencoder: its encoder for two passes with dropout, its decoder for one."""

    kind = "halves"
    Loss = Squares
    phases = (Phase("encoder", 2, ("encoder",)), Phase("decoder", 1, ("decoder",)))

    def __init__(self, n_items=24, seed=0):
        super().__init__()
        self.n_items, self.config, self.told = n_items, HalvesConfig(), []
        self.encoder, self.decoder = nn.Linear(n_items, 3), nn.Linear(3, n_items)
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.normal_(0, 0.1, generator=random)

    def dense(self, batch):
        rows = torch.zeros(len(batch), self.n_items)
        return rows.index_put((batch.users, batch.items), torch.ones(len(batch.items)))

    def training_loss(self, batch, generator, phase):
        self.told.append(phase)
        return self.squares(self.dense(batch), generator, phase)

    def squares(self, x, generator, phase):
        kept = torch.rand(x.shape, generator=generator) > 0.2 if phase == "encoder" else 1
        out = self.decoder(self.encoder(x * kept))
        return Squares((out - x).square().mean(), out.square().mean())

    def held_out_loss(self, fold_in, held_out):
        out = self.decoder(self.encoder(self.dense(fold_in)))
        return out, (out - self.dense(held_out)).square().sum(dim=1).mean()


def seeds(epoch):
    """Those of an epoch, of the order and of what is drawn, as the trainer's docs say."""
    order, noise = np.random.SeedSequence([0, epoch]).generate_state(2)
    return np.random.default_rng(int(order)), torch.Generator().manual_seed(int(noise))


def halves_by_hand(epochs):
    """Train by a loop written out; give the weights, and the loss of each phase and epoch."""
    model, x, rows = Halves(), torch.tensor(SPLIT.train.toarray()), []
    halves = {"encoder": model.encoder, "decoder": model.decoder}
    adams = {
        name: torch.optim.Adam(half.parameters(), 0.01, fused=True) for name, half in halves.items()
    }
    for epoch in range(1, epochs + 1):
        (orders, random), row = seeds(epoch), []
        for name, passes in (("encoder", 2), ("decoder", 1)):
            losses, sizes = [], []
            for _ in range(passes):
                order = orders.permutation(30)
                for start in range(0, 30, 8):
                    users = order[start : start + 8]
                    model.zero_grad()
                    parts = model.squares(x[users], random, name)
                    parts.loss.backward()
                    adams[name].step()
                    losses.append([part.item() for part in parts])
                    sizes.append(len(users))
            row += np.average(losses, 0, sizes).tolist()
        rows.append(row)
    return model.arrays(), rows


def test_phases_are_trained_in_turns_as_a_loop_written_out_trains_them():
    model = Halves()
    history = Trainer(small_config(), progress=False).fit(model, SPLIT.train)
    weights, rows = halves_by_hand(epochs=5)
    assert list(history) == [
        "learning_rate",
        "encoder_loss",
        "encoder_size",
        "decoder_loss",
        "decoder_size",
        "seconds",
    ]
    assert history.iloc[:, 1:5].to_numpy().tolist() == rows
    for name, array in weights.items():
        np.testing.assert_array_equal(model.arrays()[name], array, err_msg=name)
    assert model.told == (["encoder"] * 8 + ["decoder"] * 4) * 5


@pytest.mark.slow
def test_a_network_with_phases_is_validated_stopped_and_goes_on_bit_by_bit(tmp_path, monkeypatch):
    def ctrl_c(*given, **named):
        raise KeyboardInterrupt

    def fit(folder, resume=False):
        model, config = Halves(seed=7 if resume else 0), small_config(plateau_patience=1)
        trainer = Trainer(config, folder, progress=False)
        return model, trainer.fit(model, SPLIT.train, SPLIT.validation, resume=resume)

    expected, whole = fit(tmp_path / "whole")
    step = PyTorchBackend.train_step
    with monkeypatch.context() as patch:  # in the decoder's phase of the third epoch
        patch.setattr(PyTorchBackend, "train_step", on_call(35, step, ctrl_c))
        with pytest.raises(TrainingInterruptedError, match="after 2 epochs"):
            fit(tmp_path / "run")
    model, history = fit(tmp_path / "run", resume=True)
    pd.testing.assert_frame_equal(
        history.drop(columns="seconds"), whole.drop(columns="seconds"), check_exact=True
    )
    assert {"validation_loss", "ndcg@8"} < set(history)
    for name, array in expected.arrays().items():
        np.testing.assert_array_equal(model.arrays()[name], array)
    ours, theirs = (read_arrays(tmp_path / name / LAST)[0] for name in ("run", "whole"))
    assert ours.keys() == theirs.keys()
    assert "optimiser:decoder:decoder.weight/exp_avg" in ours
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours[name], array, err_msg=name)


def test_a_phase_that_diverges_is_named():
    class Spoilt(Halves):
        def training_loss(self, batch, generator, phase):
            parts = super().training_loss(batch, generator, phase)
            return parts._replace(loss=parts.loss * (torch.nan if phase == "decoder" else 1))

    with pytest.raises(DivergenceError, match="epoch 1, decoder batch 1 of 4") as error:
        Trainer(small_config(), progress=False).fit(Spoilt(), SPLIT.train)
    assert is_a_sentence(error.value)


def test_the_rate_falls_for_all_phases():
    backend = PyTorchBackend(Halves(), small_config())
    backend.learning_rate = 0.003
    rates = [group["lr"] for one in backend.optimisers.values() for group in one.param_groups]
    assert set(rates) == {0.003}


# Pairs: a network that is trained on clicks, one by one


class Rank(NamedTuple):
    """A loss of one part."""

    loss: Tensor


class Pairs:
    """Clicks as pairs of a user and an item."""

    def __init__(self, clicks):
        clicks = clicks.tocoo()
        self.users, self.items = (torch.tensor(side).long() for side in (clicks.row, clicks.col))

    def __len__(self):
        return len(self.users)

    def cut(self, chosen):
        return self.users[chosen], self.items[chosen]


class Factors(TorchNetwork):
    """A vector for each user and item; a click is to be worth more than a drawn item (BPR)."""

    kind = "factors"
    Loss = Rank
    Batch = tuple

    def __init__(self, n_users, n_items):
        super().__init__()
        self.n_items = n_items
        random = torch.Generator().manual_seed(5)
        shapes = {"user": (n_users, 4), "item": (n_items, 4)}
        for name, shape in shapes.items():
            drawn = torch.randn(shape, generator=random)
            self.register_parameter(name, nn.Parameter(0.1 * drawn))

    def units(self, train, device):
        return Pairs(train)

    def training_loss(self, batch, generator):
        users, items = batch
        others = torch.randint(self.n_items, items.shape, generator=generator)
        gap = (self.user[users] * (self.item[items] - self.item[others])).sum(dim=1)
        return Rank(functional.softplus(-gap).mean())


def test_a_network_of_pairs_is_trained_as_a_loop_written_out_trains_it():
    clicks = random_clicks(3, 11, 24, 0.4)
    users, items = (torch.tensor(side).long() for side in clicks.nonzero())
    n = len(users)
    assert n % 8  # the last batch is short
    model, by_hand = Factors(11, 24), Factors(11, 24)
    history = Trainer(small_config(), progress=False).fit(model, clicks)
    adam, means = torch.optim.Adam(by_hand.parameters(), 0.01, fused=True), []
    for epoch in range(1, 6):
        order, random = seeds(epoch)
        order, losses = order.permutation(n), []
        for start in range(0, n, 8):
            chosen = order[start : start + 8]
            loss = by_hand.training_loss((users[chosen], items[chosen]), random).loss
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
        sizes = [min(8, n - start) for start in range(0, n, 8)]
        means.append(np.average(losses, weights=sizes))
    assert history["loss"].tolist() == pytest.approx(means, rel=1e-12)
    for name, array in by_hand.arrays().items():
        np.testing.assert_array_equal(model.arrays()[name], array, err_msg=name)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]


def test_a_network_that_finds_nothing_to_train_on_is_told_so():
    with pytest.raises(ConfigError, match="nothing to train on") as error:
        Trainer(small_config(), progress=False).fit(Factors(3, 24), SPLIT.train[:3] * 0)
    assert is_a_sentence(error.value)
