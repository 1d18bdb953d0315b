"""What a sequential variational autoencoder is made of, said without a framework."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from recotour_vae.errors import ConfigError
from recotour_vae.models.config import require

Reduction = Literal["published", "code"]
Anneal = Literal["published", "code", "constant"]
Sigma = Literal["half", "whole"]

_WIDTHS: Final = ("embedding", "recurrent", "hidden", "latent")


@dataclass(frozen=True)
class SVAENetworkConfig:
    """Settings of the layers and the loss of SVAE; the widths are those of Sachdeva et al. (2019).

    Parameters
    ----------
    next_items
        How many of the items that follow a step it has to predict, k; the last steps have fewer.
    embedding
        Width of the vector of an item that is fed.
    recurrent
        Units of the GRU, which remembers what came before.
    hidden
        Units of the tanh layer before the code, and of the one after it.
    latent
        Width of the code z of each step.
    beta
        Weight of the KL divergence, or the cap that annealing leads to.
    anneal
        `published`: min(beta, people / anneal_people) over the whole training, the schedule of
        Liang et al. (2018); `code`: the same, but from 0 again in each epoch, as the authors' code
        does; `constant`: beta from the first update on.
    anneal_people
        People after whom β would be 1, were there no cap. They are counted, and not updates, so
        that the schedule is the same for batches of any size; the authors' batches are of one.
    reduction
        Of a person's steps. `published`: sums over steps of the mean negative log-likelihood of
        the next items and of the KL divergence; `code`: as the authors' code, whose KL divergence
        is a mean over steps beside a likelihood that is a sum, and which divides the likelihood of
        each step by the number of items that the first step has to predict.
    sigma
        Standard deviation of the code, where s is the output that the KL divergence takes for the
        logarithm of a variance. `half`: exp(s / 2), which fits that; `whole`: exp(s), as the
        authors' code draws.

    Examples
    --------
    >>> SVAENetworkConfig(latent=32).next_items
    4
    >>> SVAENetworkConfig(next_items=0)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: next_items is 0; give 1 or more; 4 in the paper.
    """

    next_items: int = 4
    embedding: int = 256
    recurrent: int = 200
    hidden: int = 150
    latent: int = 64
    beta: float = 0.2
    anneal: Anneal = "published"
    anneal_people: int = 200_000
    reduction: Reduction = "published"
    sigma: Sigma = "half"

    def __post_init__(self) -> None:
        require(self.next_items >= 1, "next_items", self.next_items, "1 or more; 4 in the paper")
        for name in _WIDTHS:
            require(getattr(self, name) >= 1, name, getattr(self, name), "1 unit or more")
        require(self.beta >= 0, "beta", self.beta, "0 or more; the authors' cap is 0.2")
        require(self.anneal_people >= 1, "anneal_people", self.anneal_people, "1 or more")
        for name, kind in (("anneal", Anneal), ("reduction", Reduction), ("sigma", Sigma)):
            if getattr(self, name) not in get_args(kind):
                raise ConfigError(
                    f"{name} is '{getattr(self, name)}'; choose one of {', '.join(get_args(kind))}."
                )

    def n_weights(self, n_items: int) -> int:
        """Count what is learned, biases left out."""
        gru = 3 * self.recurrent * (self.embedding + self.recurrent)
        code = self.hidden * (self.recurrent + 3 * self.latent)
        return n_items * (self.embedding + self.hidden) + gru + code


def beta_after(people: int, of_epoch: int, config: SVAENetworkConfig) -> float:
    """Give the weight of the KL divergence for the next update.

    Parameters
    ----------
    people
        Who were trained on before, somebody in two epochs twice.
    of_epoch
        Those of them in this epoch.
    config
        Which schedule.

    Examples
    --------
    In the third epoch of a hundred people, halfway:

    >>> published, code = (SVAENetworkConfig(anneal=one, anneal_people=2000) for one in
    ...                    ("published", "code"))
    >>> beta_after(250, 50, published), beta_after(250, 50, code)
    (0.125, 0.025)
    """
    if config.anneal == "constant":
        return config.beta
    counted = people if config.anneal == "published" else of_epoch
    return min(config.beta, counted / config.anneal_people)
