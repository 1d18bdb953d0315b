"""A report on a log: each finding by hand, one planted robot and no person suspected, one page."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from data_files import written
from hypothesis import given
from hypothesis import strategies as st

from recotour_vae import cli, datasets, splits
from recotour_vae.datasets import report
from recotour_vae.datasets.cuts import last_before
from recotour_vae.datasets.report import (
    activity,
    amounts,
    bots,
    calendar,
    figures,
    keeping,
    names,
    page,
    popularity,
    repeats,
    sessions,
    turnover,
)
from recotour_vae.errors import ConfigError, DataWarning, MissingPackageError

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 7 * 86_400
START = 1_704_067_200  # Monday, 1 January 2024, 0:00 UTC


def log_of(*rows, columns=("user", "item", "timestamp", "rating")):
    """Make a log of rows that are written in this order."""
    width = len(rows[0])
    return report.Log.of(pd.DataFrame(rows, columns=list(columns[:width])))


def test_rows_are_sorted_by_person_and_time_and_rows_of_one_moment_stay_as_they_came():
    log = log_of(("b", "x", 9), ("a", "y", 5), ("b", "z", 1), ("b", "y", 1))
    found = list(zip(log.user_ids[log.users], log.item_ids[log.items], log.times, strict=True))
    assert found == [("b", "z", 1), ("b", "y", 1), ("b", "x", 9), ("a", "y", 5)]
    assert log.rows.tolist() == [3, 1]


def test_activity_and_popularity_by_hand():
    log = log_of(("a", "x"), ("a", "x"), ("a", "y"), ("b", "x"))
    found = activity.activity(log, min_clicks=2)
    assert (found.rows.tolist(), found.items.tolist()) == ([3, 1], [2, 1])
    assert (found.few, found.busiest) == (0.5, 0.75)
    items = popularity.popularity(log)
    assert items.people.tolist() == [2, 1]
    assert (items.head, items.lonely) == (2 / 3, 0.5)
    assert items.gini == pytest.approx(1 / 6)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12))
def test_gini_is_half_the_mean_difference_over_the_mean(counts):
    array = np.array(counts)
    differences = np.abs(array[:, None] - array).mean()
    assert popularity.gini(array) == pytest.approx(differences / 2 / array.mean())


def test_duplicates_are_told_from_what_comes_again():
    log = log_of(
        ("a", "x", 5, 1),
        ("a", "x", 5, 1),  # over again
        ("a", "x", 7, 1),  # bought again
        ("a", "x", 5, 2),  # another line of the order
        ("b", "x", 5, 1),
    )
    found = repeats.repeats(log)
    assert (found.duplicates, found.again, found.pairs) == (1, 2, 2)
    assert found.several == pytest.approx(1 / 3)  # a at 5, a at 7, b at 5


def test_without_times_what_comes_again_is_no_duplicate():
    assert repeats.repeats(log_of(("a", "x"), ("a", "x"))) == repeats.Repeats(0, 1, 1, 0.0)


def test_returns_and_purchases_that_the_latest_row_hides():
    log = log_of(
        ("a", "x", 1, 2),
        ("a", "x", 2, -2),  # taken back
        ("a", "y", 1, 3),
        ("a", "y", 2, -1),  # two are kept, and the last row hides them
        ("b", "x", 1, 0),  # looked at only
        ("b", "y", 1, 1),
    )
    found = amounts.amounts(log)
    assert found == amounts.Amounts(-2, 3, negative=2, zero=1, taken_back=1, hidden=1)
    assert amounts.amounts(log_of(("a", "x"))) is None


def test_weeks_and_hours_by_hand():
    log = log_of(("a", "x", START), ("a", "y", START + HOUR), ("b", "x", START + 2 * WEEK))
    found = calendar.calendar(log)
    assert (found.weeks.tolist(), found.empty, found.days_only) == ([2, 0, 1], 1, False)
    assert found.hours[:2].tolist() == [2, 1]
    assert calendar.calendar(log_of(("a", "x", START))).days_only


def test_a_session_across_the_cut_is_counted():
    rows = [
        ("a", "x", START),
        ("a", "y", START + 10 * MINUTE),  # the cut lies between
        ("a", "z", START + 50 * MINUTE),  # 40 minutes later: another session
        ("b", "x", START + 10 * MINUTE),
    ]
    found = sessions.sessions(log_of(*rows), 30 * MINUTE, cut=START, held_out=0.2)
    assert (found.lengths.tolist(), found.across) == ([2, 1, 1], 1)
    assert found.leaked == pytest.approx(2 * 0.8 / 4)
    later = sessions.sessions(log_of(*rows), 30 * MINUTE, cut=START + 10 * MINUTE, held_out=0.2)
    assert later.across == 0


def test_the_expected_leak_is_that_of_random_draws():
    rng, lengths = np.random.default_rng(0), np.array([1, 2, 3, 7])
    session = np.repeat(np.arange(4), lengths)
    shares = []
    for _ in range(4000):
        out = rng.random(len(session)) < 0.3
        shown = np.bincount(session[~out], minlength=4)
        shares.append([(out & (shown[session] > 0)).sum(), out.sum()])
    leaked, asked = np.sum(shares, axis=0)
    assert sessions.expected_leak(lengths, 0.3) == pytest.approx(leaked / asked, abs=0.01)


# Robots


def shoppers(n=40, seed=0):
    """People with a few rows on some evenings each."""
    rng = np.random.default_rng(seed)
    for user in range(n):
        for evening in rng.choice(60, 4, replace=False):
            for minute in range(6):
                at = START + evening * DAY + 18 * HOUR + minute * 2 * MINUTE
                yield f"person {user}", int(rng.integers(300)), int(at)


def robot(moments, name="robot", items=300):
    """A robot's rows at some moments."""
    return [(name, place % items, int(at)) for place, at in enumerate(moments)]


FAST = START + np.arange(250) * 10  # every ten seconds for forty minutes
SLEEPLESS = START + np.arange(20) * HOUR
SLOW = START + np.arange(160) * 5 * HOUR + 7  # at most five in a day, and it sees half the shop


@pytest.mark.parametrize(
    ("moments", "items", "why"),
    [
        (FAST, 20, "pace, share"),
        (SLEEPLESS, 20, "round the clock"),
        (SLOW, 300, "breadth"),
        (START + np.arange(240) * 5 * HOUR, 20, "share"),
    ],
)
def test_a_planted_robot_is_found_and_no_person(moments, items, why):
    log = log_of(*shoppers(), *robot(moments, items=items))
    share = 0.2 if "share" in why else 0.5
    found = bots.suspects(log, report.BotRules(share=share, above_usual=5))
    assert found.index.tolist() == ["robot"]
    assert found.loc["robot", "why"] == why
    assert found.loc["robot", "rows"] == len(moments)


def test_a_long_order_is_one_moment():
    order = [("ann", item, START + 12 * HOUR) for item in range(299)]
    assert bots.suspects(log_of(*shoppers(), *order), report.BotRules(breadth=1.0, share=1)).empty


def test_habits_are_counted_by_hand():
    log = log_of(
        ("a", "x", START),
        ("a", "y", START),  # the same moment
        ("a", "x", START + 59 * MINUTE),
        ("a", "x", START + HOUR),
        ("a", "x", START + DAY),
        ("b", "x", START),
    )
    found = bots.habits(log)
    assert (found.pace.tolist(), found.hours.tolist()) == ([2, 1], [2, 1])
    assert found.breadth.tolist() == [1.0, 0.5]
    assert found.share.tolist() == [5 / 6, 1 / 6]


def test_days_alone_say_nothing_of_pace():
    found = bots.habits(log_of(("a", "x", START), ("a", "y", START + DAY)))
    assert not found.pace.any()
    assert not found.hours.any()


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *((name, True) for name in ("test", "Test-1", "qa_3", "a.demo@shop.org", "ADMIN")),
        *((name, False) for name in ("Contessa", "latest", "Rootes", "42", 42, "admiral")),
    ],
)
def test_an_account_of_tests_is_known_by_a_word_in_its_name(name, is_one):
    assert names.is_nobody(name) == is_one


# What comes and goes, and what a split keeps


def test_items_that_come_and_go_by_hand():
    weeks = [0, 0, 3, 9]
    log = log_of(*((u, i, START + w * WEEK) for u, i, w in zip("aabc", "xyzx", weeks, strict=True)))
    found = turnover.turnover(log, quiet_weeks=7)
    assert (found.first_week.tolist(), found.last_week.tolist()) == ([0, 0, 3], [9, 0, 3])
    assert (found.n_weeks, found.gone, found.young) == (10, 1 / 3, 1 / 3)  # z is seen in week 3
    assert found.new_people.tolist() == [1, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_what_a_cut_leaves_by_hand():
    rows = [
        *[("a", i, START) for i in "xyz"],
        ("b", "w", START),  # too few clicks to train on, so that w is not known
        *[("a", i, START + DAY) for i in "xwv"],  # x came before; w and v are new
        *[("c", i, START + DAY) for i in "xy"],  # a newcomer
    ]
    found = keeping.kept(log_of(*rows), START, min_clicks=2)
    assert found.cut == keeping.Cut(START, 1, 3, 3, 4, cold=0.5, newcomers=0.5, known=0.2)
    assert found.ladder.loc[2].to_dict() == {"people": 2 / 3, "clicks": 7 / 8}


def test_the_cut_leaves_what_the_split_in_time_leaves():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "user": rng.integers(60, size=800),
            "item": rng.zipf(1.4, 800) % 90,
            "timestamp": START + rng.permutation(800) * HOUR,
        }
    ).sort_values("timestamp")
    table = table.drop_duplicates(["user", "item"])
    end = int(table["timestamp"].max())
    config = splits.TimeSplitConfig(None, validation_after=0.7, test_after=float(end - 1))
    split = splits.in_time(table, config)
    log = report.Log.of(table[table["timestamp"] < end])  # what the validation window holds
    found = keeping.kept(log, last_before(report.Log.of(table).times, 0.7), 5).cut
    assert (found.people, found.items) == split.train.shape
    assert found.clicks == split.train.nnz
    group = split.validation
    assert found.later == group.held_out.nnz + group.n_cold
    assert round(found.cold * found.later) == group.n_cold


def test_a_cut_is_a_share_a_second_or_a_day():
    times = START + np.arange(10) * DAY
    assert last_before(times, 0.3) == START + 2 * DAY
    assert last_before(times, float(START)) == START
    assert last_before(times, "2024-01-03") == START + 2 * DAY - 1
    with pytest.raises(ConfigError, match="'soon' is no date"):
        last_before(times, "soon")


@pytest.mark.parametrize(
    "settings", [{"cut": -1.0}, {"min_clicks": 0}, {"held_out": 1.0}, {"session_gap": 0}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        report.ReportConfig(**settings)
    with pytest.raises(ConfigError, match="hours"):
        report.BotRules(hours=0)


# Advice, and the page


def odd_table():
    """A log with something of everything."""
    rows = [*shoppers(), *robot(FAST), ("test-1", 3, START), ("person 1", 299, START + WEEK)]
    table = pd.DataFrame(rows, columns=["user", "item", "timestamp"]).assign(rating=1)
    table.loc[0, "rating"] = -1
    return pd.concat([table, table.tail(1)], ignore_index=True)


def test_advice_says_what_concerns_most_rows_first():
    found = report.advise(report.examine(odd_table(), "odd"))
    assert [one.share for one in found] == sorted([one.share for one in found], reverse=True)
    text = "\n".join(one.what for one in found)
    assert "1 account may be no person (robot): 20.6% of all rows" in text
    assert "1 account by name of tests or of the shop itself (test-1)" in text
    assert "1 row is another row over again" in text
    assert "1 row below zero" in text


def test_of_a_clean_log_there_is_nothing_to_say():
    rows = [(u, i, START + (60 * i + u) * DAY + u) for u in range(60) for i in range(8)]
    assert not report.advise(
        report.examine(pd.DataFrame(rows, columns=["user", "item", "timestamp"]))
    )


class Seen(HTMLParser):
    """What a page has: names, links and tags that are open."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.open, self.outside = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        links = [v for k, v in attrs if k in ("href", "src", "xlink:href") and v]
        self.outside += [link for link in links if not link.startswith("#")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.slow
@pytest.mark.parametrize("columns", [("user", "item"), ("user", "item", "timestamp", "rating")])
def test_the_page_stands_alone_and_is_the_same_each_time(columns):
    table = odd_table()[list(columns)]
    first, again = (page.html(report.examine(table, "a <shop>")) for _ in range(2))
    assert first == again
    seen = Seen(first)
    assert not seen.open
    assert not seen.outside
    assert len(seen.ids) == len(set(seen.ids))
    assert "a &lt;shop&gt;" in first
    drawn = "".join(re.findall("<svg.*?</svg>", first, re.DOTALL))
    assert set(re.findall(r"var\(--(\w+)\)", drawn)) <= set(figures.COLOURS.values())
    assert not re.findall(r"#0[1-5]0[1-5]0[1-5]", first)
    assert first.count("<figure>") == (8 if "timestamp" in columns else 4)


@pytest.fixture
def shop(tmp_path):
    """A file of a shop."""
    return written(tmp_path, odd_table().to_csv(index=False), "shop.csv")


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--report",), ("--report", "--min-clicks", "3")])
def test_a_bare_report_lies_beside_the_file(shop, words, capsys):
    assert cli.main(["data", str(shop), *words]) == 0
    said = capsys.readouterr()
    assert "shop: 1,213 rows, 42 users, 299 items" in said.out
    assert "1 account may be no person (robot)" in said.out
    assert f"The report is in {shop.with_name('shop-report.html')}." in said.out
    assert shop.with_name("shop-report.html").read_text(encoding="utf-8").startswith("<!doctype")


@pytest.mark.slow
def test_a_report_lies_where_it_is_to_lie(shop, tmp_path, capsys):
    there = tmp_path / "deep" / "look.html"
    assert cli.main(["data", str(shop), f"--report={there}", "--test-after", "2024-02-01"]) == 0
    assert "A cut after 2024-01-31 leaves" in there.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--report", "other.csv"), "--report other.csv is to end in .html"),
        (("--report", "--out", "x.npz"), "--out could have no effect beside --report"),
        (("--report", "--user", "who"), "has no column 'who'"),
        (("--report", "--test-after", "soon"), "'soon' is no date"),
    ],
)
def test_what_cannot_be_is_refused(shop, words, said, capsys):
    assert cli.main(["data", str(shop), *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(shop.parent.glob("*.html"))


def test_without_matplotlib_it_is_said_what_to_install(shop, monkeypatch, capsys):
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="recotour-vae\\[report\\]"):
        figures.check()
    assert cli.main(["data", str(shop), "--report"]) == 2
    assert "A report needs Matplotlib" in capsys.readouterr().err


def test_rows_that_come_again_stay_where_they_are_asked_for(shop):
    assert len(datasets.load(shop, rating=None, merge=False).interactions) == 1213
    with pytest.warns(DataWarning, match="repeated"):
        assert len(datasets.load(shop, rating=None).interactions) < 1213
