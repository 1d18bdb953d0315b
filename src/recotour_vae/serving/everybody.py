"""Lists for everybody in a run's data, written as they are made: memory is that of one batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.errors import ConfigError, MetricError, MissingPackageError, OutputError
from recotour_vae.evaluation import HistoryRanker, metrics
from recotour_vae.files.whole import expanded, whole
from recotour_vae.runtime.progress import bar
from recotour_vae.splits import Ids
from recotour_vae.splits.people import everybody

if TYPE_CHECKING:
    from recotour_vae.runs import Run

_CELLS: Final = 2**24  # scores of a batch of people: 64 MiB
LARGEST_BATCH: Final = 1000  # people of a batch
_KINDS: Final = (".parquet", ".csv", ".csv.gz")


def recommend_to_all(
    run: "Run", out: str | Path, k: int = 10, show: bool | None = None
) -> tuple[int, int]:
    """Write the k best new items of everybody in a run's data into a table.

    People come in the order of the run's training, validation and test users, each once, with
    all their clicks, those that were held out too. The file is there when it is whole.

    Parameters
    ----------
    run
        An opened run.
    out
        Path of the table, which ends in .parquet, .csv or .csv.gz. Its columns are `user`,
        `place` (from 1), `item`, `title` and `score`.
    k
        Length of the lists; shorter for people who have nearly everything.
    show
        Show a bar; None shows it to people and not to CI.

    Returns
    -------
    tuple
        People who have a list, and people who have everything and none.

    Raises
    ------
    ConfigError
        When the name does not say what kind of table is wanted.
    MissingPackageError
        When Parquet is asked for and pyarrow is not installed.
    OutputError
        When the table cannot be written; an older one is then left as it was.
    MetricError
        When k is not between 1 and the number of items, or the lists are not made from clicks.
    """
    _check_of_clicks(run)
    path, listed, (people, clicks) = expanded(out), 0, everybody(run.split)
    items = np.asarray([str(item) for item in run.split.items.tolist()])
    with _table(path) as write, bar(None, show, total=len(people), unit="user") as progress:
        for rows in _batches(*clicks.shape):
            table, n = _lists(run, people[rows], clicks[rows], k, items)
            write(table)
            listed += n
            progress.update(len(people[rows]))
    return listed, len(people) - listed


def _check_of_clicks(run: "Run") -> None:
    if isinstance(run.model, HistoryRanker):
        raise MetricError(
            f"{run.name} makes lists from what people rated and not from clicks alone; in Python, "
            "run.model.rank_histories(run.split.history, k) gives them."
        )


def _batches(n_users: int, n_items: int) -> Iterator[slice]:
    size = max(1, min(LARGEST_BATCH, _CELLS // max(1, n_items)))
    return (slice(start, start + size) for start in range(0, n_users, size))


def _lists(
    run: "Run", users: Ids, clicks: csr_matrix, k: int, items: Any
) -> tuple[pd.DataFrame, int]:
    """Lay out the lists of some people, a row a place, and count them."""
    scores = run.model.score(clicks)
    ranking = metrics.top_k_unseen(scores, clicks, k)  # (n_users, k)
    row, place = np.nonzero(ranking >= 0)
    column = ranking[row, place]
    table = {
        "user": np.asarray([str(user) for user in users.tolist()])[row],
        "place": (place + 1).astype(np.int32),
        "item": items[column],
        "title": np.asarray(run.titles, dtype=object)[column],
        "score": scores[row, column],
    }
    return pd.DataFrame(table), len(np.unique(row))


@contextmanager
def _table(path: Path) -> Iterator[Any]:
    """Open a table of the kind that its name says; what is written is there when all is."""
    if not path.name.endswith(_KINDS):
        raise ConfigError(f"{path} is to end in {', '.join(_KINDS)}; give such a name.")
    kind = _parquet if path.name.endswith(".parquet") else _csv
    with whole(path, OutputError) as partial, kind(partial, path) as write:
        yield write


@contextmanager
def _csv(partial: Path, path: Path) -> Iterator[Any]:
    import gzip

    opened: Any = gzip.open if path.name.endswith(".gz") else open
    begun = False

    def write(table: pd.DataFrame) -> None:
        nonlocal begun
        table.to_csv(raw, index=False, header=not begun, lineterminator="\n")
        begun = True

    with opened(partial, "wt", encoding="utf-8", newline="") as raw:
        yield write


@contextmanager
def _parquet(partial: Path, _: Path) -> Iterator[Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingPackageError(
            "Parquet needs pyarrow, which is not installed; get it with pip install "
            "'recotour-vae[parquet]', or give a name that ends in .csv.gz."
        ) from error
    text, kinds = pa.string(), {"place": pa.int32(), "score": pa.float32()}
    names = ("user", "place", "item", "title", "score")
    schema = pa.schema([(name, kinds.get(name, text)) for name in names])
    with pq.ParquetWriter(partial, schema) as writer:
        yield lambda table: writer.write_table(
            pa.Table.from_pandas(table, schema, preserve_index=False)
        )
