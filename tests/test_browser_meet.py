"""The page that meets the models, in headless Chromium from disk, against Python.

Models are those that the build trained and put beside the page; what the page shows of them is
computed here again from the same files, and their scores from the runs that they were exported of.
"""

import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
from book_support import HTML, ROOT, anchors, need_the_book, read_page
from browser_support import (
    PATIENCE,
    Watch,
    change_the_picks,
    opened_alone,
    too_low_for_a_finger,
    visit,
)
from modules_by_path import load_module
from numpy.testing import assert_allclose
from playwright.sync_api import Browser, Locator, Page
from scipy.sparse import csr_matrix
from screens_book import findings_within

from recotour_book import meet
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.runs import open_run
from recotour_vae.serving.export import WebModel, read_web

pytestmark = pytest.mark.browser

PAGE = HTML / "practice" / "meet.html"
MODELS = HTML / "_static" / "interactive" / "models"
PARTS = ("meet", "meet-inside", "meet-why", "meet-slide", "meet-map")
LENGTH, PEOPLE, K = 6, 50, 20
NETWORK = "mult-vae-pytorch-0.2"
SCREENS = [(1280, 800), (390, 844)]
BY_HAND = [[0], [49, 180, 132], [3, 7, 150, 10, 600, 1200]]


def has_models() -> bool:
    """Tell whether the book was built where the data were."""
    found = read_page(PAGE).select_one("[data-interactive=meet] script")
    return found is not None and found.string != "null"


needs_models = pytest.mark.skipif(
    PAGE.is_file() and not has_models(), reason="the book was built without MovieLens 100K"
)


@pytest.fixture(scope="module", autouse=True)
def _built_book() -> None:
    need_the_book()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What goes wrong in a page; nothing may."""
    made = Watch()
    yield made
    assert made == Watch()


def opened(chromium: Browser, watch: Watch, width: int, height: int, **options: object) -> Page:
    """Open the page in a context of its own, and wake all its parts."""
    page = opened_alone(chromium, watch, PAGE.as_uri(), width, height, **options)
    if options.get("java_script_enabled", True):
        wake(page)
    return page


def wake(page: Page) -> None:
    """Bring each part into view, and wait for the models."""
    for name in PARTS:
        part(page, name).scroll_into_view_if_needed()
        page.wait_for_selector(f"[data-interactive={name}][data-ready]")
    page.wait_for_function("!window.Meet || Meet.models.size === Meet.known.length")
    page.evaluate("window.Meet && Meet.look(Meet.chosen)")  # until all parts show them


def part(page: Page, name: str) -> Locator:
    return page.locator(f"figure[data-interactive={name}]")


@pytest.fixture(scope="module")
def shared(chromium: Browser) -> Iterator[tuple[Page, Watch]]:
    """The page, opened once for most of the tests."""
    made = Watch()
    page = opened(chromium, made, 1280, 900, reduced_motion="reduce")
    yield page, made
    page.context.close()


@pytest.fixture
def page(shared: tuple[Page, Watch]) -> Iterator[Page]:
    """The page as it begins: horror, and one network."""
    page, watch = shared
    page.evaluate("name => { Meet.look(name); return Meet.choose(Meet.presets.Horror); }", NETWORK)
    yield page
    assert watch == Watch()


@pytest.fixture(scope="module")
def models() -> dict[str, WebModel]:
    """The files that the page loads."""
    return {path.stem: read_web(path) for path in sorted(MODELS.glob("*.js"))}


@pytest.fixture(scope="module")
def names(shared: tuple[Page, Watch]) -> list[str]:
    """What films are called in the page."""
    return shared[0].evaluate("Meet.names")


def clicks(picks: list[int], model: WebModel) -> csr_matrix:
    row = np.zeros((1, len(model.about["titles"])), np.float32)
    row[0, picks] = 1
    return csr_matrix(row)


def best(model: WebModel, picks: list[int], k: int = LENGTH) -> list[int]:
    row = clicks(picks, model)
    return top_k_unseen(model.score(row), row, k)[0].tolist()


def choose(page: Page, picks: list[int]) -> None:
    page.evaluate("picks => Meet.choose(picks)", picks)


def films(place: Locator) -> list[str]:
    return place.locator("li").all_inner_texts()


# Lists


@needs_models
@pytest.mark.parametrize("picks", BY_HAND, ids=len)
def test_each_list_is_that_of_python(page, models, names, picks):
    choose(page, picks)
    heads = page.locator(".meet-lists .meet-head").all_inner_texts()
    order = page.evaluate("Meet.known.map(model => model.name)")
    labels = {page.evaluate("name => Meet.label(name)", name): name for name in order}
    assert sorted(heads) == sorted(labels)
    assert heads[:4] == ["β ≤ 0, PyTorch", "β ≤ 0.2, PyTorch", "β ≤ 1, PyTorch", "EASE"]
    ease = {*best(models["ease"], picks)}
    for head, column in zip(heads, page.locator(".meet-lists .meet-list").all(), strict=True):
        wanted = best(models[labels[head]], picks)
        assert films(column) == [names[film] for film in wanted]
        if head != "EASE":
            both = len(ease & {*wanted})
            assert column.locator(".meet-shared").text_content() == f"{both} of 6 as EASE"


@needs_models
@pytest.mark.slow
def test_for_fifty_people_the_page_agrees_with_the_runs(page, models):
    """Films whose scores differ by less than the precision of the weights may change places."""
    for name, path in meet.scripts().items():
        assert path.read_bytes() == (MODELS / path.name).read_bytes()
        run = open_run(path.parent / "runs" / name)
        people = run.split.test.fold_in[:PEOPLE]
        script = """([name, people, k]) => people.map((picks) => {
          const scores = Meet.models.get(name).score(picks);
          return [[...scores], LiveModels.topK(scores, k, picks)];
        })"""
        asked = [name, [row.indices.tolist() for row in people], K]
        scores, lists = (np.array(one) for one in zip(*page.evaluate(script, asked), strict=True))
        theirs = run.model.score(people)
        precision = models[name].about["agreement"]["largest_difference"]
        assert np.abs(scores - theirs).max() <= 1.01 * precision + 1e-6
        ranked = top_k_unseen(theirs, people, K)
        differ = np.take_along_axis(theirs, ranked, 1) - np.take_along_axis(theirs, lists, 1)
        assert np.abs(differ).max() <= 2 * precision + 1e-6
        assert (lists == ranked).mean() > 0.98


@needs_models
@pytest.mark.parametrize("width", [390, 1280])
def test_all_lists_change_within_a_tenth_of_a_second(chromium, watch, width):
    page = opened(chromium, watch, width, 844)
    script = """() => {
      const start = performance.now();
      document.querySelectorAll(".picker-presets button")[1].click();
      document.body.offsetHeight;
      const took = performance.now() - start;
      document.querySelectorAll(".picker-presets button")[0].click();
      return took;
    }"""
    assert min(page.evaluate(script) for _ in range(40)) < 100
    page.context.close()


@needs_models
def test_films_that_are_new_in_a_list_are_marked(page, models, names):
    before = best(models["ease"], page.evaluate("Meet.presets.Horror"))
    choose(page, page.evaluate("Meet.presets.Space"))
    after = best(models["ease"], page.evaluate("Meet.presets.Space"))
    column = page.locator(".meet-list", has_text="EASE").filter(
        has=page.get_by_role("heading", name="EASE", exact=True)
    )
    marked = column.locator("li.new").all_inner_texts()
    assert marked == [names[film] for film in after if film not in before]


# Inside


def layers(model: WebModel) -> dict[str, np.ndarray]:
    return {name: array.astype(float) for name, array in model.arrays.items()}


def coded(model: WebModel, picks: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Give μ and σ of one person."""
    a, x = layers(model), np.zeros(len(model.about["titles"]))
    x[picks] = 1 / np.sqrt(max(1, len(picks)))
    h = np.tanh(x @ a["first.weight"] + a["first.bias"])
    mu, logvar = np.split(a["encoder.0.weight"] @ h + a["encoder.0.bias"], 2)
    return mu, np.exp(logvar / 2)


def decoded(model: WebModel, z: np.ndarray) -> np.ndarray:
    """Give the logits of codes, (..., latent)."""
    a = layers(model)
    back = np.tanh(z @ a["decoder.0.weight"].T + a["decoder.0.bias"])
    return back @ a["decoder.1.weight"].T + a["decoder.1.bias"]


def ranked(logits: np.ndarray, picks: list[int]) -> list[int]:
    order = np.argsort(-logits, kind="stable")
    return [int(film) for film in order if film not in picks][:LENGTH]


def normal(seed: int, count: int) -> np.ndarray:
    """Draw the noise of the page: mulberry32, and Box and Muller's transform."""
    state, drawn = seed, []
    mask = 0xFFFFFFFF

    def uniform() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & mask
        mixed = ((state ^ (state >> 15)) * (state | 1)) & mask
        mixed ^= (mixed + ((mixed ^ (mixed >> 7)) * (mixed | 61))) & mask
        return ((mixed ^ (mixed >> 14)) & mask) / 2**32

    for _ in range(count):
        radius = np.sqrt(-2 * np.log(1 - uniform()))
        drawn.append(radius * np.cos(2 * np.pi * uniform()))
    return np.array(drawn)


def shares(page: Page) -> list[str]:
    """Return the texts beside and in the bars of the last stage."""
    return part(page, "meet-inside").locator(".meet-stage").last.locator("text").all_text_contents()


def shown_shares(logits: np.ndarray, picks: list[int], names: list[str]) -> list[str]:
    pi = np.exp(logits - logits.max())
    pi /= pi.sum()
    top = ranked(logits, picks)
    return [words for film in top for words in (f"{100 * pi[film]:.1f} %", names[film])]


@needs_models
def test_the_stages_end_in_the_probabilities_with_noise_and_without(chromium, watch, models, names):
    page = opened(chromium, watch, 1280, 900)
    picks = page.evaluate("Meet.picks")
    mu, sigma = coded(models[NETWORK], picks)
    still = shown_shares(decoded(models[NETWORK], mu), picks, names)
    assert shares(page) == still
    part(page, "meet-inside").get_by_role("button", name="Draw ε").click()
    z = mu + sigma * normal(2026, len(mu))
    assert shares(page) == shown_shares(decoded(models[NETWORK], z), picks, names) != still
    part(page, "meet-inside").get_by_role("button", name="No noise").click()
    assert shares(page) == still
    page.context.close()


@needs_models
def test_every_stage_says_its_shape_and_its_equation_leads_to_where_it_is_derived(page):
    shapes = part(page, "meet-inside").locator(".meet-shape").all_inner_texts()
    code = ["64 dimensions"] * 4
    assert shapes == ["1417 films", "200 units", *code, "1417 films", "1417 films"]
    links = part(page, "meet-inside").locator("a.meet-equation")
    assert links.count() == 8
    for link in links.evaluate_all("all => all.map(e => e.getAttribute('href'))"):
        path, anchor = link.split("#")
        assert anchor in anchors((PAGE.parent / path).resolve())


@needs_models
def test_the_code_follows_the_framework_of_the_network(page):
    code = part(page, "meet-inside").locator(".meet-stage code").first
    assert "torch" in code.text_content()
    gluon = [name for name in page.evaluate("Meet.known.map(m => m.name)") if "gluon" in name]
    if gluon:
        page.evaluate("name => Meet.look(name)", gluon[0])
        assert "nd.zeros" in code.text_content()


@needs_models
def test_sigma_is_said_before_and_after_a_film_is_added(page, models):
    horror = page.evaluate("Meet.presets.Horror")
    choose(page, [*horror, 10])
    now, old = (coded(models[NETWORK], picks)[1].mean() for picks in ([*horror, 10], horror))
    assert part(page, "meet-inside").locator(".meet-sure").inner_text() == (
        f"Mean σ with your 4 picks: {now:.3f}; before your last change it was {old:.3f}."
    )


@needs_models
def test_what_stays_under_noise_is_what_python_finds(page, models):
    picks = page.evaluate("Meet.picks")
    figure = part(page, "meet-inside")
    figure.get_by_role("button", name="Compare 100 draws").click()
    rows = [row.locator("td").all_inner_texts() for row in figure.locator("tbody tr").all()]
    assert len(rows) == 3
    rng = np.random.default_rng(0)
    for cap, cells in zip(("0", "0.2", "1"), rows, strict=True):
        model = models[f"mult-vae-pytorch-{cap}"]
        for some, (width, stays) in ((picks[:1], cells[:2]), (picks, cells[2:])):
            mu, sigma = coded(model, some)
            assert width == f"{sigma.mean():.2f}"
            z = mu + sigma * rng.standard_normal((400, len(mu)))
            still = {*ranked(decoded(model, mu), some)}
            kept = np.mean([len(still & {*ranked(one, some)}) for one in decoded(model, z)])
            assert float(stays.removesuffix(" of 6")) == pytest.approx(kept, abs=0.7)
    choose(page, picks[:2])
    assert figure.locator("tbody tr").count() == 0  # they were of other picks


# Why


def slopes(model: WebModel, picks: list[int], film: int) -> np.ndarray:
    """Give x̃ times the gradient of log π by PyTorch's own differentiation."""
    import torch

    a = {name: torch.from_numpy(array) for name, array in layers(model).items()}
    x = torch.zeros(len(model.about["titles"]), dtype=torch.float64)
    x[picks] = 1 / np.sqrt(len(picks))
    x.requires_grad_()
    h = torch.tanh(x @ a["first.weight"] + a["first.bias"])
    mu = (a["encoder.0.weight"] @ h + a["encoder.0.bias"]).chunk(2)[0]
    back = torch.tanh(a["decoder.0.weight"] @ mu + a["decoder.0.bias"])
    logits = a["decoder.1.weight"] @ back + a["decoder.1.bias"]
    torch.log_softmax(logits, 0)[film].backward()
    return (x.grad * x).detach().numpy()[picks]


def log_pi(model: WebModel, picks: list[int], film: int) -> float:
    scores = model.score(clicks(picks, model))[0]
    return float(scores[film] - np.logaddexp.reduce(scores))


@needs_models
@pytest.mark.parametrize("picks", BY_HAND[1:], ids=len)
def test_three_answers_to_why_are_those_of_python(page, models, names, picks):
    choose(page, picks)
    figure = part(page, "meet-why")
    film = int(figure.locator("select").first.input_value())
    assert film in {*best(models[NETWORK], picks, 8), *best(models["ease"], picks, 8)}
    rows = figure.locator("tbody tr")
    shown = {
        row.locator("th").inner_text(): [
            float(cell.replace("−", "-")) for cell in row.locator("td").all_inner_texts()
        ]
        for row in rows.all()
    }
    network = models[NETWORK]
    exact = [models["ease"].score(clicks([pick], network))[0, film] for pick in picks]
    whole = log_pi(network, picks, film)
    rest = [[one for one in picks if one != pick] for pick in picks]
    out = [whole - log_pi(network, some, film) for some in rest]
    wanted = np.stack([exact, out, slopes(network, picks, film)], axis=1)
    found = np.array([shown[names[pick]] for pick in picks])
    assert_allclose(found, wanted, atol=0.00051)
    assert list(shown) == [names[picks[i]] for i in np.argsort(-np.array(exact), kind="stable")]
    firsts = {names[picks[i]] for i in wanted.argmax(axis=0)}
    said = figure.locator(".verdict").inner_text()
    assert firsts == {name for name in (names[pick] for pick in picks) if name in said}
    assert ("disagree" in said) == (wanted[:, 1].argmax() != wanted[:, 2].argmax())


@needs_models
def test_without_picks_nothing_is_explained(page):
    choose(page, [])
    assert part(page, "meet-why").locator("tbody tr").count() == 0
    assert "Nothing is picked" in part(page, "meet-why").locator(".verdict").inner_text()


# A direction


@needs_models
def test_the_lists_along_a_direction_are_those_of_python(page, models, names):
    figure = part(page, "meet-slide")
    picks, model = page.evaluate("Meet.picks"), models[NETWORK]
    offered = figure.locator("select").nth(1).locator("option").all_inner_texts()
    strength = np.linalg.norm(layers(model)["decoder.0.weight"], axis=0)
    assert offered == [f"z{d + 1}" for d in np.argsort(-strength, kind="stable")[:8]]
    figure.locator("select").nth(1).select_option(index=2)
    figure.locator("input[type=range]").fill("1.5")
    mu, _ = coded(model, picks)
    for t, column in zip((-4, 1.5, 4), figure.locator(".meet-list").all(), strict=True):
        z = mu.copy()
        z[int(offered[2][1:]) - 1] += t
        assert films(column) == [names[film] for film in ranked(decoded(model, z), picks)]
    figure.locator("input[type=range]").fill("0")
    assert "0 of 6 are new" in figure.locator(".meet-head").nth(1).inner_text()


# The map


@pytest.fixture(scope="module")
def mapped() -> dict:
    """The data of the map in the page."""
    return json.loads(read_page(PAGE).select_one("[data-interactive=meet-map] script").string)


def apart(places: np.ndarray) -> float:
    distance = np.sqrt(((places[:, None] - places) ** 2).sum(axis=2))
    return distance.sum() / (len(places) * (len(places) - 1))


@needs_models
def test_how_near_films_of_a_colour_stand_is_what_python_finds(page, mapped):
    figure = part(page, "meet-map")
    places, years = np.array(mapped["places"]), np.array(mapped["years"], float)
    select = figure.locator("select")
    for name in ("Horror", "Drama"):
        select.select_option(label=name)
        place = mapped["genres"].index(name)
        ours = places[[place in one for one in mapped["genresOf"]]]
        said = figure.locator("[data-number=spread]").inner_text()
        assert said.endswith(f"any two have 1: {name} {apart(ours) / apart(places):.2f}.")
    select.select_option(label="the year")
    old = apart(places[years < 1970]) / apart(places)
    assert f"before 1970 {old:.2f}" in figure.locator("[data-number=spread]").inner_text()


@needs_models
def test_a_film_is_found_on_the_map_by_its_title_and_by_pointing(page, mapped, names):
    figure = part(page, "meet-map")
    film = names.index("Alien (1979)")
    figure.get_by_role("combobox", name="Find a film").fill("alien (1979)")
    note = figure.locator(".meet-note").first
    assert note.inner_text().startswith("Alien (1979): ")
    found = figure.locator(".meet-found").first
    assert found.count() == 1
    box = found.bounding_box()
    page.mouse.move(box["x"] - 60, box["y"] - 40)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    kinds = [mapped["genres"][kind] for kind in mapped["genresOf"][film]]
    assert note.inner_text() == f"Alien (1979): {', '.join(kinds)}"


@needs_models
def test_the_arrow_points_where_logits_rise(page, models, mapped):
    line = part(page, "meet-map").locator(".meet-arrow")
    x1, x2, y1, y2 = (float(line.get_attribute(name)) for name in ("x1", "x2", "y1", "y2"))
    mu, _ = coded(models[NETWORK], page.evaluate("Meet.picks"))
    a = layers(models[NETWORK])
    back = np.tanh(a["decoder.0.weight"] @ mu + a["decoder.0.bias"])
    along = np.array(mapped["directions"]) @ back
    drawn = np.array([x2 - x1, y1 - y2])
    assert_allclose(drawn / np.linalg.norm(drawn), along / np.linalg.norm(along), atol=0.01)


@needs_models
def test_what_the_map_says_of_itself_is_computed_from_the_weights(mapped, models):
    module = load_module("meet_map", ROOT / "book" / "_ext" / "interactive_parts" / "meet-map.py")
    rows = layers(models[NETWORK])["decoder.1.weight"]
    flat = np.array(mapped["places"])
    assert mapped["kept"] == pytest.approx(module.kept_neighbours(rows, flat), abs=0.02)
    values = np.linalg.eigvalsh(np.cov(rows.T))[::-1]
    assert_allclose(mapped["shares"], values[:2] / values.sum(), atol=1e-4)


# Hands, eyes, and pages without scripts or models


@needs_models
def test_it_can_be_used_by_the_keyboard_and_by_touch(chromium, watch):
    page = opened(chromium, watch, 390, 844, has_touch=True)
    first = page.locator(".meet-list").first
    before = films(first)
    page.get_by_role("button", name="Romance").tap()
    assert films(first) != before
    change_the_picks(page)
    slider = part(page, "meet-slide").locator("input[type=range]")
    slider.focus()
    page.keyboard.press("End")
    assert part(page, "meet-slide").locator("output").inner_text() == "4.0"
    select = part(page, "meet-inside").locator("select")
    select.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("Meet.chosen") == "mult-vae-pytorch-1"
    assert too_low_for_a_finger(page) == []
    page.context.close()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_what_is_ours(chromium, watch, width, mode):
    page = opened(chromium, watch, width, 844, color_scheme=mode, reduced_motion="reduce")
    page.locator(".interactive details").evaluate_all("all => all.forEach(e => { e.open = true; })")
    assert findings_within(page, "figure.interactive") == []
    page.context.close()


@pytest.mark.parametrize("width", [360, 390, 600, 768, 1024, 1280])
def test_nothing_runs_out_of_the_page(chromium, watch, width):
    page = opened(chromium, watch, width, 844)
    if page.evaluate("Boolean(window.Meet)"):
        part(page, "meet-inside").get_by_role("button", name="Compare 100 draws").click()
        choose(page, [0, 49, 180, 132, 600, 1200, 10, 30])
        part(page, "meet-inside").get_by_role("button", name="Compare 100 draws").click()
    wide = """[...document.querySelectorAll("figure.interactive *")].filter(
      e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 90))"""
    assert page.evaluate(wide) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_without_scripts_there_are_a_picture_and_a_sentence(chromium, watch):
    page = opened(chromium, watch, 1280, 900, java_script_enabled=False)
    for name in PARTS:
        assert "where JavaScript runs" in part(page, name).inner_text()
    assert part(page, "meet-inside").locator("img.only-light").is_visible()
    page.context.close()


def test_where_there_were_no_data_every_part_says_so(chromium, watch):
    """As the page is when its data are `null`."""
    pattern = r'(<script type="application/json">).*?(</script>)'
    html = re.sub(pattern, "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch.on(page)
    page.route(PAGE.as_uri(), lambda route: route.fulfill(body=html, content_type="text/html"))
    visit(page, PAGE.as_uri())
    wake(page)
    for name in PARTS:
        assert "which was not there: fetch it with make data" in part(page, name).inner_text()
    context.close()


@needs_models
def test_the_models_come_as_scripts_and_each_is_light():
    sizes = {path.name: path.stat().st_size for path in MODELS.glob("*.js")}
    assert {*sizes} == {path.name for path in meet.scripts().values()}
    assert max(sizes.values()) < 3_000_000
