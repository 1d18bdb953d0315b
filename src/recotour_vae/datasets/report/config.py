"""Where a report draws its lines: who is suspected, what is one session, where time is cut."""

from dataclasses import dataclass, field

from recotour_vae.errors import ConfigError


@dataclass(frozen=True)
class BotRules:
    """What nobody does by hand; an account that meets one of the rules is suspected.

    Parameters
    ----------
    per_hour
        Pace: so many moments within one hour of the clock. Rows of one second are one moment, or
        a long order would be a robot.
    breadth
        So large a share of all items, of at least `least_items`.
    hours
        Round the clock: so many different hours of one day (UTC), in one of which people sleep.
    share
        So large a share of all rows, and `above_usual` times the rows of the median account.
    least_items
        See `breadth`: half of a tiny catalogue is no sign.
    above_usual
        See `share`: of a handful of people each has a large share.
    """

    per_hour: int = 240
    breadth: float = 0.5
    hours: int = 18
    share: float = 0.01
    least_items: int = 100
    above_usual: float = 20.0

    def __post_init__(self) -> None:
        _check_positive(
            per_hour=self.per_hour,
            breadth=self.breadth,
            hours=self.hours,
            share=self.share,
            above_usual=self.above_usual,
        )


@dataclass(frozen=True)
class ReportConfig:
    """Settings of a report.

    Parameters
    ----------
    cut
        Where a split in time would begin to test: after a share of all rows when below 1, after
        that second since 1970, or with a day such as "1998-04-01".
    min_clicks
        People with fewer different items are too few to learn from.
    session_gap
        Seconds without a row after which another session begins.
    held_out
        Share of the clicks that a random split would ask for.
    quiet_weeks
        An item that nobody touched for so long at the end is taken to be gone.
    bots
        Who is suspected.
    """

    cut: float | str = 0.9
    min_clicks: int = 5
    session_gap: int = 1800
    held_out: float = 0.2
    quiet_weeks: int = 8
    bots: BotRules = field(default_factory=BotRules)

    def __post_init__(self) -> None:
        _check_positive(
            min_clicks=self.min_clicks, session_gap=self.session_gap, quiet_weeks=self.quiet_weeks
        )
        if not 0 < self.held_out < 1:
            raise ConfigError(f"held_out is {self.held_out}; give a share between 0 and 1.")
        if not isinstance(self.cut, str):
            _check_positive(cut=self.cut)


def _check_positive(**settings: float) -> None:
    for name, value in settings.items():
        if not value > 0:
            raise ConfigError(f"{name} is {value}; give a positive number.")
