"""The GPU path without a GPU: on the meta device tensors have a place and a shape and no numbers.

Every operation of an update is watched. One that reads tensors on two devices would fail on a
GPU, and one that asks for a number would make the host wait for it.
"""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from support import random_clicks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from recotour_vae.evaluation.topk import mask_fold_in_
from recotour_vae.models.pytorch import ClickBatch, ClickMatrix, MultDAE, MultVAE
from recotour_vae.training import TrainingConfig, adam, team
from recotour_vae.training import pytorch as backends
from recotour_vae.training.precision import Precision

N_ITEMS = 60
CLICKS = random_clicks(0, 20, N_ITEMS, 0.2)
META = torch.device("meta")
WAITS = ("nonzero", "_local_scalar_dense", "unique", "bincount", "masked_select", "equal")


class Watch(TorchDispatchMode):
    """Refuse what a GPU could not do, and what would make the host wait for it."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation.__name__.split(".")[0]
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        devices = {tensor.device.type for tensor in given if tensor.ndim}
        moves = name in ("_to_copy", "copy_")
        assert moves or len(devices) < 2, f"{name} reads tensors on {sorted(devices)}"
        masked = name.startswith("index") and any(tensor.dtype == torch.bool for tensor in given)
        assert name not in WAITS, f"{name} makes the host wait"
        assert not masked, f"{name} with a mask makes the host wait"
        self.seen.add(name)
        return operation(*args, **kwargs or {})


class NoGenerator(torch.Generator):
    """Nothing is drawn on the meta device, and it has no generator."""

    def __new__(cls, device):
        return None


@pytest.fixture(params=[MultVAE, MultDAE])
def backend(request, monkeypatch):
    monkeypatch.setattr(team, "resolve_device", lambda name: META)
    monkeypatch.setattr(backends.torch, "Generator", NoGenerator)
    monkeypatch.setattr(  # fused Adam asks for a real device
        adam, "Adam", lambda groups, lr, fused: torch.optim.SGD(groups, lr)
    )
    monkeypatch.setattr(Precision, "autocast", lambda self: nullcontext())
    ours = backends.PyTorchBackend(request.param(N_ITEMS, (8,), 4), TrainingConfig())
    ours.load(CLICKS)
    return ours


def test_an_update_stays_on_the_device_and_waits_for_nothing(backend):
    with Watch() as watch:
        for users in (np.array([3, 1, 2]), np.arange(5, 20)):
            backend.train_step(backend.cut(users), beta=0.1)
    assert {"mm", "_embedding_bag_forward_only", "_softmax"} & watch.seen
    assert all(p.grad.device == META for p in backend.model.parameters())
    assert len(backend.losses) == 2


@pytest.mark.parametrize("likelihood", ["gaussian", "logistic"])
def test_the_other_likelihoods_do_too(likelihood):
    model = MultVAE(N_ITEMS, (8,), 4, likelihood=likelihood).to(META)
    with Watch():
        model.training_loss(ClickBatch.from_csr(CLICKS, META), 0.1).loss.backward()


def test_scores_stay_on_the_device(backend):
    with Watch():
        batch = ClickBatch.from_csr(CLICKS, META)
        scores = backend.model.score_batch(batch)
        mask_fold_in_(scores, batch.users, batch.items)
    assert scores.device == META


def test_the_watch_sees_a_tensor_left_behind():
    here, there = torch.ones(3, 3), torch.ones(3, 3, device=META)
    with Watch(), pytest.raises(AssertionError, match="mm reads"):
        torch.mm(here, there)  # PyTorch itself lets this pass


@pytest.mark.parametrize("ask", [torch.Tensor.item, torch.nonzero, lambda x: x[x > 0]])
def test_the_watch_sees_the_host_wait(ask):
    with Watch(), pytest.raises(AssertionError, match="wait"):
        ask(torch.ones(3).sum() if ask is torch.Tensor.item else torch.ones(3))


def test_a_batch_cut_on_the_device_is_the_one_cut_on_the_host():
    rng = np.random.default_rng(0)
    matrix = ClickMatrix.from_csr(CLICKS)
    for _ in range(5):
        users = rng.permutation(20)[: rng.integers(1, 20)]
        ours, plain = matrix.rows(users), ClickBatch.from_csr(CLICKS[users])
        for name in ("items", "starts", "users", "counts"):
            torch.testing.assert_close(getattr(ours, name), getattr(plain, name))


needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_no_update_makes_the_host_wait_for_a_gpu(precision):
    """CUDA's own watch, on the real path: fused Adam, autocast and random numbers included."""
    config = TrainingConfig(device="cuda", precision=precision)
    backend = backends.PyTorchBackend(MultVAE(N_ITEMS, (8,), 4), config)
    backend.load(CLICKS)
    backend.start_epoch(0)
    backend.train_step(backend.cut(np.arange(10)), beta=0.1)  # what is made once is made now
    torch.cuda.set_sync_debug_mode("error")
    try:
        for start in range(3):
            backend.train_step(backend.cut(np.arange(start, start + 10)), beta=0.1)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert np.isfinite(backend.take_losses()).all()


@pytest.mark.gpu
@needs_gpu
def test_a_gpu_trains_and_ranks_as_a_cpu_does():
    """Without dropout and noise both walk the same way."""
    found = {}
    for device in ("cpu", "cuda"):
        model = MultDAE(N_ITEMS, (8,), 4, dropout=0.0, seed=1)
        backend = backends.PyTorchBackend(model, TrainingConfig(device=device))
        backend.load(CLICKS)
        for _ in range(20):
            backend.train_step(backend.cut(np.arange(20)), beta=0.0)
        found[device] = backend.take_losses(), model.rank(CLICKS, 5)
    np.testing.assert_allclose(found["cuda"][0], found["cpu"][0], rtol=1e-3)
    assert (found["cuda"][1] == found["cpu"][1]).mean() > 0.9
