"""Experiments: a grid of settings in, a table with provenance out.

An experiment is declared in a small TOML file; `recotour-vae experiments run NAME` makes the runs
that its table lacks, and `report` says what they show.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.experiments.declaration import Block, Experiment, read
    from recotour_vae.experiments.results import Results
    from recotour_vae.experiments.setting import Setting, Source
else:
    __getattr__, __dir__ = lazily(
        __name__, declaration="Block Experiment read", results="Results", setting="Setting Source"
    )

__all__ = ["Block", "Experiment", "Results", "Setting", "Source", "read"]
