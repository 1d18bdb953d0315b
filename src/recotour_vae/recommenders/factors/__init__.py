"""Factors: people and items as vectors whose dot products are the scores."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.recommenders.factors.ials import IALS
    from recotour_vae.recommenders.factors.puresvd import PureSVD
else:
    __getattr__, __dir__ = lazily(
        __name__,
        ials="IALS",
        puresvd="PureSVD",
    )

__all__ = ["IALS", "PureSVD"]
