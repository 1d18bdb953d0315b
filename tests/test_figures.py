"""The drawings in figures/ are what their scripts make, in the book's colours, and true."""

import importlib.util
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from scipy import integrate, optimize, stats

from recotour_book import palette
from recotour_book.plotting import COLOURS

FIGURES = Path(__file__).parents[1] / "figures"
SHARED = {"drawing", "linear_gaussian"}
SCRIPTS = sorted(path for path in FIGURES.glob("*.py") if path.stem not in SHARED)
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

sys.path.append(str(FIGURES))  # where a script finds what the drawings share

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def load(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def named(name: str) -> tuple[ModuleType, ElementTree.Element]:
    """Return a script as a module, and what it draws as a tree."""
    module = load(FIGURES / f"{name}.py")
    return module, ElementTree.fromstring(module.draw())


def by_id(root: ElementTree.Element, name: str) -> dict[str, float]:
    """Return the numbers among the attributes of the mark of that id."""
    (found,) = (mark for mark in root.iter() if mark.get("id") == name)
    return {key: float(value) for key, value in found.items() if NUMBER.fullmatch(value)}


def paths(root: ElementTree.Element, colour: str) -> Iterator[list[float]]:
    """Yield the numbers of each path of a colour, arrowheads not among them."""
    for path in root.iter(f"{SVG}path"):
        if path.get("stroke") == colour:
            yield [float(number) for number in NUMBER.findall(path.get("d", ""))]


def test_there_are_drawings() -> None:
    assert {"architecture", "plate", "graphs"} <= {script.stem for script in SCRIPTS}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_what_the_drawings_share_does_nothing_as_a_script(name: str) -> None:
    before = {path.name for path in FIGURES.iterdir()}
    runpy.run_path(str(FIGURES / f"{name}.py"), run_name="__main__")
    assert {path.name for path in FIGURES.iterdir()} == before
    assert f"{name}.svg" not in before


@pytest.mark.slow
@each_script
def test_the_stored_drawing_is_what_its_script_makes(script: Path) -> None:
    stored = script.with_suffix(".svg").read_text(encoding="utf-8")
    assert load(script).draw() == stored, f"run: python figures/{script.name}"


@pytest.mark.slow
@each_script
def test_a_drawing_says_in_words_what_it_shows(script: Path) -> None:
    root = ElementTree.fromstring(load(script).draw())
    words = {root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")}
    assert all(words)
    assert len(words) == 2
    assert root.get("aria-labelledby") == "title desc"


@each_script
def test_no_drawing_has_a_colour_that_the_dark_has_no_twin_of(script: Path) -> None:
    used = set(re.findall(r"#[0-9a-fA-F]{6}\b", load(script).draw()))
    assert used <= set(palette.to_dark())


@pytest.mark.slow
@each_script
def test_each_arrowhead_and_each_filling_is_defined(script: Path) -> None:
    drawn = load(script).draw()
    assert set(re.findall(r"url\(#([^)]+)\)", drawn)) <= set(re.findall(r' id="([^"]+)"', drawn))


@each_script
def test_no_text_is_too_small_for_a_telephone(script: Path) -> None:
    root = ElementTree.fromstring(load(script).draw())
    wide = float(root.get("viewBox", "").split()[2])
    sizes = [float(size) for mark in root.iter() if (size := mark.get("font-size"))]
    assert min(sizes) * 342 / wide >= 9


@pytest.mark.slow
@each_script
def test_every_text_stands_within_the_card(script: Path) -> None:
    root = ElementTree.fromstring(load(script).draw())
    edge, _, wide, _ = map(float, root.get("viewBox", "").split())
    for line in root.iter(f"{SVG}text"):
        left, right = extent(line)
        assert edge + 4 <= left < right <= edge + wide - 4, "".join(line.itertext())


def extent(line: ElementTree.Element) -> tuple[float, float]:
    """Return where a text begins and ends in DejaVu Sans, which is wider than most."""
    size, x = float(line.get("font-size", "0")), float(line.get("x", "0"))
    font = FontProperties(family="DejaVu Sans", weight=line.get("font-weight"))
    words = "".join(line.itertext()).replace("\u200b", "")
    width = TextPath((0, 0), words, size=size, prop=font).get_extents().width
    start = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[line.get("text-anchor", "start")] * width
    return start, start + width


def test_the_noise_alone_has_no_path_for_the_gradient() -> None:
    drawing, root = named("architecture")
    heights = [numbers[1] for numbers in paths(root, drawing.PURPLE)]
    assert len(heights) == 8  # seven pieces and the one in the legend
    assert min(heights) > 120  # the noise stands above that


def test_without_the_trick_the_gradient_ends_at_z_and_with_it_reaches_the_encoder() -> None:
    drawing, root = named("graphs")
    ends = {
        level: [numbers[2] for numbers in paths(root, drawing.PURPLE) if numbers[1] == level]
        for level in (drawing.WITHOUT + 14, drawing.WITH + 14)
    }
    (circle,) = (mark for mark in root.iter(f"{SVG}circle") if float(mark.get("r", 0)) == 38)
    z = float(circle.get("cx", 0)) + 38
    assert min(ends[drawing.WITHOUT + 14]) >= z
    encoder = 112 + 112  # the right edge of its box
    assert encoder < min(ends[drawing.WITH + 14]) < encoder + 10


def test_parameters_stand_outside_the_plate_of_users_and_their_latents_inside() -> None:
    _, root = named("plate")
    frames = [mark for mark in root.iter(f"{SVG}rect") if mark.get("fill") == "none"]
    users = [float(frames[0].get(key, 0)) for key in ("x", "width")]
    middles = {
        mark.get("fill"): float(mark.get("x", 0)) + 8
        for mark in root.iter(f"{SVG}rect")
        if mark.get("width") == "16" and float(mark.get("y", 0)) < 400
    }
    inside = {fill: users[0] < x < sum(users) for fill, x in middles.items()}
    assert inside == {
        COLOURS["violet"]: False,
        COLOURS["black"]: False,
    }  # phi, and theta drawn last
    latents = [float(mark.get("cx", 0)) for mark in root.iter(f"{SVG}circle")][:2]
    assert all(users[0] < x < sum(users) for x in latents)


def test_the_gradient_of_the_divergence_does_not_reach_the_decoder() -> None:
    drawing, root = named("training-loop")
    upwards = [n for n in paths(root, drawing.PURPLE) if len(n) == 3 and n[2] < n[1]]
    to_the_networks = {x for x, _, end in upwards if end < drawing.TARGET}
    assert to_the_networks == {378.0, 758.0}  # mu and log sigma²; pi
    decoder = (572, 572 + 112)
    assert not any(decoder[0] <= x <= decoder[1] for x in to_the_networks)


# Numbers in the drawings, computed here in another way than in the scripts.

W, S, X = 1.5, 0.8, 1.2
PRIOR = stats.norm(0, 1)


NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(20)


def expected(q, function) -> float:
    """Return the mean of a function under a normal q by Gauss-Hermite quadrature."""
    values = function(q.mean() + q.std() * NODES)
    return float(WEIGHTS @ values / WEIGHTS.sum())


def log_likelihood(z: np.ndarray) -> np.ndarray:
    return stats.norm.logpdf(X, W * z, S)


def parts(q) -> tuple[float, float]:
    """Return E_q[log p(x|z)] and KL(q || prior)."""
    kl = expected(q, lambda z: q.logpdf(z) - PRIOR.logpdf(z))
    return expected(q, log_likelihood), kl


def posterior():
    variance = 1 / (1 + W**2 / S**2)
    return stats.norm(variance * W * X / S**2, np.sqrt(variance))


@pytest.mark.parametrize(
    ("name", "q"), [("poor", PRIOR), ("better", stats.norm(0.3, 0.6)), ("best", posterior())]
)
def test_bars_are_as_long_as_the_model_says(name: str, q) -> None:
    drawing, root = named("elbo-decomposition")
    fit, kl = parts(q)
    evidence = float(stats.norm.logpdf(X, 0, np.hypot(W, S)))
    gap = expected(q, lambda z: q.logpdf(z) - posterior().logpdf(z))
    lengths = {"evidence": -evidence, "gap": gap, "likelihood": -fit, "kl": kl}
    for piece, nats in lengths.items():
        width = by_id(root, f"{name}-{piece}")["width"]
        assert width / drawing.NAT == pytest.approx(nats, abs=1e-4)
    ends = [by_id(root, f"{name}-{piece}")["x"] for piece in ("gap", "kl")]
    assert ends[0] == pytest.approx(ends[1], abs=0.01)  # the ELBO is one number


@pytest.mark.slow
@pytest.mark.parametrize("beta", [1.0, 0.2])
def test_dots_are_where_the_best_q_of_a_beta_is(beta: float) -> None:
    drawing, root = named("rate-distortion")

    def loss(values: np.ndarray) -> float:
        fit, kl = parts(stats.norm(values[0], np.exp(values[1])))
        return -fit + beta * kl

    found = optimize.minimize(loss, [0.5, -0.5], method="Nelder-Mead", options={"xatol": 1e-6})
    fit, kl = parts(stats.norm(found.x[0], np.exp(found.x[1])))
    dot = by_id(root, f"beta-{beta:g}")
    assert (dot["cx"] - drawing.LEFT) / drawing.NAT == pytest.approx(kl, abs=1e-3)
    assert (drawing.FLOOR - dot["cy"]) / drawing.NAT == pytest.approx(-fit, abs=1e-3)


def test_straight_lines_have_the_slope_minus_beta_and_stay_below_the_curve() -> None:
    drawing, root = named("rate-distortion")
    (shown,) = (n for n in paths(root, drawing.BLUE) if len(n) > 100)
    curve = np.array(shown).reshape(-1, 2)
    tangents = [np.array(n).reshape(2, 2) for n in paths(root, drawing.BLACK) if len(n) == 4][:2]
    for beta, ((x0, y0), (x1, y1)) in zip((1.0, 0.2), tangents, strict=True):
        assert (y1 - y0) / (x1 - x0) == pytest.approx(beta, abs=2e-3)  # y points down
        distance = y0 + beta * (curve[:, 0] - x0) - curve[:, 1]
        assert distance.min() == pytest.approx(0, abs=0.3)  # it touches


def test_arrows_are_the_estimates_of_the_two_estimators() -> None:
    drawing, root = named("estimators")
    arrows = [n for n in paths(root, drawing.PURPLE) if len(n) == 3]
    lengths = np.array([(end - start) / drawing.VOTE for start, _, end in arrows]).reshape(2, 5)
    z = 0.5 + 0.8 * np.array(drawing.NOISE)
    score = -((z - 2) ** 2) * (z - 0.5) / 0.64
    np.testing.assert_allclose(lengths[:, :4], [score, -2 * (z - 2)], atol=2e-3)
    np.testing.assert_allclose(lengths[:, 4], [score.mean(), (-2 * (z - 2)).mean()], atol=2e-3)
    (true,) = (n for n in paths(root, drawing.BLACK) if n[1] == drawing.SCORE - 18)
    h = 1e-4  # the true value, from E_q[f] = (mu - 2)² + sigma² on both sides
    slope = (
        expected(stats.norm(0.5 + h, 0.8), drawing.f)
        - expected(stats.norm(0.5 - h, 0.8), drawing.f)
    ) / (2 * h)
    assert (true[0] - drawing.ZERO) / drawing.VOTE == pytest.approx(-slope, abs=1e-3)


# The rooms of the library.


def test_an_arrow_that_two_others_say_is_left_out() -> None:
    rooms = load(FIGURES / "rooms.py")
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"c"}}
    assert rooms.arrows(graph) == [("a", "b"), ("b", "c"), ("d", "c")]
    assert [rooms.level(name, graph) for name in "abcd"] == [2, 1, 0, 1]


def test_an_arrow_to_a_lower_row_has_a_lane_in_each_that_it_passes() -> None:
    rooms = load(FIGURES / "rooms.py")
    rows, ways = rooms.with_lanes({"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": set()})
    assert [len(row) for row in rows] == [1, 2, 2]
    assert ["a", "a>d@1", "d"] in ways


@pytest.mark.slow
def test_every_package_and_file_of_the_library_is_a_room() -> None:
    rooms, root = named("rooms")
    named_in_it = " ".join(words.text or "" for words in root.iter(f"{SVG}text")).split()
    files = (path.relative_to(rooms.SOURCE) for path in rooms.SOURCE.rglob("*.py"))
    there = {path.parts[0].removesuffix(".py") for path in files}  # byte code may be left of others
    there -= {"__init__", *(path.stem for path in rooms.doors())}
    imported = set().union(*rooms.rooms().values())
    single = {name for name in there if (rooms.SOURCE / f"{name}.py").exists()}
    assert there - (single - imported) <= set(named_in_it)


@pytest.mark.slow
def test_arrows_between_rooms_lead_down() -> None:
    drawing, root = named("rooms")
    ways = list(paths(root, drawing.BLACK))
    assert len(ways) == len(drawing.arrows(drawing.apart(drawing.above(drawing.rooms()))[0]))
    assert all(way[1] < way[-1] for way in ways)


@pytest.mark.slow
def test_who_imports_whom_is_what_python_would_load() -> None:
    rooms = load(FIGURES / "rooms.py").rooms()
    assert {"errors", "splits"} <= rooms["evaluation"]
    assert "serving" in rooms["cli"]  # imported inside a function
    assert rooms["errors"] == set()


def test_bars_of_the_toy_are_as_long_as_its_films_are_probable() -> None:
    drawing, root = named("four-films")
    for _, key, clicks in drawing.PEOPLE:
        names = [film.lower() for film in drawing.toy.FILMS]
        long = [by_id(root, f"{key}-{name}")["width"] / drawing.UNIT for name in names]
        assert long == pytest.approx(drawing.toy.posterior(clicks).following, abs=1e-4)
        assert sum(long) == pytest.approx(1, abs=1e-3)


def test_what_stands_out_of_the_water_is_what_the_theorem_says() -> None:
    drawing, root = named("water-filling")
    for unit, a in enumerate(drawing.VARIANCES):
        lost = by_id(root, f"lost-{unit}")["height"]
        assert lost / drawing.UNIT == pytest.approx(min(a, drawing.LEVEL), abs=1e-4)
        if a <= drawing.LEVEL:
            continue
        kept = by_id(root, f"kept-{unit}")["height"] / drawing.UNIT
        assert kept == pytest.approx(a - drawing.LEVEL, abs=1e-4)
        rate = by_id(root, f"rate-{unit}")["height"] / drawing.NAT
        assert rate == pytest.approx(np.log(a / drawing.LEVEL) / 2, abs=1e-4)
    assert sum(mark.get("id", "").startswith("kept") for mark in root.iter()) == 4


@pytest.mark.parametrize("copies", [0, 1, 5])
def test_each_hill_of_a_taste_is_a_posterior_of_so_many_copies(copies: int) -> None:
    drawing, root = named("copies")
    colour = drawing.LOOKS[copies][0]
    hill = max(paths(root, colour), key=len)
    points = np.reshape(hill, (-1, 2))
    z = (points[:, 0] - drawing.MIDDLE) / drawing.UNIT
    logits = np.outer(z, [2, 1, -1, -2]) + np.array([-0.5, 0.5, 0.5, -0.5])
    pi = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wanted = stats.norm.pdf(z) * (pi[:, 0] * pi[:, 1]) ** copies  # Alien and Contact
    wanted /= integrate.trapezoid(wanted, z)
    found = (drawing.FLOOR - points[:, 1]) / drawing.TALL
    assert np.abs(found - wanted).max() < 0.01  # the ends of the axis cut a little off
