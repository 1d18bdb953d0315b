"""Figures of the book: tables in, matplotlib axes out."""

from recotour_vae.plotting.style import COLOURS, MODEL_COLOURS, new_axes, use_style

__all__ = ["COLOURS", "MODEL_COLOURS", "new_axes", "use_style"]
