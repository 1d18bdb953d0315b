"""The interactive parts in headless Chromium, opened from disk, against numbers made in Python.

What a part shows is computed here again: by quadrature and by SciPy's own distributions where its
script has a closed form, with NumPy from a second copy of its generator of noise, and with pandas
from the table.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import interactive_book
import numpy as np
import pandas as pd
import pytest
from book_support import BOOK
from browser_support import PATIENCE, visit
from interactive_book import CAPS, CAPTIONS
from modules_by_path import load_module
from numpy.testing import assert_allclose
from playwright.sync_api import Browser, Locator, Page
from scipy import stats
from scipy.integrate import quad

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 375, "height": 740}, {"width": 1200, "height": 900}
SHOWN = 0.51e-4  # half of the last digit that is shown, and a little


@dataclass
class Log:
    """What a page says and asks for; `page` notes it and complains when the test is over."""

    words: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def on(self, page: Page) -> Page:
        """Listen to warnings and errors of all kinds, and to every request."""
        bad = ("error", "warning", "assert")
        page.on("console", lambda m: self.words.append(m.text) if m.type in bad else None)
        page.on("pageerror", lambda error: self.words.append(str(error)))
        page.on("requestfailed", lambda request: self.words.append(f"failed: {request.url}"))
        page.on("request", lambda request: self.note(request.url))
        return page

    def note(self, address: str) -> None:
        """Remember an address that is not a file on disk."""
        if not address.startswith(("file:", "data:")):
            self.outside.append(address)


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    return interactive_book.build(tmp_path_factory.mktemp("interactive"))


def new_page(chromium: Browser, log: Log, **options: object) -> Page:
    """Open a page in a context of its own."""
    context = chromium.new_context(viewport=DESK, **options)
    context.set_default_timeout(PATIENCE)
    return log.on(context.new_page())


@pytest.fixture
def log() -> Iterator[Log]:
    """A log for pages of one test: none may complain or ask outside."""
    made = Log()
    yield made
    assert made == Log()


@pytest.fixture(scope="module")
def chapter(chromium: Browser, html: Path) -> Iterator[tuple[Page, Log]]:
    """The chapter with the parts, loaded once for most of the tests."""
    made = Log()
    page = new_page(chromium, made)
    visit(page, f"{html.as_uri()}/chapter.html")
    wake(page)
    yield page, made
    page.context.close()


BEGIN = """figures => figures.forEach(figure => {
  const buttons = [...figure.querySelectorAll("button")];
  buttons.find(e => e.textContent === "Start again").click();
  buttons.find(e => /^Highest/.test(e.textContent))?.click();
  figure.querySelectorAll("details").forEach(e => { e.open = true; });
})"""


def wake(page: Page) -> None:
    """Bring each part into view, so that its script is fetched and runs."""
    for figure in page.locator("figure.interactive").all():
        figure.scroll_into_view_if_needed()
        page.wait_for_function("figure => 'ready' in figure.dataset", arg=figure.element_handle())
    page.evaluate("scrollTo(0, 0)")


@pytest.fixture
def page(chapter: tuple[Page, Log]) -> Iterator[Page]:
    """The chapter as it is when it has just been opened, wide and light."""
    page, log = chapter
    page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
    page.wait_for_function("document.documentElement.dataset.theme == 'light'")
    resize(page, **DESK)
    page.locator("figure.interactive").evaluate_all(BEGIN)
    yield page
    words, outside = log.words[:], log.outside[:]
    log.words.clear()
    log.outside.clear()
    assert (words, outside) == ([], [])


# Every picture is drawn in the pixels that it has.
SETTLED = """() => [...document.querySelectorAll(".picture")].every(picture => {
  const box = picture.querySelector("svg").viewBox.baseVal;
  if (!picture.checkVisibility()) return true;
  return box && box.width === Math.round(picture.getBoundingClientRect().width);
})"""


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, and wait until all is drawn for it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(SETTLED)


def finger(page: Page) -> Callable[..., None]:
    """Give what touches the screen: the kind of event, and the points that are touched."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": a, "y": b} for a, b in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    return touch


def part(page: Page, name: str) -> Locator:
    """Return the figure of a part."""
    return page.locator(f"figure[data-interactive={name}]")


def texts(figure: Locator) -> dict[str, str]:
    """Return all that a part shows in numbers, by name."""
    script = "all => all.map(e => [e.dataset.number, e.textContent])"
    return dict(figure.locator("[data-number]").evaluate_all(script))


def to_number(words: str) -> float:
    """Read a number that has a true minus sign."""
    return float(words.replace("−", "-"))


def numbers(figure: Locator) -> dict[str, float]:
    """Return the same as numbers; what is not known is left out."""
    return {name: to_number(words) for name, words in texts(figure).items() if words != "–"}


def slider(figure: Locator, number: int = 0) -> Locator:
    return figure.locator("input[type=range]").nth(number)


def settings(figure: Locator) -> list[float]:
    """Return what the sliders say beside their names."""
    return [to_number(words) for words in figure.locator(".slider output").all_inner_texts()]


def set_sliders(figure: Locator, mu: float, sigma: float) -> None:
    slider(figure, 0).fill(f"{mu}")
    slider(figure, 1).fill(f"{sigma}")


def press(figure: Locator, words: str) -> None:
    figure.get_by_role("button", name=words).click()


def press_often(figure: Locator, words: str, times: int) -> None:
    script = "(button, times) => { for (let i = 0; i < times; i++) button.click(); }"
    figure.get_by_role("button", name=words).evaluate(script, times)


def drawn(figure: Locator) -> list[str]:
    """Return the shapes in the pictures of a part."""
    shapes = ".picture path, .picture rect, .picture circle, .picture line"
    script = "all => all.map(e => e.outerHTML + (e.closest('[transform]')?.outerHTML ?? ''))"
    return figure.locator(shapes).evaluate_all(script)


# All parts: keyboard, pointer, sizes, modes, paper, and no script at all.

NAMES = list(CAPTIONS)
TO_THE_MIDDLE = """slider => {
  slider.value = (Number(slider.min) + Number(slider.max)) / 2;
  slider.dispatchEvent(new Event("input"));
}"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["ArrowRight", "ArrowLeft", "Home", "End", "PageUp"])
def test_a_part_moves_by_the_keyboard(page, name, key):
    figure = part(page, name)
    for number in range(figure.locator("input[type=range]").count()):
        slider(figure, number).focus()
        slider(figure, number).evaluate(TO_THE_MIDDLE)
        before = settings(figure), texts(figure), drawn(figure)
        page.keyboard.press(key)
        after = settings(figure), texts(figure), drawn(figure)
        assert [old != new for old, new in zip(before, after, strict=True)] == [True] * 3
        up = after[0][number] > before[0][number]
        assert up == (key in ("ArrowRight", "End", "PageUp"))


@pytest.mark.parametrize("name", NAMES)
def test_a_part_moves_by_the_pointer(page, name):
    figure = part(page, name)
    for number in range(figure.locator("input[type=range]").count()):
        box = slider(figure, number).bounding_box()
        slider(figure, number).evaluate(TO_THE_MIDDLE)
        before = settings(figure)[number], texts(figure), drawn(figure)
        slider(figure, number).click(position={"x": box["width"] * 0.15, "y": box["height"] / 2})
        after = settings(figure)[number], texts(figure), drawn(figure)
        assert after[0] < before[0]
        assert [old != new for old, new in zip(before, after, strict=True)] == [True] * 3


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(page):
    press(part(page, "beta"), "Start again")  # or a button is not to be pressed any more
    controls = page.locator("figure.interactive :is(input, button, select)")
    controls.first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    for control in controls.all():
        while not control.evaluate("control => control === document.activeElement"):
            others = "document.activeElement.matches('.math, summary')"
            assert page.evaluate(others), "formulas may scroll, and numbers be folded away"
            page.keyboard.press("Tab")
        outline = control.evaluate("control => getComputedStyle(control).outline")
        assert "solid 3px" in outline
        page.keyboard.press("Tab")


def test_every_control_has_a_name_and_every_picture_a_description(page):
    assert page.get_by_role("slider", name="mean of q").count() == 3
    assert page.get_by_role("slider", name="width of q").count() == 3
    assert page.get_by_role("slider", name="cap of β").count() == 1
    assert all(page.locator("figure.interactive button").all_inner_texts())
    labels = page.locator(".picture svg").evaluate_all("all => all.map(e => e.ariaLabel)")
    assert len(labels) == 19
    assert all(len(label) > 40 for label in labels)


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_announced_once_they_have_come_to_rest(page, name):
    figure = part(page, name)
    status = figure.get_by_role("status")
    slider(figure).focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    wanted = {"elbo": "elbo", "reparameterization": "pathwise-mu-mean", "beta": "kl-mean"}
    own = {"dot": "loss", "weights": "score-0", "composite": "pull", "toy": "right"}
    own |= {"copies": "sd-more", "water": "rate"}
    wanted = (wanted | own)[name]
    status.get_by_text(texts(figure)[wanted]).wait_for(state="attached")


INSIDE = """figure => {
  const stage = figure.querySelector(".interactive-stage").getBoundingClientRect();
  const outside = box =>
    box.left < stage.left || box.right > stage.right || box.bottom > stage.bottom;
  const parts = ".picture text, button, input, td, th, .interactive-stage p:not(.heard), li";
  return [...figure.querySelectorAll(parts)]
    .filter(e => outside(e.getBoundingClientRect())).map(e => e.textContent);
}"""


# The texts of a picture that lie on another text.
COVERED = """picture => {
  const texts = [...picture.querySelectorAll("text")];
  const cross = (a, b, from, to) => a[from] < b[to] && b[from] < a[to];
  const meet = (a, b) => cross(a, b, "left", "right") && cross(a, b, "top", "bottom");
  const boxes = texts.map(e => e.getBoundingClientRect());
  return texts.filter((_, i) => boxes.some((box, j) => i !== j && meet(boxes[i], box)))
    .map(e => e.textContent);
}"""


@pytest.mark.parametrize("width", [320, 375, 768, 1200])
def test_it_fits_every_width(page, width):
    resize(page, width, 800)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in NAMES:
        assert part(page, name).evaluate(INSIDE) == []
    bars = part(page, "elbo").locator(".picture").nth(1)
    assert bars.evaluate(COVERED) == []
    small = "all => Math.min(...all.map(e => parseFloat(getComputedStyle(e).fontSize)))"
    assert page.locator(".picture text").evaluate_all(small) >= 12


# A picture is drawn anew a moment after the window has changed.
UNSCALED = """() => {
  const all = [...document.querySelectorAll(".picture svg")];
  const ratio = e => e.getBoundingClientRect().width / e.viewBox.baseVal.width;
  return all.length > 0 && all.every(e => Math.abs(ratio(e) - 1) < 0.01);
}"""


def test_text_keeps_its_size_when_the_window_changes(page):
    for width in (375, 1200):
        resize(page, width, 800)
        page.wait_for_function(UNSCALED)


def test_controls_are_large_enough_for_a_thumb(page):
    resize(page, **PHONE)
    for control in page.locator("figure.interactive :is(input, button, select)").all():
        assert control.bounding_box()["height"] >= 35
        assert control.bounding_box()["width"] >= 44


# The contrast, as WCAG 2 defines it, of what an element draws or writes with the stage behind it.
CONTRASTS = """([selector, property]) => {
  const channels = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = colour => channels(colour).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  return [...document.querySelectorAll(selector)].map(element => {
    const stage = getComputedStyle(element.closest(".interactive-stage")).backgroundColor;
    const [dark, bright] = [getComputedStyle(element)[property], stage].map(light)
      .sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  });
}"""


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_curves_stand_out_in_both_modes(page, mode):
    page.emulate_media(color_scheme=mode)
    page.wait_for_function(f"document.documentElement.dataset.theme == '{mode}'")
    for selector, wanted, least in (
        (".picture text", "fill", 4.5),
        (".interactive :is(td, th, li, button, output, .sum, .words p)", "color", 4.5),
        (".picture .curve:not(.thin)", "stroke", 3),
        (".picture :is(.bar, .mark, .dot)", "fill", 3),
    ):
        found = page.evaluate(CONTRASTS, [selector, wanted])
        assert len(found) >= 5
        assert min(found) >= least


def test_colours_follow_the_mode_without_loading_anew(page):
    curve = part(page, "elbo").locator(".picture .curve.tone-q")
    stage = part(page, "elbo").locator(".interactive-stage")
    colours = "e => [getComputedStyle(e).stroke, getComputedStyle(e).backgroundColor]"
    light = curve.evaluate(colours), stage.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    dark = curve.evaluate(colours), stage.evaluate(colours)
    assert light[0][0] != dark[0][0]
    assert light[1][1] != dark[1][1]


def test_on_paper_the_pictures_and_numbers_stay_and_the_buttons_go(page):
    page.emulate_media(media="print", color_scheme="dark")
    for name in NAMES:
        figure = part(page, name)
        assert figure.locator(".picture svg").first.is_visible()
        assert figure.locator("[data-number]").first.is_visible()
        assert figure.locator("output").first.is_visible()
        assert not figure.locator("button").first.is_visible()
        assert not slider(figure).is_visible()
    stage = part(page, "elbo").locator(".interactive-stage")
    assert stage.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"


def test_without_scripts_there_is_the_caption_and_a_sentence(chromium, html):
    log = Log()
    page = new_page(chromium, log, java_script_enabled=False)
    page.set_viewport_size(PHONE)
    page.goto(f"{html.as_uri()}/chapter.html")
    for name, caption in CAPTIONS.items():
        figure = part(page, name)
        assert figure.get_by_text("where JavaScript runs").is_visible()
        assert figure.locator("figcaption").get_by_text(caption[:5]).is_visible()
        stage = figure.locator(".interactive-stage")
        assert stage.locator("svg, input, button").count() == 0
        assert stage.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert "caps" not in figure.inner_text()
    page.context.close()
    assert log.outside == []


# ELBO and gap: a linear-Gaussian model in one dimension.

WEIGHT, SPREAD, SEEN = 1.5, 0.8, 1.2
EVIDENCE = stats.norm(0, np.hypot(WEIGHT, SPREAD)).logpdf(SEEN)
POSTERIOR_VARIANCE = 1 / (1 + WEIGHT**2 / SPREAD**2)
POSTERIOR_MEAN = POSTERIOR_VARIANCE * WEIGHT * SEEN / SPREAD**2


def expectation(f: Callable[[float], float], mu: float, sigma: float) -> float:
    """Integrate f under q = N(mu, sigma^2)."""
    q = stats.norm(mu, sigma)
    ends = mu - 9 * sigma, mu + 9 * sigma
    return quad(lambda z: q.pdf(z) * f(z), *ends, epsabs=1e-11, epsrel=1e-11)[0]


def bound(mu: float, sigma: float) -> dict[str, float]:
    """Return what the part shows, each number from its definition by quadrature."""
    q, prior = stats.norm(mu, sigma), stats.norm(0, 1)
    posterior = stats.norm(POSTERIOR_MEAN, POSTERIOR_VARIANCE**0.5)
    likelihood = expectation(lambda z: stats.norm(WEIGHT * z, SPREAD).logpdf(SEEN), mu, sigma)
    kl = expectation(lambda z: q.logpdf(z) - prior.logpdf(z), mu, sigma)
    gap = expectation(lambda z: q.logpdf(z) - posterior.logpdf(z), mu, sigma)
    shown = {"evidence": EVIDENCE, "gap": gap, "elbo": likelihood - kl}
    sums = {"left": likelihood - kl, "right": gap, "total": EVIDENCE}
    return {**shown, "likelihood": likelihood, "kl": kl, **sums}


QS = [(-0.5, 1.0), (0.62, 0.47), (0.0, 1.0), (2.0, 0.3), (-1.0, 1.5), (1.37, 0.81)]


@pytest.mark.parametrize(("mu", "sigma"), QS)
def test_the_bound_agrees_with_quadrature(page, mu, sigma):
    figure = part(page, "elbo")
    set_sliders(figure, mu, sigma)
    assert settings(figure) == [mu, sigma, 0]
    shown, wanted = numbers(figure), bound(mu, sigma)
    assert set(shown) == set(wanted)
    for name, value in wanted.items():
        assert shown[name] == pytest.approx(value, abs=SHOWN), name
    assert shown["elbo"] + shown["gap"] == pytest.approx(shown["evidence"], abs=2 * SHOWN)
    assert shown["likelihood"] - shown["kl"] == pytest.approx(shown["elbo"], abs=2 * SHOWN)


@pytest.mark.parametrize("width", [375, 1200])
@pytest.mark.parametrize(("mu", "sigma"), QS)
def test_the_bars_add_up_too(page, mu, sigma, width):
    resize(page, width, 900)
    figure = part(page, "elbo")
    set_sliders(figure, mu, sigma)
    ends = "all => all.map(e => [e.x.baseVal.value, e.x.baseVal.value + e.width.baseVal.value])"
    bars = figure.locator("rect.bar").evaluate_all(ends)
    evidence, gap, elbo, likelihood, kl = bars
    wanted = bound(mu, sigma)
    pixels = (elbo[1] - elbo[0]) / -wanted["elbo"]  # a nat
    assert_allclose(evidence[1], elbo[1], atol=0.01)
    assert_allclose(gap, [elbo[0], evidence[0]], atol=0.01)
    assert_allclose(likelihood[1], elbo[1], atol=0.01)
    assert_allclose(kl, [elbo[0], likelihood[0]], atol=0.01)
    assert_allclose((evidence[1] - evidence[0]) / pixels, -EVIDENCE, atol=1e-3)
    assert_allclose((kl[1] - kl[0]) / pixels, wanted["kl"], atol=1e-3)
    assert elbo[0] >= 0


def test_the_posterior_closes_the_gap(page):
    figure = part(page, "elbo")
    press(figure, "Climb to the best q")
    assert_allclose(settings(figure), [POSTERIOR_MEAN, POSTERIOR_VARIANCE**0.5, 0], atol=SHOWN)
    shown = texts(figure)
    assert shown["gap"] == "0.0000"
    assert shown["elbo"] == shown["evidence"] == f"{EVIDENCE:.4f}".replace("-", "−")


def test_readers_who_like_motion_see_the_way_to_the_posterior(page):
    page.emulate_media(reduced_motion="no-preference")
    figure = part(page, "elbo")
    button = figure.get_by_role("button", name="Climb to the best q")
    gap = "figure.querySelector('[data-number=gap]').textContent"
    script = f"e => {{ const figure = e.closest('figure'); e.click(); return {gap}; }}"
    assert to_number(button.evaluate(script)) > 1
    figure.locator("[data-number=gap]", has_text="0.0000").wait_for()


def bent_bound(mu: float, sigma: float, bend: float) -> dict[str, float]:
    """Return the same where the mean of x is bent, the evidence and the gap by quadrature."""
    q, prior = stats.norm(mu, sigma), stats.norm(0, 1)

    def log_likelihood(z: float) -> float:
        return stats.norm((1 - bend) * WEIGHT * z + bend * z**2, SPREAD).logpdf(SEEN)

    evidence = np.log(quad(lambda z: prior.pdf(z) * np.exp(log_likelihood(z)), -8, 8)[0])
    likelihood = expectation(log_likelihood, mu, sigma)
    kl = expectation(lambda z: q.logpdf(z) - prior.logpdf(z), mu, sigma)
    gap = expectation(
        lambda z: q.logpdf(z) - prior.logpdf(z) - log_likelihood(z) + evidence, mu, sigma
    )
    return {"evidence": evidence, "gap": gap, "likelihood": likelihood, "kl": kl}


@pytest.mark.parametrize(("mu", "sigma"), [(-0.5, 1.0), (1.1, 0.3), (-2.0, 1.5)])
@pytest.mark.parametrize("bend", [0.35, 1.0])
def test_a_bent_model_agrees_with_quadrature_too(page, mu, sigma, bend):
    figure = part(page, "elbo")
    slider(figure, 2).fill(f"{bend}")
    set_sliders(figure, mu, sigma)
    shown = numbers(figure)
    for name, value in bent_bound(mu, sigma, bend).items():
        assert shown[name] == pytest.approx(value, abs=SHOWN), name
    assert figure.evaluate(INSIDE) == []
    bars = figure.locator("rect.bar").evaluate_all("all => all.map(e => e.x.baseVal.value)")
    assert min(bars) >= 0


def test_no_normal_q_closes_the_gap_of_a_bent_model(page):
    figure = part(page, "elbo")
    slider(figure, 2).fill("1")
    press(figure, "Climb to the best q")
    assert numbers(figure)["gap"] > 0.1
    mu, sigma, _ = settings(figure)
    for other in ((mu + 0.05, sigma), (mu - 0.05, sigma), (mu, sigma * 1.1), (mu, sigma / 1.1)):
        set_sliders(figure, *other)
        assert numbers(figure)["gap"] > bent_bound(mu, sigma, 1.0)["gap"] - 1e-4


def test_the_map_shows_where_q_is_and_the_way_it_came(page):
    figure = part(page, "elbo")
    plane = figure.locator(".picture").nth(2)
    before = plane.locator(".trail").get_attribute("d")
    press_often(figure, "One gradient step", 5)
    assert len(plane.locator(".trail").get_attribute("d")) > len(before)
    assert plane.locator(".level").count() == 6
    box = plane.locator("rect.reach").bounding_box()
    plane.locator("rect.reach").click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.5})
    assert_allclose(settings(figure), [1.0, 0.85, 0], atol=0.02)


# Of an element of the level lines the gap at each of its ends, all the same.
def test_the_lines_of_the_map_are_lines_of_equal_height(page):
    figure = part(page, "elbo")
    plane = figure.locator(".picture").nth(2)
    frame = plane.locator("rect.reach").evaluate(
        "e => [e.x, e.y, e.width, e.height].map(v => v.baseVal.value)"
    )
    for level, depth in zip(plane.locator(".level").all()[:4], (0.1, 0.3, 1, 2), strict=True):
        places = level.get_attribute("d").removeprefix("M").replace("M", "L").split("L")
        points = np.array([place.split() for place in places[:: max(1, len(places) // 8)]], float)
        mu = -2 + 4 * (points[:, 0] - frame[0]) / frame[2]
        sigma = 1.5 - 1.3 * (points[:, 1] - frame[1]) / frame[3]
        gaps = [bound(*q)["gap"] for q in zip(mu, sigma, strict=True)]
        assert_allclose(gaps, depth, atol=0.04)


# The guides of the bars that run through a number or a name.
CROSSED = """picture => {
  const texts = [...picture.querySelectorAll("text")].map(e => e.getBoundingClientRect());
  return [...picture.querySelectorAll(".guide")].map(e => e.getBoundingClientRect())
    .filter(g => texts.some(t => t.left < g.right && g.left < t.right
                              && t.top + 3 < g.bottom && g.top < t.bottom - 3)).length;
}"""


@pytest.mark.parametrize(("mu", "sigma"), QS)
def test_no_guide_crosses_a_number(page, mu, sigma):
    figure = part(page, "elbo")
    set_sliders(figure, mu, sigma)
    assert figure.locator(".picture").nth(1).evaluate(CROSSED) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_part_is_not_taller_than_two_screens_of_a_phone(chromium, html, log, name):
    page = new_page(chromium, log)
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{html.as_uri()}/chapter.html")
    wake(page)
    assert part(page, name).bounding_box()["height"] < 1350
    page.context.close()


def test_a_script_is_fetched_when_its_part_comes_into_view(chromium, html, log):
    page = new_page(chromium, log)
    asked = []
    page.on("request", lambda request: asked.append(Path(request.url).name))
    page.set_viewport_size({"width": 390, "height": 500})
    visit(page, f"{html.as_uri()}/chapter.html")
    page.wait_for_function("document.querySelector('[data-interactive=elbo][data-ready]')")
    assert "beta.js" not in asked
    wake(page)
    assert [name for name in asked if name.endswith("beta.js")] == ["beta.js"]
    page.goto(f"{html.as_uri()}/intro.html")
    assert not any(name == "load.js" for name in asked[asked.index("intro.html") :])
    page.context.close()


def test_parts_are_numbered_and_sentences_follow_them(page):
    figure = part(page, "elbo")
    assert "Interactive 1" in figure.locator("figcaption").inner_text()
    link = page.locator("main p a[href='#int-elbo']").first
    assert link.text_content() == "Interactive 1"
    words = page.locator("[data-live='elbo:gap']").first
    assert words.get_attribute("data-value") == f"{numbers(figure)['gap']:.2f}"
    set_sliders(figure, 1.0, 0.5)
    assert words.get_attribute("data-value") == f"{bound(1.0, 0.5)['gap']:.2f}"


def test_gradient_steps_climb_as_the_gradient_says(page):
    figure = part(page, "elbo")
    mu, log_sigma = -0.5, 0.0
    for _ in range(4):
        press(figure, "One gradient step")
        tiny = 1e-5  # the gradient by central differences of the quadrature
        across = bound(mu + tiny, np.exp(log_sigma)), bound(mu - tiny, np.exp(log_sigma))
        wider = bound(mu, np.exp(log_sigma + tiny)), bound(mu, np.exp(log_sigma - tiny))
        mu += 0.1 * (across[0]["elbo"] - across[1]["elbo"]) / (2 * tiny)
        log_sigma += 0.1 * (wider[0]["elbo"] - wider[1]["elbo"]) / (2 * tiny)
        assert_allclose(settings(figure), [mu, np.exp(log_sigma), 0], atol=2 * SHOWN)
    press_often(figure, "One gradient step", 60)
    assert texts(figure)["gap"] == "0.0000"
    press(figure, "Start again")
    assert settings(figure) == [-0.5, 1.0, 0]


def knob(page: Page) -> tuple[float, float]:
    """Return where in the window the middle of the handle is."""
    box = part(page, "elbo").locator(".knob").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_peak_of_q_follows_the_mouse_both_ways(page):
    figure = part(page, "elbo")
    figure.scroll_into_view_if_needed()
    before = settings(figure)
    x, y = knob(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 40, steps=6)
    assert knob(page) == pytest.approx((x + 60, y - 40), abs=1)
    page.mouse.up()
    mu, sigma, bend = settings(figure)
    assert bend == 0
    assert mu > before[0]
    assert sigma < before[1]
    assert numbers(figure)["elbo"] == pytest.approx(bound(mu, sigma)["elbo"], abs=1e-3)
    page.mouse.move(x, y)
    assert settings(figure) == [mu, sigma, 0], "the button is up"


def test_dragging_stops_at_the_ends_of_the_sliders(page):
    figure = part(page, "elbo")
    figure.scroll_into_view_if_needed()
    page.mouse.move(*knob(page))
    page.mouse.down()
    page.mouse.move(3000, 3000, steps=3)
    assert settings(figure) == [2.0, 1.5, 0]
    page.mouse.move(0, 0, steps=3)
    assert settings(figure) == [-2.0, 0.2, 0]
    page.mouse.up()


def test_the_peak_of_q_follows_a_finger_and_the_page_stays(chromium, html, log):
    page = new_page(chromium, log, has_touch=True, is_mobile=True)
    visit(page, f"{html.as_uri()}/chapter.html")
    wake(page)
    resize(page, **PHONE)
    figure = part(page, "elbo")
    page.evaluate("scrollTo(0, document.querySelector('.knob').getBoundingClientRect().top - 300)")
    (x, y), top = knob(page), page.evaluate("scrollY")
    touch = finger(page)
    touch("touchStart", (x, y))
    for share in (0.25, 0.5, 0.75, 1.0):
        touch("touchMove", (x + 70 * share, y - 50 * share))
    touch("touchEnd")
    assert settings(figure)[0] > -0.5
    assert settings(figure)[1] < 1.0
    assert knob(page) == pytest.approx((x + 70, y - 50), abs=1)
    assert page.evaluate("scrollY") == top
    page.context.close()


# Pathwise and score-function estimates, from the same noise.

SEED = 2026
WORD = 2**32


def uniforms(count: int) -> Iterator[float]:
    """Yield what the generator of the part yields: mulberry32, in whole numbers."""
    state = SEED
    for _ in range(count):
        state = (state + 0x6D2B79F5) % WORD
        mixed = (state ^ (state >> 15)) * (state | 1) % WORD
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) % WORD
        yield (mixed ^ (mixed >> 14)) / WORD


def noise(count: int) -> np.ndarray:
    """Return normal numbers by Box and Muller's transform of pairs of uniform ones."""
    first, second = np.fromiter(uniforms(2 * count), float).reshape(-1, 2).T
    return np.sqrt(-2 * np.log(1 - first)) * np.cos(2 * np.pi * second)


def estimates(eps: np.ndarray, mu: float, sigma: float) -> dict[str, np.ndarray]:
    """Return both estimates of both gradients, a number for each draw."""
    z = mu + sigma * eps
    f = (z - 2) ** 2
    return {
        "pathwise-mu": 2 * (z - 2),
        "pathwise-sigma": 2 * (z - 2) * eps,
        "score-mu": f * (z - mu) / sigma**2,
        "score-sigma": f * ((z - mu) ** 2 - sigma**2) / sigma**3,
    }


def expected(eps: np.ndarray, mu: float, sigma: float) -> dict[str, float]:
    """Return what the part shows after these draws, less the ratios of variances."""
    z = mu + sigma * eps[-1]
    shown = {"draws": len(eps), "eps": eps[-1], "z": z, "slope": 2 * (z - 2)}
    shown |= {"true-mu": 2 * (mu - 2), "true-sigma": 2 * sigma}
    for name, values in estimates(eps, mu, sigma).items():
        shown |= {f"{name}-value": values[-1], f"{name}-mean": values.mean()}
        if len(eps) > 1:
            shown[f"{name}-se"] = stats.sem(values)
    return shown


def check_estimates(figure: Locator, count: int) -> None:
    """Compare all numbers with Python's after so many draws."""
    eps, (mu, sigma) = noise(count), settings(figure)
    shown, wanted = numbers(figure), expected(eps, mu, sigma)
    ratios = {name: shown.pop(name) for name in ("ratio-mu", "ratio-sigma") if name in shown}
    assert set(shown) == set(wanted)
    for name, value in wanted.items():
        assert shown[name] == pytest.approx(value, abs=SHOWN), name
    variance = {name: v.var() for name, v in estimates(eps, mu, sigma).items()}
    for name, ratio in ratios.items():
        key = name.removeprefix("ratio-")
        wanted_ratio = variance[f"score-{key}"] / variance[f"pathwise-{key}"]
        assert ratio == pytest.approx(wanted_ratio, abs=0.051)


def test_the_generator_makes_normal_numbers():
    assert stats.kstest(noise(20_000), "norm").pvalue > 0.01


def test_draws_and_estimates_agree_with_python(page):
    figure = part(page, "reparameterization")
    check_estimates(figure, 100)
    press(figure, "Draw ε")
    check_estimates(figure, 101)
    press(figure, "Draw 100")
    check_estimates(figure, 201)
    assert {"ratio-mu", "ratio-sigma"} <= set(numbers(figure))


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 0.2), (4.0, 1.0), (2.0, 0.5), (2.83, 0.31)])
def test_the_noise_stays_while_mu_and_sigma_move(page, mu, sigma):
    figure = part(page, "reparameterization")
    press(figure, "Draw 100")
    before = texts(figure)
    set_sliders(figure, mu, sigma)
    check_estimates(figure, 200)
    after = texts(figure)
    assert after["eps"] == before["eps"]
    assert after["z"] != before["z"]


def test_many_draws_come_near_the_truth(page):
    figure = part(page, "reparameterization")
    press_often(figure, "Draw 100", 50)
    check_estimates(figure, 5100)
    shown = numbers(figure)
    for name in ("pathwise-mu", "pathwise-sigma", "score-mu", "score-sigma"):
        error = shown[f"{name}-mean"] - shown[f"true-{name.split('-')[1]}"]
        assert abs(error) < 3 * shown[f"{name}-se"]
    assert figure.locator(".picture *").count() < 400


def test_starting_again_starts_the_same_noise(page):
    figure = part(page, "reparameterization")
    before = texts(figure), settings(figure), drawn(figure)
    set_sliders(figure, 3, 0.4)
    press(figure, "Draw 100")
    assert (texts(figure), settings(figure), drawn(figure)) != before
    press(figure, "Start again")
    assert (texts(figure), settings(figure), drawn(figure)) == before


@pytest.mark.parametrize("mu", [0.3, 3.9])
def test_the_arrow_points_uphill_and_is_as_long_as_the_gradient(page, mu):
    figure = part(page, "reparameterization")
    slider(figure).fill(f"{mu}")
    shown = numbers(figure)
    arrow = figure.locator(".picture .arrow line")
    start = arrow.evaluate("e => e.x1.baseVal.value")
    box = figure.locator(".picture .arrow").evaluate("e => [e.getBBox().x, e.getBBox().width]")
    assert np.sign(box[0] + box[1] / 2 - start) == np.sign(shown["slope"])
    slider(figure).fill("2")
    other = figure.locator(".picture .arrow").evaluate("e => e.getBBox().width")
    lengths = np.abs([shown["slope"], numbers(figure)["slope"]])
    assert box[1] / lengths[0] == pytest.approx(other / lengths[1], rel=0.02)


def pixels_of(panel: Locator) -> dict[float, float]:
    """Return where the ticks of the error stand, by value, from the first panel."""
    script = "all => all.map(e => [e.textContent, e.y.baseVal[0].value - 4])"
    texts = panel.locator(".axes text[text-anchor=end]").evaluate_all(script)
    return {float(words): y for words, y in texts[:3]}


def test_the_errors_are_drawn_where_the_numbers_say(page):
    figure = part(page, "reparameterization")
    panel = figure.locator(".picture").nth(1)
    ticks = pixels_of(panel)
    (low, bottom), (high, top) = min(ticks.items()), max(ticks.items())
    decade = (bottom - top) / np.log10(high / low)
    marks = panel.locator("rect.mark").evaluate_all("all => all.map(e => e.y.baseVal.value + 5)")
    shown = numbers(figure)
    for way, y in zip(("score", "pathwise"), marks[:2], strict=True):
        error = abs(shown[f"{way}-mu-mean"] - shown["true-mu"])
        assert 10 ** ((bottom - y) / decade) * low == pytest.approx(error, rel=0.02)


def test_at_first_the_score_function_is_the_noisier_one_by_far(page):
    shown = numbers(part(page, "reparameterization"))
    assert settings(part(page, "reparameterization")) == [1.0, 0.3]
    assert min(shown["ratio-mu"], shown["ratio-sigma"]) > 10


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_playing_adds_draws_until_it_is_stopped(page, motion):
    page.emulate_media(reduced_motion=motion)
    figure = part(page, "reparameterization")
    press(figure, "Play")
    page.wait_for_function(
        "draws => Number(draws.textContent) > 100",
        arg=figure.locator("[data-number=draws]").element_handle(),
    )
    if motion == "no-preference":
        press(figure, "Pause")
    drawn_now = int(numbers(figure)["draws"])
    check_estimates(figure, drawn_now)
    page.wait_for_timeout(400)
    assert numbers(figure)["draws"] == drawn_now
    press(figure, "Start again")
    assert numbers(figure)["draws"] == 100


# The sweep over beta.

TABLE = interactive_book.sweep()
BEST = int(np.argmax(TABLE.groupby("beta_cap")["ndcg100"].mean()))
DIGITS = {"ndcg100": 4, "nll": 2, "kl": 3, "active_units": 2}


def summary(cap: float) -> dict[str, float]:
    """Return the means and their intervals by Student's t, from the table."""
    runs = TABLE[TABLE["beta_cap"] == cap][list(DIGITS)]
    margin = stats.t.ppf(0.975, len(runs) - 1) * runs.sem()
    columns = {"mean": runs.mean(), "low": runs.mean() - margin, "high": runs.mean() + margin}
    stacked = pd.DataFrame(columns).stack()
    return {f"{metric}-{what}": value for (metric, what), value in stacked.items()}


def check_sweep(figure: Locator, cap: float) -> None:
    """Compare all numbers with those of the table at a cap."""
    shown, wanted = numbers(figure), summary(cap)
    assert set(shown) == set(wanted)
    for name, value in wanted.items():
        digits = DIGITS[name.rpartition("-")[0]]
        assert shown[name] == pytest.approx(value, abs=0.51 * 10**-digits), name


def test_the_sweep_agrees_with_the_table_at_each_cap(page):
    figure = part(page, "beta")
    assert settings(figure) == [CAPS[BEST]]
    slider(figure).focus()
    page.keyboard.press("Home")
    for cap in CAPS:
        assert settings(figure) == [cap]
        check_sweep(figure, cap)
        page.keyboard.press("ArrowRight")
    assert settings(figure) == [CAPS[-1]]
    press(figure, "Highest NDCG@100")
    assert settings(figure) == [CAPS[BEST]]


def test_the_answer_is_hidden_until_the_reader_has_said_something(page):
    figure = part(page, "beta")
    press(figure, "Start again")
    assert settings(figure) == [CAPS[-1]]
    assert texts(figure)["ndcg100-mean"] == "–"
    assert figure.locator(".picture").first.locator(".seed").count() == 3 * len(TABLE)
    slider(figure).fill("2")
    press(figure, "I say this one")
    check_sweep(figure, CAPS[2])
    means = TABLE.groupby("beta_cap")["ndcg100"].mean()
    told = figure.locator(".verdict").inner_text()
    for cap in (CAPS[0], CAPS[2], CAPS[BEST], CAPS[-1]):
        assert f"{means[cap]:.4f}" in told
    assert figure.get_by_role("button", name="I say this one").is_disabled()


def test_the_list_is_that_of_the_chosen_cap(page):
    figure = part(page, "beta")
    table = interactive_book.lists().query("user == 367").set_index("beta_cap")
    for i in (0, 4, len(CAPS) - 1):
        slider(figure).fill(str(i))
        rows = figure.locator(".films li").all_inner_texts()
        marked = [row.endswith("✓ hit") for row in rows]
        assert [row.removesuffix("✓ hit").strip() for row in rows] == json.loads(
            table.loc[CAPS[i], "films"]
        )
        assert [int(hit) for hit in marked] == json.loads(table.loc[CAPS[i], "hits"])


def test_each_seed_is_a_dot_and_the_chosen_cap_stands_out(page):
    panels, plane = part(page, "beta").locator(".picture").all()
    runs = len(TABLE)
    assert panels.locator(".seed").count() == 4 * runs
    assert plane.locator(".seed").count() == runs
    assert panels.locator(".seed.tone-vermillion").count() == 4 * 5
    assert panels.locator("path.mark.tone-vermillion").count() == 4
    assert plane.locator("path.mark.tone-vermillion").count() == 1
    assert panels.locator("circle.mark.tone-blue").count() == 4 * (len(CAPS) - 1)


def test_dots_stand_where_the_table_says(page):
    plane = part(page, "beta").locator(".picture").nth(1)
    script = "all => all.map(e => [e.cx.baseVal.value, e.cy.baseVal.value])"
    dots = np.array(plane.locator(".seed").evaluate_all(script))
    runs = TABLE.sort_values(["beta_cap", "seed"])
    assert stats.pearsonr(dots[:, 0], runs["kl"]).statistic == pytest.approx(1, abs=1e-6)
    assert stats.pearsonr(dots[:, 1], runs["nll"]).statistic == pytest.approx(-1, abs=1e-6)


def test_the_line_of_equal_loss_has_slope_minus_beta(page):
    figure = part(page, "beta")
    plane = figure.locator(".picture").nth(1)
    ends = "e => [0, e.getTotalLength()].map(t => e.getPointAtLength(t)).map(p => [p.x, p.y])"
    script = "all => all.map(e => [e.cx.baseVal.value, e.cy.baseVal.value])"
    dots = np.array(plane.locator(".seed").evaluate_all(script))
    runs = TABLE.sort_values(["beta_cap", "seed"])
    across = np.polyfit(dots[:, 0], runs["kl"], 1)  # from pixels to nats
    up = np.polyfit(dots[:, 1], runs["nll"], 1)
    slider(figure).focus()
    page.keyboard.press("End")
    line = np.array(plane.locator("path.dashed").evaluate(ends))
    kl, nll = np.polyval(across, line[:, 0]), np.polyval(up, line[:, 1])
    assert (nll[1] - nll[0]) / (kl[1] - kl[0]) == pytest.approx(-CAPS[-1], rel=1e-3)
    at_cap = summary(CAPS[-1])
    loss = at_cap["nll-mean"] + CAPS[-1] * at_cap["kl-mean"]
    assert_allclose(nll + CAPS[-1] * kl, loss, rtol=1e-3)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_click_on_a_panel_chooses_the_cap_below_it(page, viewport):
    resize(page, **viewport)
    figure = part(page, "beta")
    svg = figure.locator(".picture svg").first
    for panel in range(4):
        for number in (1, 6, 3):
            script = "all => all.map(e => [e.cx.baseVal.value, e.cy.baseVal.value])"
            slider(figure).fill("0")
            circles = svg.locator("circle.mark").evaluate_all(script)
            x, y = circles[panel * (len(CAPS) - 1) + number - 1]
            svg.click(position={"x": x, "y": y})
            assert settings(figure) == [CAPS[number]]


# A dot product: people and films in two dimensions.

DOT = load_module("dot", BOOK / "_ext" / "interactive_parts" / "dot.py")
STARS = np.array(DOT.STARS, float)  # not a number where nobody knows
RATED = ~np.isnan(STARS)


def first_places() -> tuple[np.ndarray, np.ndarray]:
    """Where people and films begin, (4, 2) and (5, 2)."""
    return np.array([*DOT.PEOPLE.values()]), np.array([*DOT.FILMS.values()])


def errors_of(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return np.where(RATED, STARS - DOT.MIDDLE - p @ q.T, 0)


def dot_numbers(p: np.ndarray, q: np.ndarray, decay: float = 0.0) -> dict[str, float]:
    """Return what the part shows."""
    predicted = DOT.MIDDLE + p @ q.T
    shown = {
        f"{person}-{film}": predicted[u, i]
        for u, person in enumerate(DOT.PEOPLE)
        for i, film in enumerate(DOT.FILMS)
    }
    error = np.nanmean((STARS - predicted) ** 2)
    penalty = decay * ((p**2).sum() + (q**2).sum()) / RATED.sum()
    return shown | {"error": error, "penalty": penalty, "loss": error + penalty}


def descended(p: np.ndarray, q: np.ndarray, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """Go down the gradient, by differences of the loss as it is shown."""
    tiny, both = 1e-6, np.concatenate([p, q])
    slope = np.zeros_like(both)
    for place in np.ndindex(*both.shape):
        ends = [both.copy(), both.copy()]
        ends[0][place] -= tiny
        ends[1][place] += tiny
        low, high = (dot_numbers(*np.split(end, [len(p)]), decay)["loss"] for end in ends)
        slope[place] = (high - low) / (2 * tiny)
    return tuple(np.split(both - DOT.RATE * slope, [len(p)]))


def check_dot(figure: Locator, p: np.ndarray, q: np.ndarray, decay: float = 0.0) -> None:
    """Compare all numbers with Python's; stars are shown with two digits."""
    shown, wanted = numbers(figure), dot_numbers(p, q, decay)
    assert set(shown) == set(wanted)
    for name, value in wanted.items():
        assert shown[name] == pytest.approx(value, abs=0.0051 if "-" in name else SHOWN), name


def choose(figure: Locator, name: str) -> None:
    figure.get_by_label("the sliders move").select_option(name)


def test_dot_products_agree_with_numpy(page):
    figure = part(page, "dot")
    p, q = first_places()
    check_dot(figure, p, q)
    for name, place in (("Dan", (0.31, -1.72)), ("Emma", (1.05, 0.4)), ("Dan", (-2.2, 2.2))):
        choose(figure, name)
        set_sliders(figure, *place)
        (p if name == "Dan" else q)[3] = place
        check_dot(figure, p, q)
    slider(figure, 2).fill("0.5")
    check_dot(figure, p, q, 0.5)
    press(figure, "Start again")
    check_dot(figure, *first_places())


@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_gradient_steps_of_dot_products_go_down(page, decay):
    figure = part(page, "dot")
    slider(figure, 2).fill(f"{decay}")
    p, q = first_places()
    for _ in range(3):
        press(figure, "One gradient step")
        p, q = descended(p, q, decay)
        check_dot(figure, p, q, decay)
    press_often(figure, "A hundred", 3)
    shown = numbers(figure)
    if decay:
        assert 0.1 < shown["error"] < 0.3
    else:
        assert texts(figure)["error"] == "0.0000"
        assert shown["Dan-Babe"] > 5.5, "what was not rated may be predicted off the scale"


def handle(page: Page, name: str) -> tuple[float, float]:
    """Return where in the window the middle of a person or a film is."""
    box = part(page, "dot").locator(f".handle[data-name={name}] .mark").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("name", ["Cleo", "Heat"])
def test_people_and_films_follow_the_mouse(page, name):
    figure = part(page, "dot")
    figure.scroll_into_view_if_needed()
    x, y = handle(page, name)
    before = settings(figure)
    page.mouse.move(x, y)
    page.mouse.down()
    assert figure.get_by_label("the sliders move").input_value() == name
    page.mouse.move(x - 40, y + 30, steps=5)
    page.mouse.up()
    assert handle(page, name) == pytest.approx((x - 40, y + 30), abs=1)
    p, q = first_places()
    row, start = (p[2], (1.3, -0.6)) if name == "Cleo" else (q[1], (-0.4, -1.3))
    place = settings(figure)[:2]
    assert place != before[:2]
    assert place[0] < start[0]
    assert place[1] < start[1]
    row[:] = place  # as shown, with two digits
    shown, wanted = numbers(figure), dot_numbers(p, q)
    for cell, value in wanted.items():
        assert shown[cell] == pytest.approx(value, abs=0.03), cell


def test_a_film_dragged_off_the_plane_stops_at_its_edge(page):
    figure = part(page, "dot")
    figure.scroll_into_view_if_needed()
    page.mouse.move(*handle(page, "Alien"))
    page.mouse.down()
    page.mouse.move(3000, 0, steps=3)
    page.mouse.up()
    assert settings(figure) == [2.2, 2.2, 0]


def test_lines_of_equal_stars_are_right(page):
    figure = part(page, "dot")
    lines = figure.locator("g[clip-path] .level")
    assert lines.count() == 5
    zero, one = handle(page, "Ana"), handle(page, "Cleo")  # two known places give the scale
    unit = (one[0] - zero[0]) / (1.3 - 0.5)
    frame = figure.locator(".picture svg").first.bounding_box()
    for star, line in zip(range(1, 6), lines.all(), strict=True):
        ends = line.get_attribute("d").removeprefix("M").split("L")
        points = np.array([end.split() for end in ends], float)
        x = 0.5 + (points[:, 0] + frame["x"] - zero[0]) / unit
        y = 1.1 - (points[:, 1] + frame["y"] - zero[1]) / unit
        assert_allclose(DOT.MIDDLE + 0.5 * x + 1.1 * y, star, atol=0.03)


def test_a_person_follows_a_finger_and_the_page_stays(chromium, html, log):
    page = new_page(chromium, log, has_touch=True, is_mobile=True)
    visit(page, f"{html.as_uri()}/chapter.html")
    wake(page)
    resize(page, **PHONE)
    figure = part(page, "dot")
    mark = "document.querySelector('.handle[data-name=Ana]')"
    page.evaluate(f"scrollTo(0, scrollY + {mark}.getBoundingClientRect().top - 300)")
    (x, y), top = handle(page, "Ana"), page.evaluate("scrollY")
    touch = finger(page)
    touch("touchStart", (x, y))
    for share in (0.25, 0.5, 0.75, 1.0):
        touch("touchMove", (x + 30 * share, y + 50 * share))
    touch("touchEnd")
    assert handle(page, "Ana") == pytest.approx((x + 30, y + 50), abs=1)
    assert settings(figure)[0] > 0.5
    assert page.evaluate("scrollY") == top
    page.context.close()


def test_no_name_covers_another_when_it_begins(page):
    for width in (375, 1200):
        resize(page, width, 900)
        plane = part(page, "dot").locator(".picture").first
        names = {*DOT.PEOPLE, *DOT.FILMS}
        assert not names & set(plane.evaluate(COVERED))


# Weights of twelve films: EASE and EDLAE solved in the page.

WEIGHTS = load_module("weights", BOOK / "_ext" / "interactive_parts" / "weights.py")
FILMS = WEIGHTS.data(BOOK.parent)
COUNTS = np.array(FILMS["counts"], float)
LOUDEST = 0.5  # the weight that fills its cell


def solved(dropout: float, l2: float) -> np.ndarray:
    """Solve each column as a regression on the other films, without the closed form."""
    found = np.zeros_like(COUNTS)
    penalty = np.diag(l2 + dropout / (1 - dropout) * np.diag(COUNTS))
    for j in range(len(COUNTS)):
        rest = np.arange(len(COUNTS)) != j
        found[rest, j] = np.linalg.solve((COUNTS + penalty)[np.ix_(rest, rest)], COUNTS[rest, j])
    return found


def check_weights(figure: Locator, dropout: float, l2: float, picks: list[str]) -> None:
    """Compare list, scores and counts with Python's."""
    weights, chosen = solved(dropout, l2), [FILMS["films"].index(film) for film in picks]
    scores = weights[chosen].sum(axis=0)
    best = [j for j in np.argsort(-scores) if j not in chosen][:5]
    shown = texts(figure)
    assert [shown[f"film-{rank}"] for rank in range(5)] == [FILMS["titles"][j] for j in best]
    found = [to_number(shown[f"score-{rank}"]) for rank in range(5)]
    assert_allclose(found, scores[best], atol=0.00051)
    assert to_number(shown["below"]) == (weights < 0).sum()
    assert to_number(shown["largest"]) == pytest.approx(weights.max(), abs=0.00051)
    penalty = l2 + dropout / (1 - dropout) * COUNTS[0, 0]
    assert to_number(shown["penalty"]) == pytest.approx(penalty, abs=0.051)


@pytest.mark.parametrize(
    ("dropout", "power"), [(0.0, 1.0), (0.0, 0.0), (0.5, 1.0), (0.9, 0.35), (0.25, 3.0)]
)
def test_the_weights_of_the_page_are_those_of_python(page, dropout, power):
    figure = part(page, "weights")
    slider(figure, 0).fill(f"{dropout}")
    slider(figure, 1).fill(f"{power}")
    l2 = float(f"{10**power:.2g}")
    assert settings(figure) == [dropout, l2]
    check_weights(figure, dropout, l2, ["Empire"])
    squares = figure.locator(".picture rect.weight")
    wanted = solved(dropout, l2)
    wanted = wanted[~np.eye(len(wanted), dtype=bool)]
    assert squares.count() == len(wanted) == 132
    hollow = squares.evaluate_all("all => all.map(e => e.classList.contains('below'))")
    assert (np.array(hollow) == (wanted < 0)).all()
    areas = squares.evaluate_all("all => all.map(e => e.width.baseVal.value ** 2)")
    full = np.array(areas)[wanted > 0] / np.minimum(wanted[wanted > 0], LOUDEST)
    assert_allclose(full, full[0], rtol=0.01)


def test_films_are_picked_and_dropped_and_the_list_follows(page):
    figure = part(page, "weights")
    for film in ("Pulp Fiction", "Fargo"):
        press(figure, film)
    check_weights(figure, 0.0, 10.0, ["Empire", "Pulp Fiction", "Fargo"])
    pressed = figure.locator("button[aria-pressed=true]").all_inner_texts()
    assert sorted(pressed) == ["Empire", "Fargo", "Pulp Fiction"]
    for film in ("Empire", "Pulp Fiction", "Fargo"):
        press(figure, film)
    shown = texts(figure)
    assert [shown[f"film-{rank}"] for rank in range(5)] == ["–"] * 5
    assert [shown[f"score-{rank}"] for rank in range(5)] == ["–"] * 5
    press(figure, "Start again")
    check_weights(figure, 0.0, 10.0, ["Empire"])


def test_what_the_chapter_asks_of_the_weights_is_so():
    ease, films = solved(0.0, 10.0), FILMS["films"]
    empire, fargo, pulp = (films.index(film) for film in ("Empire", "Fargo", "Pulp Fiction"))
    assert ease[empire, fargo] < -0.1
    assert COUNTS[empire, [fargo, empire]].tolist() == [123, 237]
    without = [k for k in range(len(COUNTS)) if k not in (fargo, pulp)]
    known = COUNTS[np.ix_(without, without)] + 10 * np.eye(len(without))
    alone = np.linalg.solve(known, COUNTS[without, fargo])[without.index(empire)]
    assert alone > ease[empire, fargo] + 0.05, "less against it, where Pulp Fiction is silent"
    assert (solved(0.0, 1000.0) >= 0).all()
    loud = np.abs(ease).sum(axis=1)
    rows = {  # how much is left of what the most and the least clicked film say
        setting: (np.abs(solved(*setting)).sum(axis=1) / loud)[[0, films.index("Aladdin")]]
        for setting in ((0.0, 1000.0), (0.5, 10.0))
    }
    assert rows[0.0, 1000.0][0] > 1.2 * rows[0.0, 1000.0][1], "λ: the rare film fades more"
    assert rows[0.5, 10.0][0] < rows[0.5, 10.0][1], "dropout: the popular one does"


def test_the_names_of_films_do_not_cover_one_another(page):
    for width in (375, 1200):
        resize(page, width, 900)
        assert part(page, "weights").locator(".picture").first.evaluate(COVERED) == []


# A mixture of three normals: what a place costs, who holds it, and how it is pulled.

COMPOSITE = load_module("composite", BOOK / "_ext" / "interactive_parts" / "composite.py")


def mixture(z: float, weights: tuple[float, ...], mean: float, width: float) -> float:
    """Return the density of the mixture at z, by SciPy's normals."""
    parts = stats.norm([0, mean, 0], [1, width, COMPOSITE.WIDE])
    return float(np.dot(weights, parts.pdf(z)) / np.sum(weights))


def composite_numbers(weights: tuple[float, ...], mean: float, width: float, z: float) -> dict:
    """Return what the part shows, the pull by central differences of the price."""
    parts = stats.norm([0, mean, 0], [1, width, COMPOSITE.WIDE])
    shares, tiny = np.array(weights) / np.sum(weights), 1e-5
    holds = shares * parts.pdf(z) / mixture(z, weights, mean, width)
    pulls = -(parts.logpdf(z + tiny) - parts.logpdf(z - tiny)) / (2 * tiny)
    ends = (-np.log(mixture(z + step, weights, mean, width)) for step in (tiny, -tiny))
    found = {"price": -np.log(mixture(z, weights, mean, width))}
    found["pull"] = np.subtract(*ends) / (2 * tiny)
    for name, *three in zip(COMPOSITE.NAMES, shares, holds, pulls, strict=True):
        found |= dict(zip((f"share-{name}", f"holds-{name}", f"pull-{name}"), three, strict=True))
    return found


def check_composite(figure: Locator, weights: tuple[float, ...], *place: float) -> None:
    """Compare all numbers with Python's, each to its last digit."""
    shown, wanted = numbers(figure), composite_numbers(weights, *place)
    assert set(shown) == set(wanted)
    digits = {"share": 2, "pull": 2, "holds": 3}
    for name, value in wanted.items():
        last = digits[name.split("-")[0]] if "-" in name else 3
        assert shown[name] == pytest.approx(value, abs=0.51 * 10**-last), name


def set_composite(figure: Locator, weights: tuple[float, ...], *place: float) -> None:
    mean, width, z = place
    for i, value in enumerate((z, mean, width, *weights)):
        slider(figure, i).fill(f"{value}")


@pytest.mark.parametrize(
    ("weights", "place"),
    [
        ((0.15, 0.75, 0.1), (1.5, 0.4, 1.7)),
        ((0.15, 0.75, 0.1), (1.5, 0.1, -4.0)),
        ((1.0, 0.0, 0.0), (-3.0, 1.5, 3.3)),
        ((0.01, 1.0, 0.0), (0.5, 0.7, 6.0)),
        ((0.5, 0.25, 1.0), (-2.2, 0.25, -2.0)),
    ],
)
def test_price_and_pull_of_a_mixture_agree_with_scipy(page, weights, place):
    figure = part(page, "composite")
    check_composite(figure, tuple(COMPOSITE.SHARES.values()), *COMPOSITE.START.values())
    set_composite(figure, weights, *place)
    check_composite(figure, weights, *place)


def test_the_standard_normal_alone_pulls_in_proportion(page):
    figure = part(page, "composite")
    press(figure, "Standard normal alone")
    for z in (-5.5, 0.25, 4.0):
        slider(figure, 0).fill(f"{z}")
        assert numbers(figure)["pull"] == z
        assert numbers(figure)["holds-standard"] == 1
    press(figure, "Start again")
    check_composite(figure, tuple(COMPOSITE.SHARES.values()), *COMPOSITE.START.values())


def test_the_tangent_has_the_slope_of_the_pull(page):
    figure = part(page, "composite")
    slider(figure, 0).fill("1.2")
    panel = figure.locator(".picture").nth(1)
    ends = panel.locator("path.tone-gradient").get_attribute("d").removeprefix("M").split("L")
    (x0, y0), (x1, y1) = np.array([end.split() for end in ends], float)
    script = "all => all.map(e => [e.textContent, e.y.baseVal[0].value - 4])"
    texts = panel.locator(".axes text[text-anchor=end]").evaluate_all(script)
    ticks = {float(words): y for words, y in texts if words.isdigit()}
    (low, bottom), (high, top) = min(ticks.items()), max(ticks.items())
    nats = (y0 - y1) * (high - low) / (bottom - top)
    assert x1 > x0
    assert nats / 2 == pytest.approx(numbers(figure)["pull"], abs=0.02)  # over two units of z


def test_the_code_follows_the_mouse_along_its_price(page):
    figure = part(page, "composite")
    figure.scroll_into_view_if_needed()
    box = figure.locator(".knob").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 50, y + 90, steps=5)
    page.mouse.up()
    z, mean, width, *_ = settings(figure)
    assert z < COMPOSITE.START["z"]
    moved = figure.locator(".knob").bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(x - 50, abs=1)
    price = composite_numbers(tuple(COMPOSITE.SHARES.values()), mean, width, z)["price"]
    assert numbers(figure)["price"] == pytest.approx(price, abs=0.05)  # z is shown with two digits
