"""Recommenders: the one interface that all share, and the registry where they are found by name.

`make("ease", l2=700.0)` and `make("mult-vae", epochs=60)` give recommenders that are fitted,
asked, saved and opened by the same words.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.recommenders.interface import Recommender
    from recotour_vae.recommenders.registry import Entry, add, entry, make, names
    from recotour_vae.recommenders.saved import open_recommender
else:
    __getattr__, __dir__ = lazily(
        __name__,
        interface="Recommender",
        registry="Entry add entry make names",
        saved="open_recommender",
    )

__all__ = ["Entry", "Recommender", "add", "entry", "make", "names", "open_recommender"]
