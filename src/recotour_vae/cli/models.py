"""`recotour-vae models`: what recommenders there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from recotour_vae.cli.output import say
from recotour_vae.recommenders.registry import Entry, entry, names


@dataclass(frozen=True)
class Models:
    """List the recommenders: what each is, where it is from, what it needs and answers.

    Examples:
      recotour-vae models
      recotour-vae train --model ease --help
    """

    def run(self, argv: Sequence[str]) -> None:
        """Print a few lines for each."""
        for name in names():
            say(describe(entry(name)))


def describe(one: Entry) -> str:
    """Say in two lines what a recommender is."""
    facts = [f"from {', '.join(one.needs)}", f"gives {', '.join(one.answers)}"]
    if one.frameworks:
        facts.append(f"in {' and '.join(one.frameworks)}")
    source = "" if one.paper == "none" else f" ({one.paper})"
    return f"{one.name:12}{one.title}: {one.about}{source}\n{'':12}{'; '.join(facts)}"
