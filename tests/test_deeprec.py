"""DeepRec: known answers, a network of PyTorch's layers, what the loss sees, and re-feeding."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from test_rating_embeddings import RATINGS, part_of
from torch.nn import functional

from recotour_vae.errors import ConfigError, DivergenceError
from recotour_vae.models.pytorch.deeprec import DeepRecNetwork
from recotour_vae.models.pytorch.rated_people import PeopleBatch, RatedPeople
from recotour_vae.recommenders import make, open_recommender
from recotour_vae.splits import HeldOut, Histories, Split
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.ratings.deeprec import ALPHA, SCALE, DeepRec, selu
from recotour_vae.training.ratings.refeeding import RefeedingBackend
from recotour_vae.training.sgd import momentum_sgd

SMALL = {"hidden": (6, 4), "epochs": 3, "batch_size": 16}
WIDTHS = (5, 4, 3, 4, 5)
CPU = torch.device("cpu")
BATCH = PeopleBatch(
    torch.tensor([[5.0, 0, 3, 0, 1], [0.0, 2, 0, 4, 0]]),
    torch.tensor([[1.0, 1, 1, 0, 1], [0.0, 1, 0, 1, 0]]),  # the first gave 0 to the second
)


def by_hand(ratings: list[float], w: list[list[float]], v: list[list[float]]) -> list[float]:
    """One hidden layer with SELU, and an output layer with SELU, without biases."""

    def bent(x: float) -> float:
        return SCALE * (x if x > 0 else ALPHA * (math.exp(x) - 1))

    code = [bent(sum(r * row[j] for r, row in zip(ratings, w, strict=True))) for j in (0, 1)]
    return [bent(sum(c * row[i] for c, row in zip(code, v, strict=True))) for i in range(3)]


def test_a_small_network_is_what_one_works_out_by_hand():
    model = DeepRec(hidden=(2,))
    w, v = [[0.1, -0.2], [0.3, 0.4], [0.0, 0.5]], [[1.0, -1.0, 0.5], [0.2, 0.3, 0.0]]
    model.weights = np.array([*np.ravel(w), *np.ravel(v)], np.float32)
    model.biases, model.n_known = np.zeros(5, np.float32), np.array([3])
    shown = csr_matrix([[4.0, 0.0, 2.0]])
    found = model.rate_all(shown)[0]
    np.testing.assert_allclose(found, by_hand([4.0, 0.0, 2.0], w, v), rtol=1e-6)


def test_selu_is_that_of_pytorch():
    x = torch.linspace(-60, 6, 300)
    np.testing.assert_allclose(selu(x.numpy()), functional.selu(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("last_linear", [False, True])
def test_the_forward_pass_is_that_of_layers_of_pytorch(last_linear):
    network = DeepRecNetwork(WIDTHS, last_linear=last_linear, seed=3)
    found = BATCH.ratings
    for at, (w, b) in enumerate(zip(network.w, network.b, strict=True)):
        linear = torch.nn.Linear(*w.shape)
        with torch.no_grad():
            linear.weight.copy_(w.T), b.uniform_(-1, 1), linear.bias.copy_(b)
        found = linear(found)
        found = found if last_linear and at == 3 else torch.nn.SELU()(found)
    torch.testing.assert_close(network(BATCH.ratings), found)


def test_weights_start_as_xavier_says_and_biases_at_zero():
    network = DeepRecNetwork((300, 200, 300), seed=1)
    for w in network.w:
        bound = math.sqrt(6 / 500)
        assert w.abs().max() <= bound
        assert w.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert not any(b.any() for b in network.b)
    assert not torch.equal(network.w[0], network.w[1].T)  # which are not tied


def test_only_what_was_rated_is_in_the_loss():
    network = DeepRecNetwork(WIDTHS, seed=2)
    errors = (network(BATCH.ratings) - BATCH.ratings).detach().numpy()
    rated = [(0, 0), (0, 1), (0, 2), (0, 4), (1, 1), (1, 3)]  # a rating of 0 is one
    loss = network.training_loss(BATCH).loss
    assert loss.item() == pytest.approx(np.mean([errors[cell] ** 2 for cell in rated]), rel=1e-5)
    loss.backward()
    last = network.w[-1].grad
    assert all(last[:, item].any() for item in range(5))
    network.zero_grad()
    network.training_loss(PeopleBatch(BATCH.ratings[:1], BATCH.rated[:1])).loss.backward()
    assert not network.w[-1].grad[:, 3].any()  # which the first did not rate


def test_batches_are_people_with_everything_that_they_rated():
    people = RatedPeople(csr_matrix(([0.0, 3.0, 5.0], [1, 0, 2], [0, 1, 3, 3]), (3, 3)))
    batch = people.cut(np.array([1, 2, 0]))
    assert len(people) == 3
    assert batch.ratings.tolist() == [[3, 0, 5], [0, 0, 0], [0, 0, 0]]
    assert batch.rated.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]


def test_dropout_is_of_the_code_alone_and_off_when_it_predicts():
    network = DeepRecNetwork((5, 4, 300, 4, 5), dropout=0.8, seed=4)
    seen: list[torch.Tensor] = []
    dropped = network._dropped
    network._dropped = lambda *given: seen.append(dropped(*given)) or seen[-1]
    network.train()
    network(BATCH.ratings, torch.Generator().manual_seed(0))
    (code,) = seen
    assert code.shape == (2, 300)
    assert (code == 0).float().mean().item() == pytest.approx(0.8, abs=0.06)
    whole = network.eval()(BATCH.ratings)
    torch.testing.assert_close(network(BATCH.ratings), whole)
    kept, all_of_it = code[code != 0], seen[1][code != 0]
    torch.testing.assert_close(kept, all_of_it / 0.2)


@pytest.mark.parametrize("refeeds", [1, 2])
def test_a_refeeding_step_is_the_one_written_by_hand(refeeds):
    """Output before the update in, the same out, all cells count, the momentum goes on."""
    config = TrainingConfig(learning_rate=0.05, weight_decay=0.0, device="cpu")
    networks = [DeepRecNetwork(WIDTHS, seed=5) for _ in range(2)]
    backend = RefeedingBackend(networks[0], config, momentum_sgd, refeeds)
    theirs = torch.optim.SGD(networks[1].parameters(), lr=0.05, momentum=0.9)
    for _ in range(3):
        backend.train_step(BATCH)
        before = networks[1](BATCH.ratings)
        rated = BATCH.rated.bool()
        loss = functional.mse_loss(before[rated], BATCH.ratings[rated])
        theirs.zero_grad(), loss.backward(), theirs.step()
        for _ in range(refeeds):
            dense = before.detach()
            before = networks[1](dense)
            refed = functional.mse_loss(before, dense)
            theirs.zero_grad(), refed.backward(), theirs.step()
    for ours, other in zip(*(one.parameters() for one in networks), strict=True):
        torch.testing.assert_close(ours, other)
    assert backend.take_losses().shape == (3, 1)  # those of ratings alone


def test_descent_decays_weights_and_no_biases():
    network = DeepRecNetwork(WIDTHS, seed=6)
    for b in network.b:
        b.data.fill_(1.0)
    before = [w.detach().clone() for w in network.w]
    sgd = momentum_sgd(list(network.parameters()), 0.1, 0.5, CPU)
    for one in network.parameters():
        one.grad = torch.zeros_like(one)
    sgd.step()
    for w, start in zip(network.w, before, strict=True):
        torch.testing.assert_close(w.detach(), start * (1 - 0.1 * 0.5))
    assert all((b == 1).all() for b in network.b)


@pytest.mark.slow
def test_refeeding_brings_outputs_nearer_to_fixed_points():
    """f(f(x)) is nearer to f(x), against the same number of steps without."""
    gaps = []
    for refeeds in (0, 1):
        options = {"hidden": (6, 4), "epochs": 200 // (1 + refeeds), "learning_rate": 0.005}
        model = DeepRec(**options, dropout=0.0, refeeds=refeeds).fit(RATINGS)
        once = model.rate_all(model.shown(RATINGS))
        gaps.append(np.square(model.rate_all(csr_matrix(once)) - once).mean())
    assert gaps[1] < gaps[0] / 2


def test_numbers_are_those_of_the_network(tmp_path):
    for last_linear in (False, True):
        model = DeepRec(**SMALL, last_linear=last_linear).fit(RATINGS)
        model.save(tmp_path / "model.safetensors")
        opened = open_recommender(tmp_path / "model.safetensors")
        assert opened.config == model.config
        network = DeepRecNetwork((12, 6, 4, 6, 12), dropout=0.8, last_linear=last_linear).eval()
        for (w, b), ours, bias in zip(opened.layers(), network.w, network.b, strict=True):
            ours.data.copy_(torch.from_numpy(w)), bias.data.copy_(torch.from_numpy(b))
        shown = opened.shown(RATINGS)
        theirs = network(torch.from_numpy(shown.toarray()).float()).detach()
        np.testing.assert_allclose(opened.rate_all(shown), theirs, rtol=1e-4, atol=1e-5)
        rows, columns = (one.ravel() for one in np.indices(shown.shape))
        single = opened.predict(shown, rows, columns)
        np.testing.assert_allclose(single.reshape(shown.shape), theirs, rtol=1e-4, atol=1e-5)


def test_pairs_are_predicted_some_at_a_time(monkeypatch):
    model = DeepRec(**SMALL).fit(RATINGS)
    pairs = RATINGS.event_rows(), RATINGS.items.astype(np.int64)
    whole = model.predict(model.shown(RATINGS), *pairs)
    monkeypatch.setattr("recotour_vae.training.ratings.deeprec._PAIRS", 7)
    np.testing.assert_allclose(model.predict(model.shown(RATINGS), *pairs), whole, rtol=1e-6)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_equal_seeds_give_equal_numbers_and_others_do_not(optimiser):
    before = torch.random.get_rng_state()
    fits = [DeepRec(**SMALL, optimiser=optimiser, seed=seed).fit(RATINGS) for seed in (1, 1, 2)]
    assert torch.equal(before, torch.random.get_rng_state())  # nobody's generator is touched
    assert fits[0].course[-1, 0] < fits[0].course[0, 0]
    np.testing.assert_array_equal(fits[0].weights, fits[1].weights)
    assert not np.array_equal(fits[0].weights, fits[2].weights)


@pytest.mark.slow
def test_validation_ratings_choose_the_epoch():
    cells = np.arange(RATINGS.n_events) % 5 > 0  # a fifth is asked for
    known, asked = (part_of(RATINGS, chosen) for chosen in (cells, ~cells))
    group = HeldOut.of(np.arange(30), known, asked)
    split = Split.of(np.arange(12), np.arange(30), known, group, group, of_ratings=True)
    options = {"hidden": (40,), "dropout": 0.0, "epochs": 150, "batch_size": 8}
    model = DeepRec(**options, learning_rate=0.02).fit_split(split)
    predicted = model.rate(known, asked.event_rows(), asked.items)
    error = math.sqrt(np.mean((predicted - asked.ratings) ** 2))
    assert error == pytest.approx(model.course[:, 1].min(), rel=1e-5)
    assert model.epoch == model.course[:, 1].argmin() + 1 < 150


def test_without_validation_ratings_the_last_epoch_is_kept():
    model = DeepRec(**SMALL).fit(RATINGS)
    assert model.course.shape == (3, 2)
    assert np.isnan(model.course[:, 1]).all()
    assert model.epoch == 3


def test_it_answers_for_newcomers_and_for_who_rated_nothing():
    model = DeepRec(**SMALL).fit(RATINGS)
    found = model.rate(Histories([0, 1, 1], [3], [5.0], n_items=12), [0, 1], [2, 2])
    assert np.isfinite(found).all()


def test_a_rate_that_is_too_high_is_said():
    with pytest.raises(DivergenceError, match="lower learning rate"):
        DeepRec(**SMALL | {"epochs": 50}, learning_rate=50.0).fit(RATINGS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hidden": ()}, "hidden is"),
        ({"hidden": (4, 0)}, "hidden is"),
        ({"dropout": 1.0}, "dropout is 1"),
        ({"refeeds": -1}, "refeeds is -1"),
        ({"optimiser": "lbfgs"}, "DeepRec knows no optimiser 'lbfgs'"),
        ({"epochs": 0}, "epochs is 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        make("deeprec", **options)
