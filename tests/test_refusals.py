"""The refusals that the guide shows are what the command says today."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from book_support import BOOK

from recotour_vae import cli

SHOWN = re.findall(r"^ +> `(error: .*)`$", (BOOK / "how-to.md").read_text("utf-8"), re.MULTILINE)
SMALL = ["--hidden", "4", "--latent", "2", "--batch-size", "20", "--device", "cpu", "--epochs", "1"]


def rows(path: Path, *lines: str) -> str:
    """Write a small table, and give its name."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path.name


def films(folder: Path) -> list[str]:
    table = ("user,title,item,rating", "1,Toy Story,1,5", "1,American President, The,11,2")
    return ["data", rows(folder / "films.csv", *table)]


def orders(folder: Path) -> list[str]:
    table = ("user,item,rating,timestamp", "1,1,5,02/03/2021", "1,1,1,01/03/2021")
    return ["data", rows(folder / "orders.csv", *table)]


def ready(folder: Path) -> list[str]:
    table = ("user,item,rating,split", "1,1,5,train", "2,1,5,test_in")
    return ["data", rows(folder / "ready.csv", *table), "--click-above", "3"]


def taken(folder: Path) -> list[str]:
    (folder / "runs" / "first").mkdir(parents=True)
    (folder / "runs" / "first" / "last.safetensors").touch()
    return ["train", "--data", shop(folder), "--out", "runs/first", *SMALL]


def forty(folder: Path) -> list[str]:
    return ["train", "--data", shop(folder), "--out", "runs/forty", *SMALL]


def shop(folder: Path) -> str:
    """Write what 120 people bought of forty things."""
    rng = np.random.default_rng(0)
    bought = [(user, item) for user in range(120) for item in rng.choice(40, 12, replace=False)]
    pd.DataFrame(bought, columns=["user", "item"]).to_csv(folder / "shop.csv", index=False)
    return "shop.csv"


@pytest.mark.parametrize(
    ("number", "trouble"), list(enumerate([films, orders, ready, taken, forty]))
)
def test_the_guide_shows_what_the_command_says(
    number: int, trouble, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(trouble(tmp_path)) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert said == [SHOWN[number]]


def test_the_guide_shows_these_and_no_others() -> None:
    assert len(SHOWN) == 5
