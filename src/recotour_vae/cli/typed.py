"""Options as they are typed: found in a command line, and written for one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def typed(argv: Sequence[str]) -> dict[str, str]:
    """Find the options of a command line, whatever their values, also where these are the defaults.

    Parameters
    ----------
    argv
        What was typed, word by word.

    Returns
    -------
    dict
        Name of the setting -> the option as it stands there: `idf` -> `--no-idf`.
    """
    options = [word.partition("=")[0] for word in argv if word.startswith("--")]
    return {option[2:].replace("-", "_").removeprefix("no_"): option for option in options}


def typing_of(settings: Mapping[str, Any]) -> Iterator[str]:
    """Write settings word by word, as they are typed."""
    for name, value in settings.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            yield f"--{option}" if value else f"--no-{option}"
        elif isinstance(value, list | tuple):
            yield from (f"--{option}", *map(str, value))
        else:
            yield from (f"--{option}", str(value))
