"""How the frozen folders were made: `python tests/frozen/make.py tests/frozen/format-N`.

Each is a run of four epochs that was stopped in its third, the split with ids of text, and what
the code of that day expected of them. They are never made again: a new format gets a new folder.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from support import small_config, two_tastes

from recotour_vae import runs
from recotour_vae.errors import TrainingInterruptedError
from recotour_vae.evaluation import evaluate
from recotour_vae.models import ModelConfig, make_model
from recotour_vae.splits import Split
from recotour_vae.training import Trainer
from recotour_vae.training.pytorch import PyTorchBackend

METRICS = ("ndcg@8", "recall@4", "mrr@8")
SPLIT = two_tastes()
TITLES = [f'Film {i}, the "{chr(0xE9) * (i % 3)}" one (19{50 + i})' for i in range(SPLIT.n_items)]


def make(folder: Path) -> None:
    """Leave a stopped run, a split and what is expected."""
    whole = model()
    trainer = Trainer(small_config(epochs=4))
    history = trainer.fit(whole, SPLIT.train, SPLIT.validation).drop(columns="seconds")
    stop(folder / "run")
    others = closed_forms(folder)
    with_text(SPLIT).save(folder / "split-of-text.npz")
    opened = runs.open_run(folder / "run")
    stopped = evaluate(opened.model, SPLIT.test, METRICS).per_user.mean()
    expected = {
        "metrics": stopped.to_dict(),
        "fingerprint": SPLIT.fingerprint(),
        "fingerprint of text": with_text(SPLIT).fingerprint(),
        "first user's list": runs.recommend(opened, SPLIT.test.fold_in[0], 5)["item"].tolist(),
        "history": history.reset_index().to_dict("list"),
        "scores when it has gone on": whole.score(SPLIT.test.fold_in)[0].tolist(),
    }
    expected |= {"scores of others": others} if others else {}
    text = json.dumps(expected, indent=1, default=float) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")


def model():
    """Make an untrained model of a few hundred numbers."""
    return make_model(ModelConfig("mult-vae", (8,), 4), SPLIT.n_items, seed=1)


def closed_forms(folder: Path) -> dict[str, list[float]]:
    """Leave runs of a dense and a sparse recommender, from format 3 on, and give their scores."""
    if not hasattr(runs, "keep_run"):
        return {}
    from recotour_vae.recommenders import make
    from recotour_vae.runs.data import RunData

    scores = {}
    for name, options in {"ease": {"l2": 3.0}, "item-knn": {"k": 5}}.items():
        fitted = make(name, **options).fit_split(SPLIT)
        runs.keep_run(folder / f"run-{name}", fitted, RunData.of(SPLIT, TITLES))
        scores[name] = fitted.score(SPLIT.test.fold_in)[0].tolist()
    return scores


def stop(folder: Path) -> None:
    """Train, and stop in the third epoch."""
    step, steps = PyTorchBackend.train_step, []

    def stopping(self, *batch, **schedule):
        steps.append(batch)
        if len(steps) == 10:
            raise KeyboardInterrupt
        return step(self, *batch, **schedule)

    PyTorchBackend.train_step = stopping
    try:
        train(folder)
    except TrainingInterruptedError as error:
        print(error)
    PyTorchBackend.train_step = step


def train(folder: Path) -> None:
    """Train in a folder that keeps split and titles."""
    trainer = Trainer(small_config(epochs=4), folder)
    if hasattr(trainer, "fit_split"):
        trainer.fit_split(model(), SPLIT, TITLES)
    else:  # before format 2
        runs.keep_data(folder, SPLIT, TITLES)
        trainer.fit(model(), SPLIT.train, SPLIT.validation)


def with_text(split: Split) -> Split:
    """Give the same split with ids of text."""
    items = np.array([f"item é {i:03}" for i in split.items])
    users = np.array([f"u{i}" for i in split.train_users])
    return Split(items, users, split.train, split.validation, split.test)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
