"""ELSA against a dense writing of its paper, by hand, and on a catalogue too large for EASE."""

import json
import sys

import numpy as np
import pytest
import torch
from processes import run_bounded
from scipy.sparse import csr_matrix
from support import clicks, is_a_sentence, random_clicks, small_config, two_tastes
from torch.nn import functional

from recotour_vae.errors import ConfigError
from recotour_vae.evaluation import evaluate
from recotour_vae.models import ELSAConfig
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.elsa import ELSA, code_of, squared_distances
from recotour_vae.recommenders import make
from recotour_vae.runtime.memory import GIB
from recotour_vae.training import Trainer

USERS = clicks([[0, 3], [1, 2, 5, 7], [4], [6, 8, 9, 10, 11], [0, 1, 9], []], 12)
EMPTY = USERS.getnnz(axis=1) == 0


def network(factors=3, n_items=12, seed=0, dtype=torch.float32):
    return ELSA(ELSAConfig(factors), n_items, seed).to(dtype)


def pointing(angles):
    """Give a network whose items point these ways in the plane, in degrees, at any lengths."""
    turned = np.deg2rad(angles)
    rows = np.stack([np.cos(turned), np.sin(turned)], axis=1)
    lengths = 1 + np.arange(len(angles))[:, None]
    model = network(2, len(angles))
    model.load_arrays({"weight": (rows * lengths).astype(np.float32)})
    return model


def dense_distances(weight, x):
    """The paper's loss in so many words: output and input, normalised, and their squares."""
    a = functional.normalize(weight, dim=-1)
    y = x @ a @ a.t() - x
    return (functional.normalize(y, dim=1) - functional.normalize(x, dim=1)).square().sum(dim=1)


def test_three_items_by_hand():
    """Items at 0, 60 and 90 degrees: cosines of ½, 0 and ½ √3."""
    model, root = pointing([0, 60, 90]), 3**0.5
    scores = model.score(clicks([[0], [1], [0, 1], []], 3))
    expected = [[0, 0.5, 0], [0.5, 0, root / 2], [0.5, 0.5, root / 2], [0, 0, 0]]
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    # y = (½, ½, ½√3) for x = (1, 1, 0): y·x = 1, ||y||² = 5/4, ||x||² = 2
    batch = ClickBatch.from_csr(clicks([[0, 1]], 3))
    assert model.training_loss(batch).loss.item() == pytest.approx(2 - 2 / 2.5**0.5, abs=1e-6)
    # shown item 0, asked for item 1: all that y = (0, ½, 0) says is right; for item 2, none is
    shown, asked = ClickBatch.from_csr(clicks([[0], [0]], 3)), clicks([[1], [2]], 3)
    found, loss = model.held_out_loss(shown, ClickBatch.from_csr(asked))
    np.testing.assert_allclose(found.detach(), [[0, 0.5, 0]] * 2, atol=1e-6)
    assert loss.item() == pytest.approx((0 + 2) / 2, abs=1e-5)


def test_no_item_speaks_for_itself():
    model = network(5, 12)
    alone = model.score(csr_matrix(np.eye(12, dtype=np.float32)))
    np.testing.assert_allclose(np.diag(alone), 0, atol=1e-6)
    np.testing.assert_allclose(alone, alone.T, atol=1e-6)
    assert np.abs(alone[~np.eye(12, dtype=bool)]).min() > 1e-3


@pytest.mark.parametrize("factors", [1, 3, 20])
def test_the_loss_without_an_output_is_that_of_the_dense_one(factors):
    model = network(factors, dtype=torch.float64)
    x = torch.from_numpy(USERS.toarray()).double()
    batch, rows = ClickBatch.from_csr(USERS), model.rows()
    found = squared_distances(code_of(rows, batch), rows.t() @ rows, batch.counts.double())
    expected = dense_distances(model.weight, x)
    kept = torch.from_numpy(~EMPTY)
    torch.testing.assert_close(found[kept], expected[kept], rtol=1e-10, atol=1e-10)
    assert EMPTY.any()
    assert found[~kept].tolist() == [2.0] * int(EMPTY.sum())


def test_its_gradient_is_that_of_the_dense_one_and_of_finite_differences():
    people = USERS[~EMPTY]
    model, batch = network(dtype=torch.float64), ClickBatch.from_csr(people)
    model.training_loss(batch).loss.backward()
    gradient = model.weight.grad.clone()
    model.weight.grad = None
    dense_distances(model.weight, torch.from_numpy(people.toarray()).double()).mean().backward()
    torch.testing.assert_close(gradient, model.weight.grad, rtol=1e-8, atol=1e-10)
    for place in ((0, 0), (5, 2), (11, 1)):
        ends = []
        for step in (1e-5, -1e-5):
            with torch.no_grad():
                model.weight[place] += step
                ends.append(model.training_loss(batch).loss.item())
                model.weight[place] -= step
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(gradient[place].item(), rel=1e-5)
    assert gradient.abs().max() > 0.01


def test_lengths_of_the_rows_mean_nothing():
    model = network()
    before = model.score(USERS)
    scale = np.random.default_rng(0).uniform(0.1, 10, (12, 1)).astype(np.float32)
    model.load_arrays({"weight": model.arrays()["weight"] * scale})
    np.testing.assert_allclose(model.score(USERS), before, atol=1e-5)


def test_an_output_that_points_nowhere_gives_numbers():
    """Items at right angles have nothing to say: y = 0, whose direction would be 0 / 0."""
    model, batch = pointing([0, 90]), ClickBatch.from_csr(clicks([[0], [0, 1], []], 2))
    loss = model.training_loss(batch).loss
    loss.backward()
    assert loss.item() == pytest.approx(2, abs=0.01)
    assert torch.isfinite(model.weight.grad).all()
    found, held = model.held_out_loss(batch, batch)
    assert torch.isfinite(found).all()
    assert torch.isfinite(held)


def test_in_mixed_precision_it_is_computed_in_single_precision():
    model, batch = network(), ClickBatch.from_csr(USERS)
    expected = model.training_loss(batch).loss.item()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model.training_loss(batch).loss.item() == expected


def test_a_seed_gives_the_same_weights_whatever_was_drawn_before():
    weights = [network(seed=seed).arrays()["weight"] for seed in (3, 3, 4)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()
    long = network(64, 2_000).arrays()["weight"]
    assert np.linalg.norm(long, axis=1).mean() == pytest.approx(1, abs=0.02)


def test_training_finds_the_two_tastes_and_lowers_both_losses():
    split = two_tastes()
    model = network(8, split.n_items)
    config = small_config(epochs=30, learning_rate=0.05, monitor="ndcg@8")
    history = Trainer(config, progress=False).fit(model, split.train, split.validation)
    assert evaluate(model, split.test, ["recall@8"]).mean("recall@8") == 1
    for name in ("loss", "validation_loss"):
        assert history[name].iloc[-1] < 0.7 * history[name].iloc[0]


def test_what_cannot_be_asked_of_it_is_refused():
    for make_it, match in (
        (lambda: make("elsa", factors=0), "factors is 0; give 1 or more"),
        (lambda: make("elsa", "gluon"), "elsa has pytorch"),
        (lambda: make("elsa", latent=3), "elsa has no option 'latent'"),
        (lambda: network().score(random_clicks(0, 3, 13)), "13 items"),
    ):
        with pytest.raises(ConfigError, match=match) as error:
            make_it()
        assert is_a_sentence(error.value)


# A catalogue that EASE cannot have

N_ITEMS = 200_000
CHILD = """
import json
from pathlib import Path
import numpy as np
from scipy.sparse import csr_matrix
from recotour_vae.recommenders import make

rng = np.random.default_rng(0)
cells = np.ones(6_000, np.float32), (np.repeat(np.arange(300), 20), rng.integers(0, {n}, 6_000))
train = csr_matrix(cells, (300, {n}))
own = dict(factors=16, epochs=2, batch_size=50, learning_rate=0.01, device="cpu")
model = make("elsa", **own).fit(train)
ranking = model.recommend(train[:20], 10, batch_size=10)
status = Path("/proc/self/status").read_text()
peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
losses = model.history["loss"].tolist()
print(json.dumps(dict(peak=peak, losses=losses, shape=ranking.shape)))
"""


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="a process says its peak in /proc")
def test_200_000_items_are_trained_in_a_hundredth_of_what_ease_would_take():
    done = run_bounded([sys.executable, "-c", CHILD.format(n=N_ITEMS)])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["shape"] == [20, 10]
    assert found["losses"][1] < found["losses"][0]
    of_ease = make("ease").memory_needed(N_ITEMS)
    assert of_ease == 24 * N_ITEMS**2
    assert found["peak"] < of_ease / 100  # 9 GiB
    assert found["peak"] < 2 * GIB  # far below even one batch's share of a dense matrix of pairs


def test_there_ease_is_refused_and_elsa_is_not():
    with pytest.raises(ConfigError, match=r"EASE on 200,000 items needs 894\.1 GiB"):
        make("ease").check_memory(N_ITEMS, 64 * GIB)
    make("elsa", factors=64).check_memory(N_ITEMS, 4 * GIB)
