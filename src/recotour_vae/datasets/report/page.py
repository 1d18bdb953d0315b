"""A report as one HTML file: figures inside, light and dark, nothing fetched from anywhere."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

import pandas as pd

from recotour_vae.datasets.report.advice import Advice, advise, sentence
from recotour_vae.datasets.report.figures import Figure, draw
from recotour_vae.datasets.report.findings import Report
from recotour_vae.errors import OutputError
from recotour_vae.files.whole import whole

LISTED: Final = 30  # accounts of a table
_CSS: Final = """
:root { color-scheme: light dark; --ground: #fff; --ink: #222; --quiet: #5b6570;
  --grid: #e3e7ec; --main: #0373d2; --other: #c8560f; --pale: #f2f5f8; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181d; --ink: #e6ebf0;
  --quiet: #aab4bf; --grid: #313943; --main: #4fa3dc; --other: #f08a45; --pale: #1f262e; } }
@media print { :root { color-scheme: light; --ground: #fff; --ink: #222; --quiet: #5b6570;
  --grid: #e3e7ec; --main: #0373d2; --other: #c8560f; --pale: #f2f5f8; } }
body { background: var(--ground); color: var(--ink); margin: 0 auto; max-width: 42rem;
  padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { line-height: 1.2; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
p, li { overflow-wrap: anywhere; }
figure { margin: 0; } figure svg { width: 100%; max-width: 34rem; height: auto; }
figcaption, .quiet { color: var(--quiet); font-size: .92rem; }
ol li { margin-bottom: .8rem; } ol b { display: block; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem; }
dl div { background: var(--pale); border-radius: .4rem; padding: .5rem .7rem; }
dt { color: var(--quiet); font-size: .85rem; } dd { margin: 0; font-weight: 600; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child, td:last-child, th:last-child { text-align: left; }
"""


def write(report: Report, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises
    ------
    OutputError
        When it cannot be written; an older one is then left as it was.
    MissingPackageError
        When matplotlib is not installed.
    """
    text = html(report)
    with whole(path, OutputError) as partial:
        partial.write_bytes(text.encode())


def html(report: Report) -> str:
    """Put the page together."""
    name = escape(report.name)
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{name}: a look at the data</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_CSS}</style></head><body><main>",
        f"<h1>{name}: a look at the data</h1>",
        *_counts(report),
        *_advice(advise(report)),
        *(_figure(place, one) for place, one in enumerate(draw(report))),
        *_accounts(report),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def facts(report: Report) -> dict[str, str]:
    """Give the numbers that stand on top, by what they are."""
    log, again = report.log, report.repeats
    found = {
        "rows": f"{len(log):,}",
        "accounts": f"{log.n_users:,}",
        "items": f"{log.n_items:,}",
        "different pairs": f"{again.pairs:,}",
        "rows written twice": f"{again.duplicates:,}",
        "rows that come again": f"{again.again:,}",
    }
    if report.amounts:
        found["values"] = f"{report.amounts.least:g} to {report.amounts.most:g}"
        found["values below 0"] = f"{report.amounts.negative:,}"
    if report.calendar and not report.calendar.days_only:
        found["moments of several rows"] = f"{again.several:.0%}"
    return found


def _counts(report: Report) -> Iterator[str]:
    yield "<dl>"
    for name, value in facts(report).items():
        yield f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
    yield "</dl>"


def _advice(found: Sequence[Advice]) -> Iterator[str]:
    yield "<h2>Look at this first</h2>"
    if not found:
        yield "<p>Nothing is out of the ordinary.</p>"
        return
    yield "<ol>"
    for one in found:
        yield f"<li><b>{escape(sentence(one.what))}</b>{escape(sentence(one.do))}</li>"
    yield "</ol>"


def _figure(place: int, figure: Figure) -> str:
    label = f"figure-{place}"
    svg = figure.svg.replace("<svg", f'<svg role="img" aria-labelledby="{label}"', 1)
    return (
        f'<h2 id="{label}">{escape(figure.title)}</h2>\n<figure>{_own_names(svg, place)}'
        f"<figcaption>{escape(figure.text)}</figcaption></figure>"
    )


def _own_names(svg: str, place: int) -> str:
    """Give what is named in a drawing names that no other drawing of the page has."""
    for start in ('id="', 'href="#', "url(#"):
        svg = svg.replace(start, f"{start}f{place}-")
    return svg.replace(f'aria-labelledby="f{place}-', 'aria-labelledby="')


def _accounts(report: Report) -> Iterator[str]:
    tables = {
        "Suspected accounts": report.suspects.assign(
            share=report.suspects["share"].map("{:.2%}".format)
        ),
        "Accounts of tests, by name": pd.DataFrame(
            {"account": list(report.test_accounts), "rows": list(report.test_accounts.values())}
        ).set_index("account"),
    }
    for title, table in tables.items():
        if len(table):
            yield f"<h2>{title}</h2>"
            yield from _table(table)


def _table(table: pd.DataFrame) -> Iterator[str]:
    shown = table.head(LISTED)
    yield f'<div class="wide" tabindex="0">{_cells(shown)}</div>'
    if len(table) > LISTED:
        yield f'<p class="quiet">And {len(table) - LISTED:,} more.</p>'


def _cells(table: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(str(name))}</th>" for name in (table.index.name, *table.columns))
    rows = (
        "".join(f"<td>{escape(str(value))}</td>" for value in (index, *row))
        for index, row in zip(table.index, table.itertuples(index=False), strict=True)
    )
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
