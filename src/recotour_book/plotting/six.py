"""Pictures of the chapter on six autoencoders: from wrong numbers to right ones, and courses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, GREYS, WHITE, look, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def staircase(ax: "Axes", steps: pd.DataFrame, published: float, label: str, model: str) -> None:
    """Draw what a model reaches when one mistake after another is taken away, from the top down.

    Parameters
    ----------
    ax
        Where to draw; a row needs about 0.3 in of height.
    steps
        A row a step, the one with all mistakes first: `value`, and `question`, which changes
        where other things are asked for or of other people. Dots of one question are joined.
    published
        Value that was published, drawn as a cross on a row of its own.
    label
        What is measured, for the horizontal axis.
    model
        Whose colour and marker the dots have.
    """
    colour, marker = look(model, COLOURS["blue"])
    places = np.arange(len(steps))[::-1]
    ax.axvline(published, color=GREYS["rule"], linestyle="--", linewidth=1)
    for _, part in steps.assign(place=places).groupby("question", sort=False):
        ax.plot(part["value"], part["place"], "-", color=colour, linewidth=1.5)
        ax.plot(part["value"], part["place"], marker, color=colour, markersize=7)
    for place, value in zip(places, steps["value"], strict=True):
        ground = {"facecolor": WHITE, "edgecolor": "none", "pad": 1}  # over the line
        marks.words(ax, f"{value:.3f}", (value, place), (8, 0), va="center", bbox=ground)
    ax.plot(published, len(steps), "x", color=COLOURS["black"], markersize=8, markeredgewidth=2)
    marks.rows(ax, [len(steps), *places], ["published", *steps.index])
    ax.margins(x=0.18)
    ax.grid(axis="y", visible=False)
    ax.set(xlabel=label)


def courses(
    ax: "Axes", curves: Mapping[str, "pd.Series[float]"], label: str, highest: bool = True
) -> None:
    """Draw quantities over the epochs, with a ring around the best of each.

    Parameters
    ----------
    ax
        Where to draw.
    curves
        By name, indexed by epoch.
    label
        Of the upright axis.
    highest
        Whether the best is the highest, and not the lowest.
    """
    looks = strokes("vermillion", "blue", "green", lines=("-", "--", "-."))
    for (name, values), (colour, line) in zip(curves.items(), looks, strict=False):
        ax.plot(values.index, values, linestyle=line, color=colour, linewidth=2, label=name)
        best = int(np.argmax(values) if highest else np.argmin(values))
        ax.plot(
            values.index[best],
            values.iloc[best],
            "o",
            color=colour,
            markersize=10,
            fillstyle="none",
        )
    ax.set(xlabel="epoch", ylabel=label)
    marks.legend_above(ax, columns=2)
