"""The parts `water` and `copies` in headless Chromium, from disk, against numbers made in Python.

What every part has to do (keys, sizes, modes, paper) is in test_browser_interactive.py.
"""

from collections.abc import Iterator
from pathlib import Path

import interactive_book
import numpy as np
import pytest
from browser_support import visit
from numpy.testing import assert_allclose
from playwright.sync_api import Browser, Locator, Page
from test_browser_interactive import (
    COVERED,
    INSIDE,
    PHONE,
    Log,
    finger,
    new_page,
    numbers,
    part,
    press,
    resize,
    settings,
    slider,
    texts,
    wake,
)
from test_water import COPIES, VARIANCES, WATER, best_unit

pytestmark = pytest.mark.browser

CHAPTER = "\n".join(
    (
        interactive_book.part("water", "Raise it.", "name: int-water"),
        interactive_book.part("copies", "Click again.", "name: int-copies"),
        "Here {live}`the rate <water:rate>`, and there {live}`the width <copies:sd>`.",
    )
)
BETAS = [0.2, 0.5, 1.0, 1.8, 4.0]
LEAST = 0.51e-3  # half of the last digit that is shown, and a little


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("water")
    book = interactive_book.write(folder, CHAPTER, interactive_book.sweep())
    done = interactive_book.run(book)
    assert done.returncode == 0, done.stdout + done.stderr
    return book / "_build" / "html"


def opened(chromium: Browser, html: Path, log: Log, **options: object) -> Page:
    """Open the chapter, with both parts awake."""
    page = new_page(chromium, log, reduced_motion="reduce", **options)
    visit(page, f"{html.as_uri()}/chapter.html")
    wake(page)
    return page


@pytest.fixture(scope="module")
def chapter(chromium: Browser, html: Path) -> Iterator[Page]:
    log = Log()
    page = opened(chromium, html, log)
    yield page
    page.context.close()
    assert log == Log()


@pytest.fixture
def page(chapter: Page) -> Page:
    """The chapter as it is when it has just been opened."""
    resize(chapter, 1200, 900)
    for name in ("water", "copies"):
        press(part(chapter, name), "Start again")
    return chapter


def power_of(beta: float) -> float:
    """Return the step of the slider that is nearest to a weight."""
    return round(np.log10(beta) / 0.05) * 0.05


def set_beta(figure: Locator, beta: float) -> float:
    """Move the slider, and return the weight that it then says."""
    slider(figure).fill(f"{power_of(beta):.2f}")
    return settings(figure)[0]


def boxes(figure: Locator, kind: str) -> np.ndarray:
    """Return left, top, width and height of the bars of a kind, in pixels of their picture."""
    script = "all => all.map(e => [e.x, e.y, e.width, e.height].map(v => v.baseVal.value))"
    return np.array(figure.locator(f".picture {kind}").evaluate_all(script)).reshape(-1, 4)


# Water.


@pytest.mark.parametrize("beta", BETAS)
def test_the_numbers_of_the_water_are_those_of_python(page, beta):
    figure = part(page, "water")
    beta = set_beta(figure, beta)
    shown, wanted = numbers(figure), WATER.numbers(VARIANCES, WATER.NOISE, beta)
    assert set(shown) == set(wanted)
    for name, value in wanted.items():
        assert shown[name] == pytest.approx(value, abs=LEAST), name
    rates, distortions = np.transpose([best_unit(a, beta) for a in VARIANCES])
    assert shown["rate"] == pytest.approx(rates.sum(), abs=3e-3)
    assert shown["loss"] == pytest.approx(distortions.sum() + beta * rates.sum(), abs=1e-3)


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("beta", BETAS)
def test_each_bar_is_cut_where_the_water_stands(page, beta, width):
    resize(page, width, 900)
    figure = part(page, "water")
    level = set_beta(figure, beta) * WATER.NOISE
    lost, kept, rates = (
        boxes(figure, f"rect.bar{kind}")
        for kind in (".rim", ".tone-reconstruction:not(.rim)", ".tone-rate")
    )
    speak = level < VARIANCES
    assert len(lost) == len(VARIANCES)
    assert len(kept) == len(rates) == speak.sum()
    (sea,) = boxes(figure, "rect.area.tone-blue")
    unit = lost[-1, 3] / min(VARIANCES[-1], level)  # pixels of a variance of 1
    assert_allclose(lost[:, 3] / unit, np.minimum(VARIANCES, level), atol=1e-3)
    assert_allclose(kept[:, 3] / unit, (VARIANCES - level)[speak], atol=1e-3)
    if speak.any():
        assert sea[3] / unit == pytest.approx(level, abs=1e-3)
        wanted = np.log(VARIANCES / level)[speak] / 2
        assert_allclose(rates[:, 3] / rates[0, 3], wanted / wanted[0], atol=1e-3)
    assert figure.evaluate(INSIDE) == []
    for picture in figure.locator(".picture").all():
        assert picture.evaluate(COVERED) == []


def plane_of(figure: Locator) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines from pixels to nats of the plane, fitted to the dots of the units."""
    script = "all => all.map(e => [e.cx.baseVal.value, e.cy.baseVal.value])"
    dots = np.array(figure.locator(".picture").nth(1).locator("circle.mark").evaluate_all(script))
    wakes = [WATER.numbers(VARIANCES, WATER.NOISE, a / WATER.NOISE) for a in VARIANCES]
    rates, distortions = ([one[name] for one in wakes] for name in ("rate", "distortion"))
    fits = np.polyfit(dots[:, 0], rates, 1), np.polyfit(dots[:, 1], distortions, 1)
    assert_allclose(np.polyval(fits[0], dots[:, 0]), rates, atol=1e-2)
    assert_allclose(np.polyval(fits[1], dots[:, 1]), distortions, atol=1e-2)
    return fits


def points_of(path: Locator) -> np.ndarray:
    places = path.get_attribute("d").removeprefix("M").split("L")
    return np.array([place.split() for place in places], float)


@pytest.mark.parametrize("beta", BETAS[:-1])
def test_the_point_slides_along_the_curve_and_its_tangent_has_slope_minus_beta(page, beta):
    figure = part(page, "water")
    beta = set_beta(figure, beta)
    plane = figure.locator(".picture").nth(1)
    across, up = plane_of(figure)
    line = points_of(plane.locator("path.dashed"))
    rates, distortions = np.polyval(across, line[:, 0]), np.polyval(up, line[:, 1])
    assert np.diff(distortions)[0] / np.diff(rates)[0] == pytest.approx(-beta, rel=0.01)
    assert_allclose(distortions + beta * rates, numbers(figure)["loss"], atol=0.02)
    curve = points_of(plane.locator("path.curve.tone-blue"))
    losses = np.polyval(up, curve[:, 1]) + beta * np.polyval(across, curve[:, 0])
    assert losses.min() == pytest.approx(numbers(figure)["loss"], abs=0.02)
    top = plane.locator("path.mark").get_attribute("d").removeprefix("M").partition("l")[0]
    x, y = map(float, top.split())  # of a diamond that is 14 pixels high
    assert np.polyval(across, x) == pytest.approx(numbers(figure)["rate"], abs=0.02)
    assert np.polyval(up, y + 7) == pytest.approx(numbers(figure)["distortion"], abs=0.02)


def test_above_the_largest_variance_every_unit_is_silent(page):
    figure = part(page, "water")
    slider(figure).focus()
    page.keyboard.press("End")
    assert texts(figure)["active"] == "0"
    assert texts(figure)["rate"] == "0.000"
    page.keyboard.press("Home")
    assert texts(figure)["active"] == f"{len(VARIANCES)}"
    press(figure, "Start again")
    assert settings(figure) == [1.0]


def knob(page: Page) -> tuple[float, float]:
    """Return where in the window the middle of the handle is."""
    box = part(page, "water").locator(".knob").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_water_follows_the_mouse_and_stops_at_the_ends_of_the_slider(page):
    figure = part(page, "water")
    figure.scroll_into_view_if_needed()
    x, y = knob(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 60, steps=5)
    assert knob(page)[1] == pytest.approx(y - 60, abs=3)  # two digits of β
    (beta,) = settings(figure)
    assert beta > 1
    wanted = WATER.numbers(VARIANCES, WATER.NOISE, beta)
    assert numbers(figure)["rate"] == pytest.approx(wanted["rate"], abs=LEAST)
    page.mouse.move(x, y - 2000, steps=3)
    assert settings(figure) == [4.0]
    page.mouse.move(x, y + 2000, steps=3)
    assert settings(figure) == [0.2]
    page.mouse.up()


def test_the_water_follows_a_finger_and_the_page_stays(chromium, html):
    log = Log()
    page = opened(chromium, html, log, has_touch=True, is_mobile=True)
    resize(page, **PHONE)
    page.evaluate(
        "scrollTo(0, scrollY + document.querySelector('.knob').getBoundingClientRect().top - 350)"
    )
    (x, y), top = knob(page), page.evaluate("scrollY")
    touch = finger(page)
    touch("touchStart", (x, y))
    for share in (0.3, 0.6, 1.0):
        touch("touchMove", (x, y - 50 * share))
    touch("touchEnd")
    assert settings(part(page, "water"))[0] > 1
    assert page.evaluate("scrollY") == top
    page.context.close()
    assert log == Log()


# Copies.


@pytest.mark.parametrize("copies", range(1, 6))
def test_the_numbers_of_the_copies_are_those_of_python(page, copies):
    figure = part(page, "copies")
    slider(figure).fill(f"{copies}")
    shown = texts(figure)
    assert shown.pop("copies") == f"{copies}"
    assert shown.pop("head") == ("1 copy" if copies == 1 else f"{copies} copies")
    columns = {"none": 0, "one": 1, "more": copies}
    names = ("mean", "sd", "likelihood", "rate", "elbo")
    wanted = {
        f"{name}-{column}": COPIES.numbers(count)[name]
        for column, count in columns.items()
        for name in names
    }
    wanted |= {name: COPIES.numbers(copies)[name] for name in ("objective", "bound")}
    assert set(shown) == set(wanted)
    for name, value in wanted.items():
        assert float(shown[name].replace("−", "-")) == pytest.approx(value, abs=LEAST), name
    assert shown["objective"] == shown["bound"]


@pytest.mark.parametrize("copies", [1, 4])
def test_the_densities_stand_where_python_says(page, copies):
    figure = part(page, "copies")
    slider(figure).fill(f"{copies}")
    picture = figure.locator(".picture").first
    script = "all => all.map(e => [e.textContent, e.x.baseVal[0].value, e.y.baseVal[0].value])"
    words = picture.locator(".axes text:not(.name)").evaluate_all(script)
    ticks = [[float(tick.replace("−", "-")), x, y - 4] for tick, x, y in words]
    left = min(x for _, x, _ in ticks)
    across = np.polyfit(*np.transpose([(x, z) for z, x, _ in ticks if x > left]), 1)
    up = np.polyfit(*np.transpose([(y, r) for r, x, y in ticks if x == left]), 1)
    kinds = {0: "tone-prior", 1: "tone-posterior", copies: "tone-q"}
    if copies == 1:
        kinds = {0: "tone-prior", 1: "tone-q"}
    for count, kind in kinds.items():
        points = points_of(picture.locator(f"path.curve.{kind}"))
        z, found = np.polyval(across, points[:, 0]), np.polyval(up, points[:, 1])
        grid = np.linspace(*COPIES.GRID)
        r = np.exp(-(grid**2) / 2 + count * COPIES.log_likelihood(grid))
        r /= r.sum() * (grid[1] - grid[0])
        assert_allclose(found, np.interp(z, grid, r), atol=0.01)


@pytest.mark.parametrize("width", [320, 360, 768])
@pytest.mark.parametrize("copies", [1, 5])
def test_nothing_is_covered_or_outside(page, width, copies):
    resize(page, width, 800)
    figure = part(page, "copies")
    slider(figure).fill(f"{copies}")
    for picture in figure.locator(".picture").all():
        assert picture.evaluate(COVERED) == []
    assert figure.evaluate(INSIDE) == []
    assert figure.get_by_text("somebody clicked Alien and Contact").is_visible()


# Both.


def test_sentences_follow_both_parts(page):
    slider(part(page, "copies")).fill("5")
    set_beta(part(page, "water"), 0.5)
    said = {
        name: page.locator(f"[data-live='{name}']").get_attribute("data-value")
        for name in ("water:rate", "copies:sd")
    }
    assert said["water:rate"] == texts(part(page, "water"))["rate"]
    assert said["copies:sd"] == texts(part(page, "copies"))["sd-more"]


def test_each_part_has_a_slider_and_a_button_and_no_other_stop(page):
    stops = "figure => [...figure.querySelectorAll('*')].filter(e => e.tabIndex >= 0).length"
    for name in ("water", "copies"):
        assert part(page, name).locator(".interactive-stage").evaluate(stops) == 2


# The longest task of the page while a slider goes through all its steps, frame by frame.
LONGEST = """async slider => {
  const seen = [0];
  const watch = new PerformanceObserver(all => seen.push(...all.getEntries().map(e => e.duration)));
  watch.observe({ type: "longtask" });
  for (let value = Number(slider.min); value <= slider.max; value += Number(slider.step)) {
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
    await new Promise(requestAnimationFrame);
  }
  await new Promise(done => setTimeout(done, 100));
  watch.disconnect();
  return Math.max(...seen);
}"""


@pytest.mark.parametrize("name", ["water", "copies"])
def test_no_step_of_a_slider_holds_the_page_up(page, name):
    assert slider(part(page, name)).evaluate(LONGEST) < 200
