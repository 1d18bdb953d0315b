"""Pictures of the neighbours chapter: shrinkage, what settings are worth, stars and lists."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.labels import name_points
from recotour_book.plotting.style import COLOURS, look, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]


def similarities(ax: "Axes", shared: Numbers, values: Numbers, shrink: float = 0.0) -> None:
    """Draw the similarity of pairs against how many people both have, and what shrinkage allows.

    Parameters
    ----------
    ax
        Where to draw.
    shared, values
        (n_pairs,) people who rated both, and the similarity over them.
    shrink
        Of the curve n / (n + shrink) that no similarity passes; 0 draws none.
    """
    marks.dots(ax, shared, values, 7, COLOURS["blue"], alpha=0.35)
    if shrink > 0:
        n = np.geomspace(max(shared.min(), 1), shared.max(), 200)
        for sign in (1, -1):
            ax.plot(n, sign * n / (n + shrink), "--", color=COLOURS["vermillion"], linewidth=2)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set(xlabel="people who rated both", ylabel="similarity", ylim=(-1.08, 1.08))


def settings(ax: "Axes", table: pd.DataFrame) -> None:
    """Draw the error of each similarity at each shrinkage, a line a similarity.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a similarity, a column a shrinkage, mean errors in the cells.
    """
    places = np.arange(table.shape[1])
    looks = strokes("vermillion", "blue", "green", "violet")
    for (name, row), (colour, line), marker in zip(table.iterrows(), looks, "osD^", strict=False):
        ax.plot(places, row, line, marker=marker, color=colour, linewidth=2, label=str(name))
    ax.set_xticks(places, [f"{shrink:g}" for shrink in table.columns])
    ax.set(xlabel="shrinkage", ylabel="RMSE", xlim=(-0.2, len(places) - 0.8))


def stars_and_lists(ax: "Axes", table: pd.DataFrame, names: Sequence[str] = ()) -> None:
    """Draw each recommender by the error of its stars and the worth of its lists.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a recommender, columns `rmse` and `ndcg`. One without an error predicts no stars: it
        is a level line.
    names
        What is written beside the dots; their rows' names by default.
    """
    rated = table.dropna(subset="rmse")
    for name, row in rated.iterrows():
        colour, marker = look(str(name).split(",")[0])
        ax.plot(row["rmse"], row["ndcg"], marker, color=colour, markersize=9)
    for name, row in table[table["rmse"].isna()].iterrows():
        ax.axhline(row["ndcg"], color=look(str(name))[0], linestyle="--", linewidth=1.5)
        marks.words(
            ax, str(name), (1.0, row["ndcg"]), (0, 4), ha="right", xycoords=ax.get_yaxis_transform()
        )
    ax.set(xlabel="RMSE of the stars (left is better)", ylabel="NDCG@100 of the lists")
    ax.set(ylim=(0, 1.15 * table["ndcg"].max()))
    ax.margins(x=0.2)
    name_points(ax, rated[["rmse", "ndcg"]].to_numpy(), list(names or map(str, rated.index)))
