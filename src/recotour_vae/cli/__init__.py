"""The command line: what a person types, a file a command, and nothing about how it is done."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.cli.command import main
else:  # `__main__` first puts right where modules come from
    __getattr__, __dir__ = lazily(__name__, command="main")

__all__ = ["main"]
