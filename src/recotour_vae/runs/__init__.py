"""The folder of a run: what a training leaves behind, opened again and asked.

`layout` says what is in it, `claim` who may write there, `data` and `titles` keep what the model
was trained on beside it; `run` opens all of it, and `lookup` finds what people call its items.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.runs.lookup import clicks_on, history_of
    from recotour_vae.runs.run import Run, keep_data, keep_run, liked_by, open_run, recommend
else:
    __getattr__, __dir__ = lazily(
        __name__,
        lookup="clicks_on history_of",
        run="Run keep_data keep_run liked_by open_run recommend",
    )

__all__ = [
    "Run",
    "clicks_on",
    "history_of",
    "keep_data",
    "keep_run",
    "liked_by",
    "open_run",
    "recommend",
]
