"""Options that have another name today: they go on working, and a note says what to type."""

from collections.abc import Sequence
from typing import Final

from recotour_vae.cli.output import show_note

_RENAMED: Final = {"train": {"--kind": "--model"}, "evaluate": {"--against": "--models"}}


def with_current_names(argv: Sequence[str]) -> list[str]:
    """Write old options by their names of today."""
    today = _RENAMED.get(argv[0], {}) if argv else {}
    written = []
    for word in argv:
        option, equals, value = word.partition("=")
        if option in today:
            show_note(f"{option} is called {today[option]} now; both are understood")
        written.append(today.get(option, option) + equals + value)
    return written
