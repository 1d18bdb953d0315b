"""What to look at first, and what to do about it: sentences made of the findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from recotour_vae.datasets.report.findings import Report

NAMED: Final = 5  # accounts that a sentence names
_ALONE: Final = 1.5  # times as many people as the next item has: something else than a product


@dataclass(frozen=True)
class Advice:
    """One thing to look at.

    Attributes
    ----------
    share
        Of all rows that it is about, from 0 to 1: what is largest is said first.
    what
        Was found.
    do
        Is to be done about it.
    """

    share: float
    what: str
    do: str


def advise(report: Report) -> list[Advice]:
    """Say what to look at, what concerns most rows first; nothing where nothing is odd."""
    found = [advice for rule in _RULES for advice in rule(report)]
    return sorted(found, key=lambda advice: -advice.share)


def sentence(text: str) -> str:
    """Begin with a capital letter and end with a stop."""
    return f"{text[:1].upper()}{text[1:]}."


def _bots(report: Report) -> Iterator[Advice]:
    table, share = report.suspects, float(report.suspects["share"].sum())
    if len(table):
        yield Advice(
            share,
            f"{_count(len(table), 'account')} may be no person ({_some(table.index)}): "
            f"{share:.1%} of all rows",
            "look at their rows, and leave them out before training if they are programs or "
            "resellers",
        )


def _tests(report: Report) -> Iterator[Advice]:
    accounts = report.test_accounts
    if accounts:
        share = sum(accounts.values()) / len(report.log)
        yield Advice(
            share,
            f"{_count(len(accounts), 'account')} by name of tests or of the shop itself "
            f"({_some(accounts)}): {share:.1%} of all rows",
            "leave them out",
        )


def _duplicates(report: Report) -> Iterator[Advice]:
    n = report.repeats.duplicates
    if n:
        yield Advice(
            n / len(report.log),
            f"{_count(n, 'row')} {_are(n)} another row over again, to the second",
            "find out what writes them twice; training counts a pair once, a sum of quantities "
            "would not",
        )


def _again(report: Report) -> Iterator[Advice]:
    share = report.repeats.again / len(report.log)
    if share > 0.05:
        yield Advice(
            share,
            f"{share:.0%} of the rows are an account's second or later with the same item",
            "decide whether what somebody has may be recommended again; the lists here leave it "
            "out, and ask for what is new",
        )


def _returns(report: Report) -> Iterator[Advice]:
    found = report.amounts
    if found and found.negative:
        yield Advice(
            found.negative / len(report.log),
            f"{_count(found.negative, 'row')} below zero, as returns are; "
            f"{_count(found.taken_back, 'pair')} of account and item add up to nothing",
            "add up quantities by account and item, and keep what is above zero",
        )


def _hidden(report: Report) -> Iterator[Advice]:
    found = report.amounts
    if found and found.hidden:
        share = found.hidden / report.repeats.pairs
        yield Advice(
            share,
            f"{_count(found.hidden, 'pair')} of account and item were bought, and end with a row "
            f"that is not above zero ({share:.1%})",
            "add up before you train: of repeated rows the latest alone is read, and these "
            "purchases would be lost",
        )


def _everywhere(report: Report) -> Iterator[Advice]:
    people, n_users = report.popularity.people, report.log.n_users
    first, second = (*np.sort(people)[::-1][:2], 0, 0)[:2]
    if len(people) > 1 and first > max(n_users / 4, _ALONE * second):
        name = report.log.item_ids[people.argmax()]
        yield Advice(
            float(first / report.repeats.pairs),
            f"{first / n_users:.0%} of the accounts have the item '{name}', {first / second:.1f} "
            "times as many as have the next one",
            "look whether it is a product: postage, a deposit or a gift is none",
        )


def _few(report: Report) -> Iterator[Advice]:
    share, least = report.activity.few, report.config.min_clicks
    if share > 0.2:
        lost = 1 - float(report.kept.ladder["clicks"].get(least, np.nan))
        rows = "" if np.isnan(lost) else f", {lost:.0%} of the clicks"
        yield Advice(
            0.0 if np.isnan(lost) else lost,
            f"{share:.0%} of the accounts have fewer than {least} different items{rows}",
            "do not judge a model on those with many alone: measure people with few clicks apart "
            "(--min-clicks)",
        )


def _leak(report: Report) -> Iterator[Advice]:
    found = report.sessions
    if found and found.leaked > 0.1:
        yield Advice(
            found.leaked * report.config.held_out,
            f"a random split shows a model another row of the same session for {found.leaked:.0%} "
            "of what it asks",
            "split in time: --protocol in-time",
        )


def _cold(report: Report) -> Iterator[Advice]:
    cut = report.kept.cut
    if cut and max(cut.cold, cut.newcomers) > 0.05:
        yield Advice(
            max(cut.cold, cut.newcomers) * cut.later / report.repeats.pairs,
            f"after the cut {cut.cold:.0%} of the new clicks are on items that training has not "
            f"seen, {cut.newcomers:.0%} by people whom nobody knew",
            "say so beside every number: no model of clicks can get the first, popularity is all "
            "there is for the second; train often",
        )


def _time(report: Report) -> Iterator[Advice]:
    when = report.calendar
    if when is None:
        yield Advice(
            1.0,
            "there are no times",
            "name their column with --timestamp if the file has one: without it nothing can be "
            "said of sessions, robots' pace and what changes",
        )
    elif when.days_only:
        yield Advice(
            1.0, "times are days", "take the full time stamp if there is one: see sessions and pace"
        )
    elif when.empty:
        yield Advice(
            when.empty / len(when.weeks),
            f"{_count(when.empty, 'week')} of {len(when.weeks)} {_have(when.empty)} no row",
            "find out whether the log is whole",
        )


_RULES: Final[tuple[Callable[[Report], Iterator[Advice]], ...]] = (
    *(
        _bots,
        _tests,
        _everywhere,
        _duplicates,
        _again,
        _returns,
        _hidden,
        _few,
        _leak,
        _cold,
        _time,
    ),
)


def _some(names: object) -> str:
    every = [str(name) for name in names]  # type: ignore[attr-defined]
    more = f" and {len(every) - NAMED:,} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _have(n: int) -> str:
    return "has" if n == 1 else "have"
