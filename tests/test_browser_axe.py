"""Axe-core finds nothing, of any impact, on any page: light and dark, on a desk and on a telephone.

Each page is opened once. What only the place of things or their colours could change is asked
again; formulas' strokes and repeated tokens of code are taken out before, which axe would look at
one by one (screens_book.THIN).
"""

from collections.abc import Iterator

import pytest
from browser_support import PATIENCE, visit
from playwright.sync_api import Browser, Page
from screens_book import AXE, FINDINGS, THIN, address, axe_script, page_files, settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS = {  # width and mode: the rules asked there, None for all
    (1280, "light"): None,
    (1280, "dark"): COLOURS,
    (390, "dark"): COLOURS,
    (390, "light"): None,
}

# What is far from the window changes its colours when it is looked at, and not when the mode does.
STILL = "*, ::before, ::after { transition: none !important }"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page()
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def findings(page: Page) -> list[str]:
    """Say what axe finds in a page, in every look."""
    found = []
    page.evaluate(THIN)
    page.add_style_tag(content=STILL)
    page.evaluate(axe_script())
    for (width, mode), rules in LOOKS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=mode)
        settle(page)
        found += [f"{width} {mode}: {one}" for one in page.evaluate(FINDINGS, rules)]
    return found


@pytest.mark.parametrize("name", page_files())
def test_axe_finds_nothing(page, name):
    visit(page, address(name))
    assert findings(page) == []


def test_axe_notices_what_is_wrong(page):
    """A page with a fault of each kind that was mended: the test above can fail."""
    page.set_content(f"""<html lang="en"><title>Faults</title><main><h1>Faults</h1>
      <p style="color: #999">pale <button aria-label="Find">Search</button></p>
      <table><tr><th></th><th>users</th></tr><tr><td>a</td><td>1</td></tr></table>
      <div role="list"><div role="doc-biblioentry">a source</div></div>
      <details><summary><span role="presentation"></span></summary>below</details>
      <pre style="overflow: auto; height: 4rem; width: 9rem">{"a long line of code " * 9}</pre>
      </main><p>outside</p></html>""")
    page.evaluate(axe_script())
    found = {one.split()[0] for one in page.evaluate(FINDINGS, None)}
    assert found >= {
        "aria-deprecated-role",
        "aria-required-children",
        "color-contrast",
        "empty-table-header",
        "label-content-name-mismatch",
        "region",
        "scrollable-region-focusable",
        "summary-name",
    }


def test_axe_is_the_pinned_one():
    assert '"version": "4.14.1"' in (AXE.parent / "package.json").read_text()
