"""What the commands print, from one worker only."""

import sys
from typing import Any

from recotour_vae.training.world import World


def say(text: str) -> None:
    """Print at once, and from one worker only."""
    if World.here().leads:
        print(text, flush=True)


def show_note(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning as a plain note."""
    if World.here().leads:
        print(f"note: {message}", file=sys.stderr)


def legend(confidence: float) -> str:
    """Say what the columns of a table of metrics are."""
    interval = f"{confidence:.0%} interval (bootstrap)"
    return f"se: standard error over users; low, high: ends of the {interval}."
