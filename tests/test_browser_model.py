"""The models that pages compute, in headless Chromium from disk, against Python.

A page of two lines loads a script of `recotour-vae export` and the modules of
`book/_static/interactive/live`. For 50 people who were never trained on, its scores are compared
with those of the model itself and with a second computation from the same rounded weights.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from book_support import BOOK
from browser_support import Watch, visit
from playwright.sync_api import Page
from scipy.sparse import csr_matrix

from recotour_vae import datasets, splits
from recotour_vae.evaluation.metrics import top_k_unseen, without_fold_in
from recotour_vae.models.config import MultDAEConfig, MultVAEConfig
from recotour_vae.recommenders import EASE, Popularity
from recotour_vae.recommenders.registry import entry
from recotour_vae.runs import Run
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.serving.export import WebModel, read_web, web_script
from recotour_vae.training import Trainer, TrainingConfig

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIVE = BOOK / "_static" / "interactive" / "live"
ORDER = ("arrays", "ranking", "linear", "autoencoder", "models")
PEOPLE, K = 50, 20
BETA = 0.2
CASES = ["ease", "popularity", "mult-vae-pytorch", "mult-dae-pytorch"]
CASES += ["mult-vae-gluon", "mult-dae-gluon"] if has_mxnet() else []


@dataclass(frozen=True)
class Case:
    """A model, the file made of it, and the people whom both are asked about."""

    run: Run
    file: Path
    web: WebModel
    people: csr_matrix


@pytest.fixture(scope="module")
def movies() -> tuple[splits.Split, tuple[str, ...]]:
    data = datasets.load("ml-100k")
    split = splits.strong_generalisation(data.interactions)
    return split, tuple(map(str, data.title(split.items)))


def fitted(name: str, split: splits.Split) -> object:
    """Fit a model; of a network some epochs are enough to make its numbers what they will be."""
    if name in ("ease", "popularity"):
        return (EASE() if name == "ease" else Popularity()).fit_split(split)
    kind, _, framework = name.rpartition("-")
    config = {"mult-vae": MultVAEConfig, "mult-dae": MultDAEConfig}[kind](hidden=(64,), latent=16)
    model = entry(kind).network(framework).of(config, split.n_items, 0)
    training = TrainingConfig(epochs=8, batch_size=100, device="cpu")
    Trainer(training, progress=False).fit(model, split.train, None)
    return model.eval() if framework == "pytorch" else model


@pytest.fixture(scope="module", params=CASES)
def case(request, movies, tmp_path_factory) -> Case:
    split, titles = movies
    run = Run(fitted(request.param, split), split, titles)
    file = tmp_path_factory.mktemp("models") / "model.js"
    file.write_text(web_script(run, {"name": "it"}), encoding="ascii")
    return Case(run, file, read_web(file), split.test.fold_in[:PEOPLE])


def opened(page: Page, file: Path) -> Page:
    """Open a page that loads a model and what computes it."""
    scripts = [file, *(LIVE / f"{name}.js" for name in ORDER)]
    tags = "".join(f'<script src="{script.as_uri()}"></script>' for script in scripts)
    html = file.with_suffix(".html")
    html.write_text(f"<!doctype html><title>A model</title>{tags}", encoding="utf-8")
    visit(page, html.as_uri())
    page.evaluate("window.model = LiveModels.open(recotourModels['it'])")
    return page


ASK = """([people, k]) => people.map((picks) => {
  const scores = model.score(picks);
  return { scores: [...scores], list: LiveModels.topK(scores, k, picks) };
})"""


def picks_of(people: csr_matrix) -> list[list[int]]:
    return [row.indices.tolist() for row in people]


@pytest.fixture
def answers(page, case, watch) -> list[dict]:
    """What the page answers for each person."""
    found = opened(page, case.file).evaluate(ASK, [picks_of(case.people), K])
    assert watch == Watch()  # no error, and no other host was asked
    return found


def test_the_page_scores_as_python_does_for_fifty_people(case, answers):
    scores = np.array([one["scores"] for one in answers])
    precision = case.web.about["agreement"]["largest_difference"]
    assert scores.shape == (PEOPLE, case.run.split.n_items)
    np.testing.assert_allclose(scores, case.web.score(case.people), rtol=1e-6, atol=1e-6)
    assert np.abs(scores - case.run.model.score(case.people)).max() <= precision * 1.01 + 1e-6


def test_its_first_twenty_are_those_of_python_for_fifty_people(case, answers):
    """Films whose scores differ by less than the weights' precision may change places."""
    lists = np.array([one["list"] for one in answers])
    assert (lists == top_k_unseen(case.web.score(case.people), case.people, K)).all()
    theirs = without_fold_in(case.run.model.score(case.people), case.people)
    best = top_k_unseen(theirs, case.people, K)
    tie = 2 * case.web.about["agreement"]["largest_difference"] + 1e-6
    differ = np.take_along_axis(theirs, best, 1) - np.take_along_axis(theirs, lists, 1)
    assert np.abs(differ).max() <= tie
    assert (lists == best).mean() > 0.98
    assert np.mean([{*a} == {*b} for a, b in zip(lists, best, strict=True)]) >= 0.96


def test_somebody_without_picks_gets_what_the_model_knows_of_everybody(page, case):
    found = opened(page, case.file).evaluate(ASK, [[[]], K])
    nobody = csr_matrix((1, case.run.split.n_items), dtype=np.float32)
    np.testing.assert_allclose(found[0]["scores"], case.web.score(nobody)[0], atol=1e-6)


@pytest.fixture(scope="module")
def vae(movies, tmp_path_factory) -> Case:
    split, titles = movies
    run = Run(fitted("mult-vae-pytorch", split), split, titles)
    file = tmp_path_factory.mktemp("vae") / "model.js"
    file.write_text(web_script(run, {"name": "it"}, "int8"), encoding="ascii")
    return Case(run, file, read_web(file), split.test.fold_in[:PEOPLE])


def test_every_stage_of_the_network_is_that_of_pytorch(page, vae):
    """With the rounded weights put back into the network that they came from, and its own noise."""
    import torch

    from recotour_vae.models.pytorch import ClickBatch

    model, picks = vae.run.model, picks_of(vae.people)[0]
    model.load_arrays({name: np.array(one) for name, one in vae.web.arrays.items()})
    epsilon = np.random.default_rng(3).standard_normal((1, model.config.latent)).astype(np.float32)
    batch = ClickBatch.from_csr(vae.people[0])
    with torch.no_grad():
        mu, logvar = model.encode(batch)
        z = mu + torch.exp(logvar / 2) * torch.from_numpy(epsilon)
        logits = model.decode(z)
    script = "([picks, e]) => JSON.parse(JSON.stringify(model.stages(picks, e), (_, one) => "
    script += "ArrayBuffer.isView(one) ? [...one] : one))"
    found = opened(page, vae.file).evaluate(script, [picks, epsilon[0].tolist()])
    near = {"rtol": 1e-4, "atol": 1e-5}
    assert np.count_nonzero(found["input"]) == len(picks)
    assert np.linalg.norm(found["input"]) == pytest.approx(1)
    np.testing.assert_allclose(found["mu"], mu[0], **near)
    np.testing.assert_allclose(found["sigma"], torch.exp(logvar / 2)[0], **near)
    np.testing.assert_allclose(found["z"], z[0], **near)
    np.testing.assert_allclose(found["logits"], logits[0], **near)
    np.testing.assert_allclose(found["pi"], torch.softmax(logits, 1)[0], rtol=1e-4, atol=1e-7)
    assert sum(found["pi"]) == pytest.approx(1)
    assert max(np.abs(found["hidden"])) < 1


def test_equal_scores_stand_in_the_order_of_the_columns(page, vae):
    ask = "([scores, k, picks]) => LiveModels.topK(Float64Array.from(scores), k, picks)"
    found = opened(page, vae.file)
    assert found.evaluate(ask, [[1, 3, 3, 2, 3, 1], 4, [2]]) == [1, 4, 3, 0]
    assert found.evaluate(ask, [[1, 1, 1], 5, [0]]) == [1, 2]
    place = "LiveModels.placeOf(3, Float64Array.from([1, 3, 3, 2, 3, 1]), [2])"
    assert found.evaluate(place) == 3


def test_six_answers_take_less_than_a_tenth_of_a_second(page, vae):
    picks = picks_of(vae.people)[0]
    ask = """(picks) => {
      const start = performance.now();
      for (let i = 0; i < 6; i++) LiveModels.topK(model.score(picks), 20, picks);
      return performance.now() - start;
    }"""
    opened(page, vae.file)
    assert min(page.evaluate(ask, picks) for _ in range(5)) < 100


def test_a_later_format_is_refused(page, vae):
    text = "try { LiveModels.open({format: 2}); } catch (error) { window.said = error.message; }"
    opened(page, vae.file).evaluate(text)
    assert page.evaluate("said") == "The model has format 2, not 1."


def test_a_file_is_an_object_that_json_can_hold(vae):
    line = vae.file.read_text().splitlines()[3]
    assert json.loads(line.removesuffix(";"))["kind"] == "mult-vae"
