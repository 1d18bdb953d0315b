"""Several recommenders as one: the weighted sum of their scores, on one scale for each person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError, NotFittedError
from recotour_vae.evaluation import judge, judged_rows
from recotour_vae.evaluation.evaluator import Scorer, check
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.evaluation.registry import metric_of, parse_name
from recotour_vae.recommenders.blocks import blocks

if TYPE_CHECKING:
    from recotour_vae.splits import HeldOut, Split

Weights = tuple[float, ...]  # of the members, in their order

USERS_AT_ONCE: Final = 500  # scored at once where weights are chosen
_NO_SPREAD: Final = 1e-6  # of a row's largest score: below, single precision has only its errors


@dataclass(frozen=True)
class TogetherConfig:
    """Settings of `Together`.

    Parameters
    ----------
    weights
        Of the members, in their order, none below 0 and one at least above; None chooses them on
        validation users.
    metric
        Of lists, by which they are chosen.
    steps
        Equal parts that the weights are made of where they are chosen: every way to divide so
        many parts among the members is tried, 11 ways for two members and 10 parts, 66 for three.
    """

    weights: Weights | None = None
    metric: str = "ndcg@100"
    steps: int = 10

    def __post_init__(self) -> None:
        if self.weights is not None:
            object.__setattr__(self, "weights", tuple(map(float, self.weights)))
            _check_weights(self.weights)
        if metric_of(self.metric).asks != "lists":
            raise ConfigError(
                f"Together got metric={self.metric}, which is measured on ratings; give one of "
                "lists, such as ndcg@100."
            )
        if self.steps < 1:
            raise ConfigError(f"Together got steps={self.steps}; give 1 or more, 10 say.")


class Together:
    """Add up what several recommenders say, each on the scale of the person in question.

    Of each person and member, the mean of the member's scores over the items that the person was
    not shown is subtracted, and what is left divided by their standard deviation over the same
    items (that of a population). So it does not matter in what unit a member scores, and a member
    that finds all those items equal has no say. The weighted sum of these is the score. Items
    that were shown go through the same map; they are not recommended.

    A weight is chosen on validation users, the same who chose the members' epochs: what it gains
    on them is a little too good, and the test users know nothing of it.

    It has no name in the registry and no file of its own, since a file there holds one model. Keep
    the members' files and the weights: `Together([open_recommender(a), open_recommender(b)],
    weights=(0.3, 0.7))` scores as before.

    Parameters
    ----------
    members
        Two or more that have `score` and, for `fit_split`, that too; of the same items.
    **options
        Those of `TogetherConfig`.

    Attributes
    ----------
    members
        As given.
    config
        The settings.
    weights
        In use, a number a member; None until they are chosen.
    tried
        For each choice of weights the metric's mean over the validation users; empty where the
        weights were given.

    Raises
    ------
    ConfigError
        When there are fewer than two members, as many weights as there are no members, or a
        setting is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from recotour_vae.recommenders import EASE, Popularity
    >>> clicks = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
    >>> members = [EASE(l2=1.0).fit(clicks), Popularity().fit(clicks)]
    >>> shown = np.array([[1, 0, 0, 0]])
    >>> for weights in ((1, 0), (0.3, 0.7), (0, 1)):
    ...     print(Together(members, weights=weights).rank(shown, k=3).tolist())
    [[1, 2, 3]]
    [[2, 1, 3]]
    [[2, 1, 3]]
    """

    def __init__(self, members: Sequence[Scorer], **options: Any) -> None:
        self.members, self.config = tuple(members), TogetherConfig(**options)
        self.weights = self.config.weights
        self.tried: dict[Weights, float] = {}
        given = self.weights
        if len(self.members) < 2:
            raise ConfigError(f"Together got {len(self.members)} members; give two or more.")
        if given is not None and len(given) != len(self.members):
            raise ConfigError(
                f"Together got {len(given)} weights for {len(self.members)} members; give each one."
            )

    def __repr__(self) -> str:
        return f"Together({list(self.members)!r}, weights={self.weights})"

    def fit_split(self, split: "Split") -> Self:
        """Fit each member on a split, and choose the weights where they are not given.

        Raises
        ------
        RecotourError
            As the members and `choose` say.
        """
        if self.config.weights is None:  # what cannot be measured is refused before hours of work
            check(split.validation, [self.config.metric])
        for member in self.members:
            fitted: Any = member
            fitted.fit_split(split)
        return self if self.config.weights is not None else self.choose(split.validation)

    def choose(self, validation: "HeldOut") -> Self:
        """Choose the weights of fitted members: the best on these users, of equals the first.

        Raises
        ------
        MetricError
            When the metric cannot be measured on them.
        """
        check(validation, [self.config.metric])
        sign = 1 if metric_of(self.config.metric).higher_is_better else -1
        self.tried = self._values(validation)
        self.weights = max(self.tried, key=lambda one: sign * self.tried[one])
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items, (n_users, n_items) in and out.

        Raises
        ------
        DataError
            When the matrix is not one of clicks, or has other items than a member.
        NotFittedError
            When no weights are chosen yet, or a member is not fitted.
        """
        if self.weights is None:
            raise NotFittedError("Together is not fitted yet; call fit_split(split) first.")
        clicks = canonical(clicks)
        return weighed(self._standardised(clicks), self.weights)

    def rank(self, clicks: csr_matrix, k: int) -> Ints:
        """List each user's k best items that were not clicked, as `Recommender.rank` does."""
        return top_k_unseen(self.score(clicks), canonical(clicks), k)

    def _standardised(self, clicks: csr_matrix) -> list[Floats]:
        """Give each member's scores on the scale of each person, (n_users, n_items) each."""
        return [standardised(np.asarray(one.score(clicks)), clicks) for one in self.members]

    def _values(self, validation: "HeldOut") -> dict[Weights, float]:
        """Measure all weights of the grid; each member scores once."""
        choices = list(grid(len(self.members), self.config.steps))
        k = parse_name(self.config.metric)[1]
        fold_in, lists = validation.fold_in[judged_rows(validation)], []
        for users in blocks(fold_in.shape[0], USERS_AT_ONCE):
            scores = self._standardised(fold_in[users])
            lists.append([top_k_unseen(weighed(scores, w), fold_in[users], k) for w in choices])
        rankings = map(np.concatenate, zip(*lists, strict=True))  # (n_judged, k) a choice
        return {
            weights: judge(ranking, validation, [self.config.metric]).mean(self.config.metric)
            for weights, ranking in zip(choices, rankings, strict=True)
        }


def standardised(scores: Floats, fold_in: csr_matrix) -> Floats:
    """Put each person's scores on a scale of mean 0 and deviation 1 over the items not shown.

    Parameters
    ----------
    scores
        (n_users, n_items).
    fold_in
        What was shown, (n_users, n_items), canonical.

    Returns
    -------
    numpy.ndarray
        (n_users, n_items) in doubles, so that no two scores become one; a row of zeros where all
        items not shown have the same score, or all were shown.

    Examples
    --------
    >>> shown = csr_matrix([[1, 0, 0, 0, 0]])
    >>> standardised(np.array([[9.0, 1, 1, 3, 3]]), shown).tolist()
    [[7.0, -1.0, -1.0, 1.0, 1.0]]
    """
    unseen = fold_in.toarray() == 0  # (n_users, n_items)
    n = np.maximum(unseen.sum(axis=1, keepdims=True), 1)
    found: Floats = (
        scores - np.sum(scores, axis=1, dtype=np.float64, keepdims=True, where=unseen) / n
    )
    spread = np.sqrt(np.sum(found**2, axis=1, keepdims=True, where=unseen) / n)
    largest = np.max(np.abs(scores), axis=1, keepdims=True, initial=0, where=unseen)
    found /= np.where(spread > _NO_SPREAD * largest, spread, np.inf)
    return found


def weighed(scores: Sequence[Floats], weights: Weights) -> Floats:
    """Add up members' scores, (n_users, n_items) each; without those whose weight is 0."""
    total: Floats = np.zeros_like(scores[0])
    for one, weight in zip(scores, weights, strict=True):
        if weight:
            total += weight * one
    return total


def grid(n: int, steps: int) -> Iterator[Weights]:
    """Give all ways to divide 1 among n in so many equal parts, the first's share rising.

    Examples
    --------
    >>> list(grid(2, 2))
    [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)]
    """
    for parts in product(range(steps + 1), repeat=n):
        if sum(parts) == steps:
            yield tuple(part / steps for part in parts)


def _check_weights(weights: Weights | None) -> None:
    numbers = np.array(weights or ())
    if not (np.isfinite(numbers).all() and (numbers >= 0).all() and numbers.any()):
        raise ConfigError(
            f"Together got weights={weights}; give numbers from 0, one of them above 0."
        )
