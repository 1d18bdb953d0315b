"""A run in, lists for everybody out."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.serving.everybody import recommend_to_all
else:
    __getattr__, __dir__ = lazily(__name__, everybody="recommend_to_all")

__all__ = ["recommend_to_all"]
