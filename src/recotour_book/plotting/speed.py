"""Figures of the chapter on speed: where time goes, what each trick gives, how cost grows."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from recotour_book.plotting import marks
from recotour_book.plotting.style import COLOURS, GREYS, WHITE, markers
from recotour_vae.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESULTS: Final = Path("../../results")  # from the folder of a chapter


def read(name: str, folder: Path = RESULTS) -> pd.DataFrame:
    """Read a table that a command wrote into the folder of results.

    Parameters
    ----------
    name
        Of the file, without `.csv`.
    folder
        Where it lies.

    Raises
    ------
    DataError
        When it is not there.
    """
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise DataError(
            f"There is no {name}.csv among the results; run `make bench`, which measures the "
            "speeds, or the script of that name in experiments."
        )
    return pd.read_csv(path)


def parts(axes: "Axes", table: pd.DataFrame) -> None:
    """Draw a bar a row, put together from its parts, the first row on top.

    Parameters
    ----------
    axes
        To draw on.
    table
        Milliseconds; a row a bar, a column a part, in the order in which they are drawn.
    """
    colours = [*COLOURS.values(), *[GREYS["left out"]] * table.shape[1]]  # the least parts
    places, start = np.arange(len(table))[::-1], np.zeros(len(table))
    for (name, values), colour in zip(table.items(), colours, strict=False):
        look: dict[str, Any] = {"color": colour, "edgecolor": WHITE, "height": 0.65}
        axes.barh(places, values, left=start, label=str(name), **look)
        start = start + values.to_numpy()
    axes.set_yticks(places, [str(name) for name in table.index])
    axes.set_xlabel("milliseconds a step")
    axes.grid(axis="y", visible=False)
    marks.legend_above(axes, 1)


def ladder(axes: "Axes", steps: "pd.Series[float]", floor: float) -> None:
    """Draw the time that is left after each trick, from the top, and the floor as a line.

    Parameters
    ----------
    axes
        To draw on.
    steps
        Milliseconds of a step, indexed by the trick that was added last.
    floor
        Milliseconds that no trick can save.
    """
    places = np.arange(len(steps))[::-1]
    axes.barh(places, steps, color=COLOURS["blue"], height=0.65)
    for place, milliseconds in zip(places, steps, strict=True):
        marks.after_bar(axes, f"{milliseconds:.0f}", milliseconds, place)
    axes.axvline(floor, color=COLOURS["vermillion"], linestyle="--", label="floor")
    axes.set_yticks(places, [str(name) for name in steps.index])
    axes.set_xlim(0, 1.12 * max(steps.max(), floor))
    axes.set_xlabel("milliseconds a step")
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower right")


def growth(axes: "Axes", table: pd.DataFrame, label: str) -> None:
    """Draw a line a column over the number of items, on logarithmic axes.

    Parameters
    ----------
    axes
        To draw on; both axes become logarithmic.
    table
        Indexed by the number of items; what was not measured is missing.
    label
        What is measured, for the vertical axis.
    """
    from matplotlib.ticker import LogLocator

    for (name, values), marker in zip(table.items(), markers(), strict=False):
        measured = values.dropna()
        axes.loglog(measured.index, measured, marker=marker, label=str(name))
    axes.set_xticks(table.index, [short(int(items)) for items in table.index])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.minorticks_off()
    axes.set(xlabel="items in the catalogue", ylabel=label)


def short(count: int) -> str:
    """Write 20,000 as 20k, so that the labels of ticks do not meet."""
    return f"{count // 1000}k" if count % 1000 == 0 and count else str(count)
