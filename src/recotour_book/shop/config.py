"""How large the shop is, and how much goes wrong in it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ShopConfig:
    """Settings of the shop.

    Parameters
    ----------
    people, products
        How many there are.
    groups
        Of products; a person's taste is a liking for each.
    weeks
        Of the log, from Monday, 1 January 2024 on.
    visits
        Mean number of a person's visits in a year.
    newcomers
        Share of the people who come in the course of the year.
    launched
        Share of the products that are launched in its course.
    withdrawn
        Share of the products that are taken from the shelf in its course.
    bought
        Chance that something is bought in a visit.
    returned
        Chance that an order line comes back.
    guests
        Share of the visits without an account.
    written_twice
        Share of the rows that the export writes twice.
    crawlers, resellers, testers
        Accounts that are no customers.
    seed
        Of every draw.
    """

    people: int = 3000
    products: int = 600
    groups: int = 12
    weeks: int = 52
    visits: float = 14.0
    newcomers: float = 0.4
    launched: float = 0.35
    withdrawn: float = 0.2
    bought: float = 0.6
    returned: float = 0.08
    guests: float = 0.06
    written_twice: float = 0.012
    crawlers: int = 9
    resellers: int = 6
    testers: int = 5
    seed: int = 2024
