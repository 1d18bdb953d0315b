"""`recotour-vae experiments`: run declared experiments, and see what they show."""

from collections.abc import Sequence
from dataclasses import dataclass

import tyro

from recotour_vae.experiments import commands


@dataclass(frozen=True)
class Experiments:
    """Run declared experiments, see how far they are, and what they show.

    Examples:
      recotour-vae experiments list
      recotour-vae experiments run grid
      recotour-vae experiments report grid
      recotour-vae experiments repeat grid 1a2b3c4d
    """

    what: tyro.conf.OmitSubcommandPrefixes[commands.Command]

    def run(self, argv: Sequence[str]) -> None:
        """Do it."""
        self.what.run()
