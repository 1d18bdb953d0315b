"""From interactions to a split: of people, of clicks, in time, of ratings, or ready-made."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.splits.benchmark import benchmark_split
    from recotour_vae.splits.calendar_cut import in_time
    from recotour_vae.splits.config import (
        LastOutConfig,
        RatingSplitConfig,
        RatingTimeConfig,
        SplitConfig,
        TimeSplitConfig,
        WeakSplitConfig,
    )
    from recotour_vae.splits.histories import Histories
    from recotour_vae.splits.last_out import leave_last_out
    from recotour_vae.splits.later_ratings import ratings_in_time
    from recotour_vae.splits.protocol import (
        active_users,
        hold_out,
        strong_generalisation,
        to_clicks,
    )
    from recotour_vae.splits.ratings import (
        RatingFolds,
        official_folds,
        rating_folds,
        ratings_holdout,
    )
    from recotour_vae.splits.ready import ready_split
    from recotour_vae.splits.split import PARTS, HeldOut, Split
    from recotour_vae.splits.tables import Ids
    from recotour_vae.splits.weak import weak_generalisation
else:
    __getattr__, __dir__ = lazily(
        __name__,
        calendar_cut="in_time",
        config=(
            "LastOutConfig RatingSplitConfig RatingTimeConfig SplitConfig TimeSplitConfig "
            "WeakSplitConfig"
        ),
        benchmark="benchmark_split",
        histories="Histories",
        last_out="leave_last_out",
        later_ratings="ratings_in_time",
        protocol="active_users hold_out strong_generalisation to_clicks",
        ratings="RatingFolds official_folds rating_folds ratings_holdout",
        ready="ready_split",
        split="PARTS HeldOut Split",
        tables="Ids",
        weak="weak_generalisation",
    )

__all__ = [
    "PARTS",
    "HeldOut",
    "Histories",
    "Ids",
    "LastOutConfig",
    "RatingFolds",
    "RatingSplitConfig",
    "RatingTimeConfig",
    "Split",
    "SplitConfig",
    "TimeSplitConfig",
    "WeakSplitConfig",
    "active_users",
    "benchmark_split",
    "hold_out",
    "in_time",
    "leave_last_out",
    "official_folds",
    "rating_folds",
    "ratings_holdout",
    "ratings_in_time",
    "ready_split",
    "strong_generalisation",
    "to_clicks",
    "weak_generalisation",
]
