"""`recotour-vae models`: what recommenders there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from tyro.conf import Positional, arg

from recotour_vae.cli.output import say
from recotour_vae.recommenders.registry import Entry, entry, names


@dataclass(frozen=True)
class Models:
    """List the recommenders: what each is, where it is from, what it needs and answers.

    For example:
      recotour-vae models
      recotour-vae models ease mult-vae

    Parameters
    ----------
    names
        Of those to list; all by default.
    """

    names: Positional[Annotated[tuple[str, ...], arg(metavar="[NAME ...]")]] = ()

    def run(self, argv: Sequence[str]) -> None:
        """Print two lines for each."""
        for one in [entry(name) for name in self.names or names()]:
            say(describe(one))
        say("\nThe options of one are shown by recotour-vae train --model NAME --help.")


def describe(one: Entry) -> str:
    """Say in two lines what a recommender is."""
    facts = [f"learns from {', '.join(one.needs)}", f"answers with {', '.join(one.answers)}"]
    if one.frameworks:
        facts.append(f"in {' and '.join(one.frameworks)}")
    source = "" if one.paper == "none" else f" ({one.paper})"
    width = 2 + max(map(len, names()))
    return f"{one.name:{width}}{one.title}: {one.about}{source}\n{'':{width}}{'; '.join(facts)}"
