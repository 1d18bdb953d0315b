"""Figures of a report as SVG text: each takes its colours from the page, light or dark.

They are drawn with stand-ins for colours, which become custom properties of the page. Writing
stays writing. Matplotlib is imported when something is drawn.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recotour_vae.arrays.types import Bools, Ints
from recotour_vae.datasets.report.bots import habits
from recotour_vae.datasets.report.calendar import WEEK
from recotour_vae.datasets.report.findings import Report
from recotour_vae.errors import MissingPackageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, QUIET, GRID, MAIN, OTHER = "#010101", "#020202", "#030303", "#040404", "#050505"
COLOURS: Final = {INK: "ink", QUIET: "quiet", GRID: "grid", MAIN: "main", OTHER: "other"}
SIZE: Final = (4.4, 2.5)  # inches
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "recotour",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Figure:
    """A figure with the words that go with it.

    Attributes
    ----------
    svg
        The drawing.
    title, text
        What it shows, and how it is read.
    """

    svg: str
    title: str
    text: str


def check() -> None:
    """Refuse to draw where matplotlib is not installed.

    Raises
    ------
    MissingPackageError
        Saying what to install.
    """
    if find_spec("matplotlib") is None:
        raise MissingPackageError(
            "A report needs Matplotlib, which is not installed; get it with pip install "
            "'recotour-vae[report]'."
        )


def draw(report: Report) -> list[Figure]:
    """Draw what was found.

    Raises
    ------
    MissingPackageError
        When matplotlib is not installed.
    """
    check()
    return [figure for one in _FIGURES for figure in one(report)]


def _activity(report: Report) -> Iterator[Figure]:
    counts, few = report.activity.rows, report.activity.few
    yield Figure(
        _svg(lambda axes: _histogram(axes, counts, "rows of an account")),
        "Activity of people",
        f"Half of the {len(counts):,} accounts have {np.median(counts):,.0f} rows or fewer; the "
        f"busiest hundredth has {report.activity.busiest:.0%} of all. {few:.0%} have fewer than "
        f"{report.config.min_clicks} different items.",
    )


def _histogram(axes: "Axes", counts: Ints, label: str) -> None:
    edges = np.unique(np.floor(np.geomspace(1, counts.max() + 1, 30)))
    axes.hist(counts, bins=edges.tolist(), color=MAIN)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set(xlabel=label, ylabel="accounts")


def _popularity(report: Report) -> Iterator[Figure]:
    found = report.popularity
    yield Figure(
        _svg(lambda axes: _tail(axes, found.people)),
        "Popularity of items",
        f"The most popular tenth of {len(found.people):,} items has {found.head:.0%} of the clicks "
        f"(each account and item once), the Gini number is {found.gini:.2f} (0: all alike), and "
        f"{found.lonely:.0%} of the items were touched by one account. The dashed line is how it "
        "would be if all were alike.",
    )


def _tail(axes: "Axes", people: Ints) -> None:
    ranked = np.sort(people)[::-1].cumsum() / people.sum()
    places = np.arange(1, len(ranked) + 1) / len(ranked)
    axes.plot(*_thinned(places, ranked), color=MAIN, linewidth=2)
    axes.plot([0, 1], [0, 1], "--", color=QUIET, linewidth=1)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_percent)
    axes.set(xlabel="items, the most popular first", ylabel="share of the clicks")


def _percent(share: float, _: float) -> str:
    return f"{share:.0%}"


def _thinned(*columns: Any) -> Iterator[Any]:
    """Take some hundred points of a long curve, both ends among them."""
    n = len(columns[0])
    chosen = np.unique(np.linspace(0, n - 1, min(n, 300)).round().astype(int))
    return (column[chosen] for column in columns)


def _weeks(report: Report) -> Iterator[Figure]:
    when = report.calendar
    if when is None:
        return
    cut = report.kept.cut
    yield Figure(
        _svg(lambda axes: _bars(axes, when.first, when.weeks, cut.at if cut else None)),
        "Rows a week",
        f"From {_day(when.first)} to {_day(when.last)} (UTC); the last week may be a part of one. "
        "The dashed line is the cut that the findings below are about.",
    )


def _bars(axes: "Axes", first: int, weeks: Ints, cut: int | None) -> None:
    starts = np.array([_date(first + WEEK * week) for week in range(len(weeks))])
    width: Any = np.timedelta64(6, "D")
    axes.bar(starts, weeks, width, align="edge", color=MAIN)
    if cut is not None:
        place: Any = _date(cut)
        axes.axvline(place, color=INK, linestyle="--", linewidth=1)
    _dates(axes)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set(ylabel="rows")


def _dates(axes: "Axes") -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    dates: Any = (AutoDateLocator, ConciseDateFormatter)
    locator = dates[0](maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates[1](locator))


def _hours(report: Report) -> Iterator[Figure]:
    when = report.calendar
    if when is None or when.days_only:
        return
    yield Figure(
        _svg(lambda axes: _clock(axes, when.hours)),
        "Hours of the day",
        "In UTC. People leave a night; where there is none, programs are at work, and where it "
        "lies at a strange hour, times are in another zone than they say.",
    )


def _clock(axes: "Axes", hours: Ints) -> None:
    axes.bar(np.arange(24), hours, width=0.85, color=MAIN)
    axes.set_xticks([0, 6, 12, 18, 23])
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set(xlabel="hour (UTC)", ylabel="rows")


def _suspects(report: Report) -> Iterator[Figure]:
    log, found = report.log, habits(report.log)
    timed = bool(found.pace.any())
    height = found.pace if timed else log.breadth
    odd = np.isin(log.user_ids, report.suspects.index.to_numpy())
    label = "moments in an hour" if timed else "different items"
    rules = report.config.bots
    yield Figure(
        _svg(lambda axes: _cloud(axes, log.rows, height, odd, label)),
        "Who may be no person",
        f"Each dot is one account or several alike; crosses are suspected: {rules.per_hour} "
        f"moments or more within an hour, {rules.hours} different hours or more within a day, "
        f"{rules.breadth:.0%} or more of all items, or {rules.share:.0%} or more of all rows. A "
        "rule sees habits and no truth: look at the rows of each.",
    )


def _cloud(axes: "Axes", rows: Ints, height: Ints, odd: Bools, label: str) -> None:
    for mask, colour, marker, size in ((~odd, MAIN, "o", 3), (odd, OTHER, "X", 7)):
        x, y = _distinct(rows[mask], height[mask])
        axes.plot(x, y, marker, color=colour, markersize=size, markeredgewidth=0)
    axes.set(xscale="log", yscale="log", xlabel="rows of an account", ylabel=label)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.0f}")
    axes.minorticks_off()


def _distinct(x: Ints, y: Ints) -> Any:
    """Round to places that a drawing can tell apart, and keep one of each."""
    steps = 24  # a decade
    logs = np.log10(np.stack([np.maximum(x, 1), np.maximum(y, 1)]))
    places: Any = 10 ** (np.unique(np.round(logs * steps), axis=1) / steps)
    return places


def _sittings(report: Report) -> Iterator[Figure]:
    found = report.sessions
    if found is None:
        return
    yield Figure(
        _svg(lambda axes: _lengths(axes, found.lengths)),
        "Sessions",
        f"{len(found.lengths):,} sessions, parted by {report.config.session_gap // 60} minutes of "
        f"silence; {found.across:,} lie across the cut in time. A random split would show a model "
        f"another row of the same session for {found.leaked:.0%} of what it asks.",
    )


def _lengths(axes: "Axes", lengths: Ints) -> None:
    counts = np.bincount(np.minimum(lengths, 20), minlength=21)[1:]
    axes.bar(np.arange(1, 21), counts, width=0.85, color=MAIN)
    axes.set_xticks([1, 5, 10, 15, 20], ["1", "5", "10", "15", "20 or more"])
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set(xlabel="rows of a session", ylabel="sessions")


def _coming(report: Report) -> Iterator[Figure]:
    found = report.turnover
    if found is None or found.n_weeks < 2:
        return
    yield Figure(
        _svg(lambda axes: _comings(axes, found.first_week, found.last_week, found.n_weeks)),
        "Items that come and go",
        f"Upwards items that are first seen in a week, downwards those last seen; the first and "
        f"the last {report.config.quiet_weeks} weeks say little, as a log has to begin and end. "
        f"{found.young:.0%} of the items appear after the first quarter, {found.gone:.0%} were not "
        f"touched in the last {report.config.quiet_weeks} weeks.",
    )


def _comings(axes: "Axes", first: Ints, last: Ints, n_weeks: int) -> None:
    weeks = np.arange(n_weeks)
    axes.bar(weeks, np.bincount(first, minlength=n_weeks), color=MAIN, label="first seen")
    axes.bar(weeks, -np.bincount(last, minlength=n_weeks), color=OTHER, label="last seen")
    axes.set_yscale("symlog", linthresh=10)
    axes.yaxis.set_major_formatter(_without_sign)
    axes.set(xlabel="week of the log", ylabel="items")
    axes.legend(loc="upper center", ncols=2)


def _without_sign(count: float, _: float) -> str:
    return f"{abs(count):,.0f}"


def _keeping(report: Report) -> Iterator[Figure]:
    ladder, cut = report.kept.ladder, report.kept.cut
    later = (
        ""
        if cut is None
        else f" A cut after {_day(cut.at)} leaves {cut.people:,} accounts, {cut.items:,} items and "
        f"{cut.clicks:,} clicks for training, and {cut.later:,} new clicks after it, of which "
        f"{cut.cold:.0%} are on items that training has not seen and {cut.newcomers:.0%} are by "
        f"people without a click before; {cut.known:.0%} of the pairs after the cut came before it."
    )
    yield Figure(
        _svg(lambda axes: _ladder(axes, ladder)),
        "What a split would keep",
        "Shares that are left when people with fewer clicks are left out." + later,
    )


def _ladder(axes: "Axes", ladder: Any) -> None:
    places = np.arange(len(ladder))
    for name, colour, marker in (("people", MAIN, "o"), ("clicks", OTHER, "s")):
        axes.plot(places, ladder[name], color=colour, marker=marker, label=name)
    axes.set_xticks(places, [str(least) for least in ladder.index])
    axes.yaxis.set_major_formatter(_percent)
    axes.set(ylim=(0, 1.03), xlabel="least number of different items", ylabel="kept")
    axes.legend(loc="lower left")


_FIGURES: Final[tuple[Callable[[Report], Iterator[Figure]], ...]] = (
    *(_suspects, _activity, _popularity, _weeks, _hours, _sittings, _coming, _keeping),
)


def _svg(paint: "Callable[[Axes], None]") -> str:
    """Paint a panel and give it as SVG, with the page's colours."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    paper: Any = FigureCanvasSVG

    with mpl.rc_context(_STYLE):
        figure = Canvas(figsize=SIZE, layout="constrained")
        paint(figure.subplots())
        text = io.StringIO()
        paper(figure).print_svg(text, metadata={"Date": None, "Creator": None})
    return _of_page(text.getvalue())


def _of_page(svg: str) -> str:
    """Cut away what only a file of its own needs, and let the page choose colours and width."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="patch_1">.*?</g>', "", svg, count=1, flags=re.DOTALL)  # the ground
    svg = re.sub(r'<g id="patch_2">.*?</g>', "", svg, count=1, flags=re.DOTALL)  # of the panel
    for colour, name in COLOURS.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg


def _date(seconds: int) -> "np.datetime64":
    return np.datetime64(int(seconds), "s")


def _day(seconds: int) -> str:
    return str(_date(seconds))[:10]
