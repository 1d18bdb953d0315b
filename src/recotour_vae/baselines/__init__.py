"""Simple recommenders that every number in the book is held against.

Each has `fit(clicks)` and `score(clicks) -> (n_users, n_items)`, as the autoencoders do, and
scores users it was not fitted on from their clicks alone. Clicks are (n_users, n_items), as
`arrays.canonical` takes them; a DataError says why where they are none.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.baselines.ease import EASE
    from recotour_vae.baselines.ials import IALS
    from recotour_vae.baselines.item_knn import ItemKNN
    from recotour_vae.baselines.popularity import Popularity
    from recotour_vae.baselines.puresvd import PureSVD
    from recotour_vae.baselines.rp3beta import RP3beta
    from recotour_vae.baselines.slim import SLIM
    from recotour_vae.baselines.user_knn import UserKNN
else:
    __getattr__, __dir__ = lazily(
        __name__,
        ease="EASE",
        ials="IALS",
        item_knn="ItemKNN",
        popularity="Popularity",
        puresvd="PureSVD",
        rp3beta="RP3beta",
        slim="SLIM",
        user_knn="UserKNN",
    )

__all__ = ["EASE", "IALS", "SLIM", "ItemKNN", "Popularity", "PureSVD", "RP3beta", "UserKNN"]
