"""What a hyper-parameter search may choose from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recotour_vae.errors import ExperimentError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

    from recotour_vae.experiments.setting import Setting


@dataclass(frozen=True)
class Search:
    """A search for one model, on validation users only.

    Attributes
    ----------
    name
        What the tables call it.
    trials
        How many settings are tried; the same for every model of a comparison.
    make
        Gives the setting of some chosen options.
    space
        For each option a list of choices, or a range {low, high} with `log = true` or `step`.
    finals
        What is run with the chosen options: each a group of split and seed.
    """

    name: str
    trials: int
    make: "Callable[[Mapping[str, Any]], Setting]"
    space: Mapping[str, Any]
    finals: tuple[Mapping[str, Any], ...]

    def distributions(self) -> "dict[str, BaseDistribution]":
        """Say the space in Optuna's words."""
        return {name: _distribution(name, said) for name, said in self.space.items()}

    def setting(self, chosen: Mapping[str, Any], **final: Any) -> "Setting":
        """Make the run of chosen options; a choice may be a table of several options."""
        options: dict[str, Any] = {}
        for name, value in chosen.items():
            picked = self.space[name][value] if isinstance(self.space[name], list) else value
            options |= picked if isinstance(picked, dict) else {name: picked}
        return self.make({**options, **final})


def read_search(said: Mapping[str, Any], make: Any) -> Search:
    """Read a [[search]] of an experiment's file."""
    for key in sorted(set(said) - {"name", "trials", "fixed", "space", "finals"}):
        raise ExperimentError(
            f"'{key}' is unknown; give name, trials, fixed, space and finals, and put options "
            "under fixed or space."
        )
    fixed, space = said.get("fixed", {}), said.get("space", {})
    search = Search(
        said["name"], int(said.get("trials", 1)), lambda chosen: make({**fixed, **chosen}), space,
        tuple(said.get("finals", [{}])),
    )  # fmt: skip
    search.setting(dict.fromkeys((n for n, s in space.items() if isinstance(s, list)), 0))
    for name, spread in space.items():
        if not isinstance(spread, list | dict) or (isinstance(spread, dict) and not
                                                   {"low", "high"} <= set(spread)):  # fmt: skip
            raise ExperimentError(
                f"space.{name} is {spread!r}; give a list of choices, or a table with low and high."
            )
    return search


def _distribution(name: str, said: Any) -> "BaseDistribution":
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(said, list):  # by place: a choice may be a table, which Optuna cannot keep
        return CategoricalDistribution(range(len(said)))
    whole = isinstance(said["low"], int) and isinstance(said["high"], int)
    kind: Any = IntDistribution if whole else FloatDistribution
    distribution: BaseDistribution = kind(**said)
    return distribution
