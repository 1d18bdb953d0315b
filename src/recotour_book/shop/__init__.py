"""A shop that never was, whose raw log is as a shop's is, and of which the truth is known.

`make` draws people with tastes, products that come and go, and what people did for a year; then
crawlers, resellers and testers, and what goes wrong when a log is written. Everything is a
function of a frozen configuration and its seed.
"""

from recotour_book.shop.config import ShopConfig
from recotour_book.shop.made import Shop, make

__all__ = ["Shop", "ShopConfig", "make"]
