"""Pictures of the training chapter: schedules, epochs, and the parts of the loss."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, QUANTITIES, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[Any]

# What the columns of a history are to the bound; the loss is the ELBO with its sign changed.
_PARTS: Final = {"loss": "elbo", "nll": "reconstruction", "kl": "rate", "weighted": "rate"}


def schedules(ax: "Axes", betas: Mapping[str, Numbers]) -> None:
    """Draw β over the updates of a run.

    Parameters
    ----------
    ax
        Where to draw.
    betas
        β of each update, (n_updates,), by the name of the schedule.
    """
    for (name, beta), (colour, line) in zip(betas.items(), strokes(), strict=False):
        ax.plot(np.arange(len(beta)), beta, line, color=colour, label=name, linewidth=2)
    ax.set(xlabel="update", ylabel="β", ylim=(0, None))


def over_epochs(
    ax: "Axes", runs: Mapping[str, Sequence[pd.DataFrame]], column: str, label: str
) -> None:
    """Draw a column of the histories: the mean over seeds, in a band from least to most.

    Parameters
    ----------
    ax
        Where to draw.
    runs
        Histories of equal length, one a seed, by the name of the setting.
    column
        Column of the histories.
    label
        What it is, for the axis.
    """
    for (name, histories), (colour, line) in zip(runs.items(), strokes(), strict=False):
        values = np.stack([history[column] for history in histories])  # (n_seeds, n_epochs)
        epochs = histories[0].index
        ax.plot(epochs, values.mean(0), line, color=colour, label=name, linewidth=2)
        marks.band(ax, epochs, values.min(0), values.max(0), colour)
    ax.set(xlabel="epoch", ylabel=label)


def loss_parts(ax: "Axes", history: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Draw some of a history's columns over the epochs.

    Parameters
    ----------
    ax
        Where to draw.
    history
        As `Trainer.fit` gives it, with β · kl added if wanted.
    columns
        Label of each column to draw.
    """
    for (column, label), (other, line) in zip(columns.items(), strokes(), strict=False):
        colour = QUANTITIES[_PARTS[column]] if column in _PARTS else other
        ax.plot(history.index, history[column], line, color=colour, label=label, linewidth=2)
    ax.set(xlabel="epoch", ylabel="nats a user")
    ax.legend()


def mark_best(ax: "Axes", values: "pd.Series[float]", higher_is_better: bool, label: str) -> None:
    """Draw a column over the epochs and put a dot on its best one.

    Parameters
    ----------
    ax
        Where to draw.
    values
        A column of a history.
    higher_is_better
        Whether the best is the largest.
    label
        What it is, for the title.
    """
    place = int(values.argmax() if higher_is_better else values.argmin())
    best = values.iloc[[place]]
    ax.plot(values.index, values, color=COLOURS["blue"])
    ax.plot(best.index, best, "o", color=COLOURS["vermillion"])
    ax.set(xlabel="epoch", title=f"{label}\nbest: epoch {best.index[0]}")


def sweep(ax: "Axes", table: pd.DataFrame, metric: str) -> None:
    """Draw a metric against the cap of β: a dot a seed, a bar at the mean of each cap.

    Parameters
    ----------
    ax
        Where to draw.
    table
        A row a run, with the columns `cap` and `metric`.
    metric
        Name of the column.
    """
    caps = sorted(table["cap"].unique())
    place = table["cap"].map(caps.index)
    means = table.groupby("cap")[metric].mean()
    ax.plot(place, table[metric], "o", color=COLOURS["blue"], alpha=0.4, label="one seed")
    at = np.arange(len(caps))
    marks.across(ax, means, at - 0.25, at + 0.25, COLOURS["blue"], 2, label="mean")
    ax.set(xlabel="cap of β", ylabel=metric, xticks=range(len(caps)))
    ax.set_xticklabels([f"{cap:g}" for cap in caps])
