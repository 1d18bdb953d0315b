"""Settings that are one of a few words."""

from typing import Any, get_args

from recotour_vae.errors import ConfigError


def check_choices(who: str, settings: Any, **known: Any) -> None:
    """Refuse words that are not among those of a setting.

    Parameters
    ----------
    who
        Has the settings, for the sentence.
    settings
        With an attribute for each name in `known`.
    **known
        The `Literal` of each setting.

    Raises
    ------
    ConfigError
        Naming the words that there are.
    """
    for option, kind in known.items():
        word = getattr(settings, option)
        if word not in get_args(kind):
            raise ConfigError(
                f"{who} knows no {option} '{word}'; take one of {', '.join(get_args(kind))}."
            )
