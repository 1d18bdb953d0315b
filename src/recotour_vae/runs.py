"""A trained model with the split and titles it belongs to: a folder that can be used."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae import metrics
from recotour_vae.errors import CheckpointError, DataError
from recotour_vae.models import Framework
from recotour_vae.splits import Ids, Split
from recotour_vae.storage import BEST, check_free

if TYPE_CHECKING:
    from recotour_vae.models.frameworks import Model

SPLIT: Final = "split.npz"
TITLES: Final = "titles.csv"


@dataclass(frozen=True)
class Run:
    """What `recotour-vae train` leaves behind, opened again.

    Attributes
    ----------
    model
        With the weights of its best epoch.
    split
        That it was trained and chosen on.
    titles
        Title of each column; the raw id where none is known.
    """

    model: "Model"
    split: Split
    titles: tuple[str, ...]


def keep_data(folder: Path, split: Split, titles: Sequence[str], resume: bool = False) -> None:
    """Keep the split and the titles of its columns beside the checkpoints of a run.

    Raises
    ------
    CheckpointError
        When a new run is to begin where there is one, or one is to be resumed on another split.
    """
    if resume:
        return _check_same_split(folder, split)
    check_free(folder)
    split.save(folder / SPLIT)
    table = pd.DataFrame({"item": split.items, "title": titles})
    return table.to_csv(folder / TITLES, index=False)


def open_run(folder: str | Path, framework: Framework = "pytorch") -> Run:
    """Open the folder of a run, of whichever framework, with its model in the one asked for.

    Raises
    ------
    CheckpointError
        When it is not one, or a file of it is missing or damaged.
    MissingPackageError
        When Gluon is asked for and MXNet is not installed.
    """
    from recotour_vae.models.saved import load_model

    folder = Path(folder)
    if not (folder / BEST).exists():
        raise CheckpointError(
            f"{folder} holds no trained model; make one with recotour-vae train --out {folder}."
        )
    model, split = load_model(folder / BEST, framework), Split.load(folder / SPLIT)
    if model.n_items != split.n_items:
        raise CheckpointError(
            f"The model in {folder} knows {model.n_items} items and its split {split.n_items}; "
            "they are of different runs, so train again in an empty folder."
        )
    titles = pd.read_csv(folder / TITLES, dtype=str, keep_default_na=False)["title"]
    return Run(model, split, tuple(titles))


def history_of(split: Split, user: str) -> csr_matrix:
    """Find all clicks of a user of the split, (1, n_items).

    Raises
    ------
    DataError
        When the split has no such user.
    """
    groups = (split.validation, split.test)
    matrices = [(split.train_users, split.train)]
    matrices += [(group.users, group.fold_in + group.held_out) for group in groups]
    for users, matrix in matrices:
        row = np.flatnonzero(users.astype(str) == user)
        if len(row):
            return csr_matrix(matrix[row[0]])
    raise DataError(
        f"There is no user '{user}' in this run; users look like {_examples(split.train_users)}."
    )


def clicks_on(titles: Sequence[str], liked: Sequence[str]) -> csr_matrix:
    """Turn liked titles into clicks, (1, n_items).

    A title counts when it is equal but for upper and lower case, with or without the year.

    Raises
    ------
    DataError
        When a title is unknown; the nearest ones are named.
    """
    known = {title.lower().rsplit(" (", 1)[0]: column for column, title in enumerate(titles)}
    known |= {title.lower(): column for column, title in enumerate(titles)}
    columns = sorted({_find(title, known, titles) for title in liked})
    row = np.zeros(len(columns), dtype=int)
    return csr_matrix((np.ones(len(columns), np.float32), (row, columns)), (1, len(titles)))


def recommend(run: Run, clicks: csr_matrix, k: int = 10) -> pd.DataFrame:
    """List the k items that the model ranks highest for one user, less those clicked.

    Parameters
    ----------
    run
        An opened run.
    clicks
        What the user clicked, (1, n_items).
    k
        Length of the list; shorter when fewer items are left.

    Returns
    -------
    pandas.DataFrame
        Columns `item` (raw id), `title` and `probability` (softmax of the scores over all
        items), best first; the index is the place, from 1.
    """
    scores = run.model.score(clicks)
    ranking = metrics.top_k(metrics.without_fold_in(scores, clicks), k)[0]
    columns = ranking[ranking >= 0]
    share = np.exp(scores[0] - scores.max())
    table = {
        "item": run.split.items[columns],
        "title": [run.titles[column] for column in columns],
        "probability": share[columns] / share.sum(),
    }
    return pd.DataFrame(table, index=pd.RangeIndex(1, len(columns) + 1, name="place"))


def _check_same_split(folder: Path, split: Split) -> None:
    kept = Split.load(folder / SPLIT)
    if kept.fingerprint() != split.fingerprint():
        raise CheckpointError(
            f"The run in {folder} was made on split {kept.fingerprint()}, and these data and "
            f"settings give {split.fingerprint()}; resume with the same --data and split options."
        )


def _find(title: str, known: dict[str, int], titles: Sequence[str]) -> int:
    column = known.get(title.lower())
    if column is None:
        near = difflib.get_close_matches(title.lower(), known, n=3, cutoff=0.5)
        names = list(dict.fromkeys(titles[known[name]] for name in near))
        meant = f"did you mean {', '.join(names)}?" if names else "look in the run's titles.csv."
        raise DataError(f"No item is called '{title}'; {meant}")
    return column


def _examples(users: Ids) -> str:
    first: list[Any] = users[:3].tolist()
    return ", ".join(map(str, first))
