"""How far each person's ELBO lies below the evidence, and what of it is whose: stacked bars."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from recotour_book.plotting.interactive import hover_texts
from recotour_book.plotting.style import COLOURS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PARTS: Final = {"family gap": COLOURS["amber"], "amortisation gap": COLOURS["violet"]}
LISTED: Final = ("clicks", "evidence", "ELBO", *PARTS, "films")  # where one points
READ: Final = "amortisation gap"  # the words of a whole bar are stored with one of its parts
_TICKS: Final = 7


def stacked(table: pd.DataFrame) -> "Figure":
    """Draw a bar for each person, in a panel for each β, by their number of clicks.

    Parameters
    ----------
    table
        A row a person and β, in nats: `beta`, `clicks`, `evidence`, `ELBO`, `family gap`,
        `amortisation gap`, and `films`, which are some of their clicks in words.

    Returns
    -------
    Figure
        Panels above each other on one scale; of a bar the family's part stands below.
    """
    from plotly.graph_objects import Figure

    panels = [
        (beta, rows.sort_values("clicks", kind="stable"))
        for beta, rows in table.groupby("beta", sort=True)
    ]
    figure = Figure(layout=_layout(panels))
    for number, (_, rows) in enumerate(panels, 1):
        read = {"hovertext": hover_texts(rows, LISTED), "hoverinfo": "text"}
        for part, colour in PARTS.items():
            figure.add_bar(
                x=list(range(1, len(rows) + 1)),
                y=rows[part].tolist(),
                yaxis="y" if number == 1 else f"y{number}",
                name=part,
                legendgroup=part,
                showlegend=number == 1,
                marker={"color": colour, "line": {"width": 0}},
                **(read if part == READ else {"hoverinfo": "skip"}),
            )
    return figure


def _layout(panels: list[tuple[Any, pd.DataFrame]]) -> dict[str, Any]:
    """Put the panels above each other, with one axis of people and one scale of nats."""
    names = ["yaxis" if n == 1 else f"yaxis{n}" for n in range(1, len(panels) + 1)]
    axes: dict[str, Any] = {
        name: {"title": {"text": f"nats, β ≤ {beta:g}"}, "matches": "y"}
        for name, (beta, _) in zip(names, panels, strict=True)
    }
    axes["yaxis"].pop("matches")
    clicks = panels[0][1]["clicks"].to_numpy()
    at = np.linspace(0, len(clicks) - 1, _TICKS).round().astype(int)
    below = {"tickvals": (at + 1).tolist(), "ticktext": [f"{clicks[place]:g}" for place in at]}
    return axes | {
        "barmode": "stack",
        "bargap": 0.1,
        "hovermode": "x",  # anywhere above or below a bar
        "hoverdistance": -1,
        "grid": {"rows": len(panels), "columns": 1, "subplots": _subplots(len(panels))},
        "xaxis": below | {"title": {"text": "people, by their number of clicks"}},
    }


def _subplots(rows: int) -> list[list[str]]:
    return [["xy" if row == 1 else f"xy{row}"] for row in range(1, rows + 1)]
