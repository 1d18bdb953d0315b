"""Networks of other kinds under the one loop: what a network says of its training is what is done.

Where a network is trained by the `Trainer`, a loop written out by hand is the oracle.
"""

from typing import NamedTuple

import numpy as np
from support import small_config, two_tastes
from torch import Tensor

from recotour_vae.models.pytorch import MultVAE
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
