"""Figures of the book: tables in, matplotlib axes out."""

from importlib.util import find_spec

from recotour_vae.errors import MissingPackageError

if find_spec("matplotlib") is None:
    raise MissingPackageError(
        "Figures need matplotlib, which is not installed; run `pip install matplotlib`, or "
        "install the extra: recotour-vae[book]."
    )

from recotour_book.plotting.style import COLOURS, MODEL_COLOURS, new_axes, use_style

__all__ = ["COLOURS", "MODEL_COLOURS", "new_axes", "use_style"]
