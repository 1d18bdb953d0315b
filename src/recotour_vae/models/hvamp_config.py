"""What H+Vamp is made of, said without a framework."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, get_args

from recotour_vae.models.config import require

Prior = Literal["normal", "vamp"]
ClickLikelihood = Literal["multinomial", "logistic"]

_SPACE: Final[dict[str, Any]] = {
    "widths": [
        {"hidden": [600], "z1": 100, "z2": 100},
        {"hidden": [600], "z1": 200, "z2": 200},
        {"hidden": [600, 600], "z1": 200, "z2": 200},
    ],
    "pseudo_inputs": [100, 300, 1000],
    "beta": {"low": 0.05, "high": 1.0, "log": True},
    "dropout": {"low": 0.3, "high": 0.8},
    "learning_rate": {"low": 3e-4, "high": 3e-3, "log": True},
    "batch_size": [100, 250],
}


@dataclass(frozen=True)
class HVampConfig:
    """Settings of H+Vamp, whose three parts can each be left out: prior, gates and hierarchy.

    The defaults are the widths and the schedule of the authors' code, with all three parts. With
    none of them the model is a Mult-VAE.

    Parameters
    ----------
    hidden
        Widths in units of the layers between the items and a code, from the items inwards; what
        leads back mirrors them. At least one.
    z1
        Width of the lower code in units; without hierarchy there is none.
    z2
        Width of the upper code in units, on which the prior stands; without hierarchy, of the
        only one.
    gated
        Whether a hidden layer is linear times sigmoid(linear); otherwise it is tanh(linear).
    hierarchical
        Whether there are two codes: z2 of the clicks, and z1 of the clicks and z2.
    prior
        Of z2: `vamp`, an equal mixture of the posteriors of pseudo-inputs, which are learned; or
        `normal`, N(0, I).
    pseudo_inputs
        Their number; `normal` has none.
    pseudo_normalised
        Whether a pseudo-input is divided by its length, as the clicks of a person are. The
        authors' are not.
    pseudo_dropout
        Whether dropout takes from pseudo-inputs in training, as from the clicks of a person.
    dropout
        Probability with which each click of the input is dropped in training.
    likelihood
        Of the clicks given the logits: `multinomial`, or `logistic`, a Bernoulli variable for
        each item, with which the authors' best results were found.
    beta
        Weight of the KL divergence that the warm-up leads to.
    anneal_fraction
        Share of all updates over which that weight rises from 0 in a straight line; 0 is the full
        weight from the first update on. The authors' 100 of 400 epochs are 0.25.

    Examples
    --------
    >>> HVampConfig(prior="normal", gated=False).hierarchical
    True
    >>> HVampConfig(pseudo_inputs=0)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: pseudo_inputs is 0; give a whole number, 1 or more.
    """

    SPACE: ClassVar[dict[str, Any]] = _SPACE

    hidden: tuple[int, ...] = (600, 600)
    z1: int = 200
    z2: int = 200
    gated: bool = True
    hierarchical: bool = True
    prior: Prior = "vamp"
    pseudo_inputs: int = 1000
    pseudo_normalised: bool = True
    pseudo_dropout: bool = True
    dropout: float = 0.5
    likelihood: ClickLikelihood = "multinomial"
    beta: float = 0.3
    anneal_fraction: float = 0.25

    def __post_init__(self) -> None:
        widths = len(self.hidden) >= 1 and min(self.hidden) >= 1
        require(widths, "hidden", self.hidden, "one width or more, each at least 1")
        for name in ("z1", "z2", "pseudo_inputs"):
            require(
                getattr(self, name) >= 1, name, getattr(self, name), "a whole number, 1 or more"
            )
        self._check_choices()
        share = self.anneal_fraction
        require(0 <= self.dropout < 1, "dropout", self.dropout, "a probability from 0 to below 1")
        require(self.beta >= 0, "beta", self.beta, "0 or more; the authors' is 0.3")
        require(0 <= share <= 1, "anneal_fraction", share, "a share from 0 to 1")

    def _check_choices(self) -> None:
        for name, kind in (("prior", Prior), ("likelihood", ClickLikelihood)):
            known = get_args(kind)
            require(getattr(self, name) in known, name, getattr(self, name), " or ".join(known))

    @property
    def has_vamp_prior(self) -> bool:
        """Whether there are pseudo-inputs."""
        return self.prior == "vamp"

    def n_weights(self, n_items: int) -> int:
        """Count what is learned, nearly: what is as wide as the items outweighs all else."""
        into = self.hidden[0] * (1 + self.gated) * (1 + self.hierarchical)
        return n_items * (into + self.hidden[0] + self.has_vamp_prior * self.pseudo_inputs)
