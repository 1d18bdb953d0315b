"""SVAE: known answers, NumPy as referee, batches against people alone, and each deviation."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from support import is_a_sentence, random_clicks

from recotour_vae.errors import ConfigError, DataError, DivergenceError, MetricError
from recotour_vae.evaluation import evaluate
from recotour_vae.models.pytorch.densities import kl_between
from recotour_vae.models.pytorch.sequence_losses import next_likelihood, sequence_loss
from recotour_vae.models.pytorch.sequences import Sequences, packed
from recotour_vae.models.pytorch.svae import SVAENetwork
from recotour_vae.models.svae_config import SVAENetworkConfig, beta_after
from recotour_vae.recommenders import make, open_recommender
from recotour_vae.splits import HeldOut, Histories, Split
from recotour_vae.training.adam import fused_adam
from recotour_vae.training.sequences import SVAE, SVAEConfig
from recotour_vae.training.sequences.loop import wholly_decayed_adam

N = 9  # items
WIDTHS = {"embedding": 3, "recurrent": 4, "hidden": 5, "latent": 2}
SMALL = WIDTHS | {"epochs": 2, "batch_size": 3, "monitor": "ndcg@4", "learning_rate": 0.01}
ROWS = [[3, 1, 4], [5, 2, 6, 0, 7, 8], [1, 0], [8, 7, 3, 2, 1, 6, 5]]


def histories(rows, n_items=N, times=True):
    """Give what people did, a list each, in order."""
    starts = np.cumsum([0, *(len(row) for row in rows)])
    items = np.array([item for row in rows for item in row], np.int64)
    seconds = np.array([10 * at for row in rows for at in range(len(row))], np.int64)
    return Histories(starts, items, times=seconds if times else None, n_items=n_items)


def network(seed=0, **settings):
    """Make a small network of double precision, whose biases are not zero."""
    made = SVAENetwork(N, SVAENetworkConfig(**WIDTHS | settings), seed).double()
    with torch.no_grad():
        for bias in (one for one in made.parameters() if one.ndim == 1):
            bias.uniform_(-1, 1, generator=torch.Generator().manual_seed(7))
    return made


def batch_of(rows, k=4):
    return Sequences.of(histories(rows), k).cut(np.arange(len(rows)))


def noise_of(batch, seed=3):
    shape = (len(batch.items), WIDTHS["latent"])
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).double()


def split_of(rows, shown, validation=None):
    """Train on rows, and ask for what follows the first few of each other row."""

    def group(rows, first):
        told, asked = ([row[:shown] for row in rows], [row[shown:] for row in rows])
        return HeldOut.of(first + np.arange(len(rows)), histories(told), histories(asked))

    others = rows if validation is None else validation
    held = group(others, 1000)
    return Split.of(np.arange(N), np.arange(len(rows)), histories(rows), held, held)


# Batches


def test_sequences_are_packed_step_by_step():
    found = packed(np.array([2, 5, 1, 2]))
    assert found.order.tolist() == [1, 0, 3, 2]
    assert found.sizes.tolist() == [4, 3, 1, 1, 1]
    assert found.person.tolist() == [0, 1, 2, 3, 0, 1, 2, 0, 0, 0]
    assert found.time.tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 3, 4]


def test_the_targets_of_a_step_are_the_items_that_follow():
    batch = Sequences.of(histories([[3, 1], [5], [5, 2, 6, 0]]), 2).cut(np.array([0, 1]))
    assert len(batch) == 2  # nobody can say what follows a single item
    assert batch.items.tolist() == [5, 3, 2, 6]
    assert batch.person.tolist() == [0, 1, 0, 0]
    assert batch.targets.tolist() == [[2, 6], [1, -1], [6, 0], [0, -1]]


@pytest.mark.parametrize("k", [1, 3, 4, 20])
def test_targets_are_those_of_a_plain_loop(k):
    batch, wanted = batch_of(ROWS, k), []
    longest_first = sorted(ROWS, key=len, reverse=True)
    for t in range(len(longest_first[0]) - 1):
        for row in longest_first:
            if t < len(row) - 1:
                following = row[t + 1 : t + 1 + k]
                wanted.append(following + [-1] * (k - len(following)))
    assert batch.targets.tolist() == wanted


# The loss


def numpy_loss(weights, rows, noise, beta, config):
    """Everything again, person by person and step by step, with NumPy alone."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def layer(name, x):
        return weights[f"{name}.weight"] @ x + weights[f"{name}.bias"]

    def gru(x, h):
        wx = weights["gru.weight_ih_l0"] @ x + weights["gru.bias_ih_l0"]
        wh = weights["gru.weight_hh_l0"] @ h + weights["gru.bias_hh_l0"]
        (rx, zx, nx), (rh, zh, nh) = np.split(wx, 3), np.split(wh, 3)
        r, z = sigmoid(rx + rh), sigmoid(zx + zh)
        return (1 - z) * np.tanh(nx + r * nh) + z * h

    nll, kl = [], []
    for person, row in enumerate(rows):
        h, likelihoods, divergences = np.zeros(WIDTHS["recurrent"]), [], []
        for t in range(len(row) - 1):
            h = gru(weights["items.weight"][row[t]], h)
            mu, s = np.split(layer("posterior", np.tanh(layer("encoder", h))), 2)
            sigma = np.exp(s / 2 if config.sigma == "half" else s)
            f = layer("output", np.tanh(layer("decoder", mu + sigma * noise[person, t])))
            log_p = f - np.log(np.exp(f).sum())
            following = row[t + 1 : t + 1 + config.next_items]
            first = row[1 : 1 + config.next_items]
            n = len(following if config.reduction == "published" else first)
            likelihoods.append(-sum(log_p[i] for i in following) / n)
            divergences.append(-0.5 * np.sum(1 + s - mu**2 - np.exp(s)))
        nll.append(sum(likelihoods))
        total = sum(divergences)
        kl.append(total if config.reduction == "published" else total / len(divergences))
    return np.mean(nll) + beta * np.mean(kl), np.mean(nll), np.mean(kl)


@pytest.mark.parametrize("reduction", ["published", "code"])
@pytest.mark.parametrize("sigma", ["half", "whole"])
def test_the_loss_is_that_of_numpy_step_by_step(reduction, sigma):
    model, batch = network(reduction=reduction, sigma=sigma, next_items=3), batch_of(ROWS, 3)
    noise = noise_of(batch)
    order = sorted(range(len(ROWS)), key=lambda one: -len(ROWS[one]))
    times = packed(np.array([len(row) - 1 for row in ROWS])).time
    of_step = {
        (order[person], t): noise[at].numpy()
        for at, (person, t) in enumerate(zip(batch.person.tolist(), times, strict=True))
    }
    found = model.training_loss(batch, beta=0.3, noise=noise)
    wanted = numpy_loss(model.arrays(), ROWS, of_step, 0.3, model.config)
    np.testing.assert_allclose([part.item() for part in found], wanted, rtol=1e-12)


def test_the_two_reductions_by_hand():
    """One person with three items: two steps, of two targets and of one."""
    batch = Sequences.of(histories([[0, 1, 2]], 4), 4).cut(np.array([0]))
    logits, mu, s = torch.zeros(2, 4), torch.tensor([[1.0], [2.0]]), torch.zeros(2, 1)
    bit = math.log(4)  # of each item: all are equally likely
    published = sequence_loss(logits, mu, s, batch, 0.5, "published")
    kl = 0.5 * (1 + 4)  # mu²/2 of each step
    assert [one.item() for one in published] == pytest.approx([2 * bit + kl / 2, 2 * bit, kl])
    code = sequence_loss(logits, mu, s, batch, 0.5, "code")
    wanted = [1.5 * bit + kl / 4, 1.5 * bit, kl / 2]  # (2 + 1) / 2 targets; the mean of two steps
    assert [one.item() for one in code] == pytest.approx(wanted)


def test_the_divergence_of_the_code_weighs_less_the_longer_somebody_is():
    mu, s = torch.ones(6, 2), torch.zeros(6, 2)
    batch = batch_of([list(range(7))])
    published, code = (
        sequence_loss(torch.zeros(6, N), mu, s, batch, 1.0, one).kl.item()
        for one in ("published", "code")
    )
    assert published == pytest.approx(6 * code)


def test_the_divergence_is_that_of_pytorch():
    mu, s = network().encode(torch.randn(5, 4, generator=torch.Generator().manual_seed(1)).double())
    ours = torch.distributions.Normal(mu, (s / 2).exp())
    prior = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    wanted = torch.distributions.kl_divergence(ours, prior).sum(dim=1)
    zeros = torch.zeros_like(mu)
    torch.testing.assert_close(kl_between(mu, s, zeros, zeros), wanted)


def test_the_likelihood_is_that_of_a_dense_softmax():
    batch = batch_of(ROWS)
    logits = torch.randn((len(batch.items), N), generator=torch.Generator().manual_seed(2))
    dense = torch.zeros_like(logits)
    for step, items in enumerate(batch.targets.tolist()):
        for item in items:
            dense[step, item] += item >= 0
    wanted = -(dense * logits.log_softmax(dim=1)).sum(dim=1)
    torch.testing.assert_close(next_likelihood(logits, batch.targets), wanted)


@pytest.mark.parametrize("reduction", ["published", "code"])
def test_a_batch_is_worth_its_people_one_at_a_time(reduction):
    """Loss and gradients of many are the means of those of each alone."""
    model, batch = network(reduction=reduction), batch_of(ROWS)
    noise, order = noise_of(batch), sorted(ROWS, key=len, reverse=True)
    model.training_loss(batch, beta=0.3, noise=noise).loss.backward()
    together = {name: one.grad.clone() for name, one in model.named_parameters()}
    model.zero_grad()
    losses = []
    for place, row in enumerate(order):
        own = noise[batch.person == place]
        parts = model.training_loss(batch_of([row]), beta=0.3, noise=own)
        (parts.loss / len(order)).backward()
        losses.append([part.item() for part in parts])
    found = model.training_loss(batch, beta=0.3, noise=noise)
    np.testing.assert_allclose([part.item() for part in found], np.mean(losses, axis=0))
    for name, one in model.named_parameters():
        torch.testing.assert_close(one.grad, together[name], msg=name)
        assert one.grad.any(), name


@pytest.mark.parametrize("reduction", ["published", "code"])
def test_gradients_are_finite_differences(reduction):
    model, batch = network(reduction=reduction, sigma="whole"), batch_of(ROWS)
    noise = noise_of(batch)

    def loss():
        return model.training_loss(batch, beta=0.7, noise=noise).loss

    loss().backward()
    for at, (name, one) in enumerate(model.named_parameters()):
        way = torch.randn(one.shape, generator=torch.Generator().manual_seed(at)).double()
        slope, step = (one.grad * way).sum().item(), 1e-5
        with torch.no_grad():
            one += step * way
            above = loss().item()
            one -= 2 * step * way
            below = loss().item()
            one += step * way
        assert (above - below) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-7), name


def test_what_comes_later_is_not_seen_before():
    model, changed = network(), [[3, 1, 4], [5, 2, 6, 4, 3, 1], [1, 0], [8, 7, 3, 0, 4, 6, 5]]
    times = torch.from_numpy(packed(np.array([len(row) - 1 for row in ROWS])).time)
    before, after = (
        model.decode(model.encode(model.read(one.items, one.sizes)[0])[0])
        for one in (batch_of(ROWS), batch_of(changed))
    )
    assert torch.equal(before[times < 3], after[times < 3])  # the fourth items differ
    assert not torch.equal(before[times == 3], after[times == 3])


def test_the_last_state_is_that_after_the_last_item():
    """Batches of any order, and people alone, are scored alike."""
    model, rows = network().eval(), [*ROWS, [], [4]]
    together = model.next_scores(histories(rows))
    for row, scores in zip(rows, together, strict=True):
        alone = model.next_scores(histories([row]))[0]
        torch.testing.assert_close(scores, alone)
        if len(row) > 1:
            states, last = model.read(torch.tensor(row), torch.ones(len(row), dtype=torch.int64))
            torch.testing.assert_close(states[-1:], last)
            torch.testing.assert_close(model.decode(model.encode(last)[0])[0], scores)
    start = torch.zeros(1, WIDTHS["recurrent"]).double()
    torch.testing.assert_close(together[-2:-1], model.decode(model.encode(start)[0]))


def test_sigma_is_half_or_whole():
    mu, s, noise = torch.tensor([[1.0]]), torch.tensor([[math.log(9.0)]]), torch.tensor([[2.0]])
    found = [network(sigma=one).draw_code(mu, s, noise).item() for one in ("half", "whole")]
    assert found == pytest.approx([1 + 2 * 3, 1 + 2 * 9])


def test_weights_start_as_is_said_and_nobodys_generator_is_touched():
    before = torch.random.get_rng_state()
    model = SVAENetwork(2000, SVAENetworkConfig(), 1)
    assert torch.equal(before, torch.random.get_rng_state())
    assert model.items.weight.std().item() == pytest.approx(1, rel=0.01)
    assert model.gru.weight_hh_l0.abs().max().item() == pytest.approx(1 / math.sqrt(200), rel=0.01)
    assert model.output.weight.std().item() == pytest.approx(math.sqrt(2 / 2150), rel=0.02)
    n = sum(one.numel() for one in model.parameters() if one.ndim > 1)
    assert n == SVAENetworkConfig().n_weights(2000)


# The schedule


def test_the_authors_schedule_begins_anew_with_each_epoch():
    code, published = (SVAENetworkConfig(anneal=one) for one in ("code", "published"))
    assert beta_after(9 * 4534 + 4533, 4533, code) == pytest.approx(0.0227, abs=5e-5)
    assert beta_after(9 * 4534 + 4533, 4533, published) == 0.2
    assert beta_after(20_000, 0, published) == 0.1
    assert beta_after(0, 0, SVAENetworkConfig(anneal="constant")) == 0.2


@pytest.mark.slow
@pytest.mark.parametrize(("batch_size", "last"), [(1, 3), (3, 3)])
def test_people_are_counted_whatever_the_batch(batch_size, last):
    """Four people an epoch: before the last update of the third there were 8 and three more."""
    rows = {"anneal_people": 100, "batch_size": batch_size, "epochs": 3}
    betas = {
        anneal: SVAE(**SMALL | rows, anneal=anneal).fit(histories(ROWS)).course["beta"].tolist()
        for anneal in ("published", "code", "constant")
    }
    assert betas["published"] == pytest.approx([(4 * epoch + last) / 100 for epoch in range(3)])
    assert betas["code"] == pytest.approx([last / 100] * 3)
    assert betas["constant"] == [0.2] * 3


# Training


def test_training_is_a_loop_written_out():
    """Order, noise, β and Adam: two epochs by hand give the same numbers."""
    model = SVAE(**SMALL, anneal_people=10).fit(histories(ROWS))
    config = model.config
    by_hand, units = SVAENetwork(N, config, 0), Sequences.of(histories(ROWS), 4)
    groups = [[p for p in by_hand.parameters() if (p.ndim > 1) is wide] for wide in (True, False)]
    decays = ({"params": groups[0], "weight_decay": 5e-3}, {"params": groups[1]})
    adam, seen = torch.optim.Adam(decays, lr=0.01, fused=True), 0
    for epoch in (1, 2):
        order, noise = np.random.SeedSequence([0, epoch]).generate_state(2)
        generator = torch.Generator().manual_seed(int(noise))
        people = np.random.default_rng(int(order)).permutation(4)
        for chosen in (people[:3], people[3:]):
            beta = min(0.2, seen / 10)
            adam.zero_grad()
            loss = by_hand.training_loss(units.cut(chosen), generator=generator, beta=beta).loss
            loss.backward()
            adam.step()
            seen += len(chosen)
    for name, array in by_hand.arrays().items():
        np.testing.assert_array_equal(model.parameters[name], array, err_msg=name)


def test_equal_seeds_give_equal_numbers_and_others_do_not():
    fits = [SVAE(**SMALL, seed=seed).fit(histories(ROWS)).parameters for seed in (1, 1, 2)]
    for name, array in fits[0].items():
        np.testing.assert_array_equal(fits[1][name], array)
    assert not np.array_equal(fits[0]["items.weight"], fits[2]["items.weight"])


def test_the_decay_of_the_code_is_of_biases_too():
    for make_adam, whole in ((wholly_decayed_adam, True), (fused_adam, False)):
        ones = [torch.nn.Parameter(torch.ones(2, 2)), torch.nn.Parameter(torch.ones(2))]
        for one in ones:
            one.grad = torch.zeros_like(one)
        make_adam(ones, 0.1, 0.5, torch.device("cpu")).step()
        assert (ones[0] < 1).all()
        assert (ones[1] < 1).all() == whole


def test_decay_of_biases_is_what_the_setting_says():
    found = [SVAE(**SMALL, decay_biases=one).fit(histories(ROWS)) for one in (True, False)]
    one, other = (model.parameters["output.bias"] for model in found)
    assert not np.array_equal(one, other)


@pytest.mark.slow
def test_validation_users_choose_the_epoch():
    split = split_of(ROWS * 4, shown=1)
    model = SVAE(**SMALL | {"epochs": 8, "learning_rate": 0.05}).fit_split(split)
    found = evaluate(model, split.validation, ["ndcg@4"]).mean("ndcg@4")
    assert found == model.course["ndcg@4"].max() == model.course["ndcg@4"].loc[model.epoch]
    again = SVAE(**SMALL | {"epochs": model.epoch, "learning_rate": 0.05}).fit(split.history)
    np.testing.assert_array_equal(
        again.parameters["output.weight"], model.parameters["output.weight"]
    )
    assert SVAE(**SMALL).fit(split.history).epoch == 2  # without anybody to ask, the last


def test_a_rate_that_is_too_high_is_said():
    with pytest.raises(DivergenceError, match="lower learning rate"):
        SVAE(**SMALL | {"learning_rate": 1e30}).fit(histories(ROWS))


def both_ways(n_items=N, length=5):
    """People who go round a circle, from everywhere, forwards and backwards."""
    forwards = [[(first + t) % n_items for t in range(length)] for first in range(n_items)]
    return forwards + [[(first - t) % n_items for t in range(length)] for first in range(n_items)]


@pytest.mark.slow
def test_it_learns_an_order_that_no_model_of_clicks_can():
    """Who was at 1, 2, 3 goes on to 4, and who was at 3, 2, 1 to 0: of equal clicks."""
    rows = both_ways()
    split = split_of(rows * 4, shown=3, validation=[row[:4] for row in rows])
    wide = {"embedding": 16, "recurrent": 32, "hidden": 16, "latent": 8, "next_items": 1}
    training = {"epochs": 40, "batch_size": 12, "learning_rate": 0.01, "monitor": "recall@1"}
    model = SVAE(**wide, **training, beta=0.01, weight_decay=0.0).fit_split(split)
    assert evaluate(model, split.test, ["recall@1"]).mean("recall@1") > 0.95
    small = {"hidden": [16], "latent": 8, "epochs": 40, "batch_size": 12, "device": "cpu"}
    others = [make("mult-vae", **small, monitor="recall@1"), make("ease")]
    for other in others:
        found = evaluate(other.fit_split(split), split.test, ["recall@1"]).mean("recall@1")
        assert found <= 0.5


# Lists


@pytest.fixture(scope="module")
def fitted():
    return SVAE(**SMALL).fit(histories(ROWS))


def like(fitted, **settings):
    """Give a model of the same parameters that is asked in another way."""
    model = SVAE(**SMALL | settings)
    model.load_arrays(fitted.arrays())
    return model


def test_lists_are_the_best_of_what_was_not_done(fitted):
    shown = histories([[3, 1, 4], [], [2, 2, 0]])
    lists = fitted.rank_histories(shown, N)
    net = SVAENetwork(N, fitted.config)
    net.load_arrays(fitted.parameters)
    scores = net.next_scores(shown).detach().numpy()
    for row, done in enumerate([[1, 3, 4], [], [0, 2]]):
        best = [item for item in np.argsort(-scores[row]) if item not in done]
        assert lists[row].tolist() == best + [-1] * len(done)


def test_the_last_item_is_fed_and_masked_or_not(fitted):
    whole, short = histories([[3, 1, 4], [6]]), histories([[3, 1], []])
    unfed = like(fitted, feed_last=False, mask_last=False).rank_histories(whole, N)
    np.testing.assert_array_equal(unfed, fitted.rank_histories(short, N))
    assert 4 in unfed[0]
    assert 6 in unfed[1]
    masked = like(fitted, feed_last=False).rank_histories(whole, N)
    wanted = [
        [item for item in row if item != last] for row, last in zip(unfed, (4, 6), strict=True)
    ]
    assert [[i for i in row if i >= 0] for row in masked] == [
        [i for i in row if i >= 0] for row in wanted
    ]
    seen = like(fitted, mask_last=False).rank_histories(whole, N)
    assert 4 in seen[0]
    assert [i for i in seen[0] if i not in (4, -1)] == [
        i for i in fitted.rank_histories(whole, N)[0] if i >= 0
    ]


def test_noise_is_off_when_lists_are_made_unless_it_is_asked_for(fitted):
    shown = histories(ROWS * 50)
    quiet = fitted.rank_histories(shown, 3)
    np.testing.assert_array_equal(quiet, fitted.rank_histories(shown, 3))
    assert (quiet[:4] == quiet[4:8]).all()
    noisy = like(fitted, noise_when_scoring=True)
    loud = noisy.rank_histories(shown, 3)
    np.testing.assert_array_equal(loud, noisy.rank_histories(shown, 3))  # of one seed
    assert not np.array_equal(loud[:100], loud[100:])


def test_people_are_ranked_some_at_a_time(fitted, monkeypatch):
    whole = fitted.rank_histories(histories(ROWS), 4)
    monkeypatch.setattr("recotour_vae.training.sequences.svae._PEOPLE", 3)
    np.testing.assert_array_equal(fitted.rank_histories(histories(ROWS), 4), whole)
    assert fitted.rank_histories(histories([]), 4).shape == (0, 4)


def test_the_order_decides(fitted):
    lists = fitted.rank_histories(histories([[3, 1, 4, 0], [0, 4, 1, 3]]), 5)
    assert lists[0].tolist() != lists[1].tolist()


def test_a_file_gives_it_back(fitted, tmp_path):
    again = open_recommender(fitted.save(tmp_path / "svae"))
    assert again.config == fitted.config
    shown = histories(ROWS)
    np.testing.assert_array_equal(again.rank_histories(shown, 4), fitted.rank_histories(shown, 4))


# Refusals


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (random_clicks(0, 4, N), "of type csr_matrix"),
        (histories(ROWS, times=False), "have no times"),
        (histories([[1], [], [2]]), "Nobody in these histories did two things"),
    ],
)
def test_what_has_no_order_is_not_learned_from(given, said):
    with pytest.raises(DataError, match=said) as error:
        SVAE(**SMALL).fit(given)
    assert is_a_sentence(error.value)


def test_what_has_no_order_is_not_answered(fitted):
    for ask in (
        lambda: fitted.score(csr_matrix((2, N))),
        lambda: fitted.rank(csr_matrix((2, N)), 3),
    ):
        with pytest.raises(DataError, match="ask rank_histories") as error:
            ask()
        assert is_a_sentence(error.value)
    with pytest.raises(DataError, match="have no times"):
        fitted.rank_histories(histories(ROWS, times=False), 3)
    with pytest.raises(DataError, match="on 12 items and the model knows 9"):
        fitted.rank_histories(histories(ROWS, 12), 3)


def test_a_split_without_times_is_refused_before_anything_is_trained():
    group = HeldOut.of([7], histories([[1, 2]], times=False), histories([[3]], times=False))
    with pytest.raises(DataError, match="have no times"):
        SVAE(**SMALL).fit(histories(ROWS), group)


def test_what_cannot_be_watched_is_refused():
    group = split_of(ROWS, 1).validation
    with pytest.raises(ConfigError, match="patience watches") as error:
        SVAE(**SMALL, patience=3).fit(histories(ROWS))
    assert is_a_sentence(error.value)
    with pytest.raises(MetricError, match="100"):
        SVAE(**SMALL | {"monitor": "ndcg@100"}).fit(histories(ROWS), group)
    with pytest.raises(MetricError, match="monitor is rmse"):
        SVAE(**SMALL | {"monitor": "rmse"}).fit(histories(ROWS), group)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"next_items": 0}, "next_items is 0"),
        ({"latent": 0}, "latent is 0"),
        ({"beta": -1.0}, "beta is -1"),
        ({"anneal_people": 0}, "anneal_people is 0"),
        ({"anneal": "linear"}, "anneal is 'linear'"),
        ({"reduction": "mean"}, "reduction is 'mean'"),
        ({"sigma": "double"}, "sigma is 'double'"),
        ({"epochs": 0}, "epochs is 0"),
        ({"monitor": "loss"}, "monitor is loss"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        make("svae", **options)
    assert SVAEConfig(**SMALL).training().batch_size == 3
