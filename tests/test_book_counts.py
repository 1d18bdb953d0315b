"""How much stands on the main path of each chapter: no chapter may grow."""

import json
import subprocess
import sys

import pytest
from book_support import BOOK, need_the_book

sys.path.append(str(BOOK))
import counts

BUILT = BOOK / "_build" / "counts.json"
MOST = json.loads((BOOK / "counts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def built() -> dict[str, dict[str, int]]:
    need_the_book()
    return json.loads(BUILT.read_text(encoding="utf-8"))


def test_every_chapter_has_its_limits(built):
    assert list(MOST) == list(built)


@pytest.mark.parametrize("name", MOST)
def test_no_chapter_has_more_than_it_had(built, name):
    now = {column: built[name][column] for column in counts.LIMITED}
    over = {
        column: (now[column], most) for column, most in MOST[name].items() if now[column] > most
    }
    assert not over, f"{name}: (now, most) {over}; shorten it, or fold what the path does not need"


@pytest.mark.processes
def test_the_table_of_them_can_be_printed(built):
    command = [sys.executable, BOOK / "counts.py"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].split()[:3] == ["chapter", "minutes", "words"]
    assert [line.split()[0] for line in said[1:]] == [*built, "all"]
    assert int(said[-1].split()[2]) == sum(one["words"] for one in built.values())


def test_a_limit_falls_and_does_not_rise():
    most = {"a": {"words": 10, "cells": 5, "lines": 7}}
    built = {"a": {"words": 12, "cells": 3, "lines": 7}, "b": {"words": 1, "cells": 1, "lines": 1}}
    assert counts.lower(most, built) == {
        "a": {"words": 10, "cells": 3, "lines": 7},
        "b": {"words": 1, "cells": 1, "lines": 1},
    }


def test_a_chapter_that_is_gone_has_no_limit():
    assert counts.lower({"a": {"words": 1, "cells": 1, "lines": 1}}, {}) == {}
