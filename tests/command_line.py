"""The command line in tests: a small file of one's own, a short training, the one sentence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recotour_vae import cli

SMALL = ["--hidden", "8", "--latent", "4", "--batch-size", "20", "--device", "cpu"]


def two_groups(folder: Path, n_users: int = 100, n_items: int = 150, n_each: int = 20) -> Path:
    """Write ratings of two groups of users, each with its own half of the items."""
    rng, half = np.random.default_rng(0), n_items // 2
    rows = [
        (f"u{user}", item + half * (user % 2), 5.0)
        for user in range(n_users)
        for item in rng.choice(half, n_each, replace=False)
    ]
    path = folder / "ratings.csv"
    pd.DataFrame(rows, columns=["user", "item", "rating"]).to_csv(path, index=False)
    return path


def with_titles(folder: Path) -> Path:
    """Write the same, and a title of each item beside it."""
    path = two_groups(folder)
    titles = pd.DataFrame({"item": range(150), "title": [f"Film {i} (1999)" for i in range(150)]})
    titles.to_csv(path.with_name("titles.csv"), index=False)
    return path


def train(ratings: Path, folder: Path, *more: str) -> list[str]:
    """Give the words that train a small model for three epochs."""
    titles = str(ratings.with_name("titles.csv"))
    words = ["train", "--data", str(ratings), "--titles", titles, "--out", str(folder)]
    return [*words, "--epochs", "3", *SMALL, *more]


def sentence(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """Run a command that must fail, and give its one sentence."""
    capsys.readouterr()
    assert cli.main(words) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    return errors[0]
