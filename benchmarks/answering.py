"""How long it takes to score people and to list items for them: PyTorch, onnxruntime, RecBole.

Usage:
  python benchmarks/answering.py
  python benchmarks/answering.py --items 3500 --people 1 --rounds 2 --seconds 0.2

For each number of items a Mult-VAE (600, 200, 600) with drawn weights is asked for people of twenty
clicks each, in one process, on as many threads whichever way:

  PyTorch      what the service does: `model.score` and `model.rank` of a sparse row of clicks
  onnxruntime  the same model as an ONNX file, asked with the row made dense; ranked by us
  RecBole      a MultiVAE of these widths by RecBole's own functions, `full_sort_predict` and
               `full_sort_topk`, which ask for people of its data set by their numbers

RecBole is measured where it can be imported. Its pins ask for packages that are older than ours and
that nothing here uses, so it comes with: pip install --no-deps recbole==1.2.1, and then pip install
colorama tensorboard texttable thop scikit-learn cloudpickle.

The ways take turns of some calls each, of which the first is not counted. Writes
results/bench-answering.csv, a row a size, number of people, task (`scores`, or `lists` of ten) and
way:

  p50_ms, p99_ms    of a call; p99 where there were a hundred calls
  calls             that were timed
  ratio, low, high  of the median of a turn to PyTorch's in the same round: median and quartiles
"""

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import pandas as pd
from report import versions, write
from scipy.sparse import csr_matrix
from serving import HISTORY, K, keep

OUT: Final = Path(__file__).parents[1] / "results" / "bench-answering.csv"
OURS: Final = "PyTorch"
PACKAGES: Final = ("torch", "onnxruntime", "recbole")
ENOUGH: Final = 100  # calls, for a p99
ASIDE: Final = 2  # clicks of each person that RecBole keeps for validation and test

Ways = dict[str, dict[str, Callable[[], Any]]]  # for each task what does it once, by its name


def ours(n_items: int, people: int, folder: Path, threads: int) -> Ways:
    """Make the ways to ask a kept run: the network, and its ONNX file."""
    from recotour_vae.evaluation.metrics import top_k_unseen
    from recotour_vae.runs import open_run
    from recotour_vae.serving.export.onnx_file import scorer

    model, clicks = open_run(folder).model, drawn(n_items, people)
    score = scorer(folder / "it.onnx", threads)
    return {
        "scores": {OURS: lambda: model.score(clicks), "onnxruntime": lambda: score(clicks)},
        "lists": {
            OURS: lambda: model.rank(clicks, K),
            "onnxruntime": lambda: top_k_unseen(score(clicks), clicks, K),
        },
    }


def drawn(n_items: int, people: int) -> csr_matrix:
    """Draw people of twenty clicks each, (people, n_items)."""
    rng = np.random.default_rng(0)
    history = min(HISTORY, n_items // 2)
    items = np.concatenate([rng.choice(n_items, history, replace=False) for _ in range(people)])
    ones = np.ones(len(items), np.float32)
    return csr_matrix((ones, (np.repeat(np.arange(people), history), items)), (people, n_items))


class RecBole:
    """A MultiVAE of RecBole on drawn clicks, each item in them once, asked by its functions.

    Raises
    ------
    ImportError
        Where it cannot be imported.
    """

    def __init__(self, n_items: int, folder: Path) -> None:
        from recbole.config import Config
        from recbole.data import create_dataset, data_preparation
        from recbole.model.general_recommender import MultiVAE

        write_clicks(n_items, folder / "drawn")
        # RecBole would read the words of this command too.
        with patch.object(sys, "argv", sys.argv[:1]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            config = Config("MultiVAE", "drawn", config_dict=settings(folder))
            train, _, self.test = data_preparation(config, create_dataset(config))
            self.model = MultiVAE(config, train.dataset).eval()

    def ways(self, people: int) -> dict[str, Callable[[], Any]]:
        """Make what asks it, by the name of the task; its people count from 1."""
        import torch
        from recbole.data.interaction import Interaction
        from recbole.utils.case_study import full_sort_topk

        numbers = np.arange(1, people + 1)
        asked = Interaction({self.test.dataset.uid_field: torch.from_numpy(numbers)})
        return {
            "scores": torch.no_grad()(lambda: self.model.full_sort_predict(asked)),
            "lists": lambda: full_sort_topk(numbers, self.model, self.test, K),
        }


def write_clicks(n_items: int, folder: Path) -> None:
    """Write clicks in RecBole's form: of each person twenty and what it keeps aside."""
    folder.mkdir()
    items = np.random.default_rng(0).permutation(n_items)
    lines = [f"{place // (HISTORY + ASIDE)}\t{item}\n" for place, item in enumerate(items)]
    (folder / "drawn.inter").write_text("user_id:token\titem_id:token\n" + "".join(lines))


def settings(folder: Path) -> dict[str, Any]:
    """Give what RecBole is told: paper's widths (its `latent` is mu and logvar together)."""
    return {
        "data_path": str(folder),
        "checkpoint_dir": str(folder),
        "load_col": {"inter": ["user_id", "item_id"]},
        "mlp_hidden_size": [600],
        "latent_dimension": 400,
        "train_neg_sample_args": None,
        "eval_args": {
            "split": {"LS": "valid_and_test"},
            "order": "RO",
            "group_by": "user",
            "mode": "full",
        },
        "use_gpu": False,
        "state": "ERROR",
        "show_progress": False,
    }


def recbole(n_items: int, folder: Path) -> RecBole | None:
    """Make it where it is installed; otherwise say that it is not measured."""
    try:
        return RecBole(n_items, folder)
    except ImportError as error:
        print(
            f"RecBole is not measured ({error}); python benchmarks/answering.py --help says how to "
            "install it.",
            file=sys.stderr,
        )
        return None


def turns(
    ways: Mapping[str, Callable[[], Any]], rounds: int, seconds: float
) -> dict[str, list[list[float]]]:
    """Let the ways take turns; for each the seconds of its calls, turn by turn."""
    found: dict[str, list[list[float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            found[name].append(turn(work, seconds))
    return found


def turn(work: Callable[[], Any], seconds: float) -> list[float]:
    """Do something once, and then again and again for some seconds; give those of each call."""
    work()
    took, until = list[float](), time.perf_counter() + seconds
    while not took or time.perf_counter() < until:
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return took


def summary(found: list[list[float]], base: list[list[float]]) -> dict[str, Any]:
    """Lay out the calls of a way, beside those of the first."""
    calls = 1000 * np.concatenate(found)
    pairs = zip(found, base, strict=True)
    ratios = np.array([np.median(mine) / np.median(other) for mine, other in pairs])
    low, ratio, high = np.quantile(ratios, [0.25, 0.5, 0.75]).round(3)
    return {
        "p50_ms": round(float(np.median(calls)), 3),
        "p99_ms": round(float(np.quantile(calls, 0.99)), 3) if len(calls) >= ENOUGH else None,
        "calls": len(calls),
        "ratio": ratio,
        "low": low,
        "high": high,
    }


def rows(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure each size, number of people and task."""
    where_from = {"threads": asked.threads, "versions": versions(PACKAGES)}
    for n_items in asked.items:
        with tempfile.TemporaryDirectory() as place:
            theirs = prepared(n_items, Path(place))
            for people in asked.people:
                ways = ours(n_items, people, Path(place) / "run", asked.threads)
                for task, theirs_once in (theirs.ways(people) if theirs else {}).items():
                    ways[task]["RecBole"] = theirs_once
                for task, some in ways.items():
                    found = turns(some, asked.rounds, asked.seconds)
                    head = {"items": n_items, "people": people, "task": task}
                    for way, took in found.items():
                        yield head | {"way": way} | summary(took, found[OURS]) | where_from


def prepared(n_items: int, place: Path) -> RecBole | None:
    """Leave a run and its ONNX file, and make RecBole's model."""
    from recotour_vae.serving.export import export_onnx

    keep(n_items, place / "run")
    export_onnx(place / "run", place / "run" / "it.onnx")
    return recbole(n_items, place)


def main() -> int:
    """Measure, print and write."""
    import torch

    from recotour_vae.runtime.processes import cores

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, nargs="+", default=[3_500, 100_000])
    parser.add_argument("--people", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=0.4, help="of a turn")
    parser.add_argument("--threads", type=int, default=cores())
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    write(pd.DataFrame(list(rows(asked))), asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
