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
