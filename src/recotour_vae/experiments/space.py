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

    def typical(self) -> "Setting":
        """Give one of its settings: first choices, and upper ends, which take the most memory."""
        first = {n: 0 if isinstance(d, list) else d["high"] for n, d in self.space.items()}
        return self.setting(first)

    def setting(self, chosen: Mapping[str, Any], **final: Any) -> "Setting":
        """Make the run of chosen options."""
        return self.make({**options_of(self.space, chosen), **final})


def read_search(table: Mapping[str, Any], make: Any) -> Search:
    """Read a [[search]] of an experiment's file.

    Parameters
    ----------
    table
        What stands there.
    make
        Gives the setting of some options.

    Raises
    ------
    ExperimentError
        When something in it is unknown, or an option has nothing to choose from.
    """
    for key in sorted(set(table) - {"name", "trials", "fixed", "space", "finals"}):
        raise ExperimentError(
            f"'{key}' is unknown; give name, trials, fixed, space and finals, and put options "
            "under fixed or space."
        )
    fixed, space = table.get("fixed", {}), table.get("space", {})
    for name, domain in space.items():
        _check_domain(name, domain)
    search = Search(
        name=table["name"],
        trials=int(table.get("trials", 1)),
        make=lambda chosen: make({**fixed, **chosen}),
        space=space,
        finals=tuple(table.get("finals", [{}])),
    )
    _check_options(search)
    return search


def _check_domain(name: str, domain: Any) -> None:
    """Make sure that there is something to choose from."""
    is_choices = isinstance(domain, list) and bool(domain)
    is_range = isinstance(domain, dict) and {"low", "high"} <= set(domain)
    if not (is_choices or is_range):
        raise ExperimentError(
            f"space.{name} is {domain!r}; give a list of choices, or a table with low and high."
        )


def _check_options(search: Search) -> None:
    """Make the first choice of every list, which refuses what the model does not have."""
    lists = [name for name, domain in search.space.items() if isinstance(domain, list)]
    search.setting(dict.fromkeys(lists, 0))


def in_words(options: Mapping[str, Any]) -> str:
    """Write chosen options for people, fractions with five digits."""
    shown = {
        name: f"{value:.5g}" if isinstance(value, float) else value
        for name, value in options.items()
    }
    return ", ".join(f"{name} {value}" for name, value in shown.items())
