"""What chooses the epoch of a network on ratings: its error on the validation ratings."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from recotour_vae.arrays.types import Arrays
from recotour_vae.evaluation.metrics import rmse
from recotour_vae.recommenders.ratings.interface import RatingRecommender

if TYPE_CHECKING:
    from recotour_vae.splits import HeldOut

Measure = Callable[[Arrays], float]


def measure_of(
    model: RatingRecommender[Any], take: Callable[[Arrays], None], validation: "HeldOut | None"
) -> Measure | None:
    """Make what gives the RMSE of the validation ratings under some parameters.

    Parameters
    ----------
    model
        That predicts, and knows its scale.
    take
        Puts parameters into it.
    validation
        What is shown of people, and which of their ratings are asked for.

    Returns
    -------
    Callable or None
        None where there are no validation ratings.
    """
    if validation is None or validation.asked.ratings is None or not validation.asked.n_events:
        return None
    asked, given = validation.asked, validation.asked.ratings
    shown = model.shown(validation.shown)
    pairs = asked.event_rows(), asked.items.astype(np.int64)

    def measure(arrays: Arrays) -> float:
        take(arrays)
        return rmse(np.clip(model.predict(shown, *pairs), *model.scale), given)

    return measure
