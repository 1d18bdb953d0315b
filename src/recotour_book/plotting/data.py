"""Pictures of the data chapter: ratings, the click matrix, its long tails, and a split."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, GREYS, QUANTITIES, SMALL, WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

# What a cell of the click matrix is used for, and the letter that says so without colour.
PARTS: Final = {
    "click": (QUANTITIES["clicks"], ""),
    "train": (QUANTITIES["clicks"], "T"),
    "fold-in": (QUANTITIES["fold-in"], "F"),
    "held-out": (QUANTITIES["held-out"], "H"),
    "dropped": (GREYS["left out"], "×"),
}


def rating_bars(ax: "Axes", ratings: "pd.Series[float]", click_above: float) -> None:
    """Draw how many ratings have each value, those that become clicks in colour.

    Parameters
    ----------
    ax
        Where to draw.
    ratings
        One value a rating.
    click_above
        A rating strictly above this is a click.
    """
    counts = ratings.value_counts().sort_index()
    for name, chosen, colour in (
        ("left out", counts.index <= click_above, GREYS["left out"]),
        ("click", counts.index > click_above, QUANTITIES["clicks"]),
    ):
        ax.bar(counts.index[chosen], counts[chosen], width=0.7, color=colour, label=name)
    marks.cut(ax, click_above)
    ax.set(xlabel="rating (stars)", ylabel="ratings", xticks=counts.index)
    ax.grid(visible=False, axis="x")
    ax.legend()


def click_dots(ax: "Axes", clicks: csr_matrix, size: float = 1.0) -> None:
    """Draw each click as a dot, users downwards and items to the right.

    Parameters
    ----------
    ax
        Where to draw.
    clicks
        (n_users, n_items).
    size
        Area of a dot in square points.
    """
    row, column = clicks.nonzero()
    marks.dots(ax, column, row, size, QUANTITIES["clicks"])
    n_users, n_items = clicks.shape
    ax.set(xlim=(-0.5, n_items - 0.5), ylim=(n_users - 0.5, -0.5), xlabel="items", ylabel="users")
    ax.grid(visible=False)


def long_tail(ax: "Axes", counts: Numbers, label: str, colour: str = QUANTITIES["clicks"]) -> None:
    """Draw counts from the largest to the smallest, on a logarithmic scale.

    Parameters
    ----------
    ax
        Where to draw.
    counts
        Clicks of each item, or of each user.
    label
        Of the horizontal axis, such as "items, most clicked first".
    colour
        Of the line.
    """
    ranked = np.sort(counts)[::-1]
    ax.plot(np.arange(1, len(ranked) + 1), ranked, color=colour, linewidth=2)
    ax.set(yscale="log", xlabel=label, ylabel="clicks")
    ax.yaxis.set_major_formatter("{x:g}")


def top_share(counts: Numbers, share: float) -> float:
    """Share of all clicks that the first `share` of the items, most clicked first, takes."""
    ranked = np.sort(counts)[::-1]
    return float(ranked[: int(share * len(ranked))].sum() / ranked.sum())


def mark_top(ax: "Axes", counts: Numbers, share: float = 0.1) -> None:
    """Shade the first `share` of a long tail and write which part of the clicks it takes."""
    edge = int(share * len(counts))
    ax.axvspan(0, edge, color=COLOURS["amber"], alpha=0.25, linewidth=0)
    text = f"first {share:.0%} of the items:\n{top_share(counts, share):.0%} of the clicks"
    marks.words(ax, text, (edge, counts.max()), (6, -4), va="top")


def click_table(clicks: csr_matrix, users: Sequence[Any], items: Sequence[Any]) -> pd.DataFrame:
    """Turn a click matrix (n_users, n_items) back into a table with columns user and item."""
    row, column = clicks.nonzero()
    return pd.DataFrame({"user": np.asarray(users)[row], "item": np.asarray(items)[column]})


def parts_of(clicks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Lay several tables of clicks over one grid.

    Parameters
    ----------
    clicks
        For each part (a name in `PARTS`) a table with columns `user` and `item`.

    Returns
    -------
    pandas.DataFrame
        A row a user, a column an item, the part as text, empty where there is no click.
    """
    table = pd.concat([rows.assign(part=part) for part, rows in clicks.items()])
    return table.pivot(index="user", columns="item", values="part").fillna("")


def draw_parts(ax: "Axes", grid: pd.DataFrame, title: str = "") -> None:
    """Draw a small click matrix whose cells say what each click is used for.

    Parameters
    ----------
    ax
        Where to draw.
    grid
        A row a user, a column an item, values names in `PARTS` or empty.
    title
        Stands above the picture.
    """
    for name in [name for name in PARTS if (grid == name).to_numpy().any()]:
        row, column = np.nonzero((grid == name).to_numpy())
        colour, letter = PARTS[name]
        ax.scatter(column, row, s=170, marker="s", color=colour, label=name)
        for x, y in zip(column, row, strict=True):
            ax.text(x, y, letter, ha="center", va="center_baseline", color=WHITE, fontsize=SMALL)
    ax.set_xticks(range(grid.shape[1]), list(map(str, grid.columns)))
    ax.set_yticks(range(grid.shape[0]), list(map(str, grid.index)))
    ax.set(xlim=(-0.6, grid.shape[1] - 0.4), ylim=(grid.shape[0] - 0.4, -0.6), title=title)
    ax.tick_params(length=0)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=4, handletextpad=0.2)
