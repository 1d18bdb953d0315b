"""Networks on ratings, trained by the one loop and asked like all recommenders of ratings."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.training.ratings.collab_nn import CollabNN
    from recotour_vae.training.ratings.deeprec import DeepRec
    from recotour_vae.training.ratings.embedding_dot import EmbeddingDot
else:
    __getattr__, __dir__ = lazily(
        __name__, collab_nn="CollabNN", deeprec="DeepRec", embedding_dot="EmbeddingDot"
    )

__all__ = ["CollabNN", "DeepRec", "EmbeddingDot"]
