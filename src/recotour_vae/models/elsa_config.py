"""What ELSA is made of, said without a framework."""

from dataclasses import dataclass
from typing import Any, ClassVar

from recotour_vae.models.config import require


@dataclass(frozen=True)
class ELSAConfig:
    """Settings of ELSA; how it is trained is said by `TrainingConfig`.

    Parameters
    ----------
    factors
        Width of the vector of length 1 that each item has, in numbers. It bounds the memory: the
        weights are n_items · factors, where EASE's are n_items².

    Examples
    --------
    >>> ELSAConfig(factors=64).n_weights(200_000)
    12800000
    >>> ELSAConfig(factors=0)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: factors is 0; give 1 or more; 64 to 512 are usual.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "factors": [64, 128, 256, 512],
        "learning_rate": {"low": 1e-3, "high": 1e-1, "log": True},
        "batch_size": [50, 100, 250],
    }

    factors: int = 256

    def __post_init__(self) -> None:
        require(self.factors >= 1, "factors", self.factors, "1 or more; 64 to 512 are usual")

    def n_weights(self, n_items: int) -> int:
        """Count what is learned."""
        return n_items * self.factors
