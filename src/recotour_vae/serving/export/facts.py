"""What a file says beside its weights: what it is, where it is from, how far it agrees."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae import __version__
from recotour_vae.arrays.types import Floats
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.recommenders.registry import entry
from recotour_vae.runs import Run
from recotour_vae.runs.layout import Folder

BY: Final = f"recotour-vae {__version__}"
_PEOPLE, _K = 100, 20  # that are asked how far a file and Python agree, and their lists
_PRINTS: Final = ("split", "titles", "data")


def described(run: Run) -> dict[str, Any]:
    """Say what the model is, and what its columns are."""
    return {
        "kind": run.name,
        "title": entry(run.name).title,
        "settings": asdict(run.model.config),
        "items": [str(item) for item in run.split.items.tolist()],
    }


def made_of(place: Folder) -> dict[str, Any]:
    """Say of which run a file is made, and from which clicks and titles by their fingerprints."""
    settings = place.settings()
    return {"run": place.path.name} | {kind: settings.get(kind) for kind in _PRINTS}


def agreement(run: Run, score: Callable[[csr_matrix], Floats]) -> dict[str, Any] | None:
    """Compare the lists of a file with ours on the first test users.

    Parameters
    ----------
    run
        That the file was made of.
    score
        Scores items as the file does, (n_users, n_items) in and out.

    Returns
    -------
    dict
        `people` that were asked, the length `k` of their lists, how many have the `same_lists`,
        and the `largest_difference` of a score; None where the run has no test users.
    """
    clicks = run.split.test.fold_in[:_PEOPLE]
    if not clicks.shape[0]:
        return None
    k = min(_K, run.split.n_items)
    scores, theirs = run.model.score(clicks), score(clicks)
    lists = [top_k_unseen(one.astype(np.float64), clicks, k) for one in (scores, theirs)]
    same = int((lists[0] == lists[1]).all(axis=1).sum())
    largest = float(f"{np.abs(scores - theirs).max():.3g}")
    return {"people": clicks.shape[0], "k": k, "same_lists": same, "largest_difference": largest}
