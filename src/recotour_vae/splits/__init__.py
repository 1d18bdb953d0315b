"""From interactions to a strong-generalisation split, drawn or ready-made."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.splits.config import SplitConfig
    from recotour_vae.splits.histories import Histories
    from recotour_vae.splits.protocol import (
        active_users,
        hold_out,
        strong_generalisation,
        to_clicks,
    )
    from recotour_vae.splits.ready import ready_split
    from recotour_vae.splits.split import PARTS, HeldOut, Split
    from recotour_vae.splits.tables import Ids
else:
    __getattr__, __dir__ = lazily(
        __name__,
        config="SplitConfig",
        histories="Histories",
        protocol="active_users hold_out strong_generalisation to_clicks",
        ready="ready_split",
        split="PARTS HeldOut Split",
        tables="Ids",
    )

__all__ = [
    "PARTS",
    "HeldOut",
    "Histories",
    "Ids",
    "Split",
    "SplitConfig",
    "active_users",
    "hold_out",
    "ready_split",
    "strong_generalisation",
    "to_clicks",
]
