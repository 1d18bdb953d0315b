"""Interactive figures: Plotly in the book's style, drawn by JupyterLab and by the book's pages."""

import base64
import html
import json
from collections.abc import Hashable, Iterator, Sequence
from importlib.util import find_spec
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from recotour_book.plotting.style import COLOURS, GREYS, MODEL_COLOURS, MODEL_LOOKS, WHITE
from recotour_vae.errors import ConfigError, DataError, MissingPackageError

if find_spec("plotly") is None:
    raise MissingPackageError(
        "Interactive figures need plotly, which is not installed; run `pip install plotly`, or "
        "install the extra: recotour-vae[book]."
    )

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_MIME: Final = "application/vnd.plotly.v1+json"
_DIGITS: Final = 6  # significant, more than a picture can show
_HEIGHT: Final = 440  # pixels
# No bar of buttons: one of them offers to send the figure to Plotly's own host.
_CONFIG: Final = {"displayModeBar": False, "displaylogo": False, "showTips": False}
# Plotly's names of matplotlib's markers.
_SYMBOLS: Final = {
    "o": "circle",
    "s": "square",
    "D": "diamond",
    "^": "triangle-up",
    "v": "triangle-down",
    "<": "triangle-left",
    ">": "triangle-right",
    "P": "cross",
    "X": "x",
    "*": "star",
    "h": "hexagon",
    "p": "pentagon",
    "d": "diamond-tall",
    "8": "octagon",
    "H": "hexagon2",
}
_AXIS: Final = {
    "automargin": True,
    "gridcolor": GREYS["faint"],
    "linecolor": COLOURS["black"],
    "nticks": 6,
    "showline": True,
    "ticks": "outside",
    "title": {"standoff": 14},
    "zeroline": False,
}
_LEGEND: Final = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}
_TEMPLATE: Final = {
    "layout": {
        "colorway": list(COLOURS.values()),
        "font": {"color": COLOURS["black"], "family": "sans-serif", "size": 13},
        "hoverlabel": {"align": "left", "bgcolor": WHITE},
        "hovermode": "closest",
        "legend": _LEGEND,
        "margin": {"b": 50, "l": 55, "r": 15, "t": 20},
        "paper_bgcolor": WHITE,
        "plot_bgcolor": WHITE,
        "xaxis": _AXIS,
        "yaxis": _AXIS,
    },
    "data": {"scatter": [{"marker": {"line": {"color": WHITE, "width": 1}, "size": 10}}]},
}


def show(figure: "Figure", alt: str) -> None:
    """Display a Plotly figure in JupyterLab and in the pages of the book.

    JupyterLab draws the figure by itself; the pages draw it in their own colours, light or dark,
    with the copy of Plotly in the build. Its width and template are the book's; colours that it
    sets itself stay. Maps would fetch from other hosts: keep to Plotly's other figures.

    Parameters
    ----------
    figure
        A Plotly figure.
    alt
        What it shows, in words, for those who do not see it: one or two whole sentences.

    Raises
    ------
    ConfigError
        When there are no words.
    """
    from IPython.display import display

    display(as_output(figure, alt), raw=True)  # type: ignore[no-untyped-call]


def as_output(figure: "Figure", alt: str) -> dict[str, Any]:
    """Turn a figure into what a notebook stores: the same at each run, so that it can be compared.

    Parameters
    ----------
    figure
        A Plotly figure; its numbers are rounded to six significant digits.
    alt
        What it shows, in words.

    Returns
    -------
    dict
        MIME type -> content: the figure as plain data in the book's style, and its words.

    Raises
    ------
    ConfigError
        When there are no words.
    """
    from plotly.utils import PlotlyJSONEncoder

    if not alt.strip():
        raise ConfigError("An interactive figure needs `alt`: say in words what it shows.")
    found = _plain(json.loads(json.dumps(figure.to_plotly_json(), cls=PlotlyJSONEncoder)))
    layout = {"height": _HEIGHT, **found["layout"], "template": _TEMPLATE, "meta": {"alt": alt}}
    layout.pop("width", None)
    data = {"data": found["data"], "layout": layout, "config": _CONFIG}
    return {_MIME: data, "text/plain": alt}


def scatter(
    table: pd.DataFrame,
    x: str,
    y: str,
    colour: str,
    symbol: str | None = None,
    hover: Sequence[str] = (),
) -> "Figure":
    """Draw a point for each row, with its settings where the mouse is.

    Parameters
    ----------
    table
        One row a point, such as a run.
    x, y
        Columns of the axes; their names are written along them.
    colour
        Column whose values have a colour each, models the book's own.
    symbol
        Column whose values have a marker each; without it, that is `colour` too.
    hover
        Columns to list for a point, besides `x` and `y`.

    Returns
    -------
    Figure
        With a name in the legend for each value, in the order of the table.

    Raises
    ------
    DataError
        When the table lacks a column.
    """
    from plotly.graph_objects import Figure

    by = [colour] if symbol in (None, colour) else [colour, str(symbol)]
    _check_columns(table, [x, y, *by, *hover])
    colours, symbols = _colours(table[by[0]]), _symbols(table[by[-1]])
    listed = list(dict.fromkeys([*by, *hover, x, y]))
    figure = Figure(layout={"xaxis_title_text": x, "yaxis_title_text": y, "showlegend": True})
    for names, points in table.groupby(by, sort=False):
        look = {"color": colours[names[0]], "symbol": symbols[names[-1]]}
        figure.add_scatter(
            x=points[x].tolist(),
            y=points[y].tolist(),
            mode="markers",
            name=", ".join(map(str, names)),
            marker=look,
            hovertext=hover_texts(points, listed),
            hoverinfo="text",
        )
    return figure


def _check_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise an error that names the columns the table lacks."""
    missing = [name for name in names if name not in table]
    if missing:
        raise DataError(
            f"The table of an interactive figure has no column {', '.join(map(repr, missing))}; "
            f"choose among {', '.join(map(repr, table.columns))}."
        )


def _colours(values: "pd.Series[Any]") -> dict[Hashable, str]:
    """Give each value its colour: a model the book's, any other the next that no model has."""
    names = values.unique().tolist()
    taken = {MODEL_COLOURS[name] for name in names if name in MODEL_COLOURS}
    others = [colour for name, colour in COLOURS.items() if name != "grey" and colour not in taken]
    free = cycle(others or COLOURS.values())
    return {name: MODEL_COLOURS[name] if name in MODEL_COLOURS else next(free) for name in names}


def _symbols(values: "pd.Series[Any]") -> dict[Hashable, str]:
    """Give each value its marker: a model the book's, any other the next that no model has."""
    names = values.unique().tolist()
    own = {name: _SYMBOLS[MODEL_LOOKS[name][1]] for name in MODEL_COLOURS}
    taken = {own[name] for name in names if name in own}
    free = cycle([symbol for symbol in _SYMBOLS.values() if symbol not in taken])
    return {name: own[name] if name in own else next(free) for name in names}


def hover_texts(points: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Write for each point a line for each column that has a value."""
    rows = zip(*(points[name].tolist() for name in columns), strict=True)
    return ["<br>".join(_lines(dict(zip(columns, row, strict=True)))) for row in rows]


def _lines(settings: dict[str, Any]) -> Iterator[str]:
    """Write each setting that has a value, as text that Plotly does not take for markup."""
    for name, value in settings.items():
        if not pd.isna(value):
            yield html.escape(f"{name}: {_say(value)}", quote=False)


def _say(value: Any) -> str:
    """Write a value: four significant digits, but large numbers whole."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _plain(value: Any) -> Any:
    """Round the numbers in nested data, and write out the arrays that Plotly packs."""
    if isinstance(value, dict) and "bdata" in value:
        return _plain(_unpack(value))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
    return value


def _unpack(packed: dict[str, str]) -> Any:
    """Return a packed array as nested lists."""
    values = np.frombuffer(base64.b64decode(packed["bdata"]), dtype=packed["dtype"])
    shape = [int(size) for size in packed.get("shape", str(len(values))).split(",")]
    return values.reshape(shape).tolist()
