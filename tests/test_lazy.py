"""Packages look their names up when they are used; the command loads what it needs."""

import json
import subprocess
import sys
from importlib import import_module

import pytest
from processes import COMMAND, LIMIT, run_bounded, started

from recotour_vae.lazy import lazily

PACKAGES = [
    "arrays",
    "cli",
    "datasets",
    "datasets.report",
    "evaluation",
    "evaluation.statistics",
    "experiments",
    "models",
    "recommenders",
    "recommenders.factors",
    "recommenders.linear",
    "recommenders.neighbours",
    "runs",
    "serving",
    "serving.export",
    "splits",
    "training",
]

VALUES = (
    "Arrays",
    "Bools",
    "Floats",
    "Framework",
    "Ids",
    "Ints",
    "PAPER_METRICS",
)  # no functions and no classes


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_gives_all_its_names_and_no_others(name):
    package = import_module(f"recotour_vae.{name}")
    assert set(package.__all__) <= set(dir(package))
    for inner in package.__all__:
        found = getattr(package, inner)
        assert getattr(found, "__name__", inner) == inner or inner in VALUES
    with pytest.raises(AttributeError, match=f"'recotour_vae.{name}' has no attribute 'nonsense'"):
        package.nonsense  # noqa: B018
    with pytest.raises(ImportError, match="nonsense"):
        exec(f"from recotour_vae.{name} import nonsense")


@pytest.mark.processes
def test_the_modules_of_a_package_are_there_as_if_it_had_imported_them():
    code = "import recotour_vae.training as t; print(t.trainer.Trainer is t.Trainer)"
    assert run_bounded([sys.executable, "-c", code]).stdout == "True\n"


def test_a_name_is_that_of_the_module_today(monkeypatch):
    look_up, names = lazily("recotour_vae.evaluation", topk="rank_scores", registry="METRIC_NAMES")
    assert names() == ["METRIC_NAMES", "rank_scores"]
    monkeypatch.setattr("recotour_vae.evaluation.registry.METRIC_NAMES", ("mine",))
    assert look_up("METRIC_NAMES") == ("mine",)


# What a person waits for who has asked for nothing yet

HEAVY = {
    "pandas",
    "scipy",
    "torch",
    "mxnet",
    "matplotlib",
    "sklearn",
    "optuna",
    "pyarrow",
    "requests",
    "pooch",
    "safetensors",
    "numpy",
    "starlette",
    "uvicorn",
    "tqdm",
    "ctypes",
    "multiprocessing",
}
WORDS = {
    0: [
        "",
        "--help",
        "--version",
        "data --help",
        "models",
        "train --help",
        "tune --help",
        "evaluate --help",
        "recommend --help",
        "serve --help",
        "experiments",
        "experiments --help",
        "experiments run --help",
        "experiments report --help",
    ],
    2: [
        "trian",
        "--bata",
        "data --usr x",
        "data x.csv --report --out y.npz",
        "train --bata 1",
        "train --epochs many",
        "train --kind vae",
        "train --model vae",
        "train --beta -1",
        "train --dropout 2",
        "train --monitor ndgc@10",
        "train --workers 0",
        "train --workers 2 --framework gluon",
        "evaluate",
        "evaluate nowhere --confidence 95",
        "evaluate nowhere --against eases",
        "tune --model nothing",
        "recommend nowhere",
        "serve",
        "serve nowhere --port 70000",
        "experiments rum",
        "experiments run",
    ],
}
LOADED = """
import contextlib, io, json, sys
from recotour_vae.cli import main
found = {}
for line in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            status = main(line.split())
        except SystemExit as end:
            status = end.code
    found[line] = status, sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps(found))
"""


@pytest.mark.slow
def test_help_and_refusals_load_nothing_that_computes(tmp_path):
    lines = [line for some in WORDS.values() for line in some]
    with started([sys.executable, "-c", LOADED], cwd=tmp_path, stdin=subprocess.PIPE) as process:
        printed, said = process.communicate(json.dumps(lines), timeout=LIMIT)
    assert process.returncode == 0, said
    found = json.loads(printed)
    for status, some in WORDS.items():
        assert {line: found[line][0] for line in some} == dict.fromkeys(some, status)
    assert not {line: heavy for line in lines if (heavy := HEAVY & set(found[line][1]))}


def test_the_module_loads_as_little_as_the_command():
    ended = run_bounded([sys.executable, "-X", "importtime", *COMMAND[1:], "--help"])
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "tyro" in loaded
    assert not HEAVY & loaded


def test_a_mistyped_option_is_shown_the_nearest(tmp_path):
    ended = run_bounded([*COMMAND, "train", "--bata", "1"], cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    wanted = "error: recotour-vae train has no option --bata; did you mean --beta?\n"
    assert ended.stderr == wanted
