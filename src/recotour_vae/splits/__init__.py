"""From interactions to a strong-generalisation split, drawn or ready-made."""

from recotour_vae.splits.config import SplitConfig
from recotour_vae.splits.protocol import (
    active_users,
    hold_out,
    strong_generalisation,
    to_clicks,
)
from recotour_vae.splits.ready import ready_split
from recotour_vae.splits.split import PARTS, HeldOut, Split
from recotour_vae.splits.tables import Ids

__all__ = [
    "PARTS",
    "HeldOut",
    "Ids",
    "Split",
    "SplitConfig",
    "active_users",
    "hold_out",
    "ready_split",
    "strong_generalisation",
    "to_clicks",
]
