"""The library's source as a page shows it: without docstrings, eighty columns wide, in colours."""

import inspect
import io
import re
import subprocess
import sys
import textwrap
import tokenize
from collections.abc import Iterable
from typing import Any, Final

COLUMNS: Final = 80
DOCSTRING: Final = re.compile(r'\n *r?"{3}(?:.|\n)*?"{3}')
MARKS: Final = re.compile(r"  # (?:noqa|fmt|type): .*")


def show_source(*pieces: Any) -> None:
    """Show the source of functions, methods or classes as the chapters show it.

    Docstrings are left out, because the text around says the same, and so are marks for checkers.
    In a notebook it has colours; elsewhere it is printed.
    """
    import IPython

    source = "\n\n".join(map(read_source, pieces))
    if IPython.get_ipython() is None:
        print(source)
        return
    shown = {"text/markdown": f"```python\n{source}\n```", "text/plain": source}
    IPython.display.display(shown, raw=True)  # type: ignore[no-untyped-call]


def read_source(piece: Any) -> str:
    """Give the source of one piece, at the left margin, as `show_source` shows it."""
    source = DOCSTRING.sub("", textwrap.dedent(inspect.getsource(piece)))
    return fit(MARKS.sub("", source)).strip("\n")


def fit(source: str) -> str:
    """Break what is wider than the column; where there is no formatter, comments alone."""
    return _wrap_comments(_format(_raise_comments(source)))


def _format(source: str) -> str:
    """Format by ruff, which comes with the book's environment; without it, change nothing."""
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--stdin-filename=shown.py"]
    command += [f"--line-length={COLUMNS}", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 and done.stdout else source


def _comments(source: str) -> Iterable[tuple[int, int, str]]:
    """Give the lines, columns and words of comments in lines that are too wide, last ones first."""
    lines = source.splitlines()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    found = [
        (token.start[0] - 1, token.start[1], token.string.lstrip("# "))
        for token in tokens
        if token.type == tokenize.COMMENT and len(lines[token.start[0] - 1]) > COLUMNS
    ]
    return reversed(found)


def _raise_comments(source: str) -> str:
    """Put a comment that makes its line too wide above it."""
    lines = source.splitlines()
    for row, column, words in _comments(source):
        code = lines[row][:column].rstrip()
        if code:
            indent = code[: len(code) - len(code.lstrip())]
            lines[row : row + 1] = [f"{indent}# {words}", code]
    return "\n".join(lines) + "\n"


def _wrap_comments(source: str) -> str:
    """Break comments that have a line of their own and are too wide."""
    lines = source.splitlines()
    for row, column, words in _comments(source):
        if not lines[row][:column].strip():
            lead = f"{' ' * column}# "
            lines[row : row + 1] = textwrap.wrap(
                words, COLUMNS, initial_indent=lead, subsequent_indent=lead
            )
    return "\n".join(lines) + "\n"
