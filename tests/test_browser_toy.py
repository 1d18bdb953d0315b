"""The running toy in headless Chromium, opened from disk, against `recotour_book.toy`.

Its numbers are checked in tests/test_running_toy.py; here the page's must be the same. One page has
both views: that without q, and the whole.
"""

from collections.abc import Iterator
from pathlib import Path

import interactive_book
import pytest
from browser_support import Watch, opened_alone
from interactive_book import part
from numpy.testing import assert_allclose
from playwright.sync_api import Browser, Locator, Page
from screens_book import AXE

from recotour_book import toy

pytestmark = pytest.mark.browser

CHAPTER = "\n\n".join(
    (
        "A chapter without q.",
        part("toy", "Click films.", "view: posterior"),
        part("toy", "Click films, and move $q$.\n\n1. Which bar stays?\n", "name: int-toy"),
    )
)
SHOWN = 0.51e-4  # half of the last digit that is shown, and a little
CLICKS = [(0, 0, 0, 0), (1, 1, 0, 0), (3, 0, 0, 1), (0, 2, 3, 0), (3, 3, 3, 3)]
QS = [(-0.5, 1.0), (0.9, 0.6), (3.0, 0.2), (-3.0, 1.5)]
SIZES = [(320, 700), (360, 740), (768, 900), (1280, 900)]


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("toy")
    done = interactive_book.run(interactive_book.write(folder, CHAPTER, None))
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "book" / "_build" / "html" / "chapter.html").as_uri()


def wake(page: Page) -> None:
    """Bring both into view, so that they are drawn."""
    for figure in page.locator("figure.interactive").all():
        figure.scroll_into_view_if_needed()
        page.wait_for_function("figure => 'ready' in figure.dataset", arg=figure.element_handle())
    page.wait_for_function(
        "[...document.querySelectorAll('.picture svg')].every(e => e.viewBox.baseVal.width > 0)"
    )


@pytest.fixture(scope="module")
def shared(chromium: Browser, address: str) -> Iterator[tuple[Page, Watch]]:
    """The page, opened once for most of the tests."""
    made = Watch()
    page = opened_alone(chromium, made, address, 1280, 900, reduced_motion="reduce")
    wake(page)
    yield page, made
    page.context.close()


@pytest.fixture
def page(shared: tuple[Page, Watch]) -> Iterator[Page]:
    """The page as it begins, wide and light."""
    page, watch = shared
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(media="screen", color_scheme="light")
    for figure in (plain(page), whole(page)):
        figure.get_by_role("button", name="Start again").click()
    yield page
    assert watch == Watch()


def plain(page: Page) -> Locator:
    return page.locator("figure[data-view=posterior]")


def whole(page: Page) -> Locator:
    return page.locator("figure#int-toy")


def numbers(figure: Locator) -> dict[str, float]:
    """Return all that a part shows in numbers, by name."""
    script = "all => all.map(e => [e.dataset.number, e.textContent.replace('−', '-')])"
    return {
        name: float(words) for name, words in figure.locator("[data-number]").evaluate_all(script)
    }


def settings(figure: Locator) -> list[float]:
    words = figure.locator(".slider output").all_inner_texts()
    return [float(one.replace("−", "-")) for one in words]


def click(figure: Locator, clicks: tuple[int, ...]) -> None:
    """Click the films as often as that, from none."""
    figure.get_by_role("button", name="No clicks").click()
    for film, times in zip(toy.FILMS, clicks, strict=True):
        for _ in range(times):
            figure.get_by_role("button", name=film).click()


def set_q(figure: Locator, mu: float, sigma: float) -> None:
    for slider, value in zip(figure.get_by_role("slider").all(), (mu, sigma), strict=True):
        slider.fill(f"{value}")


def shown(figure: Locator, name: str) -> list[float]:
    """Return the four numbers of a kind."""
    found = numbers(figure)
    return [found[f"{name}-{film}"] for film in range(4)]


# The numbers are Python's.


@pytest.mark.parametrize("clicks", CLICKS)
def test_clicks_move_the_posterior_and_the_next_film_as_in_python(page, clicks):
    figure, exact = plain(page), toy.posterior(clicks)
    click(figure, clicks)
    assert shown(figure, "clicks") == list(clicks)
    assert_allclose(shown(figure, "exact"), exact.following, atol=0.51e-3)
    assert_allclose(shown(figure, "other"), toy.posterior((0, 0, 0, 0)).following, atol=0.51e-3)
    assert numbers(figure)["evidence"] == pytest.approx(toy.evidence(clicks), abs=SHOWN)
    if any(clicks):
        words = f"z is {exact.mean + 1e-9:.2f}, give or take {exact.deviation:.2f}"
        verdict = figure.locator(".verdict").inner_text().replace("−", "-")
        assert words in verdict
        best = max(exact.following) - 1e-6
        names = zip(toy.FILMS, exact.following, strict=True)
        wanted = " or ".join(name for name, share in names if share > best)
        assert verdict.endswith(f"most probable next: {wanted}.")


@pytest.mark.parametrize("clicks", CLICKS)
@pytest.mark.parametrize(("mu", "sigma"), QS)
def test_the_bound_is_pythons_and_adds_up(page, clicks, mu, sigma):
    figure, wanted = whole(page), toy.bound(clicks, mu, sigma)
    click(figure, clicks)
    set_q(figure, mu, sigma)
    assert settings(figure) == [mu, sigma]
    found = numbers(figure)
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=SHOWN), name
    assert [found["left"], found["right"]] == [found["elbo"], found["gap"]]
    assert found["left"] + found["right"] == pytest.approx(found["total"], abs=1.1e-4)
    assert found["total"] == found["evidence"]
    assert_allclose(shown(figure, "exact"), toy.posterior(clicks).following, atol=0.51e-3)
    assert_allclose(shown(figure, "other"), toy.normal(mu, sigma).following, atol=0.51e-3)


@pytest.mark.parametrize("clicks", CLICKS)
def test_the_best_q_is_that_of_pythons_optimiser(page, clicks):
    figure, best = whole(page), toy.best(clicks)
    click(figure, clicks)
    figure.get_by_role("button", name="Best q").click()
    assert_allclose(settings(figure), best, atol=2e-4)
    gap = toy.bound(clicks, *best)["gap"]
    assert numbers(figure)["gap"] == pytest.approx(gap, abs=SHOWN)
    words = "No normal q does better" if any(clicks) else "The gap is closed"
    assert words in figure.locator(".verdict").inner_text()


def test_one_line_says_what_a_poor_q_loses(page):
    figure = whole(page)
    set_q(figure, 2.0, 0.3)
    clicks = (1, 0, 0, 0)
    lost, least = (toy.bound(clicks, *q)["gap"] for q in ((2.0, 0.3), toy.best(clicks)))
    wanted = f"This q loses {lost:.4f} nats; the best normal q would lose {least:.4f}."
    assert figure.locator(".verdict").inner_text() == wanted


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("mu", "sigma"), QS)
def test_the_bars_are_as_long_as_their_numbers(page, width, mu, sigma):
    page.set_viewport_size({"width": width, "height": 900})
    figure = whole(page)
    wait_for_pictures(page)
    click(figure, (1, 1, 0, 0))
    set_q(figure, mu, sigma)
    ends = "all => all.map(e => [e.x.baseVal.value, e.x.baseVal.value + e.width.baseVal.value])"
    bound = figure.locator(".picture", has=page.locator("[data-number=elbo]"))
    evidence, gap, elbo = bound.locator("rect.bar").evaluate_all(ends)
    wanted = toy.bound((1, 1, 0, 0), mu, sigma)
    pixels = (elbo[1] - elbo[0]) / -wanted["elbo"]  # a nat
    assert_allclose([gap[0], gap[1]], [elbo[0], evidence[0]], atol=0.05)
    assert_allclose(gap[1] - gap[0], pixels * wanted["gap"], atol=0.05)
    assert elbo[0] >= 0


# By keyboard, by hand, and aloud.


@pytest.mark.parametrize("view", [plain, whole])
def test_films_are_clicked_by_the_keyboard_and_a_fourth_click_begins_again(page, view):
    figure = view(page)
    contact = figure.get_by_role("button", name="Contact")
    contact.focus()
    for count in (1, 2, 3, 0):
        page.keyboard.press("Enter")
        assert shown(figure, "clicks") == [1, count, 0, 0]
    assert contact.evaluate("one => one === document.activeElement")


def test_each_control_is_one_stop(page):
    for figure, count in ((plain(page), 6), (whole(page), 9)):
        controls = figure.locator("button, input")
        assert controls.count() == count
        controls.first.focus()
        for control in controls.all():
            assert control.evaluate("one => one === document.activeElement")
            page.keyboard.press("Tab")


def test_the_peak_of_q_follows_the_mouse(page):
    figure = whole(page)
    figure.scroll_into_view_if_needed()
    knob = figure.locator(".knob").bounding_box()
    x, y = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 30, steps=4)
    page.mouse.up()
    mu, sigma = settings(figure)
    assert mu > -0.5
    assert sigma < 1
    gap = toy.bound((1, 0, 0, 0), mu, sigma)["gap"]
    assert numbers(figure)["gap"] == pytest.approx(gap, abs=1e-3)


def test_films_and_the_peak_follow_a_finger_and_the_page_stays(chromium, address):
    watch = Watch()
    page = opened_alone(chromium, watch, address, 360, 740, has_touch=True, is_mobile=True)
    wake(page)
    figure = whole(page)
    figure.get_by_role("button", name="Emma").tap()
    assert shown(figure, "clicks") == [1, 0, 1, 0]
    page.evaluate(
        "scrollTo(0, scrollY + document.querySelector('.knob').getBoundingClientRect().top - 300)"
    )
    knob, top = figure.locator(".knob").bounding_box(), page.evaluate("scrollY")
    x, y = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + 40, "y": y - 20}]),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert settings(figure)[0] > -0.5
    assert page.evaluate("scrollY") == top
    page.context.close()
    assert watch == Watch()


@pytest.mark.parametrize("view", [plain, whole])
def test_what_changed_is_announced(page, view):
    figure = view(page)
    figure.get_by_role("button", name="Sabrina").click()
    said = figure.get_by_role("status").get_by_text("Alien 1, Contact 0, Emma 0, Sabrina 1")
    said.wait_for(state="attached")
    assert figure.locator(".verdict").inner_text() in said.inner_text()


# Sizes, modes, paper, time.

INSIDE = """figure => {
  const stage = figure.querySelector(".interactive-stage").getBoundingClientRect();
  const outside = box => box.left < stage.left || box.right > stage.right;
  return [...figure.querySelectorAll("text, button, input, li, .verdict, .sum")]
    .filter(e => outside(e.getBoundingClientRect())).map(e => e.textContent);
}"""
COVERED = """picture => {
  const boxes = [...picture.querySelectorAll("text")].map(e => e.getBoundingClientRect());
  const cross = (a, b, from, to) => a[from] + 1 < b[to] && b[from] + 1 < a[to];
  const meet = (a, b) => cross(a, b, "left", "right") && cross(a, b, "top", "bottom");
  return boxes.filter((a, i) => boxes.some((b, j) => i !== j && meet(a, b))).length;
}"""
SETTLED = """() => [...document.querySelectorAll(".picture svg")].every(
  svg => Math.abs(svg.viewBox.baseVal.width - svg.getBoundingClientRect().width) < 1)"""


def wait_for_pictures(page: Page) -> None:
    page.wait_for_function(SETTLED)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fits_every_width(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    wait_for_pictures(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for figure in (plain(page), whole(page)):
        assert figure.evaluate(INSIDE) == []
        for clicks in CLICKS[-2:]:
            click(figure, clicks)
            covered = [one.evaluate(COVERED) for one in figure.locator(".picture").all()]
            assert covered == [0, 0, 0]
        for control in figure.locator("button, input").all():
            assert control.bounding_box()["height"] >= 35
            assert control.bounding_box()["width"] >= 44
        assert figure.bounding_box()["height"] < 1350


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(page, mode, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=mode)
    page.wait_for_function(f"document.documentElement.dataset.theme == '{mode}'")
    page.add_style_tag(content="*, ::before, ::after { transition: none !important }")
    click(whole(page), (1, 2, 0, 0))
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('figure.interactive', {preload: false})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_on_paper_the_pictures_stay_and_what_moves_them_goes(page):
    page.emulate_media(media="print")
    for figure in (plain(page), whole(page)):
        assert all(one.is_visible() for one in figure.locator(".picture svg").all())
        assert figure.locator(".verdict").is_visible()
        said = "Clicks: Alien × 1 Contact × 0 Emma × 0 Sabrina × 0"
        assert figure.get_by_text(said).is_visible()
        assert not figure.get_by_role("button", name="Start again").is_visible()


def test_no_click_takes_as_long_as_a_fifth_of_a_second(page):
    script = """button => { const start = performance.now(); button.click();
      return performance.now() - start; }"""
    for figure in (plain(page), whole(page)):
        button = figure.get_by_role("button", name="Alien")
        assert min(button.evaluate(script) for _ in range(5)) < 200


def test_the_steps_and_the_number_stand_with_it(page):
    assert whole(page).locator(".interactive-steps li").inner_text() == "Which bar stays?"
    assert "Interactive 1" in whole(page).locator("figcaption").inner_text()
    assert "Interactive" not in plain(page).locator("figcaption").inner_text()


def test_the_page_is_light_of_it():
    folder = Path(interactive_book.ROOT) / "book" / "_static" / "interactive"
    assert sum((folder / name).stat().st_size for name in ("toy.js", "toy.css")) < 16 * 1024
