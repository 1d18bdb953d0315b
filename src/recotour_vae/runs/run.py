"""A trained model with the split and titles it belongs to: a folder that can be used."""

import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import CheckpointError, DataError, DataWarning
from recotour_vae.evaluation import metrics
from recotour_vae.files.numbered import numbered_header
from recotour_vae.files.whole import expanded
from recotour_vae.recommenders.registry import entry
from recotour_vae.recommenders.saved import open_recommender
from recotour_vae.runs.claim import claimed
from recotour_vae.runs.data import (
    RunData,
    check_same_split,
    describe,
    describe_group,
    noted_prints,
    read_data,
    what_to_write,
)
from recotour_vae.runs.layout import Folder
from recotour_vae.runs.lookup import Catalogue
from recotour_vae.splits import Split

if TYPE_CHECKING:
    from recotour_vae.models.frameworks import Model
    from recotour_vae.recommenders.interface import Recommender


@dataclass(frozen=True)
class Run:
    """What `recotour-vae train` leaves behind, opened again.

    Attributes
    ----------
    model
        The recommender, or of a network the one with the weights of its best epoch.
    split
        That it was trained and chosen on.
    titles
        Title of each column; the raw id where none is known.
    """

    model: "Model | Recommender[Any]"
    split: Split
    titles: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the registry calls the recommender."""
        model: Any = self.model
        return str(getattr(model, "kind", None) or model.name)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Its items, to be found by what people call them; made once."""
        clicks = np.asarray(self.split.train.sum(axis=0)).ravel()  # (n_items,)
        return Catalogue(self.titles, self.split.items, clicks)


def open_run(folder: str | Path, framework: str = "") -> Run:
    """Open the folder of a run: a network of whichever framework in the one asked for.

    A run that is being trained can be opened: the model is that of its best epoch so far.

    Raises
    ------
    CheckpointError
        When it is not one, a file of it is missing or damaged or of a later format, or model,
        split and titles are not of one run.
    MissingPackageError
        When Gluon is asked for and MXNet is not installed.
    """
    place = Folder(expanded(folder))
    _check_trained(place)
    model = open_recommender(place.best, framework)
    split, titles = read_data(place, numbered_header(place.best))
    return Run(model, split, titles)


def keep_run(
    folder: str | Path, model: "Recommender[Any]", data: RunData, claim: bool = True
) -> None:
    """Make the folder of a run of a recommender that is fitted, as `recotour-vae train` does.

    Parameters
    ----------
    folder
        Of the run; it must be free.
    model
        Fitted without a `Trainer`, which keeps folders of its own.
    data
        Split and titles.
    claim
        Whether to keep others out meanwhile; not for who has done so already.

    Raises
    ------
    CheckpointError
        When the folder holds a run, is in use, or cannot be written.
    NotFittedError
        When the recommender is not fitted.
    """
    place = Folder(expanded(folder))
    asked = {"recommender": model.name, "model": model.settings(), "training": {}}
    clicks = {"data": describe(data.split.train), "n_items": data.split.n_items}
    clicks |= {"validation": describe_group(data.split.validation)}
    with claimed(place.path) if claim else nullcontext():
        place.check_free()
        place.tidy()
        place.write_settings(asked | clicks | data.prints)
        data.write(place)
        model.save(place.best, **clicks, **data.prints)


def keep_data(folder: str | Path, split: Split, titles: Iterable[str] | None = None) -> None:
    """Put the split and titles of a model that `Trainer.fit` trained beside it.

    `open_run`, `recotour-vae evaluate` and `recotour-vae recommend` then open the folder. Where
    the run has titles, these take their place.

    Parameters
    ----------
    folder
        Of the run.
    split
        That the model was trained on.
    titles
        Of its columns; None takes those that are there, else the raw ids.

    Raises
    ------
    CheckpointError
        When there is no model, it was trained on other clicks, or the folder is in use.
    DataError
        When there are not as many titles as items.
    """
    place = Folder(expanded(folder))
    _check_trained(place)
    data, header = RunData.of(split, titles), numbered_header(place.best)
    with claimed(place.path):
        _check_trained_on(place, split, header)
        written = noted_prints(place.settings(), header)
        check_same_split(place, data, written["split"])
        parts, prints = what_to_write(place, data, written["titles"])
        place.write_settings(place.settings() | prints)
        data.write(place, parts)


def liked_by(run: Run, liked: Sequence[str]) -> csr_matrix:
    """Turn titles, or ids as in `id:274`, into clicks on a run's items, (1, n_items).

    Raises
    ------
    DataError
        As `Catalogue.find` says; items of one title are named with their clicks and ids.
    """
    return run.catalogue.clicks_on(liked)


def recommend(run: Run, clicks: csr_matrix, k: int = 10) -> pd.DataFrame:
    """List the k items that the model ranks highest for one user, less those clicked.

    Parameters
    ----------
    run
        An opened run.
    clicks
        What the user clicked, (1, n_items).
    k
        Length of the list; shorter when fewer items are left, with a `DataWarning`.

    Returns
    -------
    pandas.DataFrame
        Columns `item` (raw id), `title` and, of a network whose likelihood is a softmax,
        `probability` (over all items), of any other recommender its `score`; best first; the
        index is the place, from 1.

    Raises
    ------
    DataError
        When the clicks are not those of one user on the run's items, or of one who has every
        item.
    MetricError
        When k is not between 1 and the number of items.
    """
    clicks = canonical(clicks, run.split.n_items, "The row of clicks")
    _check_one_user(clicks)
    n_left = run.split.n_items - len(np.unique(clicks.nonzero()[1]))
    _check_left(n_left, k, run.split.n_items)
    scores = run.model.score(clicks)
    ranking = metrics.top_k(metrics.without_fold_in(scores, clicks), k)[0]
    columns = ranking[ranking >= 0]
    label, values = shown_scores(run, scores[0])
    table = {
        "item": run.split.items[columns],
        "title": [run.titles[column] for column in columns],
        label: values[columns],
    }
    return pd.DataFrame(table, index=pd.RangeIndex(1, len(columns) + 1, name="place"))


def shown_scores(
    run: Run, scores: NDArray[np.floating[Any]]
) -> tuple[str, NDArray[np.floating[Any]]]:
    """Say what the scores of one user mean, (n_items,): of some networks they are logits."""
    if not (entry(run.name).networks and getattr(run.model, "softmax", True)):
        return "score", scores
    weight = np.exp(scores - scores.max())
    return "probability", weight / weight.sum()


def _check_trained(folder: Folder) -> None:
    path = folder.path
    if folder.best.exists():
        return
    if folder.is_begun():
        raise CheckpointError(
            f"{path} holds no trained model yet: its first epoch is not over, or was stopped; wait "
            "for it, or start it again."
        )
    raise CheckpointError(
        f"{path} holds no trained model; make one with recotour-vae train --out {path}."
    )


def _check_trained_on(folder: Folder, split: Split, header: dict[str, Any]) -> None:
    """Make sure that a model was trained and chosen on a split."""
    ours = {
        "split": split.fingerprint(),
        "data": describe(split.train),
        "validation": describe_group(split.validation),
    }
    for source in (header, folder.settings()):
        if any(source.get(name) not in (None, value) for name, value in ours.items()):
            raise CheckpointError(
                f"The model in {folder.path} was not trained on this split, whose training users "
                "or validation users are others; give its own."
            )
    if header.get("n_items") != split.n_items:
        raise CheckpointError(
            f"The model in {folder.path} knows {header.get('n_items')} items and this split has "
            f"{split.n_items}; give its own."
        )


def _check_one_user(clicks: csr_matrix) -> None:
    if clicks.shape[0] != 1:
        raise DataError(
            f"The clicks are of {clicks.shape[0]} users; give those of one, as in clicks[[0]]."
        )


def _check_left(n_left: int, k: int, n_items: int) -> None:
    if n_left <= 0:
        raise DataError(
            f"This user has all {n_items} items of the run, so there is nothing to recommend; "
            "name somebody else, or fewer items."
        )
    if n_left < k <= n_items:
        one = "one item is" if n_left == 1 else f"{n_left} items are"
        warnings.warn(f"only {one} left to recommend, not {k}", DataWarning, stacklevel=3)
