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
from browser_support import Watch, change_the_picks, opened_alone, too_low_for_a_finger
from playwright.sync_api import Browser, Page, Request
from scipy.sparse import csr_matrix
from screens_book import findings_within

from recotour_book.picker import PRESETS
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.serving.export import read_web

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
    page = opened_alone(chromium, watch, PAGE.as_uri(), width, height, note, **options)
    if options.get("java_script_enabled", True):
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
def test_the_model_of_the_book_comes_when_it_is_asked_for(chromium, watch):
    asked: list[str] = []
    page = opened(chromium, watch, 390, 844, lambda request: asked.append(request.url))
    page.get_by_role("button", name="Space", exact=True).click()
    assert not [url for url in asked if "models/" in url]
    page.get_by_role("button", name="And the model of this book?").click()
    page.wait_for_selector(".picker-list.network li")
    model = read_web(HTML / "_static" / "interactive" / "models" / "mult-vae-pytorch-0.2.js")
    for preset in ("Space", "Romance"):
        page.get_by_role("button", name=preset, exact=True).click()
        titles = model.about["titles"]
        row = np.zeros((1, len(titles)), np.float32)
        row[0, [titles.index(title) for title in PRESETS[preset]]] = 1
        best = top_k_unseen(model.score(csr_matrix(row)), csr_matrix(row), 5)[0]
        years = [titles[film][-6:] for film in best]
        assert [name[-6:] for name in shown(page, "network")] == years
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Open it, and meet the others").click()
    page.wait_for_url("**/practice/meet.html")
    page.context.close()


@needs_data
def test_it_can_be_used_by_the_keyboard_and_by_touch(chromium, watch):
    page = opened(chromium, watch, 390, 844, has_touch=True)
    before = shown(page, "ease")
    page.get_by_role("button", name="Romance").tap()
    assert shown(page, "ease") != before
    change_the_picks(page)
    assert too_low_for_a_finger(page) == []
    page.context.close()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_what_is_ours(chromium, watch, width, mode):
    page = opened(chromium, watch, width, 844, color_scheme=mode, reduced_motion="reduce")
    assert findings_within(page, "article .landing-doors, figure.interactive") == []
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
