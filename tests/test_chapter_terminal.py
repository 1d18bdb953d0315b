"""A chapter's terminal: what was typed stands above what came of it."""

import logging

import pytest

from recotour_book.terminal import Terminal, broken
from recotour_vae.errors import ConfigError


def test_a_command_and_its_answer_are_printed(tmp_path, capsys):
    (tmp_path / "clicks.csv").write_text("user;item\n" + "".join(f"a;{i}\n" for i in range(3)))
    Terminal(tmp_path)("recotour-vae data clicks.csv \\\n  --min-clicks 9")
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("$ recotour-vae data clicks.csv \\\n  --min-clicks 9\n")
    assert "note: clicks.csv: the columns are separated by semicolons" in printed.out
    assert "error: No user is left: none of 1 has 9 clicks" in printed.out


def test_times_are_left_out_and_the_log_is_as_it_was(tmp_path):
    before = list(logging.getLogger().handlers)
    assert Terminal(tmp_path).lines("recotour-vae --version") != []
    assert Terminal(tmp_path, without=["recotour"]).lines("recotour-vae --version") == []
    assert logging.getLogger().handlers == before


def test_another_program_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="'ls' is not recotour-vae"):
        Terminal(tmp_path)("ls -l")


def test_long_lines_are_broken_and_rows_of_tables_are_not(tmp_path):
    few = Terminal(tmp_path, width=20)
    (tmp_path / "clicks.csv").write_text("user,item\na,1\n")
    lines = few.lines("recotour-vae data clicks.csv --min-clicks 9")
    assert max(map(len, lines[1:])) <= 20
    assert " ".join(lines).endswith("lower min_clicks or click_above.")
    table = "users   fold-in clicks   held-out clicks"
    assert broken(table, 20) == [table]
    assert broken("1. " + "word " * 5 + "word", 20) == ["1. word word word", "   word word word"]
