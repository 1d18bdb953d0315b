"""The rooms of the library: which stand on which, and which doors lead where."""

import ast
import json
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from imports import SOURCE, TREES, arrows, circles, home, imports
from processes import run_bounded
from support import is_a_sentence

from recotour_vae import doors
from recotour_vae.doors import DOORS, TO_THE_BOOK, today
from recotour_vae.errors import MissingPackageError
from recotour_vae.runtime.mxnet import has_mxnet

ROOT = Path(__file__).parents[1]
SCRIPTS = ("figures", "benchmarks", "experiments")
IMPORT = re.compile(r"^ *from (recotour_vae[\w.]*) import (?:\(([^)]+)\)|([^(\n]+))", re.MULTILINE)
# From the ground upwards: a room imports those before it, and never one after it.
ORDER = [
    "errors",
    "lazy",
    "doors",
    "runtime",
    "arrays",
    "files",
    "datasets",
    "splits",
    "evaluation",
    "recommenders",
    "models",
    "runs",
    "training",
    "serving",
    "experiments",
    "cli",
]
# So within a room, where it is a storey of its own.
INSIDE = {
    "arrays": ["types", "clicks", "packing", "shares"],
    "files": ["whole", "arrays", "numbered"],
    "evaluation": ["registry", "topk", "metrics", "statistics", "pooling", "evaluator", "lists"],
    "recommenders": [
        "registry",
        "interface",
        "blocks",
        "linear",
        "neighbours",
        "factors",
        "rp3beta",
        "popularity",
        "ratings",
        "saved",
        "together",
    ],
    "serving": [
        "export",
        "settings",
        "counters",
        "asked",
        "answers",
        "served",
        "swapping",
        "batcher",
        "openapi",
        "page",
        "replies",
        "guard",
        "application",
        "server",
        "team",
        "everybody",
    ],
    "runs": ["claim", "layout", "titles", "data", "nearest", "lookup", "run"],
}


def rank(module, order, room=""):
    """The place of a module in an order of names below a room."""
    below = module.removeprefix(f"{room}.") if room else module
    return next(at for at, name in enumerate(order) if f"{below}.".startswith(f"{name}."))


def upwards(order, room=""):
    """The imports that lead up; within a room those for types alone lead anywhere."""
    return [
        f"{one} imports {other}"
        for one, other in arrows(types=not room)
        if all(module and f"{module}.".startswith(room) for module in (one, other))
        and rank(one, order, room) < rank(other, order, room)
    ]


def test_every_room_has_its_place():
    assert {module.split(".")[0] for module in TREES if module} == set(ORDER)
    for room, order in INSIDE.items():
        own = {module.split(".")[1] for module in TREES if module.startswith(f"{room}.")}
        assert own == set(order)


def test_no_room_imports_one_above_it():
    assert not upwards(ORDER)


@pytest.mark.parametrize("room", INSIDE)
def test_nothing_in_a_room_imports_what_stands_above_it_there(room):
    assert not upwards(INSIDE[room], room)


def test_no_module_imports_itself_through_others():
    assert not circles()


def test_an_import_inside_a_function_and_one_through_a_package_are_seen():
    assert ("training.trainer", "training.gluon") in arrows()
    assert home("evaluation.evaluate") == "evaluation.evaluator"
    assert ("cli.evaluate", "evaluation.evaluator") in arrows()


def test_a_place_that_is_written_as_a_text_is_there():
    found = 0
    for path in SOURCE.rglob("*.py"):
        for module, name in re.findall(r'"(recotour_vae[\w.]*):(\w+)"', path.read_text()):
            found += 1
            assert home(module.partition(".")[2]) in TREES
            assert name in ast.unparse(TREES[home(module.partition(".")[2])])
    assert found


# Private names


def private(tree):
    """Names with an underscore that are taken from another module of the library."""
    modules = {path.rpartition(".")[2]: path for _, path in imports(tree)}
    for _, path in imports(tree):
        if is_private(path.rpartition(".")[2]):
            yield path
    for holder, name in attributes(tree):
        module = modules.get(holder, "")
        if module and module in TREES and is_private(name):
            yield f"{module}.{name}"


def attributes(tree):
    """Each (name, attribute) that is read, or that a test puts something else in place of."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=holder), attr=name):
                yield holder, name
            case ast.Call(args=[ast.Name(id=holder), ast.Constant(value=str(name)), *_]):
                yield holder, name


def is_private(name):
    """Whether a name begins with one underscore."""
    return name.startswith("_") and not name.startswith("__")


@pytest.mark.slow
def test_nothing_private_is_used_from_outside():
    found = {(module, path) for module, tree in TREES.items() for path in private(tree)}
    for folder in (*SCRIPTS, "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {(f"{folder}/{path.name}", name) for name in private(tree)}
    assert not found


def test_a_private_name_is_seen_in_an_import_and_behind_a_module():
    tree = ast.parse("from recotour_vae.runtime.memory import _room\n")
    assert list(private(tree)) == ["runtime.memory._room"]
    tree = ast.parse("from recotour_vae.runtime import memory\nmemory._room(1)\nmemory.GIB\n")
    assert list(private(tree)) == ["runtime.memory._room"]
    tree = ast.parse("from recotour_vae.runtime import memory\npatch.setattr(memory, '_room', 1)\n")
    assert list(private(tree)) == ["runtime.memory._room"]


# Doors


@pytest.mark.parametrize("old", [*DOORS, *TO_THE_BOOK])
def test_a_door_leads_to_the_module_itself(old):
    there = import_module(today(f"recotour_vae.{old}"))
    assert import_module(f"recotour_vae.{old}") is there
    assert there.__name__ == today(f"recotour_vae.{old}") != f"recotour_vae.{old}"


@pytest.mark.parametrize("old", [*DOORS, *TO_THE_BOOK])
def test_no_room_is_called_as_a_door(old):
    assert old not in TREES


@pytest.mark.processes
def test_names_are_the_same_through_a_door_however_they_are_imported():
    lines = [
        "import recotour_vae.metrics",
        "from recotour_vae import metrics as M",
        "from recotour_vae.metrics import ndcg",
        "from recotour_vae.evaluation import metrics",
        "from recotour_vae.baselines import EASE, ease",
        "import recotour_vae.baselines.ease",
        "from recotour_vae.recommenders import linear",
        "assert EASE is linear.EASE and recotour_vae.baselines.ease is ease is linear.ease",
        "assert recotour_vae.metrics is M is metrics and ndcg is M.ndcg",
    ]
    ended = run_bounded([sys.executable, "-c", "\n".join(lines)])
    assert ended.returncode == 0, ended.stderr


def test_a_module_below_one_that_is_the_books_is_the_one_that_is_there():
    from recotour_book.plotting import results

    assert import_module("recotour_vae.plotting.results") is results


@pytest.mark.parametrize("old", TO_THE_BOOK)
def test_a_door_to_a_book_that_is_not_there_says_what_to_install(old, monkeypatch):
    monkeypatch.setattr(doors, "find_spec", lambda package: None)
    monkeypatch.delitem(sys.modules, f"recotour_vae.{old}", raising=False)
    with pytest.raises(MissingPackageError, match="recotour_book, which is not installed") as said:
        import_module(f"recotour_vae.{old}")
    assert is_a_sentence(said.value)


def test_a_name_that_no_door_has_is_not_there():
    with pytest.raises(ModuleNotFoundError, match="nonsense"):
        import_module("recotour_vae.nonsense")
    assert today("recotour_vae.nonsense") == "recotour_vae.nonsense"
    assert today("numpy.metrics") == "numpy.metrics"


def taught():
    """Each (module, name) that a chapter, a page or a script imports from the library."""
    cells = [
        cell["source"]
        for path in (ROOT / "book").glob("*/*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]
    texts = ["".join(cell) for cell in cells]
    places = [*ROOT.glob("*.md"), *(ROOT / "book").glob("*.md")]
    places += [path for folder in SCRIPTS for path in (ROOT / folder).glob("*.py")]
    texts += [path.read_text(encoding="utf-8") for path in places]
    lines = [line for text in texts for line in IMPORT.findall(text)]
    return {
        (module, name.split()[0])
        for module, some, more in lines
        for name in re.sub("#.*", "", some or more).split(",")
        if name.strip()
    }


def test_what_chapters_and_scripts_import_is_there_by_old_names_and_new():
    found = taught()
    assert {("recotour_vae", "datasets"), ("recotour_vae.evaluation", "evaluate")} < found
    for module, name in found:
        if has_mxnet() or not {"gluon", "mx"} & {module.rpartition(".")[2], name}:
            exec(f"from {module} import {name}")


def test_the_library_goes_through_no_door():
    found = {
        (module, path)
        for module, tree in TREES.items()
        for _, path in imports(tree)
        if today(f"recotour_vae.{path}") != f"recotour_vae.{path}"
    }
    assert not found
