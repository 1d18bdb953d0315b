"""The split that a run is made on, loaded once in a process."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from recotour_vae import datasets, splits
from recotour_vae.datasets import Dataset
from recotour_vae.experiments.setting import Setting, Source
from recotour_vae.splits import (
    RatingSplitConfig,
    RatingTimeConfig,
    Split,
    SplitConfig,
    WeakSplitConfig,
)


def split_of(setting: Setting) -> Split:
    """Load the data of a run, split as it says."""
    if setting.source.of_ratings:
        return _split_of_ratings(setting.source, setting.split, setting.fold)
    return _split(setting.source, setting.split)


@lru_cache(maxsize=8)
def _split_of_ratings(source: Source, seed: int | None, fold: int) -> Split:
    data, drawn = _data(source.load, source.times), {} if seed is None else {"seed": seed}
    if source.folds == "in-time":
        return splits.ratings_in_time(data.interactions, RatingTimeConfig(**drawn))
    shares = {name: getattr(source, name) for name in ("test_ratings", "validation_ratings")}
    config = RatingSplitConfig(**shares, **drawn)
    if source.folds == "official":
        return splits.official_folds(data, config).numbered(fold)
    if source.folds == 1:
        return splits.ratings_holdout(data.interactions, config)
    config = replace(config, folds=int(source.folds))
    return splits.rating_folds(data.interactions, config).numbered(fold)


@lru_cache(maxsize=4)
def _split(source: Source, seed: int | None) -> Split:
    data = _data(source.load, source.times)
    if source.ready and seed is None:
        return splits.ready_split(data.interactions)
    clicks = data.interactions.drop(columns="split", errors="ignore")
    chosen: dict[str, Any] = {} if seed is None else {"seed": seed}
    if source.generalisation == "weak":
        weak = WeakSplitConfig(click_above=data.click_above, **chosen)
        return splits.weak_generalisation(clicks, weak)
    config = SplitConfig(
        click_above=data.click_above,
        validation_users=source.validation_users,
        test_users=source.test_users,
        **chosen,
    )
    return splits.strong_generalisation(clicks, config)


@lru_cache(maxsize=2)
def _data(load: str, times: bool) -> Dataset:
    return datasets.load(load) if times else datasets.load(load, timestamp=None)
