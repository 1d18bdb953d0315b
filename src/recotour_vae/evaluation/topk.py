"""The k best of each row of a matrix, on whatever device it lies: the core of the metrics.

Almost every score is too low to matter, and one pass over them tells which. Cut each row into
groups of columns and take the largest of each group: whatever is among the k best stands in one
of the k groups with the largest maxima, and reaches the least of these, the *bound*. The few
scores that do are sorted, in the order of their columns and stably: equal ones go by column.
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor

from recotour_vae.errors import MetricError

GROUP: Final = 32  # columns whose maximum is taken at once: fewer are not faster to read
WORTH: Final = 4  # groups for each place of the list, below which they save nothing


def rank_scores(scores: Tensor, k: int) -> Tensor:
    """Rank each user's k best items, best first; equal scores go by column.

    Parameters
    ----------
    scores
        (n_users, n_items), of any floating type; minus infinity marks an item that must not be
        recommended.
    k
        Length of the lists, from 1 to n_items.

    Returns
    -------
    torch.Tensor
        (n_users, k) int64 columns on the same device; -1 where no item is left to recommend.

    Raises
    ------
    MetricError
        When a score is not a number.
    """
    if not len(scores) or scores.shape[1] < WORTH * k * GROUP:
        return rank_whole(scores, k)
    scores = scores.contiguous()
    maxima = _group_maxima(scores)  # (n_users, n_groups)
    bound = maxima.topk(k, dim=1, sorted=False).values.amin(dim=1, keepdim=True)  # (n_users, 1)
    _refuse_nan(scores, bound)
    reached = maxima >= bound
    tied = reached.sum(dim=1) > k  # equal maxima: there may be thousands of equal scores
    ranking = _rank_few(scores, bound, reached & ~tied[:, None], k)
    if tied.any():
        ranking[tied] = rank_whole(scores[tied], k)
    return ranking


def mask_fold_in_(scores: Tensor, users: Tensor, items: Tensor) -> None:
    """Put minus infinity at each (user, item), in place, so that none is recommended."""
    scores[users, items] = -torch.inf


def _group_maxima(scores: Tensor) -> Tensor:
    """Largest score of each group of columns, (n_users, n_groups); the last may be narrower."""
    n_users, n_items = scores.shape
    whole = n_items // GROUP * GROUP
    maxima = scores[:, :whole].view(n_users, whole // GROUP, GROUP).amax(dim=2)
    if whole == n_items:
        return maxima
    return torch.cat([maxima, scores[:, whole:].amax(dim=1, keepdim=True)], dim=1)


def _refuse_nan(scores: Tensor, best: Tensor) -> None:
    """Look for NaN where it would have come: it counts as the largest, and as the least of any."""
    if best.isnan().any():
        raise MetricError(
            f"Scores of {int(scores.isnan().any(dim=1).sum())} users are not numbers; "
            "the model has diverged, so train it again with a lower learning rate."
        )


def _rank_few(scores: Tensor, bound: Tensor, reached: Tensor, k: int) -> Tensor:
    """Rank the scores that reach the bound, in the groups that do."""
    n_users, n_items = scores.shape
    row, group = _divide(_positions(reached), reached.shape[1])
    first = (group * GROUP).clamp(max=n_items - GROUP)  # a narrow last group borrows to its left
    # Every run of GROUP scores, as a view: picking whole runs is much faster than elements.
    runs = scores.view(-1).as_strided((scores.numel() - GROUP + 1, GROUP), (1, 1))
    values = runs.index_select(0, row * n_items + first)  # (n_reached, GROUP)
    values[first < group * GROUP, : -n_items % GROUP] = -torch.inf  # what was borrowed
    place = _positions(values >= bound[row])
    run, step = _divide(place, GROUP)
    return _sort_rows(row[run], first[run] + step, values.view(-1)[place], n_users, k)


def _sort_rows(row: Tensor, column: Tensor, value: Tensor, n_users: int, k: int) -> Tensor:
    """Sort the few scores of each row, columns in order; give the k first columns, (n_users, k)."""
    counts = row.bincount(minlength=n_users)
    place = torch.arange(len(row), device=row.device) - (counts.cumsum(0) - counts)[row]
    shape = (n_users, max(k, int(counts.max())))
    values = value.new_full(shape, -torch.inf)
    columns = column.new_full(shape, -1)
    values[row, place] = value
    columns[row, place] = column
    return _sorted(values, columns)[:, :k]


def rank_whole(scores: Tensor, k: int) -> Tensor:
    """Rank through the top-k of the whole row, and again by column where two scores are equal."""
    best = scores.topk(min(k + 1, scores.shape[1]), dim=1)
    _refuse_nan(scores, best.values[:, :1])
    ranking = best.indices[:, :k].where(best.values[:, :k] > -torch.inf, -1)
    tied = (best.values[:, 1:] == best.values[:, :-1]).any(dim=1)
    if tied.any():
        ranking[tied] = _rank_equals(scores[tied], best.values[tied, k - 1 : k], k)
    return ranking


def _rank_equals(scores: Tensor, least: Tensor, k: int) -> Tensor:
    """Rank where more items have the k-th score than fit into the list: by the lowest columns."""
    above, equal = scores > least, scores == least  # (n_tied, n_items)
    room = k - above.sum(dim=1, keepdim=True)
    chosen = above | (equal & (equal.cumsum(dim=1, dtype=torch.int32) <= room))
    column = chosen.nonzero()[:, 1].view(len(scores), k)
    return _sorted(scores.gather(1, column), column)


def _sorted(values: Tensor, columns: Tensor) -> Tensor:
    """Sort columns, which stand in order, by their values; -1 for minus infinity."""
    best = values.sort(dim=1, descending=True, stable=True)
    return columns.gather(1, best.indices).where(best.values > -torch.inf, -1)


def _positions(mask: Tensor) -> Tensor:
    """Flat positions of the true ones."""
    if mask.device.type == "cpu":  # NumPy finds them several times faster
        return torch.from_numpy(np.flatnonzero(mask.numpy()))
    return mask.view(-1).nonzero().squeeze(1)


def _divide(position: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Row and column of flat positions."""
    row = position // width
    return row, position - row * width
