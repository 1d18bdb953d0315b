"""The sampled softmax: its estimate, its gradient, what it touches, and training with it."""

import math

import catalogue
import numpy as np
import pandas as pd
import pytest
import torch
from sampled import all_rows_sampled, lazy_exact
from support import (
    clicks,
    is_a_sentence,
    on_call,
    small_config,
    small_model,
    train_small,
    two_tastes,
)
from torch.utils._python_dispatch import TorchDispatchMode

from recotour_vae.errors import ConfigError, TrainingInterruptedError
from recotour_vae.files.arrays import read_arrays
from recotour_vae.models import MultDAEConfig
from recotour_vae.models.pytorch import ClickBatch, MultVAE
from recotour_vae.models.pytorch.losses import last_layer_nll
from recotour_vae.models.pytorch.sampled import (
    Drawn,
    PopularitySampler,
    sampled_nll,
    sampled_training_loss,
)
from recotour_vae.runs.layout import LAST
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.training import Trainer
from recotour_vae.training.lazy_adam import LazyAdam
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.refusals import Asked, check
from recotour_vae.training.sampled import Sampled
from recotour_vae.training.trainer import make_backend

SPLIT = two_tastes()
N_ITEMS, WIDTH = 40, 6
ROWS = [[3, 1, 7], [0], [5, 9, 11, 30, 39], []]  # users; the last one clicked nothing
BATCH = ClickBatch.from_csr(clicks(ROWS, N_ITEMS))
COUNTS = torch.tensor([float(len(row)) for row in ROWS], dtype=torch.float64)
CLICKED = torch.tensor(clicks(ROWS, N_ITEMS).toarray(), dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def parameters(seed=0, scale=1.0):
    """Input, weight and bias of a last layer, in float64."""
    rng = generator(seed)
    shapes = (len(ROWS), WIDTH), (N_ITEMS, WIDTH), (N_ITEMS,)
    drawn = (scale * torch.randn(s, generator=rng, dtype=torch.float64) for s in shapes)
    return [tensor.requires_grad_() for tensor in drawn]


def sampler(n_items=N_ITEMS):
    """Rank the items backwards: the last one is the most popular."""
    return PopularitySampler.of(torch.arange(n_items))


def estimates(h, weight, bias, draws, repeats):
    """Ẑ of the users with clicks, (repeats, n_users), read off the loss."""
    logits = (h @ weight.t() + bias).detach()
    own = (logits * CLICKED).sum(dim=1)
    rng, nll = generator(1), []
    for _ in range(repeats):
        with torch.no_grad():
            nll.append(sampled_nll(h, weight, bias, BATCH, sampler().draw(draws, rng)))
    return ((torch.stack(nll) + own)[:, :-1] / COUNTS[:-1]).exp(), logits.exp().sum(dim=1)[:-1]


def by_hand(h, weight, bias, drawn):
    """The same loss with every logit written out, for autograd."""
    logits = h @ weight.t() + bias
    others = logits[:, drawn.items] + drawn.log_weight
    rest = (others.exp() * (1 - CLICKED[:, drawn.items])).sum(dim=1)
    log_z = ((logits.exp() * CLICKED).sum(dim=1) + rest).log()
    return COUNTS * log_z - (logits * CLICKED).sum(dim=1)


# Drawing


def test_the_chances_sum_to_one_and_go_as_the_root_of_the_clicks():
    ours = sampler()
    assert ours.by_rank.tolist() == [*range(N_ITEMS)][::-1]
    q = ours.log_q.exp()
    assert float(q.sum()) == pytest.approx(1)
    assert float(q[0] / q[-1]) == pytest.approx(math.sqrt(N_ITEMS))  # N_ITEMS - 1 clicks and none
    torch.testing.assert_close(ours.up_to, q.cumsum(0))


def test_items_are_drawn_as_often_as_their_chances_say_give_or_take_one():
    n = 20_000
    drawn = sampler().draw(n, generator())
    assert len(drawn.items.unique()) == len(drawn.items) == N_ITEMS
    q = sampler().log_q[N_ITEMS - 1 - drawn.items].exp()  # the last item has rank 0
    times = n * drawn.log_weight.exp() * q
    assert float(times.sum()) == pytest.approx(n, rel=1e-5)
    assert ((times - n * q).abs() < 2).all()


@pytest.mark.slow
def test_each_item_is_expected_as_often_as_its_chance_says():
    rng, seen = generator(), torch.zeros(N_ITEMS)
    for _ in range(4_000):
        drawn = sampler().draw(3, rng)
        seen[drawn.items] += (
            drawn.log_weight.exp() * sampler().log_q[-1 - drawn.items].exp()
        ).float()
    q = sampler().log_q.exp().flip(0)
    assert ((seen / 4_000 - q).abs() < 5 * (q / 12_000).sqrt()).all()


@pytest.mark.slow
def test_a_long_catalogue_is_drawn_evenly_to_its_end():
    n_items, n = 3_000_000, 300_000
    drawn = PopularitySampler.of(torch.zeros(n_items)).draw(n, generator())
    assert len(drawn.items) > n - 10  # every tenth item, and hardly one twice
    assert ((drawn.items // 10 - torch.arange(len(drawn.items))).abs() <= 1).all()
    assert len((drawn.items % 10).unique()) == 10


def test_the_same_seed_draws_the_same_items():
    first, again, other = (sampler().draw(8, generator(seed)).items for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


# The estimate


@pytest.mark.slow
def test_the_normaliser_is_estimated_without_bias():
    found, exact = estimates(*parameters(), draws=20, repeats=2_000)
    error = found.std(dim=0) / math.sqrt(len(found))
    assert ((found.mean(dim=0) - exact).abs() < 4 * error).all()
    assert (error < 0.05 * exact).all()


@pytest.mark.slow
def test_its_logarithm_is_too_low_by_half_the_relative_variance():
    found, exact = estimates(*parameters(scale=0.7), draws=12, repeats=8_000)
    bias = found.log().mean(dim=0) - exact.log()
    predicted = -found.var(dim=0) / (2 * exact.square())
    error = found.log().std(dim=0) / math.sqrt(len(found))
    assert (bias + 4 * error < 0).all()
    assert ((bias - predicted).abs() < 4 * error + 0.15 * predicted.abs()).all()


def test_the_loss_tends_to_the_exact_one_as_more_items_are_drawn():
    given = parameters()
    exact = last_layer_nll(*(tensor.detach().float() for tensor in given), BATCH)
    gaps = []
    for draws in (30, 3_000, 300_000):
        rng = generator()
        found = [sampled_nll(*given, BATCH, sampler().draw(draws, rng)) for _ in range(20)]
        gaps.append(float((torch.stack(found) - exact).square().mean().sqrt().detach()))
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2]
    assert gaps[2] < 0.02


def test_drawn_items_that_a_user_clicked_are_not_counted_twice():
    h, weight, bias = parameters()
    hits = Drawn(torch.tensor([7, 3]), torch.tensor([0.3, 5.0]))  # both are user 0's
    nll = sampled_nll(h, weight, bias, BATCH, hits)
    own = (h @ weight.t() + bias)[0, [1, 3, 7]]
    assert nll[0].item() == pytest.approx((3 * own.logsumexp(0) - own.sum()).item())
    assert nll[1].item() == pytest.approx(by_hand(h, weight, bias, hits)[1].item())


@pytest.mark.parametrize("shift", [0.0, 500.0, -500.0])
def test_large_logits_neither_overflow_nor_vanish(shift):
    h, weight, bias = (tensor.detach().float() for tensor in parameters())
    drawn = sampler().draw(10, generator())
    there = sampled_nll(h, weight, bias, BATCH, drawn)
    moved = sampled_nll(h, weight, bias + shift, BATCH, drawn)
    torch.testing.assert_close(there, moved, rtol=1e-3, atol=1e-3)


# The gradient


@pytest.mark.parametrize("draws", [1, 5, 30])
def test_value_and_gradient_are_those_of_the_formula_written_out(draws):
    drawn, upstream = sampler().draw(draws, generator(draws)), torch.tensor([1.0, -2.0, 0.5, 3.0])
    given, again = parameters(2), parameters(2)
    expected = by_hand(*again, drawn)
    (expected * upstream).sum().backward()
    found = sampled_nll(*given, BATCH, drawn)
    (found * upstream).sum().backward()
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(given, again, strict=True):
        gradient = ours.grad.to_dense()
        torch.testing.assert_close(gradient, theirs.grad, rtol=1e-6, atol=1e-9)


def test_gradients_hold_the_rows_of_clicked_and_drawn_items_and_no_other():
    model, drawn = small_model(n_items=N_ITEMS), sampler().draw(5, generator())
    sampled_training_loss(model, BATCH, drawn, 0.1, generator()).loss.backward()
    clicked = set(BATCH.items.tolist())
    met = sorted(clicked | set(drawn.items.tolist()))
    assert len(clicked) < len(met) < N_ITEMS
    for parameter in model.decoder[-1].parameters():
        assert parameter.grad.is_sparse
        assert parameter.grad.coalesce().indices()[0].tolist() == met
    assert model.first.weight.grad.coalesce().indices()[0].tolist() == sorted(clicked)


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_the_rest_of_the_model_sees_what_it_sees_with_the_exact_loss(kind):
    model, many = small_model(kind, N_ITEMS), sampler().draw(2_000_000, generator())
    exact = model.training_loss(BATCH, 0.3, generator())
    exact.loss.backward()
    expected = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    found = sampled_training_loss(model, BATCH, many, 0.3, generator())
    found.loss.backward()
    assert float(found.kl) == pytest.approx(float(exact.kl), rel=1e-5)
    assert float(found.nll) == pytest.approx(float(exact.nll), rel=1e-3)
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        largest = float(gradient.abs().max())
        torch.testing.assert_close(
            parameter.grad.to_dense(), gradient, rtol=0.02, atol=0.01 * largest
        )


# Lazy Adam


def row_sparse(rows, values, n_rows):
    shape = n_rows, *values.shape[1:]
    return torch.sparse_coo_tensor(torch.tensor([rows]), values, shape, check_invariants=True)


@pytest.mark.slow
@pytest.mark.parametrize("width", [(), (3,)])
def test_lazy_adam_is_adam_where_every_row_has_a_gradient(width):
    n_rows = 5_000  # more than are stepped at a time
    start = torch.randn(n_rows, *width, generator=generator())
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    lazy, adam = LazyAdam([ours], lr=0.01), torch.optim.Adam([theirs], lr=0.01, fused=True)
    for seed in range(4):
        theirs.grad = torch.randn(n_rows, *width, generator=generator(seed))
        ours.grad = row_sparse(list(range(n_rows)), theirs.grad, n_rows)
        lazy.step()
        adam.step()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    for name, value in adam.state[theirs].items():
        torch.testing.assert_close(lazy.state[ours][name], value, rtol=0, atol=0)


def test_lazy_adam_leaves_other_rows_and_their_moments_alone():
    parameter = torch.nn.Parameter(torch.ones(5, 2))
    lazy = LazyAdam([parameter], lr=0.1)
    for rows in ([1, 3], [3, 4]):
        parameter.grad = row_sparse(rows, torch.ones(2, 2), 5)
        lazy.step()
    moved = (parameter != 1).any(dim=1).tolist()
    assert moved == [False, True, False, True, True]
    state = lazy.state[parameter]
    torch.testing.assert_close(state["exp_avg"][:, 0], torch.tensor([0, 0.1, 0, 0.19, 0.1]))
    assert float(state["step"]) == 2


def test_lazy_adam_adds_up_a_row_that_comes_twice_and_takes_dense_gradients_too():
    starts = torch.zeros(4, 2), torch.zeros(3)
    (rows, dense), (again, plain) = ([torch.nn.Parameter(s.clone()) for s in starts] for _ in "ab")
    rows.grad = row_sparse([2, 0, 2], torch.tensor([[1.0, 2], [3, 4], [5, -6]]), 4)
    again.grad = torch.tensor([[3.0, 4], [0, 0], [6, -4], [0, 0]])
    dense.grad = plain.grad = torch.tensor([1.0, 0, -2])
    LazyAdam([rows, dense], lr=0.1).step()
    torch.optim.Adam([again, plain], lr=0.1, fused=True).step()
    assert torch.equal(rows, again)
    assert torch.equal(dense, plain)


# Training


def test_rows_that_no_batch_met_never_move():
    train = SPLIT.train[:8]
    model, config = small_model(sampled_items=2), small_config(epochs=2)
    before = {name: array.copy() for name, array in model.arrays().items()}
    seen = []
    usual = PopularitySampler.draw
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PopularitySampler, "draw", lambda *a: seen.append(usual(*a)) or seen[-1])
        Trainer(config, progress=False).fit(model, train)
    clicked = train.getnnz(axis=0) > 0
    met = clicked.copy()
    met[torch.cat([drawn.items for drawn in seen]).numpy()] = True
    moved = {name: array != before[name] for name, array in model.arrays().items()}
    last = max(name for name in before if name.startswith("decoder") and name.endswith("weight"))
    assert not clicked.all()
    assert not moved["first.weight"][~clicked].any()
    assert moved["first.weight"].any(axis=1).sum() > 0.8 * clicked.sum()  # some were dropped
    np.testing.assert_array_equal(moved[last].any(axis=1), met)


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
@pytest.mark.slow
def test_training_lowers_the_exact_validation_loss_as_the_exact_loss_does(kind):
    settings = {"epochs": 30, "weight_decay": 0.0}
    _, exact = train_small(kind=kind, **settings)
    _, sampled = train_small(kind=kind, sampled_items=16, **settings)
    first, best = exact["validation_loss"].iloc[0], exact["validation_loss"].min()
    assert sampled["validation_loss"].min() < best + 0.1 * (first - best)
    assert sampled["ndcg@8"].max() > 0.9


def test_runs_with_equal_seeds_are_equal_and_others_are_not():
    first, again, other = (train_small(sampled_items=n, epochs=2)[1] for n in (4, 4, 5))
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert not np.allclose(first["loss"], other["loss"])


@pytest.mark.slow
def test_a_run_goes_on_bit_by_bit(tmp_path, monkeypatch):
    def ctrl_c(*args, **kwargs):
        raise KeyboardInterrupt

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(Sampled, "__call__", on_call(10, Sampled.__call__, ctrl_c))
        with pytest.raises(TrainingInterruptedError):
            train_small(folder, sampled_items=6)
    model, history = train_small(folder, resume=True, seed=99, sampled_items=6)
    expected, whole = train_small(tmp_path / "whole", sampled_items=6)
    pd.testing.assert_frame_equal(history, whole, check_exact=True)
    for name, value in expected.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name
    ours, theirs = (read_arrays(path / LAST)[0] for path in (folder, tmp_path / "whole"))
    assert ours.keys() == theirs.keys()
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours[name], array, err_msg=name)


def test_a_run_from_before_there_was_the_setting_goes_on(tmp_path, monkeypatch):
    from recotour_vae.training import checkpoints

    def without(settings):
        plain = usual(settings)
        plain.pop("sampled_items", None)
        return plain

    usual = checkpoints.asdict
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "asdict", without)
        train_small(tmp_path)
    assert "sampled_items" not in (tmp_path / "settings.json").read_text()
    train_small(tmp_path, resume=True)


class Sizes(TorchDispatchMode):
    """Note how many numbers each new dense tensor holds; what is changed in place is not new."""

    def __init__(self, known):
        super().__init__()
        self.known, self.largest = {tensor.untyped_storage().data_ptr() for tensor in known}, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        given = function(*args, **kwargs or {})
        for tensor in given if isinstance(given, tuple | list) else [given]:
            self.largest = max(self.largest, self._new(tensor))
        return given

    def _new(self, tensor):
        """Numbers that were not there before."""
        if not isinstance(tensor, torch.Tensor) or tensor.is_sparse:
            return 0
        return 0 if tensor.untyped_storage().data_ptr() in self.known else tensor.numel()


def largest_new_tensor(backend, users):
    """Numbers in the largest tensor that the second update makes."""
    backend.load(users)
    for _ in range(2):
        state = [v for values in backend.optimiser.state.values() for v in values.values()]
        with Sizes([*backend.model.parameters(), *state]) as sizes:
            backend.train_step(users, beta=0.1)
    return sizes.largest


def test_an_update_makes_nothing_as_long_as_the_catalogue():
    n_items, rows = 50_000, [[1, 2, 40_000], [7, 40_000, 49_999]]
    users = clicks(rows, n_items)
    exact, sampled = (
        largest_new_tensor(
            PyTorchBackend(MultVAE(n_items, (4,), 2, sampled_items=drawn), small_config()), users
        )
        for drawn in (None, 50)
    )
    assert exact >= 4 * n_items
    assert sampled < 1_000


# What it does not go with


@pytest.mark.parametrize(
    ("model", "settings", "words"),
    [
        ({"likelihood": "logistic"}, {}, "logistic"),
        ({}, {"precision": "mixed"}, "float32"),
        ({}, {"weight_decay": 1e-4}, "--weight-decay 0"),
        ({"kind": "mult-dae"}, {}, "4e-05"),
    ],
)
def test_what_it_does_not_go_with_is_refused(model, settings, words):
    with pytest.raises(ConfigError, match=words) as error:
        make_backend(small_model(sampled_items=9, **model), small_config(**settings))
    assert is_a_sentence(error.value)


@pytest.mark.skipif(not has_mxnet(), reason="MXNet is not installed")
def test_gluon_is_refused():
    from recotour_vae.models import convert

    model = convert(small_model(sampled_items=9), "gluon")  # which scores, and is not trained so
    assert model.config == small_model(sampled_items=9).config
    with pytest.raises(ConfigError, match="Gluon") as error:
        make_backend(model, small_config())
    assert is_a_sentence(error.value)


def test_a_device_without_float64_is_refused_also_where_it_was_found_and_not_asked_for():
    model = small_model(sampled_items=9)
    for asked in (
        Asked("pytorch", small_config(device="mps"), network=model),
        Asked("pytorch", small_config(device="auto"), network=model, device="mps"),
    ):
        with pytest.raises(ConfigError, match="mps lacks; use --device cpu") as error:
            check(asked)
        assert is_a_sentence(error.value)
    check(Asked("pytorch", small_config(device="mps")))


def test_another_likelihood_has_no_sampled_loss():
    drawn = sampler().draw(3, generator())
    with pytest.raises(ConfigError, match="gaussian") as error:
        sampled_training_loss(small_model(likelihood="gaussian", n_items=40), BATCH, drawn)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("value", [0, -3])
def test_at_least_one_item_is_drawn(value):
    with pytest.raises(ConfigError, match="sampled_items") as error:
        MultDAEConfig(sampled_items=value)
    assert is_a_sentence(error.value)


@pytest.mark.gpu
def test_an_update_on_a_gpu_is_the_one_on_a_cpu(cuda):
    drawn = sampler().draw(5, generator())
    there = Drawn(drawn.items.to(cuda), drawn.log_weight.to(cuda))
    ours, theirs = parameters(), [t.detach().to(cuda).requires_grad_() for t in parameters()]
    on_gpu = ClickBatch.from_csr(clicks(ROWS, N_ITEMS), cuda)
    sampled_nll(*ours, BATCH, drawn).sum().backward()
    sampled_nll(*theirs, on_gpu, there).sum().backward()
    for cpu, gpu in zip(ours, theirs, strict=True):
        torch.testing.assert_close(gpu.grad.to_dense().cpu(), cpu.grad.to_dense())
    _, history = train_small(device=cuda, sampled_items=16, epochs=20)
    assert history["ndcg@8"].max() > 0.9


# The experiment and the benchmark


@pytest.mark.parametrize(
    ("backend", "settings", "all_move"),
    [(lazy_exact, {}, False), (all_rows_sampled, {"sampled_items": 4}, True)],
)
def test_the_arms_between_change_one_thing_each(backend, settings, all_move):
    train = clicks([[0, 1, 2], [2, 3, 4]], 24)
    later = clicks([[0, 5, 6], [6, 7, 8]], 24)
    model = small_model(dropout=0.0, **settings)
    of = backend(model, small_config())
    of.load(train)
    of.train_step(train, beta=0.1)
    before = model.arrays()["first.weight"]
    of.train_step(later, beta=0.1)
    moved = (model.arrays()["first.weight"] != before).any(axis=1)
    assert moved[[0, 5, 6, 7, 8]].all()
    assert (moved[1:5] == all_move).all()  # by their momentum
    assert not moved[9:].any()


def test_a_way_that_does_not_fit_into_memory_is_left_out_with_a_line(capsys):
    everything, short = catalogue.groups(10_000, 2**40), catalogue.groups(500_000, 10 << 30)
    assert everything == [["exact", "sampled 1,000", "sampled 5,000"]]
    assert short == [["sampled 1,000"], ["sampled 5,000"]]
    assert "exact at 500,000 items needs 11.4 GiB: left out" in capsys.readouterr().out


@pytest.mark.parametrize("drawn", [None, 50])
def test_a_measured_step_is_a_step(drawn):
    steps = catalogue.Steps(600, drawn)
    before = steps.backend.arrays()["decoder.1.bias"]
    seconds, adam = steps.one()
    steps.touch_all()
    assert 0 < adam < seconds
    assert (steps.backend.arrays()["decoder.1.bias"] != before).any()
