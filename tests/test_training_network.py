"""Networks of other kinds under the one loop: what a network says of its training is what is done.

Where a network is trained by the `Trainer`, a loop written out by hand is the oracle.
"""

from typing import NamedTuple

import numpy as np
from support import small_config, two_tastes
from torch import Tensor

from recotour_vae.models.network import Network
from recotour_vae.models.pytorch import MultDAE, MultVAE
from recotour_vae.training import Trainer

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
    assert list(history)[:6] == ["beta", "learning_rate", "fit", "penalty", "loss",
                                 "validation_loss"]  # fmt: skip
    expected = history["fit"] + 3 * history["penalty"]
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]


# What varies with the update


class Cooled(MultDAE):
    """Mult-DAE whose loss is weighed by a temperature that falls, and notes what it is given."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.seen = []

    def schedule(self, update, all_updates, training):
        return {"temperature": 1 - update / all_updates, "rate": training.learning_rate}

    def training_loss(self, clicks, generator=None, **varying):
        self.seen.append(varying)
        parts = super().training_loss(clicks, 0.0, generator)
        return parts._replace(loss=parts.nll * varying["temperature"])


def test_what_varies_with_the_update_is_what_the_network_asks_for():
    model = Cooled(24, (16,), 4)
    history = Trainer(small_config(), progress=False).fit(model, SPLIT.train)
    assert model.seen == [
        {"temperature": 1 - update / 20, "rate": 0.01}
        for update in range(20)  # five epochs of four
    ]
    assert list(history)[:4] == ["temperature", "rate", "learning_rate", "loss"]
    np.testing.assert_allclose(history["temperature"], [0.85, 0.65, 0.45, 0.25, 0.05])


class Unvaried(MultDAE):
    """Mult-DAE that asks for nothing."""

    def schedule(self, update, all_updates, training):
        return Network.schedule(self, update, all_updates, training)

    def training_loss(self, clicks, generator=None):
        return super().training_loss(clicks, 0.0, generator)


def test_a_network_without_a_schedule_is_given_none():
    model = Unvaried(24, (16,), 4)
    history = Trainer(small_config(), progress=False).fit(model, SPLIT.train)
    assert list(history) == ["learning_rate", "loss", "nll", "kl", "seconds"]
    plain = Trainer(small_config(), progress=False).fit(MultDAE(24, (16,), 4), SPLIT.train)
    assert history["loss"].tolist() == plain["loss"].tolist()
