"""The library's source as a page shows it."""

import ast

import pytest

from recotour_book import source
from recotour_book.source import COLUMNS, fit, read_source, show_source


class Shown:
    """A class with a docstring
    of two lines.
    """

    def method(self, x):
        """Say something."""
        return x + 1  # type: ignore[no-any-return]


WIDE = """\
def f(aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc, ddd):
    # A comment that has a line of its own and goes on and on, past the column and further still.
    aaaaaaaaaaaaaaaaaaaa = bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + 1  # and one beside code, too wide
    return aaaaaaaaaaaaaaaaaaaa  # short
"""


def test_source_is_shown_without_docstrings_and_marks(capsys):
    show_source(Shown.method, Shown)
    said = capsys.readouterr().out
    assert said.startswith("def method(self, x):\n    return x + 1\n\nclass Shown:")
    assert '"""' not in said
    assert "type:" not in said


@pytest.mark.processes
def test_what_is_too_wide_is_broken_and_says_the_same():
    fitted = fit(WIDE)
    assert max(map(len, fitted.splitlines())) <= COLUMNS
    assert ast.dump(ast.parse(fitted)) == ast.dump(ast.parse(WIDE))
    assert "# short" in fitted


@pytest.mark.processes
def test_without_a_formatter_code_stays_and_comments_fit(monkeypatch):
    monkeypatch.setattr(source.sys, "executable", "/bin/false")
    lines = fit(WIDE).splitlines()
    assert lines[0] == WIDE.splitlines()[0]
    assert all(len(line) <= COLUMNS for line in lines if "#" in line)


def test_what_no_tokens_can_be_made_of_stays(monkeypatch):
    monkeypatch.setattr(source, "_format", lambda text: text)
    broken = f"x = (  # {'long ' * 20}\n"
    assert fit(broken) == broken


def test_a_notebook_gets_colours_and_text(monkeypatch):
    import IPython

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", object)
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append((data, raw)))
    show_source(Shown.method)
    source_text = read_source(Shown.method)
    assert shown == [
        ({"text/markdown": f"```python\n{source_text}\n```", "text/plain": source_text}, True)
    ]
