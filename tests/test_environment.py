"""pyproject.toml, requirements.lock, environment.yml and what is installed say the same."""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from recotour_vae.runtime.mxnet import has_mxnet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REFEREES = "referees"  # whoever wants them installs them beside what is locked
EXTRAS = dict(PROJECT["optional-dependencies"])
OPTIONAL = EXTRAS.pop(REFEREES)
LOCK_LINES = (ROOT / "requirements.lock").read_text().splitlines()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
PIN = re.compile(r"[\w.-]+==[\w.!+]+( ; .*)?")  # a marker only where there are no wheels
# PyTorch's CUDA libraries come and go with its build (CPU, CUDA version); Python's own tools
# come with the environment. Both stay out of the lock.
NOT_LOCKED = re.compile(r"nvidia-|cuda-|triton$|pip$|setuptools$|wheel$")


def canonical(requirement: Requirement) -> str:
    """Return a package's name in the one spelling that compares."""
    return canonicalize_name(requirement.name)


def read_lock() -> dict[str, Version]:
    """Return name -> version for every pin of the lock."""
    pins = [line for line in LOCK_LINES if line.strip() and not line.startswith("#")]
    requirements = [Requirement(line) for line in pins]
    return {
        canonical(requirement): Version(str(requirement.specifier)[2:])
        for requirement in requirements
    }


def asked_for() -> list[Requirement]:
    """Return all the requirements of pyproject.toml, extras included, itself excluded."""
    lines = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    requirements = [Requirement(line) for line in lines]
    return [r for r in requirements if canonical(r) != PROJECT["name"]]


def needs_of(name: str, extras: set[str] | None = None) -> Iterator[Requirement]:
    """Yield what an installed package needs on this machine."""
    for line in importlib.metadata.requires(name) or []:
        requirement = Requirement(line)
        wanted = extras or {""}
        places = [{**default_environment(), "extra": extra} for extra in wanted]
        if requirement.marker is None or any(requirement.marker.evaluate(p) for p in places):
            yield requirement


def installed(name: str) -> Version:
    """Return the version in the running environment, without a local suffix such as +cpu."""
    return Version(Version(importlib.metadata.version(name)).public)


LOCK = read_lock()


def test_the_lock_pins_one_exact_version_a_line():
    pins = [line for line in LOCK_LINES if line.strip() and not line.startswith("#")]
    assert [line for line in pins if not PIN.fullmatch(line)] == []
    assert len(LOCK) == len(pins)


@pytest.mark.parametrize("requirement", asked_for(), ids=str)
def test_each_requirement_is_pinned_to_a_version_that_satisfies_it(requirement):
    name = canonical(requirement)
    assert name in LOCK, f"{name} is in pyproject.toml but not in requirements.lock"
    assert requirement.specifier.contains(LOCK[name])


def test_the_referees_leave_what_is_locked_as_it_is():
    """Each is one version or goes with what every environment has, and none is locked."""
    assert OPTIONAL
    assert not {canonical(Requirement(line)) for line in OPTIONAL} & set(LOCK)


def test_numpy_1_is_asked_for_with_mxnet_only_and_locked_for_the_book():
    of = {canonical(need): need.specifier for need in map(Requirement, PROJECT["dependencies"])}
    assert of["numpy"].contains("2.4.0")
    of_gluon = {canonical(need): need.specifier for need in map(Requirement, EXTRAS["gluon"])}
    assert not of_gluon["numpy"].contains("2.0.0")
    assert of_gluon["numpy"].contains(LOCK["numpy"])


def test_the_book_and_its_tests_read_parquet(tmp_path):
    path = tmp_path / "clicks.parquet"
    pd.DataFrame({"user": [1, 2], "item": ["a", "b"]}).to_parquet(path, engine="pyarrow")
    back = pd.read_parquet(path, engine="pyarrow")
    assert back["item"].tolist() == ["a", "b"]
    lines = [*EXTRAS["book"], *EXTRAS["test"]]
    reached = {extra for line in lines for extra in Requirement(line).extras}
    assert {"parquet", "book"} <= reached


def test_the_pins_are_what_is_installed():
    # MXNet is optional: it may have been taken out, and has no wheels for some machines
    wanted = {name: pin for name, pin in LOCK.items() if name != "mxnet" or has_mxnet()}
    found = {name: installed(name) for name in wanted}
    assert found == wanted, "run `make env`, or lock anew"


def test_what_the_locked_packages_need_is_locked_in_versions_that_satisfy_them():
    needs = [(name, need) for name in LOCK for need in needs_of(name)]
    needs = [(name, need) for name, need in needs if not NOT_LOCKED.match(canonical(need))]
    missing = [f"{name} needs {need}" for name, need in needs if canonical(need) not in LOCK]
    assert missing == []
    wrong = [
        f"{name} needs {need}, the lock has {LOCK[canonical(need)]}"
        for name, need in needs
        if not need.specifier.contains(LOCK[canonical(need)])
    ]
    assert wrong == []


def test_nothing_is_locked_that_nothing_needs():
    reached, waiting = set(), {(canonical(r), tuple(r.extras)) for r in asked_for()}
    while waiting:
        name, extras = waiting.pop()
        reached.add((name, extras))
        found = {
            (canonical(need), tuple(need.extras))
            for need in needs_of(name, {"", *extras})
            if not NOT_LOCKED.match(canonical(need))
        }
        waiting |= found - reached
    assert set(LOCK) - {name for name, _ in reached} == set()


def test_the_library_alone_is_light():
    own = {canonical(Requirement(line)) for line in PROJECT["dependencies"]}
    heavy = {canonical(Requirement(line)) for extra in EXTRAS.values() for line in extra} - own
    reached, waiting = set(), {PROJECT["name"]}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        needs = {canonical(need) for need in needs_of(name)}
        waiting |= {need for need in needs if not NOT_LOCKED.match(need)} - reached
    assert "torch" in reached
    assert (reached - {PROJECT["name"]}) & heavy == set()


def test_the_installed_library_is_this_one():
    assert importlib.metadata.version(PROJECT["name"]) == PROJECT["version"]
    declared = {str(Requirement(line)) for line in PROJECT["dependencies"]}
    assert {str(need) for need in needs_of(PROJECT["name"])} == declared, "run `make env`"


def test_conda_installs_python_and_leaves_the_rest_to_the_same_pins():
    assert CONDA["name"] == PROJECT["name"]
    *from_conda, from_pip = CONDA["dependencies"]
    assert [line.split("=")[0] for line in from_conda] == ["python", "pip"]
    assert from_pip == {"pip": ["-r requirements.lock", "-e ."]}


def test_conda_and_pip_ask_for_the_same_python():
    python = CONDA["dependencies"][0].removeprefix("python=")
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{python}.0")
    assert python == "3.11"
