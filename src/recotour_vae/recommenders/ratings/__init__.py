"""Recommenders that learn from ratings and predict them: biases, neighbours, AutoRec.

All are `RatingRecommender`s: fitted on histories with ratings, asked with `rate` for single
ratings and with `rank_histories` for lists in the order of what they predict.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.recommenders.ratings.autorec import ItemAutoRec, UserAutoRec
    from recotour_vae.recommenders.ratings.bias import Bias
    from recotour_vae.recommenders.ratings.interface import RatingRecommender
    from recotour_vae.recommenders.ratings.item_knn import RatingItemKNN
    from recotour_vae.recommenders.ratings.user_knn import RatingUserKNN
else:
    __getattr__, __dir__ = lazily(
        __name__,
        autorec="ItemAutoRec UserAutoRec",
        bias="Bias",
        interface="RatingRecommender",
        item_knn="RatingItemKNN",
        user_knn="RatingUserKNN",
    )

__all__ = [
    "Bias",
    "ItemAutoRec",
    "RatingItemKNN",
    "RatingRecommender",
    "RatingUserKNN",
    "UserAutoRec",
]
