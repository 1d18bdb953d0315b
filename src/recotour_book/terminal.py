"""Commands in a chapter: what was typed and what came of it, in a folder of the chapter's own."""

import logging
import re
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from recotour_vae.cli import main
from recotour_vae.errors import ConfigError


@dataclass(frozen=True)
class Terminal:
    """A terminal in a folder, for one command at a time.

    Parameters
    ----------
    folder
        Where commands are typed.
    without
        Lines of the answer that begin so are left out, such as times, which are never the same.
    width
        Letters of a line; longer ones are broken, but for rows of tables.
    """

    folder: Path
    without: Sequence[str] = ("seconds ", "Fitted in ")
    width: int = 76

    def __call__(self, command: str) -> None:
        """Type a command of `recotour-vae`, and print what it prints.

        Raises
        ------
        ConfigError
            When it is another program.
        """
        print(f"$ {command}")
        print("\n".join(self.lines(command)))

    def lines(self, command: str) -> list[str]:
        """Give what a command prints, notes and errors among it."""
        name, *words = shlex.split(command.replace("\\\n", " "))
        if name != "recotour-vae":
            raise ConfigError(f"'{name}' is not recotour-vae; type a command of it.")
        printed = StringIO()
        with chdir(self.folder), _all_in(printed):
            main(words)
        every = printed.getvalue().rstrip().split("\n")
        kept = [line for line in every if not line.startswith(tuple(self.without))]
        return [part for line in kept for part in broken(line, self.width)]


def broken(line: str, width: int) -> list[str]:
    """Break a long line of words, and go on as far in as it began; a row of a table stays."""
    words = line.lstrip()
    if len(line) <= width or re.search(r"\S  +\S", words):
        return [line]
    inward = " " * (len(line) - len(words) + (3 if re.match(r"\d+\. ", words) else 0))
    return textwrap.wrap(
        line, width, subsequent_indent=inward, break_long_words=False, break_on_hyphens=False
    )


@contextmanager
def _all_in(printed: StringIO) -> Iterator[None]:
    """Have one text of output, notes and log, and leave the log as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers.clear()
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
