"""What numbers are held in: clicks in one form, arrays by name, and the types of both."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.arrays.clicks import canonical
    from recotour_vae.arrays.types import Arrays, Bools, Floats, Ints
else:
    __getattr__, __dir__ = lazily(
        __name__,
        clicks="canonical",
        types="Arrays Bools Floats Ints",
    )

__all__ = ["Arrays", "Bools", "Floats", "Ints", "canonical"]
