"""Show the book's colours where it explains its notation, made from `recotour_book.palette`.

    ```{colour-legend} quantities
    ```

or `models`: a table with a sample of each, light or dark as the page is.
"""

from collections.abc import Iterable, Mapping
from html import escape

from docutils import nodes
from matplotlib.markers import MarkerStyle
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from recotour_book import palette

DASHES: Mapping[str, str] = {"-": "", "--": "9 5", "-.": "9 4 2 4", ":": "2 4"}
Row = tuple[str, str, str]  # a sample, a name, and what else is said of it


def line(variable: str, dash: str) -> str:
    """Return a line in a colour and a stroke."""
    return (
        f'<line x1="2" y1="9" x2="58" y2="9" stroke="var(--colour-{variable})" '
        f'stroke-width="2.5" stroke-dasharray="{DASHES[dash]}"/>'
    )


def mark(variable: str, marker: str) -> str:
    """Return a marker of matplotlib's in a colour, in the middle of the sample."""
    style = MarkerStyle(marker)
    (outline,) = style.get_path().transformed(style.get_transform()).to_polygons()
    points = " ".join(f"{30 + 11 * x:.1f},{9 - 11 * y:.1f}" for x, y in outline)
    return f'<polygon points="{points}" fill="var(--colour-{variable})"/>'


def sample(*drawn: str) -> str:
    """Return a small picture that says nothing to those who hear the page: its row has words."""
    size = 'width="60" height="18" viewBox="0 0 60 18"'
    return f'<svg {size} aria-hidden="true">{"".join(drawn)}</svg>'


def quantities() -> Iterable[Row]:
    """Yield what a hue stands for in the foundations."""
    for name, it in palette.QUANTITIES.items():
        yield sample(line(name, it.dash)), it.hue, it.words


def models() -> Iterable[Row]:
    """Yield how each model and each framework is drawn."""
    for name, it in {**palette.MODELS, **palette.FRAMEWORKS}.items():
        hue = f"hue-{it.hue}"
        yield sample(line(hue, it.dash), mark(hue, it.marker)), it.hue, name


TABLES = {"quantities": quantities, "models": models}


def table(name: str) -> str:
    """Return the table of a kind as HTML."""
    rows = "".join(
        f"<tr><td>{picture}</td><td>{escape(words)}</td><td>{escape(hue)}</td></tr>"
        for picture, hue, words in TABLES[name]()
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("drawn as", name, "colour"))
    return (
        f'<table class="table" style="width: auto"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


class ColourLegend(SphinxDirective):
    """Read which table is asked for."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table; its words for formats without colours."""
        name = self.arguments[0]
        if name not in TABLES:
            raise ExtensionError(f"There is no legend of `{name}`: use {' or '.join(TABLES)}.")
        self.env.note_dependency(str(palette.__file__))
        return [nodes.raw("", table(name), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("colour-legend", ColourLegend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
