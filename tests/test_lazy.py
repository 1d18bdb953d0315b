"""Packages look their names up when they are used; the command loads what it needs."""

import sys
from importlib import import_module

import pytest
from processes import COMMAND, run_bounded

from recotour_vae.lazy import lazily
from recotour_vae.metric_names import METRIC_NAMES
from recotour_vae.metrics import METRICS

PACKAGES = ["baselines", "cli", "datasets", "experiments", "models", "splits", "training"]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_gives_all_its_names_and_no_others(name):
    package = import_module(f"recotour_vae.{name}")
    assert set(package.__all__) <= set(dir(package))
    for inner in package.__all__:
        found = getattr(package, inner)
        assert getattr(found, "__name__", inner) == inner or inner in ("Framework", "Ids")
    with pytest.raises(AttributeError, match=f"'recotour_vae.{name}' has no attribute 'nonsense'"):
        package.nonsense  # noqa: B018
    with pytest.raises(ImportError, match="nonsense"):
        exec(f"from recotour_vae.{name} import nonsense")


def test_the_modules_of_a_package_are_there_as_if_it_had_imported_them():
    code = "import recotour_vae.training as t; print(t.trainer.Trainer is t.Trainer)"
    assert run_bounded([sys.executable, "-c", code]).stdout == "True\n"


def test_a_name_is_that_of_the_module_today(monkeypatch):
    look_up, names = lazily("recotour_vae", topk="rank_scores", metric_names="METRIC_NAMES")
    assert names() == ["METRIC_NAMES", "rank_scores"]
    monkeypatch.setattr("recotour_vae.metric_names.METRIC_NAMES", ("mine",))
    assert look_up("METRIC_NAMES") == ("mine",)


def test_every_metric_has_its_name():
    assert tuple(METRICS) == METRIC_NAMES


# What a person waits for who has asked for nothing yet

LOADED = """
import sys
from recotour_vae.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as end:
    status = end.code
print("STATUS", status, *sorted({name.partition(".")[0] for name in sys.modules}))
"""
HEAVY = {
    "pandas", "scipy", "torch", "mxnet", "matplotlib", "sklearn", "optuna", "pyarrow", "requests",
    "pooch", "safetensors", "numpy", "tqdm", "ctypes", "multiprocessing",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([], 0),
        (["--help"], 0),
        (["--version"], 0),
        (["data", "--help"], 0),
        (["train", "--help"], 0),
        (["evaluate", "--help"], 0),
        (["recommend", "--help"], 0),
        (["experiments"], 0),
        (["experiments", "run", "--help"], 0),
        (["trian"], 2),
        (["train", "--bata", "1"], 2),
        (["train", "--epochs", "many"], 2),
        (["train", "--kind", "vae"], 2),
        (["train", "--beta", "-1"], 2),
        (["train", "--monitor", "ndgc@10"], 2),
        (["train", "--workers", "0"], 2),
        (["train", "--workers", "2", "--framework", "gluon"], 2),
        (["train", "--dropout", "2"], 2),
        (["evaluate"], 2),
        (["evaluate", "nowhere", "--confidence", "95"], 2),
        (["evaluate", "nowhere", "--against", "eases"], 2),
        (["recommend", "nowhere"], 2),
        (["experiments", "rum"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_help_and_refusals_load_nothing_that_computes(words, status, tmp_path):
    ended = run_bounded([sys.executable, "-c", LOADED, *words], cwd=tmp_path)
    found = ended.stdout.splitlines()[-1].split()
    assert found[:2] == ["STATUS", str(status)], ended.stderr
    assert not HEAVY & set(found)


def test_the_module_loads_as_little_as_the_command():
    ended = run_bounded([sys.executable, "-X", "importtime", *COMMAND[1:], "--help"])
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "tyro" in loaded
    assert not HEAVY & loaded


def test_a_mistyped_option_is_shown_the_nearest(tmp_path):
    ended = run_bounded([*COMMAND, "train", "--bata", "1"], cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Unrecognized options: --bata" in ended.stderr
    assert "--beta FLOAT" in ended.stderr
    assert len(ended.stderr.splitlines()) < 20
