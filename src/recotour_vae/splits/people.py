"""Everybody in a split once, with all that is known of them."""

import numpy as np
from scipy.sparse import csr_matrix, vstack

from recotour_vae.arrays.clicks import matrix_of
from recotour_vae.splits.split import Split
from recotour_vae.splits.tables import Ids, Ints


def everybody(split: Split) -> tuple[Ids, csr_matrix]:
    """Give all people of a split, and what each clicked in any part of it.

    In a split by users a person is in one group; in one by time the same people may be in all.

    Returns
    -------
    users, clicks
        Raw ids, training users first, then validation and test users who are not among them; and
        (n_users, n_items), held-out clicks among them.
    """
    groups = (split.validation, split.test)
    ids = np.concatenate([split.train_users, *(group.users for group in groups)])
    parts = [split.train, *(group.fold_in + group.held_out for group in groups)]
    every = vstack(parts, format="csr")  # (n_rows, n_items)
    row, first = _rows_of_people(ids)
    if len(first) == len(ids):
        return ids, csr_matrix(every)
    of_click = np.repeat(row, np.diff(every.indptr))
    return ids[first], matrix_of(of_click, every.indices, (len(first), split.n_items))


def _rows_of_people(ids: Ids) -> tuple[Ints, Ints]:
    """Give each id the place of its person, and for each person where the id comes first."""
    _, first, same = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(first)  # people as they come
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[same], first[order]
