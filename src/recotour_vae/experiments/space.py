"""What a hyper-parameter search may choose from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recotour_vae.errors import ExperimentError
from recotour_vae.experiments.sampling import options_of

if TYPE_CHECKING:
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

    def setting(self, chosen: Mapping[str, Any], **final: Any) -> "Setting":
        """Make the run of chosen options."""
        return self.make({**options_of(self.space, chosen), **final})


def read_search(said: Mapping[str, Any], make: Any) -> Search:
    """Read a [[search]] of an experiment's file."""
    for key in sorted(set(said) - {"name", "trials", "fixed", "space", "finals"}):
        raise ExperimentError(
            f"'{key}' is unknown; give name, trials, fixed, space and finals, and put options "
            "under fixed or space."
        )
    fixed, space = said.get("fixed", {}), said.get("space", {})
    search = Search(
        said["name"],
        int(said.get("trials", 1)),
        lambda chosen: make({**fixed, **chosen}),
        space,
        tuple(said.get("finals", [{}])),
    )
    search.setting(dict.fromkeys((n for n, s in space.items() if isinstance(s, list)), 0))
    for name, spread in space.items():
        if not isinstance(spread, list | dict) or (
            isinstance(spread, dict) and not {"low", "high"} <= set(spread)
        ):
            raise ExperimentError(
                f"space.{name} is {spread!r}; give a list of choices, or a table with low and high."
            )
    return search
