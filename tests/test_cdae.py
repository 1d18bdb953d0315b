"""CDAE: its equations by hand and against a dense referee, its draws, and the people it knows.

The referee is NumPy in double precision, written from the paper; gradients are compared with
finite differences of it.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from support import clicks, is_a_sentence, on_call, random_clicks, small_config, two_tastes

from recotour_vae.errors import CheckpointError, ConfigError, TrainingInterruptedError
from recotour_vae.evaluation import evaluate
from recotour_vae.models import CDAEConfig
from recotour_vae.models.pytorch import ClickBatch
from recotour_vae.models.pytorch.cdae import CDAE
from recotour_vae.models.pytorch.negatives import draw_negatives, every_unclicked
from recotour_vae.models.pytorch.people import PeopleBatch, find, item_marks, marks_of
from recotour_vae.models.saved import load_model
from recotour_vae.recommenders import make
from recotour_vae.runs import open_run, recommend
from recotour_vae.splits import HeldOut, Split
from recotour_vae.training import Trainer
from recotour_vae.training.pytorch import PyTorchBackend

CPU = torch.device("cpu")
CLICKS = random_clicks(4, 6, 9, 0.4)


def known_weights(model, people, **arrays):
    """Put weights into a model of so many people."""
    model.load_arrays(
        {
            "people": np.asarray(people, np.float32),
            "marks": np.zeros(len(people), np.int64),
            **{name: np.asarray(array, np.float32) for name, array in arrays.items()},
        }
    )
    return model


def hidden_by_hand(**own):
    """Two units and three items, of whole numbers; one person, whose vector is (1, -2)."""
    model = CDAE(3, latent=2, activation="identity", loss="square", l2=0.5, **own)
    return known_weights(
        model,
        [[1, -2]],
        inwards=[[1, 0], [0, 1], [2, 2]],
        outwards=[[1, 1], [2, 0], [0, 3]],
        bias=[1, 1],
        item_bias=[0, 1, -1],
    )


def batch_of(model, given):
    """All rows of a matrix as training people."""
    return model.units(given, CPU).cut(np.arange(given.shape[0]))


def test_the_scores_and_the_loss_of_one_person_by_hand():
    model = hidden_by_hand(corruption=0.5)
    row = clicks([[0, 1]], 3)
    # z = W_0 + W_1 + V + b = (1, 1) + (1, -2) + (1, 1)
    np.testing.assert_array_equal(model.score(row, np.array([0])), [[3, 7, -1]])
    batch = batch_of(model, row)
    keep, counts = torch.tensor([0.0, 1.0]), torch.tensor([[0.0, 0.0, 2.0]])
    model.train()
    parts = model.training_loss(batch, keep=keep, counts=counts)
    # z = 2 W_1 + V + b = (2, 1) and f = (3, 5, 2); the hidden click 0 is asked for as well
    fit = (1 - 3) ** 2 / 2 + (1 - 5) ** 2 / 2 + 2 * 2**2 / 2
    # W_1 once; of W' rows 0 and 1 once, 2 twice, with their biases; b once; V once
    squares = 1 + (2 + 4 + 2 * 9) + (0 + 1 + 2 * 1) + 2 + 5
    assert parts.fit.item() == pytest.approx(fit)
    assert parts.penalty.item() == pytest.approx(0.5 / 2 * squares)
    assert parts.loss.item() == pytest.approx(fit + 0.5 / 2 * squares)


def test_corruption_that_is_not_scaled_leaves_clicks_as_they_are():
    model = hidden_by_hand(corruption=0.5, scaled=False).train()
    batch, keep = batch_of(model, clicks([[0, 1]], 3)), torch.tensor([0.0, 1.0])
    found = model(batch.clicks, batch.people, keep)
    assert found.tolist() == [[2.0, 5.0, -1.0]]  # z = W_1 + V + b = (2, 0)


# The referee


def cell_cost(f, clicked, loss):
    """As the papers write it."""
    if loss == "square":
        return (clicked - f) ** 2 / 2
    if loss == "logistic":
        return np.log(1 + np.exp(-(2 * clicked - 1) * f))
    p = 1 / (1 + np.exp(-f))
    return -clicked * np.log(p) - (1 - clicked) * np.log(1 - p)


def dense_loss(w, x, kept, counts, config):
    """Mean loss over people of a dense matrix of clicks, in double precision."""
    out = w["inwards"] if config.tied else w["outwards"]
    node = w.get("people", np.zeros((len(x), 1)))
    z = (x * kept) @ w["inwards"] * config.scale * (config.corruption < 1) + node + w["bias"]
    z = 1 / (1 + np.exp(-z)) if config.activation == "sigmoid" else z
    f = z @ out.T + w["item_bias"]
    times = x + counts
    total = (times * cell_cost(f, x, config.loss)).sum()
    squares = (x * kept).sum(0) @ (w["inwards"] ** 2).sum(1)
    squares += times.sum(0) @ ((out**2).sum(1) + w["item_bias"] ** 2)
    squares += len(x) * (w["bias"] ** 2).sum() + (node**2).sum()
    return (total + config.l2 / 2 * squares) / len(x)


KINDS = {
    "as it stands": {},
    "all items, identity": {"negatives": "all", "activation": "identity", "loss": "logistic"},
    "tied, square": {"tied": True, "loss": "square", "corruption": 0.0},
    "no node, unscaled": {"user_node": False, "scaled": False, "corruption": 0.6},
    "nothing but the node": {"corruption": 1.0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_and_its_gradients_are_the_referees(kind):
    model = CDAE(9, seed=3, latent=4, l2=0.3, **KINDS[kind]).double().train()
    batch = batch_of(model, CLICKS)
    rng = np.random.default_rng(0)
    for parameter in model.parameters():
        parameter.data = torch.tensor(rng.normal(0, 0.5, parameter.shape))
    x = CLICKS.toarray().astype(float)
    kept = np.where(rng.random(x.shape) < 0.7, 1.0, 0.0) * (model.config.corruption < 1)
    counts = rng.integers(0, 4, x.shape) * (1 - x)
    given = {"keep": torch.tensor(kept[x > 0]), "counts": torch.tensor(counts)}
    loss = model.training_loss(batch, **given).loss
    loss.backward()
    weights = {name: p.detach().numpy().copy() for name, p in model.named_parameters()}
    wanted = dense_loss(weights, x, kept, counts, model.config)
    assert loss.item() == pytest.approx(wanted, rel=1e-6)
    for name, parameter in model.named_parameters():
        gradient = np.zeros(parameter.shape) if parameter.grad is None else parameter.grad.numpy()
        by_hand = differences(weights, name, lambda w: dense_loss(w, x, kept, counts, model.config))
        np.testing.assert_allclose(gradient, by_hand, rtol=2e-4, atol=2e-5, err_msg=name)


def differences(weights, name, loss, step=1e-5):
    """Slopes by differences to both sides."""
    found = np.zeros_like(weights[name])
    for at in np.ndindex(found.shape):
        ends = []
        for sign in (1, -1):
            moved = weights | {name: weights[name].copy()}
            moved[name][at] += sign * step
            ends.append(loss(moved))
        found[at] = (ends[0] - ends[1]) / (2 * step)
    return found


def test_logistic_and_cross_entropy_are_one_function():
    f, x = np.linspace(-5, 5, 11), np.resize([1.0, 0.0], 11)
    np.testing.assert_allclose(cell_cost(f, x, "logistic"), cell_cost(f, x, "cross-entropy"))


# Negatives


@pytest.mark.slow
def test_negatives_are_drawn_evenly_from_what_was_not_clicked():
    given = clicks([[0, 2, 5], [], [3], range(6)], 6)
    batch, random = ClickBatch.from_csr(given), torch.Generator().manual_seed(0)
    draws = torch.stack([draw_negatives(batch, 6, 5, random) for _ in range(4000)])
    x = given.toarray()
    assert (draws.sum(dim=2).numpy() == [15, 0, 5, 0]).all()  # who clicked everything has none
    assert not (draws.numpy() * x).any()
    left = np.maximum(6 - x.sum(axis=1), 1)[:, None]
    wanted = 5 * x.sum(axis=1)[:, None] / left * (1 - x)
    error = np.sqrt(np.maximum(wanted, 1e-9) / 4000)  # of a mean of counts, at most
    assert (np.abs(draws.mean(dim=0).numpy() - wanted) < 5 * error + 1e-6).all()
    assert draws.max() > 1  # with replacement


def test_each_place_among_the_unclicked_is_its_own_item():
    """Ranks 0, 1, ... of many people at once are the columns that are not clicked, in order."""
    from recotour_vae.models.pytorch import negatives

    given = random_clicks(8, 20, 13, 0.5)
    batch, x = ClickBatch.from_csr(given), given.toarray()
    users, columns = np.nonzero(x == 0)
    rank = np.concatenate([np.arange(n) for n in (x == 0).sum(axis=1)])
    found = negatives.unclicked(batch, torch.tensor(users), torch.tensor(rank), 13)
    assert found.tolist() == columns.tolist()


def test_all_negatives_are_what_was_not_clicked():
    found = every_unclicked(ClickBatch.from_csr(CLICKS), 9)
    np.testing.assert_array_equal(found, 1 - CLICKS.toarray())


# People


def test_a_person_is_known_by_the_clicks_of_training_and_by_nothing_less():
    marks = item_marks(9)
    known = marks_of(ClickBatch.from_csr(CLICKS), marks)
    assert find(known, known).tolist() == list(range(6))
    less = CLICKS.toarray()
    less[np.arange(6), less.argmax(axis=1)] = 0
    assert (find(known, marks_of(ClickBatch.from_csr(csr_matrix(less)), marks)) == -1).all()
    assert len(set(item_marks(100_000).tolist())) == 100_000


def test_known_people_differ_where_clicks_are_equal_and_newcomers_do_not():
    twins = clicks([[0, 1], [0, 1], [2, 3]], 4)
    model = CDAE(4, latent=3)
    model.units(twins, CPU)
    one, other = model.score(twins[:2], np.array([0, 1]))
    assert not np.allclose(one, other)
    unknown = model.score(twins[:2], np.array([-1, -1]))
    np.testing.assert_array_equal(unknown[0], unknown[1])
    np.testing.assert_array_equal(model.score(twins[:2]), [one, one])  # the first of equals


def test_a_newcomer_has_no_vector_or_the_mean_one():
    model = hidden_by_hand()
    fresh = clicks([[2]], 3)
    z = np.add([2, 2], [1, 1])
    wanted = z @ np.array([[1, 1], [2, 0], [0, 3]]).T + [0, 1, -1]
    np.testing.assert_array_equal(model.score(fresh), [wanted])
    mean = CDAE(3, latent=2, activation="identity", newcomer="mean")
    items = {n: w for n, w in model.arrays().items() if n not in ("people", "marks")}
    known_weights(mean, [[1, -2], [3, 0]], **items)
    z = np.add([3, 3], [2, -1])
    wanted = z @ np.array([[1, 1], [2, 0], [0, 3]]).T + [0, 1, -1]
    np.testing.assert_array_equal(mean.score(fresh), [wanted])


def test_without_any_clicks_left_only_the_person_counts():
    model = CDAE(9, latent=3, corruption=1.0)
    model.units(CLICKS, CPU)
    people = np.arange(6)
    found = model.score(CLICKS, people)
    np.testing.assert_array_equal(model.score(CLICKS[::-1], people), found)
    assert len(np.unique(found[:, 0])) == 6
    before = model.arrays()["inwards"]
    history_of(model, CLICKS)
    np.testing.assert_array_equal(model.arrays()["inwards"], before)


def test_without_a_node_nobody_is_known():
    model = CDAE(9, latent=3, user_node=False)
    batch_of(model, CLICKS)
    assert "people" not in model.arrays()
    one, other = (model.score(CLICKS, people) for people in (None, np.zeros(6, int)))
    np.testing.assert_array_equal(one, other)


def test_tied_weights_are_one_parameter():
    tied, untied = (CDAE(9, latent=3, tied=tied) for tied in (True, False))
    assert set(untied.arrays()) - set(tied.arrays()) == {"outwards"}
    assert tied.to_items is tied.inwards
    assert CDAEConfig(tied=True).n_weights(9) * 2 == CDAEConfig().n_weights(9)


def test_first_weights_are_uniform_within_the_authors_bounds():
    model = CDAE(200, latent=40, seed=1)
    model.units(random_clicks(0, 300, 200), CPU)
    end = 4 * (6 / 240) ** 0.5
    for name in ("inwards", "outwards", "people"):
        drawn = model.arrays()[name]
        assert np.abs(drawn).max() <= end
        assert drawn.std() == pytest.approx(end / 3**0.5, rel=0.03)
    assert not model.arrays()["bias"].any()
    assert not model.arrays()["item_bias"].any()
    again = CDAE(200, latent=40, seed=1)
    again.units(random_clicks(0, 300, 200), CPU)
    np.testing.assert_array_equal(again.arrays()["people"], model.arrays()["people"])


# Training


def history_of(model, train, validation=None, folder=None, **settings):
    config = small_config(**settings)
    return Trainer(config, folder, progress=False).fit(model, train, validation)


@pytest.mark.slow
@pytest.mark.parametrize("own", [{}, {"user_node": False}, {"tied": True, "loss": "square"}])
def test_two_tastes_are_told_apart(own):
    split = two_tastes()
    model = CDAE(24, latent=4, **own)
    history = history_of(model, split.train, split.validation, epochs=120, learning_rate=0.03)
    assert list(history)[:5] == ["learning_rate", "loss", "fit", "penalty", "validation_loss"]
    assert evaluate(model, split.test, ["recall@8"]).mean("recall@8") > 0.95


def weak(split):
    """Ask training people for the rest of their half: everybody is known."""
    x = split.train.toarray()
    half = np.arange(24) // 12 == (np.arange(len(x)) % 2)[:, None]
    group = HeldOut(split.train_users + 100, split.train, csr_matrix(half & (x == 0)))
    return Split(split.items, split.train_users + 100, split.train, group, group)


@pytest.mark.slow
def test_the_node_alone_recommends_to_those_it_was_trained_on():
    split = weak(two_tastes())
    model = CDAE(24, latent=4, corruption=1.0)
    history_of(model, split.train, split.validation, epochs=60, learning_rate=0.1)
    found = evaluate(model, split.test, ["recall@4"]).mean("recall@4")
    assert found > 0.95
    strangers = replace(split.test, users=split.test.users + 1000)
    by_name = model.knowing(split.train_users, split.test)
    assert evaluate(by_name, split.test, ["recall@4"]).mean("recall@4") == found
    by_name = model.knowing(split.train_users, strangers)
    assert evaluate(by_name, strangers, ["recall@4"]).mean("recall@4") < 0.7


def test_people_known_by_name_are_those_that_are_judged():
    split = two_tastes()
    model = CDAE(24, latent=4)
    model.units(split.train, CPU)
    users = np.arange(30) + 500
    asked = split.train.toarray()[:3]
    asked[1] = 0  # who is asked for nothing is not judged
    shown = csr_matrix(1 - split.train.toarray()[:3])
    group = HeldOut([503, 7, 529], shown, csr_matrix(asked))
    knowing = model.knowing(users, group)
    assert knowing.people.tolist() == [3, 29]
    lists = evaluate(knowing, group, ["recall@4"]).ranking
    wanted = model.rank(shown[[0, 2]], 4, np.array([3, 29]))
    np.testing.assert_array_equal(lists, wanted)
    with pytest.raises(ConfigError, match="3 people are shown where 2 are known") as error:
        knowing.rank_histories(group.shown, 4)
    assert is_a_sentence(error.value)


@pytest.mark.slow
def test_a_run_is_kept_opened_and_gone_on_with_to_the_last_bit(tmp_path, monkeypatch):
    def ctrl_c(*given, **named):
        raise KeyboardInterrupt

    split, own = weak(two_tastes()), {"latent": 4, "seed": 2}
    whole = CDAE(24, **own)
    history_of(whole, split.train, split.validation, tmp_path / "whole", epochs=4)
    trainer = Trainer(small_config(epochs=4), tmp_path / "run", progress=False)
    model, step = CDAE(24, **own), PyTorchBackend.train_step
    with monkeypatch.context() as patch:  # in the third epoch of four updates each
        patch.setattr(PyTorchBackend, "train_step", on_call(10, step, ctrl_c))
        with pytest.raises(TrainingInterruptedError, match="after 2 epochs"):
            trainer.fit_split(model, split)
    run = open_run(tmp_path / "run")
    np.testing.assert_array_equal(run.model.score(split.train), model.score(split.train))
    assert run.model.recognise(ClickBatch.from_csr(split.train)).unique().numel() > 20
    assert list(recommend(run, split.train[0], 2)) == ["item", "title", "score"]
    trainer = Trainer(small_config(epochs=4), tmp_path / "run", progress=False)
    again = CDAE(24, latent=4, seed=9)
    trainer.fit_split(again, split, resume=True)
    for name, array in whole.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array, err_msg=name)


def test_validation_weighs_all_others_as_draws_would():
    model = hidden_by_hand().eval()
    shown, asked = (ClickBatch.from_csr(clicks([row], 3)) for row in ([2], [0]))
    scores, loss = model.held_out_loss(shown, asked)
    f = scores[0].tolist()
    assert loss.item() == pytest.approx((1 - f[0]) ** 2 / 2 + 5 * f[1] ** 2 / 2)


# What is refused


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"latent": 0}, "latent is 0; give a width of 1 or more"),
        ({"corruption": 1.1}, "corruption is 1.1; give a probability from 0 to 1"),
        ({"corruption": 1.0, "user_node": False}, "nothing would be known of anybody"),
        ({"l2": -1}, "l2 is -1; give 0"),
        ({"negatives": 0}, "negatives is 0; give 1 or more for each click, or all"),
        ({"negatives": "some"}, "negatives is some"),
        ({"activation": "tanh"}, "activation is tanh; give sigmoid or identity"),
        ({"loss": "hinge"}, "loss is hinge; give square or logistic or cross-entropy"),
        ({"newcomer": "first"}, "newcomer is first; give none or mean"),
    ],
)
def test_settings_out_of_range_are_refused(own, words):
    with pytest.raises(ConfigError, match=words) as error:
        CDAEConfig(**own)
    assert is_a_sentence(error.value)


def test_people_that_are_not_there_are_refused():
    model = CDAE(9, latent=3)
    model.units(CLICKS, CPU)
    for people in (np.full(6, 6), np.full(6, -2), np.zeros(5, int), np.zeros(6)):
        with pytest.raises(ConfigError, match="or -1 for who is new") as error:
            model.score(CLICKS, people)
        assert is_a_sentence(error.value)
    with pytest.raises(ConfigError, match="knows 6 people, and these clicks are of 5") as error:
        model.units(CLICKS[:5], CPU)
    assert is_a_sentence(error.value)


def test_workers_are_refused():
    from recotour_vae.training.refusals import Asked, check

    with pytest.raises(ConfigError, match="whose batches they can share, and cdae is none"):
        check(Asked("pytorch", small_config(), workers=2, network=CDAE(9)))


def test_a_file_of_another_shape_is_refused(tmp_path):
    from recotour_vae.models.saved import save_network

    model = CDAE(9, latent=3)
    model.units(CLICKS, CPU)
    arrays = model.arrays() | {"people": np.zeros((6, 2), np.float32)}
    save_network(tmp_path / "model", arrays, model.config, 9, recommender="cdae")
    with pytest.raises(CheckpointError, match="its 'people' is"):
        load_model(tmp_path / "model")


def test_the_registry_makes_one():
    model = make("cdae", latent=3, epochs=1, monitor="ndcg@4", device="cpu", negatives="all")
    split = two_tastes()
    model.fit_split(split)
    assert model.model.config == CDAEConfig(latent=3, negatives="all")
    assert isinstance(batch_of(model.model, split.train), PeopleBatch)
