"""Lists for everybody in a run's data, written as they are made: memory is that of one batch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError, MetricError, MissingPackageError, OutputError
from recotour_vae.evaluation import HistoryRanker, metrics
from recotour_vae.files.whole import expanded, whole
from recotour_vae.runtime.progress import bar
from recotour_vae.splits import Ids
from recotour_vae.splits.people import everybody

if TYPE_CHECKING:
    from recotour_vae.runs import Run

Scorer = Callable[[slice, csr_matrix], Floats]  # of some rows, and what is clicked there

_CELLS: Final = 2**24  # scores of a batch of people: 64 MiB
LARGEST_BATCH: Final = 1000  # people of a batch
_KINDS: Final = (".parquet", ".csv", ".csv.gz")


def recommend_to_all(
    run: "Run", out: str | Path, k: int = 10, show: bool | None = None
) -> tuple[int, int]:
    """Write the k best new items of everybody in a run's data into a table.

    People come in the order of the run's training, validation and test users, each once, with
    all their clicks, those that were held out too. A model of ratings is shown the ratings that it
    was trained on, and lists nothing that was rated in any part. The file is there when it is
    whole.

    Parameters
    ----------
    run
        An opened run.
    out
        Path of the table, which ends in .parquet, .csv or .csv.gz. Its columns are `user`,
        `place` (from 1), `item`, `title` and `score`; of a model of ratings the score is the
        rating that it predicts, within the scale.
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
        When k is not between 1 and the number of items, or the lists are made of more than
        clicks and the run has no split of ratings.
    """
    score = _scorer(run)
    path, listed, (people, clicks) = expanded(out), 0, everybody(run.split)
    with _table(path) as write, bar(None, show, total=len(people), unit="user") as progress:
        for rows in _batches(*clicks.shape):
            table, n = _lists(run, people[rows], clicks[rows], score(rows, clicks[rows]), k)
            write(table)
            listed += n
            progress.update(len(people[rows]))
    return listed, len(people) - listed


def _scorer(run: "Run") -> Scorer:
    """Choose what scores a batch of people: what they clicked, or what they rated."""
    if not isinstance(run.model, HistoryRanker):
        return lambda rows, clicks: run.model.score(clicks)
    if not (run.split.of_ratings and hasattr(run.model, "rate_all")):
        raise MetricError(
            f"{run.name} makes lists from what people rated, and the run keeps clicks; train it "
            "with --protocol ratings, or in Python ask run.model.rank_histories."
        )
    model, ratings = run.model, run.split.history  # its rows are everybody, in their order

    def score(rows: slice, clicks: csr_matrix) -> Floats:
        predicted = model.rate_all(model.shown(ratings.rows(rows)))
        within: Floats = np.clip(predicted, *model.scale)
        return within

    return score


def _batches(n_users: int, n_items: int) -> Iterator[slice]:
    size = max(1, min(LARGEST_BATCH, _CELLS // max(1, n_items)))
    return (slice(start, start + size) for start in range(0, n_users, size))


def _lists(
    run: "Run", users: Ids, clicks: csr_matrix, scores: Floats, k: int
) -> tuple[pd.DataFrame, int]:
    """Lay out the lists of some people, a row a place, and count them."""
    ranking = metrics.top_k_unseen(scores, clicks, k)  # (n_users, k)
    row, place = np.nonzero(ranking >= 0)
    column = ranking[row, place]
    table = {
        "user": np.asarray([str(user) for user in users.tolist()])[row],
        "place": (place + 1).astype(np.int32),
        "item": run.split.items[column].astype(str),
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
