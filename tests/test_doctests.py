"""The examples in docstrings are true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
MODULES = [
    ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    for path in sorted(SOURCE.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
# What a reader of the library's pages is shown an example of.
SHOWN = {
    "recommenders.linear.ease.EASE",
    "recommenders.linear.edlae.EDLAE",
    "evaluation.lists.gini",
    "evaluation.lists.novelty",
    "evaluation.evaluator.Evaluation",
    "evaluation.evaluator.evaluate",
    "evaluation.metrics.recall",
    "evaluation.metrics.top_k_unseen",
    "splits.protocol.strong_generalisation",
    "splits.split.Split",
    "recommenders.neighbours.item_knn.ItemKNN",
    "recommenders.popularity.Popularity",
    "recommenders.together.Together",
    "arrays.clicks.canonical",
    "evaluation.statistics.comparison.holm",
    "datasets.loading.load",
    "models.pytorch.autoencoders.MultVAE",
    "models.pytorch.elsa.ELSA",
    "training.annealing.beta_at",
    "training.trainer.Trainer",
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    found = doctest.testmod(import_module(name))
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_what_readers_use_most_has_an_example(name):
    module, _, thing = f"recotour_vae.{name}".rpartition(".")
    tests = doctest.DocTestFinder(recurse=False).find(getattr(import_module(module), thing), thing)
    assert [example for test in tests for example in test.examples]


def test_an_example_that_is_false_is_seen():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner(verbose=False).run(wrong, out=lambda text: None).failed == 1
