"""Linear models of items by items: a matrix of weights, found in closed form or item by item."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.recommenders.linear.ease import EASE
    from recotour_vae.recommenders.linear.edlae import EDLAE
    from recotour_vae.recommenders.linear.slim import SLIM
else:
    __getattr__, __dir__ = lazily(
        __name__,
        ease="EASE",
        edlae="EDLAE",
        slim="SLIM",
    )

__all__ = ["EASE", "EDLAE", "SLIM"]
