"""The landing page in headless Chromium, from disk: its first screen, its picker, its weight."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pandas as pd
import pytest
from book_support import HTML, ROOT, need_the_book, read_page, toc_files
from browser_support import PATIENCE, Watch, visit
from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser

PAGE = HTML / "intro.html"
SCREENS = [(1280, 800), (390, 844), (360, 800)]
OURS = ("_static/interactive/", "_static/landing")
LISTS = pd.read_csv(ROOT / "results" / "first-lists.csv")


@pytest.fixture(scope="module", autouse=True)
def _built_book() -> None:
    need_the_book()


def opened(
    chromium: Browser,
    watch: Watch,
    width: int,
    height: int,
    note: Callable[[Request], None] | None = None,
    **options: object,
) -> Page:
    """Open the page in a context of its own; `note` gets each request."""
    context = chromium.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    if note:
        page.on("request", note)
    if not options.get("java_script_enabled", True):  # scripts that are not run count as failed
        page.goto(PAGE.as_uri())
        return page
    watch.on(page)
    visit(page, PAGE.as_uri())
    page.wait_for_selector("[data-interactive=picker][data-ready]", state="attached")
    return page


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What goes wrong in a page; nothing may."""
    made = Watch()
    yield made
    assert made == Watch()


def has_picker() -> bool:
    """Tell whether the book was built where the data were."""
    return read_page(PAGE).select_one("[data-interactive=picker] script").string != "null"


needs_data = pytest.mark.skipif(
    PAGE.is_file() and not has_picker(), reason="the book was built without MovieLens 100K"
)


def shown(page: Page, kind: str) -> list[str]:
    return page.locator(f".picker-list.{kind} li").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_the_first_screen_has_both_lists_and_both_doors(chromium, watch, width, height, scripts):
    page = opened(chromium, watch, width, height, java_script_enabled=scripts)
    doors = page.locator(".landing-doors a")
    assert doors.all_inner_texts() == ["Start reading", "Skip the mathematics"]
    assert page.locator(".picker-list li").count() == 10
    for part in (*doors.all(), *page.locator(".picker-list").all()):
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width
    page.context.close()


def test_without_scripts_the_lists_are_those_in_results(chromium, watch):
    page = opened(chromium, watch, 1280, 800, java_script_enabled=False)
    for kind in ("popular", "ease"):
        stored = LISTS.loc[LISTS["list"] == kind, "film"]
        years = [title[-6:] for title in shown(page, kind)]
        assert years == [title[-6:] for title in stored]
    page.context.close()


@needs_data
def test_with_scripts_they_start_the_same(chromium, watch):
    page, still = (
        opened(chromium, watch, 1280, 800, java_script_enabled=on) for on in (True, False)
    )
    for kind in ("popular", "ease"):
        assert shown(page, kind) == shown(still, kind)
    page.context.close()
    still.context.close()


def weights() -> tuple[list[str], np.ndarray]:
    """Compute the titles and the weights from what the page carries."""
    data = json.loads(read_page(PAGE).select_one("[data-interactive=picker] script").string)
    n = len(data["titles"])
    level = np.frombuffer(base64.b64decode(data["pairs"]), np.int8) / 127
    half = np.zeros((n, n))
    half[np.triu_indices(n, 1)] = np.sign(level) * level**2 * data["largest"]
    roots = np.array(data["roots"])
    return data["titles"], (half + half.T) * np.outer(roots, 1 / roots)


@needs_data
@pytest.mark.parametrize("added", [(10, 77), (399, 0), (150, 320)])
def test_the_model_in_the_page_agrees_with_python(chromium, watch, added):
    page = opened(chromium, watch, 1280, 800)
    titles, matrix = weights()
    names = page.locator("#picker-films option").evaluate_all("all => all.map(e => e.value)")
    for _ in range(3):
        page.locator(".picker-chips button").first.click()
    assert shown(page, "ease") == []
    for film in added:
        page.get_by_role("combobox", name="Add a film").fill(names[film])
    scores = matrix[list(added)].sum(axis=0)
    scores[list(added)] = -np.inf
    wanted = [names[film] for film in np.argsort(-scores, kind="stable")[:5]]
    assert shown(page, "ease") == wanted
    assert len(titles) == len(names)
    page.context.close()


@needs_data
def test_it_can_be_used_by_the_keyboard_and_by_touch(chromium, watch):
    page = opened(chromium, watch, 390, 844, has_touch=True)
    before = shown(page, "ease")
    page.get_by_role("button", name="Romance").tap()
    assert shown(page, "ease") != before
    page.locator(".picker-chips button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".picker-chips li").count() == 2
    assert page.evaluate("document.activeElement.closest('.picker-chips') !== null")
    page.get_by_role("combobox", name="Add a film").focus()
    page.keyboard.type("Alien (1979)")
    assert "Alien (1979)" in page.locator(".picker-chips").inner_text()
    for control in page.locator(".interactive :is(button, input)").all():
        assert control.bounding_box()["height"] >= 34
    page.context.close()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_what_is_ours(chromium, watch, width, mode):
    page = opened(chromium, watch, width, 844, color_scheme=mode, reduced_motion="reduce")
    page.add_script_tag(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run('article .landing-doors, figure.interactive', {preload: false})")
    told = [(it["id"], [node["html"][:120] for node in it["nodes"]]) for it in found["violations"]]
    assert told == []
    page.context.close()


def test_what_is_ours_is_light(chromium, watch):
    paths: set[Path] = set()

    def note(request):
        paths.add(Path(unquote(urlparse(request.url).path)))

    page = opened(chromium, watch, 1280, 800, note)
    ours = [path for path in paths if any(part in path.as_posix() for part in OURS)]
    assert {"picker.js", "landing.css"} <= {path.name for path in ours}
    assert sum(path.stat().st_size for path in (PAGE, *ours)) < 250_000
    page.context.close()


def test_next_is_the_first_chapter_and_the_cards_count_as_the_sidebar_does():
    page = read_page(PAGE)
    assert page.select_one("a.right-next")["href"] == "foundations/problem.html"
    starts = [int(tag.get("start", 1)) for tag in page.select("article .sd-card ol")]
    counts = [len(tag.find_all("li")) for tag in page.select("article .sd-card ol")]
    assert starts == [1 + sum(counts[:i]) for i in range(len(counts))]
    numbered = [name for name in toc_files() if name.split("/")[0] not in ("api", "back")]
    assert sum(counts) == len(numbered) - 2  # less this page and the manual
