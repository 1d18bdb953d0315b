"""Small data whose right answer is known, and the sentence that every error must be."""

import errno
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.splits import HeldOut, Histories, Split


def clicks(rows: Sequence[Sequence[int]], n_items: int) -> csr_matrix:
    """Give the matrix whose rows click these columns."""
    dense = np.zeros((len(rows), n_items), np.float32)
    for user, columns in enumerate(rows):
        dense[user, list(columns)] = 1
    return csr_matrix(dense)


def random_clicks(seed: int, n_users: int, n_items: int, density: float = 0.3) -> csr_matrix:
    """Give clicks at random; some users may have none."""
    drawn = np.random.default_rng(seed).random((n_users, n_items)) < density
    return csr_matrix(drawn.astype(np.float32))


def distinct_scores(seed: int, n_users: int, n_items: int) -> NDArray[np.float64]:
    """Give scores without a tie within a user."""
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(np.arange(n_items, dtype=float), (n_users, 1)), axis=1)


def group(fold_in: csr_matrix, held_out: csr_matrix, first_user: int = 0) -> HeldOut:
    """Give held-out users with ids that are not their row numbers."""
    return HeldOut(np.arange(first_user, first_user + fold_in.shape[0]), fold_in, held_out)


class Fixed:
    """A model that gives the scores it was made with, user after user, whatever it is shown."""

    def __init__(self, scores: NDArray[Any]) -> None:
        self.scores, self.given = scores, 0

    def score(self, clicks: csr_matrix) -> NDArray[Any]:
        """Give the next users' scores."""
        start, self.given = self.given, self.given + clicks.shape[0]
        return self.scores[start : self.given]


def two_tastes(n_users: int = 60, n_items: int = 24, seed: int = 0) -> Split:
    """Split users who click one half of the items each: even users the first, odd the second.

    Each training user clicked two thirds of a half; each held-out user shows a third of it and
    holds out the rest, which a model that learned anything ranks above the other half.
    """
    rng = np.random.default_rng(seed)
    half = n_items // 2
    order = rng.permuted(np.tile(np.arange(half), (n_users, 1)), axis=1)
    order += half * (np.arange(n_users) % 2)[:, None]
    train = clicks(order[:, : 2 * half // 3], n_items)[: n_users // 2]
    fold_in, held_out = (
        clicks(part, n_items) for part in (order[:, : half // 3], order[:, half // 3 :])
    )
    first, second = slice(n_users // 2, 3 * n_users // 4), slice(3 * n_users // 4, n_users)
    validation = group(fold_in[first], held_out[first], n_users // 2)
    test = group(fold_in[second], held_out[second], 3 * n_users // 4)
    return Split(np.arange(n_items), np.arange(n_users // 2), train, validation, test)


def rated(split: Split, seed: int = 0) -> Split:
    """Give each click of a split a rating from 1 to 5: the larger the column, the better."""

    def with_ratings(clicks: csr_matrix) -> Histories:
        rng = np.random.default_rng(seed)
        stars = 1 + 4 * clicks.indices / clicks.shape[1] + rng.normal(0, 0.3, clicks.nnz)
        return Histories.of_clicks(clicks, np.clip(stars.round(), 1, 5))

    groups = [
        HeldOut.of(group.users, with_ratings(group.fold_in), with_ratings(group.held_out))
        for group in (split.validation, split.test)
    ]
    return Split.of(split.items, split.train_users, with_ratings(split.train), *groups)


def timed(split: Split, seed: int = 0) -> Split:
    """Give each click of a split a time, in no order of the columns; ratings stay what they are."""
    rng = np.random.default_rng(seed)

    def with_times(histories: Histories) -> Histories:
        times = rng.permutation(histories.n_events)
        return Histories.of_clicks(histories.clicks, histories.ratings, times)

    groups = [
        HeldOut.of(group.users, with_times(group.shown), with_times(group.asked))
        for group in (split.validation, split.test)
    ]
    return Split.of(split.items, split.train_users, with_times(split.history), *groups)


def random_table(
    seed: int, n_users: int = 30, n_items: int = 20, rows: int = 400, text: bool = False
) -> pd.DataFrame:
    """Give ratings of 1 to 5 in no order; ids have gaps, and no user rates an item twice."""
    rng = np.random.default_rng(seed)
    pair = rng.choice(n_users * n_items, size=min(rows, n_users * n_items), replace=False)
    user, item = 7 * (pair // n_items) + 3, 5 * (pair % n_items) + 1
    rating = rng.integers(1, 6, len(pair))
    table = pd.DataFrame({"user": user, "item": item, "rating": rating})
    return table.astype({"user": str, "item": str}) if text else table


def no_space(*args: Any, **kwargs: Any) -> None:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def on_call(number: int, usual: Callable[..., Any], instead: Callable[..., Any]) -> Any:
    """Give a function that does as usual but for one call, counted from 1."""
    seen = 0

    def function(*args: Any, **kwargs: Any) -> Any:
        nonlocal seen
        seen += 1
        return instead(*args, **kwargs) if seen == number else usual(*args, **kwargs)

    return function


def is_a_sentence(error: BaseException) -> bool:
    """Whether an error says what is wrong and what to do, and ends."""
    text = str(error)
    return len(text) > 30 and text[-1] == "." and "\n" not in text and "  " not in text


def small_model(kind: str = "mult-vae", n_items: int = 24, seed: int = 0, **settings: Any) -> Any:
    """Make a model that trains in no time."""
    from recotour_vae.models.pytorch import make_model
    from recotour_vae.recommenders.registry import entry

    return make_model(entry(kind).config_class()((16,), 4, **settings), n_items, seed)


def small_config(**settings: Any) -> Any:
    """Give settings of four updates an epoch on `two_tastes`."""
    from recotour_vae.training import TrainingConfig

    usual = {"epochs": 5, "batch_size": 8, "learning_rate": 0.01, "monitor": "ndcg@8"}
    return TrainingConfig(**usual | {"device": "cpu"} | settings)


def train_small(
    folder: Any = None, kind: str = "mult-vae", resume: bool = False, seed: int = 0, **settings: Any
) -> tuple[Any, pd.DataFrame]:
    """Train a small model on `two_tastes`; give it and its history without the seconds.

    Settings are of the model or of its training.
    """
    from recotour_vae.recommenders.registry import entry
    from recotour_vae.training import Trainer

    of_kind = entry(kind).config_class().__dataclass_fields__
    own = {name: settings.pop(name) for name in of_kind if name in settings}
    split, model = two_tastes(), small_model(kind, seed=seed, **own)
    trainer = Trainer(small_config(**settings), folder, progress=False)
    history = trainer.fit(model, split.train, split.validation, resume=resume)
    return model, history.drop(columns="seconds")
