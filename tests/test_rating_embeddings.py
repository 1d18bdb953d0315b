"""Embeddings of people and items trained on ratings: known answers, references, newcomers."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from recotour_vae.errors import ConfigError
from recotour_vae.models.pytorch.embeddings import DeepNetwork, DotNetwork
from recotour_vae.models.pytorch.rating_cells import RatingBatch, RatingCells
from recotour_vae.recommenders import make, open_recommender
from recotour_vae.recommenders.ratings.matrix import rating_matrix
from recotour_vae.splits import HeldOut, Histories, Split
from recotour_vae.training.adam import decoupled_adam
from recotour_vae.training.ratings.newcomers import Prior, Reading, likeliest
from recotour_vae.training.ratings.schedule import one_cycle

RNG = np.random.default_rng(0)
LIMITS = (0.0, 5.5)


def random_ratings(n_users: int = 30, n_items: int = 12, seed: int = 0) -> Histories:
    """Two thirds of the cells, from 1 to 5; nobody and nothing is without."""
    rng = np.random.default_rng(seed)
    rated = rng.random((n_users, n_items)) < 2 / 3
    rated[np.arange(n_users), np.arange(n_users) % n_items] = True
    users, items = np.nonzero(rated)
    starts = np.searchsorted(users, np.arange(n_users + 1))
    return Histories(starts, items, rng.integers(1, 6, len(items)).astype(float), n_items=n_items)


def part_of(ratings: Histories, chosen: np.ndarray) -> Histories:
    """Some of the events."""
    counts = np.bincount(ratings.event_rows()[chosen], minlength=len(ratings))
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Histories(starts, ratings.items[chosen], ratings.ratings[chosen], n_items=12)


RATINGS = random_ratings()
SMALL = {
    "embedding-dot": {"factors": 3, "epochs": 3, "batch_size": 16},
    "collab-nn": {"hidden": 5, "epochs": 3, "batch_size": 16},
}
BOTH = pytest.mark.parametrize("name", SMALL)


def test_a_dot_product_is_what_one_works_out_by_hand():
    network = DotNetwork((1, 2), 2, limits=LIMITS)
    values = {
        "user_vectors": np.array([[1.0, 2.0]], np.float32),
        "item_vectors": np.array([[0.5, 0.25], [-1.0, 0.0]], np.float32),
        "user_bias": np.array([[0.1]], np.float32),
        "item_bias": np.array([[0.2], [0.3]], np.float32),
    }
    network.load_arrays(values)
    found = network(torch.tensor([0, 0]), torch.tensor([0, 1]))
    # 1·0.5 + 2·0.25 + 0.1 + 0.2 = 1.3 and -1 + 0.1 + 0.3 = -0.6, within 0 and 5.5
    by_hand = [5.5 / (1 + math.exp(-1.3)), 5.5 / (1 + math.exp(0.6))]
    np.testing.assert_allclose(found.tolist(), by_hand, rtol=1e-6)


def test_the_hidden_layer_is_that_of_pytorch():
    network = DeepNetwork((3, 4), (2, 5), hidden=6, seed=1)
    first, last = torch.nn.Linear(7, 6), torch.nn.Linear(6, 1)
    with torch.no_grad():
        first.weight.copy_(network.w1.T), first.bias.copy_(network.b1)
        last.weight.copy_(network.w2.T), last.bias.copy_(network.b2)
        users, items = torch.tensor([0, 2, 1]), torch.tensor([3, 0, 2])
        pairs = torch.cat([network.user_vectors[users], network.item_vectors[items]], 1)
        torch.testing.assert_close(network(users, items), last(first(pairs).relu()).squeeze(1))


def test_the_loss_has_the_penalty_of_the_prior():
    network = DotNetwork((2, 2), 3, biases=False, l2=0.5)
    ratings = csr_matrix(np.array([[4.0, 0.0], [2.0, 1.0]]))
    units = network.units(ratings, torch.device("cpu"))
    loss = network.training_loss(units.cut(np.arange(3)))
    vectors = (network.user_vectors, network.item_vectors)
    lengths = sum(one.square().sum().item() for one in vectors)
    assert loss.penalty.item() == pytest.approx(0.5 * lengths / 3)
    assert loss.loss.item() == pytest.approx(loss.mse.item() + loss.penalty.item())


def test_batches_are_cut_by_the_numbers_of_ratings():
    cells = RatingCells.of(csr_matrix(([0.0, 3.0, 5.0], [1, 0, 2], [0, 1, 3]), (2, 3)))
    batch = cells.cut(np.array([2, 0]))
    assert len(cells) == 3  # the zero is one
    assert RatingBatch(*(one.tolist() for one in batch)) == ([1, 0], [2, 1], [5.0, 0.0])


def test_one_cycle_is_that_of_pytorch():
    weight, updates = torch.zeros(1, requires_grad=True), 40
    adam = torch.optim.AdamW([weight], lr=1.0, betas=(0.9, 0.99))
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        adam, 0.01, total_steps=updates + 1, pct_start=11 / 41, div_factor=25, final_div_factor=4e3
    )  # their rise ends at an update that is counted from 0, as ours does at a share of all
    rates, momenta = [], []
    for _ in range(updates):
        rates.append(adam.param_groups[0]["lr"])
        momenta.append(adam.param_groups[0]["betas"][0])
        adam.step(), theirs.step()
    ours = [one_cycle(update / updates, 0.01) for update in range(updates)]
    np.testing.assert_allclose([one["learning_rate"] for one in ours], rates, rtol=1e-4)
    np.testing.assert_allclose([one["momentum"] for one in ours], momenta, rtol=1e-4)


def test_decoupled_decay_is_that_of_adamw_and_shrinks_biases_too():
    start = torch.tensor(RNG.normal(size=(4, 2)), dtype=torch.float32)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    settings = {"betas": (0.9, 0.99), "eps": 1e-5, "weight_decay": 0.1}
    optimisers = [
        decoupled_adam([ours], 0.05, 0.1, torch.device("cpu")),
        torch.optim.AdamW([theirs], lr=0.05, **settings),
    ]
    for _ in range(5):
        for one, adam in zip((ours, theirs), optimisers, strict=True):
            adam.zero_grad()
            one.square().sum().backward()
            adam.step()
    torch.testing.assert_close(ours, theirs)


@BOTH
def test_rows_of_the_history_say_how_it_went(name):
    model = make(name, **SMALL[name]).fit(RATINGS)
    assert list(model.course.index) == [1, 2, 3]
    assert model.course["mse"].is_monotonic_decreasing
    assert model.course["loss"].equals(model.course["mse"])
    assert model.course["momentum"].between(0.85, 0.95).all()


@BOTH
def test_validation_ratings_choose_the_epoch(name):
    """The one asked for has been learned by heart at once, and forgotten by a rate that is mad."""
    cells = np.arange(RATINGS.n_events) % 5 > 0  # a fifth is asked for
    known, asked = (part_of(RATINGS, chosen) for chosen in (cells, ~cells))
    group = HeldOut.of(np.arange(30), known, asked)
    split = Split.of(np.arange(12), np.arange(30), known, group, group, of_ratings=True)
    wild = {**SMALL[name], "epochs": 8, "learning_rate": 0.3, "schedule": "constant"}
    model = make(name, **wild).fit_split(split)
    predicted = model.rate(known, asked.event_rows(), asked.items)
    error = math.sqrt(np.mean((predicted - asked.ratings) ** 2))
    assert error == pytest.approx(model.course["rmse"].min(), rel=1e-5)
    assert model.course["rmse"].idxmin() < 8


@BOTH
def test_single_ratings_and_whole_rows_agree(name):
    model = make(name, **SMALL[name]).fit(RATINGS)
    everything = model.rate_all(model.shown(RATINGS))
    rows, columns = (one.ravel() for one in np.indices(everything.shape))
    single = model.predict(model.shown(RATINGS), rows, columns)
    np.testing.assert_allclose(single.reshape(everything.shape), everything, rtol=1e-5)


@BOTH
def test_numbers_are_those_of_the_network(name, tmp_path):
    model = make(name, **SMALL[name]).fit(RATINGS)
    model.save(tmp_path / "model.safetensors")
    opened = open_recommender(tmp_path / "model.safetensors")
    settings = {"limits": LIMITS, "seed": 5}
    network = model.network((30, 12), **settings)
    names = dict(network.named_parameters())
    network.load_arrays({one: getattr(opened, one).astype(np.float32) for one in names})
    rows, columns = RATINGS.event_rows(), RATINGS.items.astype(np.int64)
    with torch.no_grad():
        theirs = network(torch.from_numpy(rows), torch.from_numpy(columns)).numpy()
    ours = opened.predict(opened.shown(RATINGS), rows, columns)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_without_limits_and_biases_it_is_plain_factorisation():
    options = {"bounded": False, "biases": False, "l2": 0.1, "weight_decay": 0.0}
    model = make("embedding-dot", **SMALL["embedding-dot"], **options).fit(RATINGS)
    assert np.isnan(model.limits).all()
    assert not model.user_bias.any()
    expected = model.user_vectors @ model.item_vectors.T
    np.testing.assert_allclose(model.rate_all(model.shown(RATINGS)), expected, rtol=1e-5)


@pytest.mark.parametrize("limits", [LIMITS, (np.nan, np.nan)])
def test_a_newcomer_gets_the_likeliest_vector(limits):
    reading = Reading(RNG.normal(size=(6, 3)), RNG.normal(size=6), np.array(limits))
    prior = Prior.of(RNG.normal(1.0, 0.5, (50, 3)), 0.7)
    shown = csr_matrix(np.array([[5.0, 0, 3, 0, 1, 0], [0, 0, 0, 0, 0, 0]]))

    def objective(w: np.ndarray) -> float:
        rated = shown.indices[:3]
        errors = shown.data[:3] - reading.of(rated).rates(w)[0]
        return errors @ errors + (w - prior.mean) @ prior.precision @ (w - prior.mean)

    first, nobody = likeliest(shown, reading, prior)
    reference = minimize(objective, prior.mean, options={"gtol": 1e-9}).x
    np.testing.assert_allclose(first, reference, atol=1e-3)
    np.testing.assert_array_equal(nobody, prior.mean)


@pytest.mark.slow
def test_who_rates_more_is_known_better():
    """Truth is of the model's kind: then the error of others' ratings falls with those shown."""
    rng = np.random.default_rng(3)
    p, q = rng.normal(size=(400, 2)), rng.normal(size=(40, 2))
    truth = 3 + p @ q.T
    known = csr_matrix(truth[:300] + 0.1 * rng.normal(size=(300, 40)))
    people = Histories(known.indptr, known.indices, known.data, n_items=40)
    options = {"factors": 2, "bounded": False, "epochs": 30, "learning_rate": 0.02}
    model = make("embedding-dot", **options, weight_decay=0.0).fit(people)
    errors = []
    for n in (0, 1, 3, 10):
        shown = np.arange(101) * n, np.tile(np.arange(n), 100), truth[300:, :n].ravel()
        newcomers = Histories(*shown, n_items=40)
        found = model.rate_all(model.shown(newcomers))[:, 20:]
        errors.append(math.sqrt(np.mean((found - truth[300:, 20:]) ** 2)))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 5


def test_a_newcomer_of_the_deep_one_is_the_mean_person():
    model = make("collab-nn", **SMALL["collab-nn"]).fit(RATINGS)
    newcomer = rating_matrix(Histories([0, 1], [0], [5.0], n_items=12))
    np.testing.assert_allclose(model.vectors(newcomer)[0], model.user_vectors.mean(axis=0))


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("embedding-dot", {"factors": 0}, "factors=0"),
        ("collab-nn", {"hidden": 0}, "hidden=0"),
        ("embedding-dot", {"l2": -1.0}, "l2=-1"),
        ("embedding-dot", {"epochs": 0}, "epochs is 0"),
        ("embedding-dot", {"weight_decay": -1.0}, "weight_decay"),
        ("collab-nn", {"schedule": "two-cycle"}, "CollabNN knows no schedule 'two-cycle'"),
    ],
)
def test_settings_that_cannot_be_are_refused(name, options, said):
    with pytest.raises(ConfigError, match=said):
        make(name, **options)
