"""Whether this is slower than it was: two checkouts in turns, and the earlier one taken away."""

import subprocess
from pathlib import Path

import against
import pytest

ROOT = Path(__file__).parents[1]


class Steady:
    """A checkout that always takes as long; the earlier one half of it."""

    def __init__(self, tree: Path, task: str, framework: str) -> None:
        self.stopped, self.took = False, 2.0 if tree == against.HERE else 1.0

    def seconds(self) -> float:
        return self.took

    def stop(self) -> None:
        self.stopped = True


def test_the_ratio_is_that_of_this_checkout_to_the_earlier_one(monkeypatch):
    monkeypatch.setattr(against, "Checkout", Steady)
    row = against.compare(Path("/elsewhere"), "step", "gluon", repeats=3)
    assert row["task"] == "step, gluon"
    assert (row["ratio"], row["now_ms"], row["before_ms"], row["rounds"]) == (2, 2000, 1000, 3)


def test_the_library_of_another_checkout_is_not_measured_for_it(tmp_path):
    with pytest.raises(SystemExit, match="is not the library of"):
        against.serve(str(tmp_path), "step", "pytorch")


@pytest.mark.processes
def test_the_earlier_checkout_is_there_and_gone_again():
    command = ["git", "-C", str(ROOT), "worktree", "list"]
    known = subprocess.run(command, capture_output=True, text=True)
    if known.returncode:
        pytest.skip("this is no checkout of git")
    with against.earlier("HEAD") as tree:
        assert (tree / "benchmarks" / "step_child.py").is_file()
    assert not tree.exists()
    assert subprocess.run(command, capture_output=True, text=True).stdout == known.stdout
