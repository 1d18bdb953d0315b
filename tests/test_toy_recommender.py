"""A recommender of somebody else's: one file and one entry, and everything works for it.

CONTRIBUTING.md tells this test as a story; the file is `toy/weighted.py`.
"""

import os
import re
import shutil
import sys
from inspect import signature
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import run_bounded

HERE = Path(__file__).parent
EXPERIMENT = """
about = "A toy beside EASE."

[sources.own]
load = "clicks.csv"

[common]
data = "own"

[[block]]
name = "power"
question = "Which power of the popularity?"
fixed = { model = "weighted" }
each.power = [0.5, 1.0]
repeats = [{ split = 0 }, { split = 1 }]

[[search]]
name = "Weighted"
trials = 2
fixed = { model = "weighted" }
space.power = { low = 0.1, high = 2.0 }
"""

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file, its entry as pip would leave it, an experiment and clicks."""
    folder = tmp_path_factory.mktemp("toy")
    shutil.copy(HERE / "toy" / "weighted.py", folder)
    info = folder / "weighted-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weighted\nVersion: 0.1\n")
    points = "[recotour_vae.recommenders]\nweighted = weighted:ENTRY\n"
    (info / "entry_points.txt").write_text(points)
    (folder / "experiments").mkdir()
    (folder / "experiments" / "toy.toml").write_text(EXPERIMENT)
    rng = np.random.default_rng(0)
    rows = [
        (f"u{user}", f"i{item + 60 * (user % 2)}")
        for user in range(100)
        for item in rng.choice(60, 20, replace=False)
    ]
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(folder / "clicks.csv", index=False)
    return folder


def told(place: Path, *words: str, status: int = 0) -> str:
    """Type a command in that folder, and give what it said."""
    path = os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "recotour_vae.cli", *words]
    env = {**os.environ, "PYTHONPATH": path, "CI": "true"}
    ended = run_bounded(command, cwd=place, env=env)
    assert ended.returncode == status, ended.stderr
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def run(place: Path) -> Path:
    """A run of it."""
    words = ["--data", "clicks.csv", "--power", "0.7", "--out", "run"]
    assert "On 10 validation users" in told(place, "train", "--model", "weighted", *words)
    return place / "run"


def test_it_is_listed_and_has_a_help_of_its_own(place):
    assert f"{'weighted':17}Weighted: counts of pairs, weighed (ours)" in told(place, "models")
    printed = told(place, "train", "--model", "weighted", "--help")
    assert re.search(r"--power FLOAT +Of the popularity: 0 forgets it", printed)


def test_its_settings_are_checked_where_they_are_typed(place):
    words = ["train", "--model", "weighted", "--data", "clicks.csv", "--power", "-1"]
    assert "Weighted got power=-1.0; give 0 or more." in told(place, *words, status=2)


def test_it_is_measured_and_asked(place, run):
    printed = told(place, "evaluate", "run", "--models", "ease", "weighted", "--metrics", "ndcg@10")
    assert printed.count("weighted: 10 test users") == 2
    assert "score" in told(place, "recommend", "run", "--liked", "id:i3", "id:i5", "--k", "4")
    assert "Lists of" in told(place, "recommend", "run", "--all-users", "--out", "all.csv")
    assert len(pd.read_csv(place / "all.csv")) == 100 * 10


def test_it_is_tuned(place):
    words = ["tune", "--model", "weighted", "--data", "clicks.csv", "--trials", "2"]
    assert "train --model weighted" in told(place, *words, "--metric", "ndcg@10")


def test_it_is_experimented_with_and_its_rows_know_their_code(place):
    told(place, "experiments", "run", "toy", "--processes", "1")
    printed = told(place, "experiments", "report", "toy")
    assert "5 runs made, 0 missing" in printed
    assert "other code" not in printed
    file = place / "weighted.py"
    text = file.read_text()
    file.write_text(text.replace("Count pairs; clicks", "Count all pairs; clicks"))
    assert "other code" not in told(place, "experiments", "report", "toy")
    file.write_text(text.replace("popularity**", "1 + popularity**"))
    assert "5 of 5 rows were made by other code" in told(place, "experiments", "report", "toy")
    file.write_text(text)


def test_what_its_memory_cannot_hold_is_refused(place, monkeypatch):
    monkeypatch.syspath_prepend(str(place))
    from weighted import Weighted

    from recotour_vae.errors import ConfigError

    with pytest.raises(ConfigError, match="Weighted on 50,000 items needs"):
        Weighted().check_memory(50_000, 2**30)


def test_it_keeps_what_all_keep(place, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(place))
    from weighted import ENTRY

    from recotour_vae.recommenders import registry

    monkeypatch.setitem(registry.ENTRIES, "weighted", ENTRY)
    import test_recommenders as contract

    assert len(contract.OF_EVERY) > 5
    for test in contract.OF_EVERY:
        test("weighted", *([tmp_path] if "tmp_path" in signature(test).parameters else []))


def test_without_its_package_a_run_says_what_is_missing(place, run):
    elsewhere = place.parent / "elsewhere"
    elsewhere.mkdir()
    assert "There is no model 'weighted'" in told(elsewhere, "evaluate", str(run), status=2)
