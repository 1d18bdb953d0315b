"""From the article's SVAE to the right one: its row is a line of the training log.

The network is that of its authors' code, of which `svae.py` names every deviation, in batches of
eight people for speed. After each epoch it is asked for the latest fifth of what three groups did:
200 people whom it was trained on, on all of their clicks; those who validate; and those who are
tested. The clicks and the people are those of `svae.py`.
"""

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import svae
from article_lists import ARTICLE, Step
from numpy.typing import NDArray

from recotour_vae.arrays.types import Arrays
from recotour_vae.evaluation import evaluate
from recotour_vae.evaluation.evaluator import Evaluation
from recotour_vae.splits import HeldOut, Histories, Split
from recotour_vae.training.sequences import SVAE, SVAEConfig

TESTED, CHOSEN = "people who did not train", "chosen on validation people"
METRICS = ("ndcg@100", "precision@100", "plain_recall@100")  # of those, the article's recall
OPTIONS = svae.TRAINED["as the code"] | {"batch_size": 8, "epochs": 12}
PEOPLE = 200  # of training, whom the program looks at

split = cache(svae.split)


def part_of(histories: Histories, kept: NDArray[np.bool_]) -> Histories:
    """Leave out events, (n_events,), without a change of who is in which row."""
    counts = np.bincount(histories.event_rows()[kept], minlength=len(histories))
    starts = np.concatenate([[0], np.cumsum(counts)])
    times = None if histories.times is None else histories.times[kept]
    return Histories(starts, histories.items[kept], None, times, n_items=histories.n_items)


def trained_on(whole: Split, people: int = PEOPLE) -> HeldOut:
    """Ask training people for the latest fifth of the clicks that they were trained on."""
    rows = np.arange(min(people, len(whole.train_users)))
    histories = whole.history.rows(rows)
    counts = np.diff(histories.starts)
    place = np.arange(histories.n_events) - np.repeat(histories.starts[:-1], counts)
    early = place < np.repeat((0.8 * counts).astype(int), counts)
    shown, asked = part_of(histories, early), part_of(histories, ~early)
    return HeldOut.of(whole.train_users[rows], shown, asked)


class WatchedSVAE(SVAE):
    """SVAE, which keeps what several groups made of it after each epoch.

    Attributes
    ----------
    groups
        By name; `validation` chooses the epoch.
    looks
        For each epoch what was measured of each group.
    """

    groups: dict[str, HeldOut]
    looks: list[dict[str, Evaluation]]

    def _measure(self, validation: HeldOut | None) -> Any:
        def measure(arrays: Arrays) -> dict[str, float]:
            self.parameters = arrays
            found = {n: evaluate(self, group, METRICS) for n, group in self.groups.items()}
            self.looks.append(found)
            return {"ndcg@100": found["validation"].mean("ndcg@100")}

        return measure


def sequential(seed: int) -> Iterator[tuple[Step, Split]]:
    """Train once, and judge on people trained on, on others, and at the epoch that others chose."""
    whole, clock = split(), time.perf_counter()
    model = WatchedSVAE(SVAEConfig(**OPTIONS, seed=seed))
    model.groups = {"training": trained_on(whole), "validation": whole.validation}
    model.groups, model.looks = model.groups | {"test": whole.test}, []
    model.fit(whole.history, whole.validation)
    curves = {n: [look[n].mean("ndcg@100") for look in model.looks] for n in model.groups}
    shared = {"options": OPTIONS, "seconds": time.perf_counter() - clock}
    best, chosen = (int(np.argmax(curves[name])) for name in ("training", "validation"))
    for step, group, at in (
        (ARTICLE, "training", best),
        (TESTED, "test", best),
        (CHOSEN, "test", chosen),
    ):
        found = model.looks[at][group]
        values = {name: round(found.mean(name), 5) for name in METRICS}
        values["recall@100"] = values.pop("plain_recall@100")
        extra = curves if step == ARTICLE else {}
        yield {"step": step, **values, "epoch": at + 1, **shared, **extra}, whole
