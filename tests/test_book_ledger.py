"""The built page of the execution ledger shows the stored rows, or says that there are none."""

import pytest
from book_support import HTML, need_the_book, read_page
from bs4 import Tag

from recotour_book import ledger


@pytest.fixture(scope="module")
def page() -> Tag:
    need_the_book()
    return read_page(HTML / "back" / "ledger.html").select_one("article")


def test_each_notebook_has_a_line_once_one_is_measured(page):
    rows = ledger.read(ledger.ROOT / ledger.TABLE)
    if not rows:
        assert "No notebook was measured yet" in page.get_text()
        assert page.select("table") == []
        return
    lines = page.select("#tab-ledger tbody tr")
    links = [line.select_one("a")["href"] for line in lines]
    assert links == [f"../{name}.html" for name in ledger.names()]
    shown = [line.select("td")[1].get_text(strip=True) for line in lines]
    seconds = [f"{rows[name].seconds:.0f}" if name in rows else "–" for name in ledger.names()]
    assert shown == seconds
