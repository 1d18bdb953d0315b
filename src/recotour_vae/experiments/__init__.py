"""Experiments: a grid of settings in, a table with provenance out.

An experiment is declared in a small TOML file; `recotour-vae experiments run NAME` makes the runs
that its table lacks, and `report` says what they show.
"""

from recotour_vae.experiments.declaration import Block, Experiment, read
from recotour_vae.experiments.results import Results
from recotour_vae.experiments.setting import Setting, Source

__all__ = ["Block", "Experiment", "Results", "Setting", "Source", "read"]
