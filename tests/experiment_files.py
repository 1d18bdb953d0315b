"""A small experiment on a file of two tastes, for the tests of experiments."""

from pathlib import Path

import numpy as np
import pandas as pd

from recotour_vae.experiments import Experiment, Results, read

SMALL = """
about = "Two models on a small file."
per_user = true

[sources.small]
load = "{data}"
validation_users = 20
test_users = 20

[common]
data = "small"

[[block]]
name = "width"
question = "Does the width matter?"
fixed = {{ model = "mult-dae", epochs = 2, batch_size = 40 }}
together = [{{ hidden = [], latent = 4 }}, {{ hidden = [8], latent = 4 }}]
repeats = [{{ split = 0, seed = 0 }}, {{ split = 1, seed = 1 }}]

[[search]]
name = "EASE"
trials = 3
fixed = {{ model = "ease" }}
finals = [{{ split = 0 }}, {{ split = 1 }}]
space.l2 = {{ low = 1.0, high = 100.0, log = true }}
"""


def write(folder: Path, text: str = SMALL) -> Path:
    """Write the file of clicks and the experiment's, and give the path of the latter."""
    rng = np.random.default_rng(0)
    rows = [
        (user, item + 60 * (user % 2))
        for user in range(100)
        for item in rng.choice(60, 20, replace=False)
    ]
    data = folder / "clicks.csv"
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(data, index=False)
    path = folder / "small.toml"
    path.write_text(text.format(data=data.as_posix()), encoding="utf-8")
    return path


def opened(path: Path) -> tuple[Experiment, Results]:
    """Read the experiment, with its tables beside it."""
    return read(path), Results(path.parent / "results", path.stem)
