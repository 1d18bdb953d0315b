"""The benchmark of pages measures what it says."""

import pages
import pytest
from browser_support import launched

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_row_says_what_a_page_loads_and_how_many_elements_it_has(tmp_path):
    script = "x".join(["//", "\n" * 50_000])
    (tmp_path / "big.js").write_text(script)
    text = "<!DOCTYPE html><title>A page</title><script src=big.js></script><p><b>x</b></p>"
    (tmp_path / "page.html").write_text(text)
    (tmp_path / "empty.html").write_text("<!DOCTYPE html><title>Empty</title>")
    with launched() as browser:
        row = pages.measure(browser, tmp_path / "page.html", tmp_path / "empty.html", rounds=1)
    assert row["MB"] == round((len(script) + len(text)) / 1e6, 2)
    assert row["elements"] == 7
    assert row["DOMContentLoaded"] > 0
    assert row["long tasks"] >= row["longest task"] >= 0


def test_pages_are_listed_by_name_and_those_of_the_theme_never(tmp_path):
    for name in ("a.html", "b/c.html", "_static/macros.html"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert list(pages.list_pages(tmp_path, ["b/c"])) == [tmp_path / "b/c.html"]
    assert list(pages.list_pages(tmp_path, [])) == [tmp_path / "a.html", tmp_path / "b/c.html"]
