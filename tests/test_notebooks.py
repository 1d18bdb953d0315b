"""What the chapters call to show the library's source."""

from recotour_book.notebooks import show_source


class Shown:
    """A class with a docstring
    of two lines.
    """

    def method(self, x):
        """Say something."""
        return x + 1  # type: ignore[no-any-return]


def test_source_is_shown_without_docstrings_and_marks(capsys):
    show_source(Shown.method, Shown)
    said = capsys.readouterr().out
    assert said.startswith("    def method(self, x):\n        return x + 1\n\n")
    assert '"""' not in said
    assert "type:" not in said
    assert "class Shown:" in said
