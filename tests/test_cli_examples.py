"""The examples of every `--help` work as they are typed, one after another, in an empty folder."""

import re
import shlex
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recotour_vae import cli
from recotour_vae.experiments import Results, read
from recotour_vae.experiments.commands import COMMANDS
from recotour_vae.experiments.run import missing
from recotour_vae.runtime.mxnet import has_mxnet

ROOT = Path(__file__).parents[1]
PAGES = [
    *([], ["data"], ["models"], ["train"], ["train", "--model", "ease"], ["tune"], ["evaluate"]),
    *(["recommend"], ["serve"], ["export"], ["experiments"]),
    *(["experiments", name] for name in COMMANDS),
]
# What an example needs that is not on every machine, or takes more than a minute; a service ends
# when it is told to, and tests of its own start it.
ELSEWHERE = ("ml-1m", "ml-20m", "RECOTOUR_DATA", "torchrun", "experiments confirm", " serve ")


def examples(page: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Give the commands that a help shows."""
    with pytest.raises(SystemExit) as stop:
        cli.main([*page, "--help"])
    assert stop.value.code == 0
    block = re.search(r"(?:Examples|For example):\n((?:  .+\n)+)", capsys.readouterr().out)
    assert block
    return [line.strip() for line in block[1].splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(page) or "all")
def test_every_help_has_examples_of_what_it_is_about(page, capsys):
    found = examples(page, capsys)
    assert found
    about = " ".join(page[:2] if page[:1] == ["experiments"] else page[:1])
    assert all(about in command for command in found)


def write_files(folder: Path) -> None:
    """Write files by the names that the examples give to somebody's own."""
    rng = np.random.default_rng(0)
    rows = [(user, item) for user in range(120) for item in rng.choice(150, 20, replace=False)]
    table = pd.DataFrame(rows, columns=["user", "item"])
    table.to_csv(folder / "clicks.csv", index=False)
    table.rename(columns={"user": "customer", "item": "sku"}).to_csv(
        folder / "orders.csv", index=False
    )
    rated = table.assign(rating=rng.integers(1, 11, len(table)))
    rated.to_csv(folder / "ratings.csv", index=False)
    stars = rated.assign(rating=(rated["rating"] + 1) // 2, timestamp=978_300_000)
    lines = ["::".join(map(str, row)) for row in stars.itertuples(index=False)]
    (folder / "ratings.dat").write_text("\n".join(lines) + "\n", encoding="latin-1")
    movies = [f"{item}::Film {item} (1999)::Drama" for item in range(150)]
    (folder / "movies.dat").write_text("\n".join(movies) + "\n", encoding="latin-1")
    for name in ("experiments", "results"):
        shutil.copytree(ROOT / name, folder / name)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with these files, and what the examples before have left."""
    folder = tmp_path_factory.mktemp("shop")
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
def elsewhere() -> tuple[str, ...]:
    """What is in examples that are not typed here."""
    grid = read(ROOT / "experiments" / "grid.toml")
    lacking = missing(grid, Results(ROOT / "results", "grid"))  # which would take hours
    gluon = () if has_mxnet() else ("gluon",)
    onnx = () if find_spec("onnx") else ("--to onnx",)
    return (*ELSEWHERE, *gluon, *onnx, *(("experiments run",) if lacking else ()))


@pytest.fixture(scope="module")
def typed() -> set[str]:
    """What was typed before."""
    return set()


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(page) or "all")
def test_the_examples_work_as_they_are_typed(page, shop, elsewhere, typed, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    for command in dict.fromkeys(examples(page, capsys)):
        if command in typed or any(word in command for word in elsewhere):
            continue
        name, *words = shlex.split(command)
        assert name == "recotour-vae"
        status = cli.main(words)
        assert status == 0, f"{command}\n{capsys.readouterr().err}"
        typed.add(command)


@pytest.mark.slow
@pytest.mark.processes
def test_most_examples_are_typed(typed):
    if not typed:
        pytest.skip("this looks at what the tests before it have typed")
    assert len(typed) > 25
