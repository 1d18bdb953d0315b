"""The wheel is the library alone; a clone, installed to be edited, has the book's package too."""

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from zipfile import ZipFile

import pytest
from processes import run_bounded

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED = PROJECT["build-system"]["requires"][0].removeprefix("setuptools>=")
BUILD = (
    "from setuptools import build_meta as b; b.build_wheel('wheel'); b.build_editable('editable')"
)


def packages(folder: Path) -> set[str]:
    """All the packages in a folder, by their names in Python."""
    inits = folder.rglob("__init__.py")
    return {".".join(path.parent.relative_to(folder).parts) for path in inits}


def test_setuptools_finds_all_of_the_library_and_nothing_of_the_book():
    setuptools = pytest.importorskip("setuptools")
    options = PROJECT["tool"]["setuptools"]["packages"]["find"]
    (where,) = options["where"]
    found = set(setuptools.find_packages(str(ROOT / where), include=options["include"]))
    there = packages(ROOT / "src")
    assert "recotour_book.plotting" in there
    assert found == {name for name in there if name.split(".")[0] == "recotour_vae"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, with the two wheels that `pip install .` and `-e .` make of it."""
    if int(version("setuptools").split(".")[0]) < int(NEEDED):
        pytest.skip(f"building needs setuptools {NEEDED}, which pip fetches for a build")
    folder = tmp_path_factory.mktemp("clone")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        copy(ROOT / name, folder)
    copytree(ROOT / "src", folder / "src", ignore=ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("wheel", "editable"):
        (folder / name).mkdir()
    done = run_bounded([sys.executable, "-c", BUILD], cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def inside(folder: Path) -> ZipFile:
    (wheel,) = folder.glob("*.whl")
    return ZipFile(wheel)


@pytest.mark.processes
def test_the_wheel_has_the_library_and_nothing_else(built):
    names = inside(built / "wheel").namelist()
    kinds = {name.split("/")[0].removesuffix(".dist-info").split("-")[0] for name in names}
    assert kinds == {"recotour_vae"}
    sources = {path.relative_to(built / "src").as_posix() for path in (built / "src").rglob("*.py")}
    library = {name for name in sources if name.startswith("recotour_vae/")}
    assert {name for name in names if name.endswith(".py")} == library
    assert "recotour_vae/py.typed" in names


@pytest.mark.processes
def test_a_clone_that_is_installed_to_be_edited_has_both_on_the_path(built):
    wheel = inside(built / "editable")
    (path,) = (name for name in wheel.namelist() if name.endswith(".pth"))
    assert wheel.read(path).decode().strip() == str(built / "src")
