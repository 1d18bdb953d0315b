"""A fingerprint changes with what code does, and not with where it stands or how it is written."""

import ast
import importlib.util
import inspect
import re
import shutil
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import is_a_sentence, two_tastes

from recotour_vae.errors import ExperimentError
from recotour_vae.experiments import Setting, Source, code, results, trial
from recotour_vae.experiments.code import closure, fingerprint
from recotour_vae.experiments.definitions import Definition, Package
from recotour_vae.experiments.normal_form import normal_form

pytestmark = pytest.mark.slow

# Small packages


def written(folder, sources):
    """A package `p` of these modules."""
    for name, text in sources.items():
        place = folder / f"{name}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return Package(folder, "p", ("outside", "errors"), "errors", ("a.choose",))


@pytest.fixture
def one(tmp_path):
    """The fingerprint of `f` in module `a` beside some others."""
    count = iter(range(100))

    def found(text, root="a.f", **sources):
        package = written(tmp_path / str(next(count)), {"__init__": "", "a": text} | sources)
        return fingerprint(root, package=package)

    return found


SAME = {
    "layout": ("def f(x):\n    return (1 +\n        x)", "def f(x): return 1 + x"),
    "comment": ("def f():\n    return 1  # why", "def f():\n    return 1"),
    "docstring": ('def f():\n    """Doc."""\n    return 1', 'def f():\n    "New."\n    return 1'),
    "docstring alone": ('def f():\n    """Doc."""', "def f():\n    pass"),
    "annotations": (
        "def f(x: int = 1, *y: str, z: 'T') -> int:\n    a: int = x\n    b: str\n    return a",
        "def f(x=1, *y, z):\n    a = x\n    return a",
    ),
    "annotations of fields": (
        "class f:\n    x: int = 1\n    y: 'str'",
        "class f:\n    x: float = 1\n    y: Any",
    ),
    "numbers": ("f = 1_000", "f: Final = 1000"),
    "strings": ("f = 'a' 'b'", 'f = ("ab")'),
    "error": (
        "def f(x):\n    if x:\n        raise ValueError(f'{x} is bad')",
        "def f(x):\n    if x:\n        raise KeyError('no') from None",
    ),
    "warning": (
        "import warnings\ndef f(x):\n    warnings.warn('Careful.', stacklevel=2)",
        "from warnings import warn\ndef f(x):\n    warn(f'Look at {x}.')",
    ),
    "assertion": ("def f(x):\n    assert x, 'bad'", "def f(x):\n    assert x"),
    "place that is looked up": (
        "def f(x): return import_module(f'p.here.{x}')",
        "def f(x): return import_module(f'p.there.{x}')",
    ),
    "other definitions": ("f = 1\ng = 2", "import numpy\ndef g(): pass\nf = 1"),
    "name of another": (
        "def g(x): return x + 1\ndef f(x): return g(x)",
        "def f(x): return h(x)\ndef h(x): return x + 1",
    ),
    "name of a constant": ("A, B = 1, 2\ndef f(): return B", "C, D = 1, 2\ndef f(): return D"),
    "name of a global": (
        "A = 0\ndef f():\n    global A\n    A += 1",
        "B = 0\ndef f():\n    global B\n    B += 1",
    ),
    "name of a class": (
        "class A: x = 1\nclass B(A):\n    def g(self): return B()\nf = B()",
        "class C: x = 1\nclass D(C):\n    def g(self): return D()\nf = D()",
    ),
    "recursion": (
        "def g(x): return g(x - 1)\nf = [g]",
        "def h(x): return h(x - 1)\nf = [h]",
    ),
    "imports": (
        "import numpy as np\ndef f(x): return np.linalg.norm(x)",
        "def f(x):\n    from numpy.linalg import norm as size\n    return size(x)",
    ),
}
DIFFERENT = {
    "operator": ("def f(x): return x + 1", "def f(x): return x - 1"),
    "constant": ("def f(x): return x + 1", "def f(x): return x + 2"),
    "kind of number": ("f = 1", "f = 1.0"),
    "default": ("def f(x=1): return x", "def f(x=2): return x"),
    "default by name": ("def f(*, x, y=1): pass", "def f(*, x=1, y): pass"),
    "parameter": ("def f(x, y): return x", "def f(y, x): return x"),
    "kind of parameter": ("def f(x, *y): pass", "def f(x, **y): pass"),
    "decorator": ("from functools import cache\n@cache\ndef f(): pass", "def f(): pass"),
    "condition of an error": (
        "def f(x):\n    if x > 0:\n        raise E()",
        "def f(x):\n    if x > 1:\n        raise E()",
    ),
    "an error": ("def f(x):\n    if x:\n        raise E()", "def f(x):\n    if x:\n        pass"),
    "text": ("def f(): return 'p here'", "def f(): return 'p there'"),
    "order": ("def f():\n    a()\n    b()", "def f():\n    b()\n    a()"),
    "order of fields": ("class f:\n    x: int\n    y: int", "class f:\n    y: int\n    x: int"),
    "default of a field": ("class f:\n    x: int = 1", "class f:\n    x: int = 2"),
    "no field": ("class f:\n    x: int = 1", "class f:\n    x: 'ClassVar[int]' = 1"),
    "field for making only": ("class f:\n    x: int", "class f:\n    x: InitVar[int]"),
    "method": ("class f:\n    def g(self): pass", "class f:\n    def h(self): pass"),
    "base": (
        "class A: x = 1\nclass B: x = 2\nclass f(A): pass",
        "class A: x = 1\nclass B: x = 2\nclass f(B): pass",
    ),
    "method of a base": (
        "class A:\n    def g(self): return 1\nclass f(A): pass",
        "class A:\n    def g(self): return 2\nclass f(A): pass",
    ),
    "three calls away": (
        "def k(): return 1\ndef h(): return k()\ndef g(): return h()\ndef f(): return g()",
        "def k(): return 2\ndef h(): return k()\ndef g(): return h()\ndef f(): return g()",
    ),
    "which part": ("A, B = 1, 2\ndef f(): return A", "A, B = 1, 2\ndef f(): return B"),
    "which package": ("from math import log as g\nf = g", "from numpy import log as g\nf = g"),
    "in a circle": (
        "def f(x): return g(x)\ndef g(x): return h(x)\ndef h(x): return f(x) + 1",
        "def f(x): return g(x)\ndef g(x): return h(x)\ndef h(x): return f(x) + 2",
    ),
    "around a circle": (
        "def f(x): return g(h(x))\ndef g(x): return f(x) + 1\ndef h(x): return f(x)",
        "def f(x): return h(g(x))\ndef g(x): return f(x) + 1\ndef h(x): return f(x)",
    ),
    "variable of the module and not of the function": (
        "g = 1\ndef f(x):\n    g = 2\n    return g + x",
        "g = 1\ndef f(x):\n    global g\n    g = 2\n    return g + x",
    ),
    "step of a constant": ("f = [1]\nf += [2]", "f = [1]\nf += [3]"),
    "table that is filled": ("f = {}\nf['x'] = 1", "f = {}\nf['x'] = 2"),
    "loop of the module": (
        "X = []\nfor i in range(2):\n    X.append(i)\ndef f(): return 1",
        "X = []\nfor i in range(3):\n    X.append(i)\ndef f(): return 1",
    ),
    "name made in a loop": (
        "if g():\n    def f(): return 1\nelse:\n    def f(): return 2\ndef h(): return f()",
        "if g():\n    def f(): return 1\nelse:\n    def f(): return 3\ndef h(): return f()",
    ),
    "match": (
        "def f(x):\n    match x:\n        case [y, *z]:\n            return z",
        "def f(x):\n    match x:\n        case [*z, y]:\n            return z",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_does_not_change_what_code_does_keeps_the_fingerprint(one, name):
    before, after = SAME[name]
    assert one(before) == one(after)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_changes_what_code_does_changes_the_fingerprint(one, name):
    root = "a.h" if name == "name made in a loop" else "a.f"
    before, after = (one(text, root) for text in DIFFERENT[name])
    assert before != after


PACKAGE = """
from typing import TYPE_CHECKING
from p.lazy import lazily
from p.eager.two import given
if TYPE_CHECKING:
    from p.eager.one import typed
else:
    __getattr__, __dir__ = lazily(__name__, one="typed late")
own = 1
"""
ROADS = {
    "from p.b import g\ndef f(): return g()": "b",
    "from p import b\ndef f(): return b.g()": "b",
    "from p import b as B\ndef f(): return B.g()": "b",
    "import p.b\ndef f(): return p.b.g()": "b",
    "import p.b as B\ndef f(): return B.g()": "b",
    "from . import b\ndef f(): return b.g()": "b",
    "from .b import g\ndef f(): return g()": "b",
    "def f():\n    from p.b import g as h\n    return h()": "b",
    "def f():\n    import p.b\n    return [p.b.g() for p_ in range(2)]": "b",
    "class f:\n    def h(self):\n        if self:\n            from p import b\n        b.g()": "b",
    "try:\n    from p.b import g\nexcept E:\n    g = None\ndef f(): return g()": "b",
    "def f():\n    try:\n        from p.b import g\n    except E:\n        g = None\n    g()": "b",
    "from p.b import K\ndef f(): return K.make(1)": "b",
    "from p.b import g\n@g\ndef f(): pass": "b",
    "from p.b import g\ndef f(g=g): return g": "b",
    "from p.b import g\ndef f(): return [g for g in g()]": "b",
    "from p.b import g\ndef f(): return lambda x: g(x)": "b",
    "from p.b import g\nf = [g]": "b",
    "from p import b\ndef f(name): return getattr(b, name)": "b",
    "from p.b import made\ndef f(): return made()": "b",
    "from p.eager import given\ndef f(): return given()": "eager/two",
    "from p.eager import typed\ndef f(): return typed()": "eager/one",
    "from p.eager import late\ndef f(): return late()": "eager/one",
    "import p\ndef f(): return p.eager.late()": "eager/one",
    "from p.eager import one\ndef f(): return one.late()": "eager/one",
}
MOVED = "def {0}(x=1): return {1}\ntyped = late = given = {0}\n"
HOME = MOVED.format("g", "x") + "class K:\n    make = g\ndef __getattr__(name): return g"


@pytest.mark.parametrize("text", ROADS)
def test_a_definition_is_found_however_it_was_imported(one, text):
    others = {"b": HOME, "eager/__init__": PACKAGE, "eager/one": HOME, "eager/two": HOME}
    others["lazy"] = "def lazily(name, **homes): pass"
    before = one(text, **others)
    assert before == one(text, **others)
    assert before != one(text, **others | {ROADS[text]: HOME.replace("x=1", "x=2")})


@pytest.mark.parametrize(
    "text",
    [
        "from p.b import g\ndef f(g): return g()",
        "from p.b import g\ndef f(): return [g() for g in range(2)]",
        "from p.b import g\ndef f():\n    g = 1\n    return g",
        "from p.b import g\ndef f(x: g) -> g: return x",
        "from p.b import g\nclass f:\n    g: int\n    h = g",
        "from p.b import g\ndef f():\n    raise E(g())",
        "from p.errors import E\nfrom p.b import g\ndef f(): return E(g())",
        "if TYPE_CHECKING:\n    from p.b import g\ndef f(x: 'g'): pass",
        "from p.b import g\ndef f(): return 'g'",
        "from p.b_other import g\ndef f(): return g()",
        "from q.b import g\ndef f(): return g()",
        "from p.outside.b import g\ndef f(): return g()",
    ],
)
def test_a_name_of_ones_own_or_for_types_or_outside_leads_nowhere(one, text):
    others = {"b_other": HOME, "errors": HOME, "outside/__init__": "", "outside/b": HOME}
    same = [one(text, **others, b=f"def g(x): return {number}") for number in (1, 2)]
    assert same[0] == same[1]
    changed = others | {"outside/b": HOME.replace("x=1", "x=2")}
    assert same[0] == one(text, **changed, b="def g(): pass")


def test_methods_do_not_see_the_names_of_their_class(one):
    text = "from p.b import g\nclass f:\n    g = 1\n    def h(self): return g()"
    assert one(text, b="def g(): return 1") != one(text, b="def g(): return 2")


def test_a_choice_is_not_followed_and_what_else_a_chooser_does_is(one):
    text = "from p.b import h\ndef choose(x):\n    h()\n    from p.c import g\n    return g(x)"
    text += "\ndef f(x): return choose(x)"
    before = one(text, b="def h(): return 1", c="def g(): return 1")
    assert before == one(text, b="def h(): return 1", c="def g(): return 2")
    assert before != one(text, b="def h(): return 2", c="def g(): return 1")


def test_several_roots_are_in_no_order_and_count_once(tmp_path):
    package = written(tmp_path, {"__init__": "", "a": "def f(): return 1\ndef g(): return f()"})
    both = fingerprint("a.f", "a.g", package=package)
    assert both == fingerprint("a.g", "a.f", "a.g", package=package)
    assert both != fingerprint("a.g", package=package)


@pytest.mark.parametrize("root", ["a.g", "b.f", "a", "a.f.g", ""])
def test_a_root_that_is_not_there_is_named(tmp_path, root):
    package = written(tmp_path, {"__init__": "", "a": "def f(): return 1"})
    with pytest.raises(ExperimentError, match="no definition") as caught:
        fingerprint(root, package=package)
    assert is_a_sentence(caught.value)


CIRCLE = (
    "def {0}(x): return {1}(x) + {2}(x)",
    "def {1}(x): return {2}(x - 1) * {3}",
    "def {2}(x): return {0}({1}(x)) if x else {3}",
    "{3} = 7",
)


@given(
    names=st.permutations(["able", "baker", "charlie", "dog", "easy"]),
    order=st.permutations(range(len(CIRCLE))),
    starts=st.sampled_from(range(len(CIRCLE))),
)
def test_neither_names_nor_order_decide_in_a_circle(tmp_path_factory, names, order, starts):
    def of(names, order):
        text = "\n".join(CIRCLE[place].format(*names) for place in order)
        package = written(tmp_path_factory.mktemp("p"), {"__init__": "", "a": text})
        return fingerprint(f"a.{names[starts]}", package=package)

    assert of(names, order) == of(["a", "b", "c", "d"], range(len(CIRCLE)))


@given(st.integers(), st.integers())
def test_two_constants_have_one_form_where_they_are_equal(tmp_path_factory, a, b):
    text = f"a = {a}\nb = {b}\nc = '{a}'"
    package = written(tmp_path_factory.mktemp("p"), {"__init__": "", "a": text})
    forms = [normal_form(package, Definition("a", name)) for name in "abc"]
    assert (forms[0] == forms[1]) == (a == b)
    assert forms[2] not in forms[:2]


# This package


@pytest.fixture
def copied(tmp_path):
    """This package in another folder, to be changed."""
    root = tmp_path / "recotour_vae"
    shutil.copytree(code.ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    return replace(code.OURS, root=root)


def edit(package, module, *pairs):
    """Replace words in a module."""
    place = package.path(module)
    text = place.read_text(encoding="utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    place.write_text(text, encoding="utf-8")


def everywhere(package, pattern, word):
    """Replace a pattern in all modules; give how often."""
    count = 0
    for place in package.root.rglob("*.py"):
        text, found = re.subn(pattern, word, place.read_text(encoding="utf-8"))
        place.write_text(text, encoding="utf-8")
        count += found
    return count


MODELS = {
    "ease": ("ease", ""),
    "ials": ("ials", ""),
    "mult-vae": ("mult-vae", "pytorch"),
    "sampled": ("mult-vae", "pytorch", True),
    "gluon": ("mult-dae", "gluon"),
}


def prints(package=code.OURS, rename=lambda root: root):
    """Fingerprints of some models."""
    starts = {name: map(rename, trial.roots_of(*words)) for name, words in MODELS.items()}
    return {name: fingerprint(*roots, package=package) for name, roots in starts.items()}


def test_each_model_has_a_fingerprint_of_its_own_and_a_copy_of_the_package_the_same(copied):
    assert len(set(prints().values())) == len(MODELS)
    assert prints(copied) == prints()


def test_another_layout_keeps_all_fingerprints(copied):
    """As long as lines may be, and without a comment or a docstring."""
    for place in copied.root.rglob("*.py"):
        tree = ast.parse(place.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                node.body[0].value.value = "Nothing."
        place.write_text(ast.unparse(tree), encoding="utf-8")
    assert prints(copied) == prints()


def test_a_definition_may_move_to_another_module(copied):
    text = copied.path("evaluation.topk").read_text(encoding="utf-8")
    tree = ast.parse(text)
    (node,) = (one for one in tree.body if getattr(one, "name", "") == "_divide")
    moved = ast.get_source_segment(text, node)
    copied.path("training.backend").open("a").write(f"\n\nfrom torch import Tensor\n{moved}\n")
    line = "from recotour_vae.training.backend import _divide as _split\n"
    edit(copied, "evaluation.topk", (moved, line), ("_divide(", "_split("))
    assert prints(copied) == prints()


def test_a_module_may_have_another_name_and_place(copied):
    copied.path("evaluation.metrics").rename(copied.root / "training" / "ranking.py")
    pattern = r"from recotour_vae\.evaluation import metrics\b"
    assert everywhere(copied, pattern, "from recotour_vae.training import ranking") > 2
    assert (
        everywhere(copied, r"recotour_vae\.evaluation\.metrics\b", "recotour_vae.training.ranking")
        > 1
    )

    def place(root):
        return re.sub(r"^evaluation\.metrics\b", "training.ranking", root)

    assert prints(copied, place) == prints()


@pytest.mark.parametrize("name", ["training", "models", "recommenders.linear"])
def test_a_package_may_have_another_name(copied, name):
    copied.path(name).parent.rename(copied.root / "room")
    everywhere(copied, rf"recotour_vae\.{name}\b", "recotour_vae.room")
    everywhere(
        copied, rf"from recotour_vae import {name}\b", f"from recotour_vae import room as {name}"
    )

    def place(root):
        return re.sub(rf"^{name}\b", "room", root)

    moved = replace(
        copied,
        outside=tuple(map(place, copied.outside)),
        choosers=tuple(map(place, copied.choosers)),
    )
    assert prints(moved, place) == prints()


@pytest.mark.parametrize("name", ["top_k_unseen", "ClickBatch", "_rank_few", "LazyAdam", "Watch"])
def test_a_function_or_class_may_have_another_name(copied, name):
    assert everywhere(copied, rf"\b{name}\b", "Renamed") >= 2
    assert prints(copied) == prints()


def test_sentences_and_annotations_may_change(copied):
    edit(
        copied, "evaluation.topk", ("are not numbers", "are NaN"), ("scores: Tensor", "scores: Any")
    )
    edit(copied, "training.trainer", ("The loss stopped being a number at", "Diverged at"))
    assert prints(copied) == prints()


@pytest.mark.parametrize(
    ("module", "before", "after", "touched"),
    [
        ("evaluation.topk", "GROUP: Final = 32", "GROUP: Final = 64", MODELS),
        ("evaluation.topk", "maxima >= bound", "maxima > bound", MODELS),
        ("evaluation.metrics", "np.log2(", "np.log1p(", MODELS),
        ("arrays.clicks", "_places(clicks)", "_places(-clicks)", MODELS),
        ("evaluation.lists", "np.log2(", "np.log1p(", MODELS),
        ("experiments.trial", "LIST: Final = 20", "LIST: Final = 10", MODELS),
        ("recommenders.linear.ease", "l2: float = 500", "l2: float = 501", {"ease"}),
        ("recommenders.blocks", "start + size", "start + size + 1", {"ease"}),
        ("training.adam", "torch.optim.Adam", "torch.optim.AdamW", {"mult-vae", "sampled"}),
        (
            "training.trainer",
            "_GIVE_BACK_EVERY: Final = 16",
            "_GIVE_BACK_EVERY: Final = 8",
            {"mult-vae", "sampled", "gluon"},
        ),
        ("training.lazy_adam", "_ROWS: Final = 4096", "_ROWS: Final = 2048", {"sampled"}),
        ("models.pytorch.sampled", "float64", "float32", {"sampled"}),
        ("training.gluon", "epsilon", "eps", {"gluon"}),
        ("runtime.mxnet", "torch.set_num_threads(threads)", "pass", {"gluon"}),
        ("splits.protocol", "import", "import os, ", set()),
        ("training.distributed", "gloo", "mpi", set()),
    ],
)
def test_a_change_touches_the_models_that_go_through_it(copied, module, before, after, touched):
    edit(copied, module, (before, after))
    here, there = prints(), prints(copied)
    assert {name for name in MODELS if here[name] != there[name]} == set(touched)


def test_what_a_fingerprint_leaves_out_is_there_to_be_left_out():
    for module in code.OURS.outside:
        assert code.OURS.path(module).is_file(), module
    for name in code.OURS.choosers:
        module, _, function = name.rpartition(".")
        assert function in code.OURS.module(module).statements


# What a run goes through


SMALL_NET = {"hidden": [8], "latent": 4, "epochs": 1, "batch_size": 8, "monitor": "ndcg@8"}
RUNS = {
    "popularity": {},
    "item-knn": {},
    "user-knn": {},
    "rp3beta": {},
    "puresvd": {"factors": 4},
    "ials": {"factors": 4, "epochs": 1},
    "slim": {},
    "ease": {},
    "edlae": {},
    "mult-vae pytorch": SMALL_NET,
    "mult-dae pytorch": SMALL_NET,
    "recvae pytorch": SMALL_NET | {"hidden": 8},
    "mult-vae gluon": SMALL_NET,
    "mult-dae gluon": SMALL_NET,
    "elsa pytorch": {"factors": 4, "epochs": 1, "batch_size": 8, "monitor": "ndcg@8"},
    "mult-vae pytorch sampled": SMALL_NET | {"sampled_items": 20},
}


def called(setting, split):
    """The functions of this package that are called while a setting is run: file and line."""
    root, seen = str(code.ROOT), set()

    def note(frame, *_):
        inside = frame.f_code
        is_function = inside.co_flags & inspect.CO_OPTIMIZED  # and no body of a module or class
        if is_function and inside.co_filename.startswith(root):
            seen.add((Path(inside.co_filename), inside.co_firstlineno))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        trial.run(setting, split)
    finally:
        sys.setprofile(before)
    return seen


@cache
def module_of(path):
    name = str(path.relative_to(code.ROOT).with_suffix("")).replace("/", ".")
    return name.removesuffix("__init__").rstrip(".")


def definition_at(path, line):
    """The definition that a line stands in."""
    module = module_of(path)
    for name, nodes in code.OURS.module(module).statements.items():
        for node in nodes:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            if first <= line <= node.end_lineno:
                return Definition(module, name)
    raise AssertionError(f"{path}:{line} is in no definition")


@pytest.mark.parametrize("name", RUNS)
def test_a_fingerprint_covers_every_function_that_a_run_goes_through(name):
    if "gluon" in name and importlib.util.find_spec("mxnet") is None:
        pytest.skip("MXNet is not installed")
    model, framework = (*name.split(), "")[:2]
    setting = Setting("d", Source("d"), model, framework, options=RUNS[name])
    seen = {definition_at(*place) for place in called(setting, two_tastes(240, 240))}
    counted = {one for one in seen if code.OURS.counts(one)}
    assert counted - closure(trial.roots(setting)) == set()
    assert {
        Definition("evaluation.evaluator", "evaluate"),
        Definition("arrays.clicks", "canonical"),
    } < seen
    assert any(one.module == "evaluation.topk" for one in seen)


def test_a_plain_recommender_needs_no_training():
    for name in RUNS:
        modules = {one.module for one in closure(trial.roots_of(*(*name.split(), "")[:2]))}
        trained = any(module.startswith(("training", "models")) for module in modules)
        assert trained == (" " in name)


def test_a_row_of_the_sampled_softmax_is_told_from_one_without():
    exact = Setting("d", Source("d"), "mult-vae", "pytorch", options=SMALL_NET)
    sampled = replace(exact, options=SMALL_NET | {"sampled_items": 20})
    found = [fingerprint(*trial.roots(one)) for one in (exact, sampled)]
    assert found[0] != found[1]
    for setting, expected in zip((exact, sampled), found, strict=True):
        row = pd.Series(results.row(setting, "s", {}, results.RUN_COLUMNS))
        assert row["code"] == results.code_today(row) == expected


def test_every_choice_of_a_chooser_is_named_by_some_run():
    named = closure(trial.roots_of("mult-vae", "pytorch", sampled=True))
    for name in RUNS:
        named |= closure(trial.roots_of(*(*name.split(), "")[:2]))
    choosers = [Definition(*name.rsplit(".", 1)) for name in code.OURS.choosers]
    for one in choosers:
        open_package = replace(code.OURS, choosers=())
        choices = {part for part in normal_form(open_package, one) if isinstance(part, Definition)}
        lacking = choices - named
        assert lacking <= {Definition("training.distributed", "Workers")}  # one process
