"""Settings of the protocols."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.errors import ConfigError


@dataclass(frozen=True)
class SplitConfig:
    """Settings of the protocol; the defaults are the paper's, but for the number of users.

    Parameters
    ----------
    click_above
        A rating strictly above this is a click; None takes every row as a click.
    min_clicks
        Users with fewer clicks are left out.
    validation_users, test_users
        How many users to hold out: a number, or a share of all users when below 1. The paper
        holds out 10,000 each of 136,677 on MovieLens-20M.
    held_out
        Share of each held-out user's clicks that is to be predicted, rounded down.
    seed
        Seed of every draw. 98765 is that of the authors' notebook, and gives its users.
    latest
        Whether the share to predict is the latest of the user's clicks, as in the paper on SVAE,
        and not a random one, as in that on Mult-VAE. What others did later may still be trained
        on. Of clicks at one time the highest item id is the last.

    Examples
    --------
    >>> SplitConfig(test_users=100).seed
    98765
    >>> SplitConfig(held_out=1.5)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: held_out is 1.5; give a share between 0 and 1.
    """

    click_above: float | None = 3.5
    min_clicks: int = 5
    validation_users: float = 0.1
    test_users: float = 0.1
    held_out: float = 0.2
    seed: int = 98765
    latest: bool = False

    def __post_init__(self) -> None:
        _check_from(1, min_clicks=self.min_clicks)
        if not 0 < self.held_out < 1:
            raise ConfigError(f"held_out is {self.held_out}; give a share between 0 and 1.")
        for name in ("validation_users", "test_users"):
            if not 0 < getattr(self, name) < np.inf:
                raise ConfigError(f"{name} is {getattr(self, name)}; give a positive number.")
        _check_seed(self.seed)


@dataclass(frozen=True)
class TimeSplitConfig:
    """Settings of a split in calendar time.

    Parameters
    ----------
    click_above
        A rating strictly above this is a click; None takes every row as a click.
    min_clicks
        Users with fewer clicks up to the first cut do not train: what they do later is not known
        then.
    validation_after, test_after
        The two cuts. Below 1 a share of all clicks, in order of time, that lie before the cut;
        from 1 on the last second that lies before it, since 1970 (UTC); or a date such as
        "1998-04-01", the first day that lies after it. Clicks of one second are never divided.
    min_shown
        Of whom fewer clicks can be shown is left out of that group, and counted. With 0 people
        without any history are asked for too.
    """

    click_above: float | None = 3.5
    min_clicks: int = 5
    validation_after: float | str = 0.8
    test_after: float | str = 0.9
    min_shown: int = 0

    def __post_init__(self) -> None:
        _check_from(1, min_clicks=self.min_clicks)
        _check_from(0, min_shown=self.min_shown)
        for name in ("validation_after", "test_after"):
            cut = getattr(self, name)
            if not (isinstance(cut, str) or 0 < cut < np.inf):
                raise ConfigError(
                    f"{name} is {cut}; give a share of the clicks below 1, seconds since 1970, or "
                    "a date such as 1998-04-01."
                )


@dataclass(frozen=True)
class LastOutConfig:
    """Settings of the split that leaves everybody's last click out.

    Parameters
    ----------
    click_above
        A rating strictly above this is a click; None takes every row as a click.
    min_clicks
        Users with fewer clicks are left out; with 3, the least, there is one left to train on.
    """

    click_above: float | None = 3.5
    min_clicks: int = 5

    def __post_init__(self) -> None:
        _check_from(3, min_clicks=self.min_clicks)


@dataclass(frozen=True)
class WeakSplitConfig:
    """Settings of the split of everybody's clicks.

    Parameters
    ----------
    click_above
        A rating strictly above this is a click; None takes every row as a click.
    min_clicks
        Users with fewer clicks are left out.
    held_out
        Share of each user's clicks that is tested, rounded down; CDAE's paper takes 0.2.
    validation_clicks
        Share of each user's other clicks that validates, rounded down.
    seed
        Seed of the draws.
    """

    click_above: float | None = 3.5
    min_clicks: int = 5
    held_out: float = 0.2
    validation_clicks: float = 0.1
    seed: int = 98765

    def __post_init__(self) -> None:
        _check_from(1, min_clicks=self.min_clicks)
        for name in ("held_out", "validation_clicks"):
            if not 0 < getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; give a share between 0 and 1.")
        _check_seed(self.seed)


@dataclass(frozen=True)
class RatingSplitConfig:
    """Settings of the protocols in which ratings are predicted.

    Parameters
    ----------
    folds
        Into how many equal parts the ratings are divided, each of which is predicted once.
    test_ratings
        Share of the ratings to predict where there is one part only; AutoRec's papers take 0.1.
    validation_ratings
        Share of the other ratings that is kept from training to choose the epoch, rounded down;
        with 0 nothing is, and the validation group asks for nothing.
    seed
        Seed of the draws.
    """

    folds: int = 5
    test_ratings: float = 0.1
    validation_ratings: float = 0.05
    seed: int = 98765

    def __post_init__(self) -> None:
        _check_from(2, folds=self.folds)
        if not 0 < self.test_ratings < 1:
            raise ConfigError(f"test_ratings is {self.test_ratings}; give a share between 0 and 1.")
        if not 0 <= self.validation_ratings < 1:
            raise ConfigError(
                f"validation_ratings is {self.validation_ratings}; give a share from 0 to below 1."
            )
        _check_seed(self.seed)


@dataclass(frozen=True)
class RatingTimeConfig:
    """Settings of the split in which each person's later ratings are predicted.

    Parameters
    ----------
    train_ratings
        Share of each person's ratings, the earliest and rounded down, that is trained on.
    seed
        Of the coin that says who validates and who is tested.
    """

    train_ratings: float = 0.7
    seed: int = 98765

    def __post_init__(self) -> None:
        share = self.train_ratings
        if not 0 < share < 1:
            raise ConfigError(f"train_ratings is {share}; give a share between 0 and 1.")
        _check_seed(self.seed)


def _check_from(least: int, **settings: int) -> None:
    for name, value in settings.items():
        if value < least:
            raise ConfigError(f"{name} is {value}; give {least} or more.")


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**32:
        raise ConfigError(f"seed is {seed}; give a number from 0 to below 2**32.")
