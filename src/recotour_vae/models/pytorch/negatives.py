"""Items that people did not click, drawn to stand against those that they did."""

import torch
from torch import Generator, Tensor

from recotour_vae.models.pytorch.clicks import ClickBatch


def draw_negatives(
    clicks: ClickBatch, n_items: int, per_click: int, generator: Generator | None = None
) -> Tensor:
    """Count how often each unclicked item is drawn, (n_users, n_items).

    For a person with N clicks `per_click` · N items are drawn with replacement, each of the
    unclicked ones as likely as any other; none for who clicked everything.

    Parameters
    ----------
    clicks
        A batch, the items of each person in order.
    n_items
        Width of the catalogue.
    per_click
        Draws for each click.
    generator
        Source of the draws, on the batch's device.
    """
    left = n_items - clicks.counts.long()  # (n_users,)
    users = clicks.users.repeat_interleave(per_click)  # (n_draws,)
    users = users[left[users] > 0]
    drawn = torch.rand(len(users), generator=generator, device=users.device)
    # rounding may reach the end, which is nobody's
    rank = torch.minimum((drawn * left[users]).long(), left[users] - 1)
    cells = users * n_items + unclicked(clicks, users, rank, n_items)
    counts = torch.bincount(cells, minlength=len(clicks) * n_items)
    return counts.view(len(clicks), n_items).float()


def every_unclicked(clicks: ClickBatch, n_items: int) -> Tensor:
    """Count each unclicked item once, (n_users, n_items)."""
    ones = torch.ones(len(clicks), n_items, device=clicks.items.device)
    ones[clicks.users, clicks.items] = 0
    return ones


def unclicked(clicks: ClickBatch, users: Tensor, rank: Tensor, n_items: int) -> Tensor:
    """Give the `rank`-th item, from 0, that a person did not click, (n_draws,).

    Parameters
    ----------
    clicks
        A batch, the items of each person in order.
    users, rank
        (n_draws,) row in the batch, and number among what its person did not click.
    n_items
        Width of the catalogue.

    Notes
    -----
    Before the j-th clicked item c_j stand c_j - j others. So those to be skipped are the clicked
    ones of which no more than `rank` others stand before, which are found by halving.
    """
    place = torch.arange(len(clicks.items), device=rank.device) - clicks.starts[clicks.users]
    before = clicks.users * n_items + clicks.items - place  # (n_clicks,), in order
    skipped = torch.searchsorted(before, users * n_items + rank, right=True)
    return rank + skipped - clicks.starts[users]
