"""Neighbours: items, or people, that were clicked by, or clicked, the same."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.recommenders.neighbours.item_knn import ItemKNN
    from recotour_vae.recommenders.neighbours.user_knn import UserKNN
else:
    __getattr__, __dir__ = lazily(
        __name__,
        item_knn="ItemKNN",
        user_knn="UserKNN",
    )

__all__ = ["ItemKNN", "UserKNN"]
