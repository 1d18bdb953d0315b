"""Recommenders: the one interface that all share, and the registry where they are found by name.

`make("ease", l2=700.0)` and `make("mult-vae", epochs=60)` give recommenders that are fitted,
asked, saved and opened by the same words. Those that need no framework stand here: linear models,
neighbours, factors, a random walk and popularity. They score people whom they were not fitted on
from their clicks alone, and take clicks as `arrays.canonical` does. Those in `ratings` learn from
ratings and predict them.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.recommenders.factors import IALS, PureSVD
    from recotour_vae.recommenders.interface import Recommender
    from recotour_vae.recommenders.linear import EASE, EDLAE, SLIM
    from recotour_vae.recommenders.neighbours import ItemKNN, UserKNN
    from recotour_vae.recommenders.popularity import Popularity
    from recotour_vae.recommenders.ratings import (
        Bias,
        ItemAutoRec,
        RatingItemKNN,
        RatingRecommender,
        RatingUserKNN,
        UserAutoRec,
    )
    from recotour_vae.recommenders.registry import Entry, add, entry, make, names
    from recotour_vae.recommenders.rp3beta import RP3beta
    from recotour_vae.recommenders.saved import open_recommender
    from recotour_vae.recommenders.together import Together, TogetherConfig
else:
    __getattr__, __dir__ = lazily(
        __name__,
        factors="IALS PureSVD",
        interface="Recommender",
        linear="EASE EDLAE SLIM",
        neighbours="ItemKNN UserKNN",
        popularity="Popularity",
        ratings="Bias ItemAutoRec RatingItemKNN RatingRecommender RatingUserKNN UserAutoRec",
        registry="Entry add entry make names",
        rp3beta="RP3beta",
        saved="open_recommender",
        together="Together TogetherConfig",
    )

__all__ = [
    "EASE",
    "EDLAE",
    "IALS",
    "SLIM",
    "Bias",
    "Entry",
    "ItemAutoRec",
    "ItemKNN",
    "Popularity",
    "PureSVD",
    "RP3beta",
    "RatingItemKNN",
    "RatingRecommender",
    "RatingUserKNN",
    "Recommender",
    "Together",
    "TogetherConfig",
    "UserAutoRec",
    "UserKNN",
    "add",
    "entry",
    "make",
    "names",
    "open_recommender",
]
