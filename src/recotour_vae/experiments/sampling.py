"""What a search tries next, from what it has tried: Optuna's tree of Parzen estimators."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from recotour_vae.errors import MissingPackageError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Tried = tuple[Mapping[str, Any], float]  # what was chosen, and how good it was: more is better

_TPE_START: Final = 8  # trials drawn at random before the sampler begins to learn from them


def choose(space: Mapping[str, Any], tried: Sequence[Tried]) -> dict[str, Any]:
    """Choose the next trial.

    Trial number n is drawn by a sampler of seed n from the trials before it, so a search that was
    interrupted goes on as if it had not been.

    Parameters
    ----------
    space
        For each option a list of choices, of which the place is chosen, or a range.
    tried
        The trials so far, in their order.

    Raises
    ------
    MissingPackageError
        When Optuna is not installed.
    """
    optuna = _optuna()
    sampler = optuna.samplers.TPESampler(seed=len(tried), n_startup_trials=_TPE_START)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    domains = distributions(space)
    for chosen, value in tried:
        params = dict(chosen)
        one = optuna.trial.create_trial(params=params, distributions=domains, value=value)
        study.add_trial(one)
    return dict(study.ask(domains).params)


def distributions(space: Mapping[str, Any]) -> "dict[str, BaseDistribution]":
    """Say a space in Optuna's words."""
    return {name: _distribution(domain) for name, domain in space.items()}


def options_of(space: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options that a trial stands for; a choice may be a table of several."""
    options: dict[str, Any] = {}
    for name, value in chosen.items():
        picked = space[name][value] if isinstance(space[name], list) else value
        options |= picked if isinstance(picked, dict) else {name: picked}
    return options


def _distribution(domain: Any) -> "BaseDistribution":
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(domain, list):  # by place: a choice may be a table, which Optuna cannot keep
        return CategoricalDistribution(range(len(domain)))
    whole = isinstance(domain["low"], int) and isinstance(domain["high"], int)
    kind: Any = IntDistribution if whole else FloatDistribution
    distribution: BaseDistribution = kind(**domain)
    return distribution


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingPackageError(
            "Searches need Optuna, which is not installed; get it with pip install 'optuna>=4.5'."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
