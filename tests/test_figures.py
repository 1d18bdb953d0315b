"""The drawings in figures/ are what their scripts make, in the book's colours."""

import importlib.util
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from recotour_vae.plotting import COLOURS

SCRIPTS = sorted((Path(__file__).parents[1] / "figures").glob("*.py"))
SVG = "{http://www.w3.org/2000/svg}"


def load(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_drawings() -> None:
    assert "architecture" in {script.stem for script in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_stored_drawing_is_what_its_script_makes(script: Path) -> None:
    stored = script.with_suffix(".svg").read_text(encoding="utf-8")
    assert load(script).draw() == stored, f"run: python figures/{script.name}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_drawing_says_in_words_what_it_shows(script: Path) -> None:
    root = ElementTree.fromstring(load(script).draw())
    named = {root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")}
    assert all(named)
    assert root.get("aria-labelledby") == "title desc"


def test_the_architecture_keeps_to_the_palette_of_the_figures() -> None:
    drawing = load(next(script for script in SCRIPTS if script.stem == "architecture"))
    names = ("blue", "vermillion", "green", "purple", "black")
    assert [getattr(drawing, name.upper()) for name in names] == [COLOURS[name] for name in names]


def test_the_noise_alone_has_no_path_for_the_gradient() -> None:
    drawing = load(next(script for script in SCRIPTS if script.stem == "architecture"))
    root = ElementTree.fromstring(drawing.draw())
    back = [path for path in root.iter(f"{SVG}path") if path.get("stroke") == drawing.PURPLE]
    heights = [float(path.get("d", "").split()[1]) for path in back]
    assert len(back) == 8  # seven pieces and the one in the legend
    assert min(heights) > 120  # the noise stands above that


def test_no_text_is_too_small_for_a_telephone() -> None:
    drawing = load(next(script for script in SCRIPTS if script.stem == "architecture"))
    root = ElementTree.fromstring(drawing.draw())
    sizes = [float(line.get("font-size", "0")) for line in root.iter(f"{SVG}text")]
    assert min(sizes) >= drawing.WIDTH / 43
