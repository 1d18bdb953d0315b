"""One process of `step.py`: it holds the ways of one framework, and times one when told to.

Started with a JSON object of settings, it reads names of ways from its input, line by line, does
that work once, and answers with the seconds.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
from ladder import dense_loss, gathered_loss, make_rung
from published_loops import make_gluon_loop, make_recbole_loop, make_torch_loop
from scipy.sparse import csr_matrix
from shapes import SHAPES, Shape, draw_clicks

from recotour_vae.runtime.allocator import large_buffers_kept

BATCH, N_USERS, WIDTH = 500, 6_000, 600
Way = Callable[[], Any]


def sample(shape: Shape) -> csr_matrix:
    """Draw a dozen batches of users of that shape."""
    share = N_USERS / shape.users
    return draw_clicks(replace(shape, users=N_USERS, clicks=round(shape.clicks * share)))


def torch_ways(clicks: csr_matrix, ladder: bool) -> dict[str, Way]:
    """Ours, the published loop, RecBole's where it is, the floor, and the ladder if asked for."""
    loops = {"published": make_torch_loop(clicks), "RecBole": make_recbole_loop(clicks)}
    loops |= _ladder(clicks) if ladder else {}
    ways = {name: over_users(loop) for name, loop in loops.items() if loop}
    return {"ours": over_users(ours(clicks, "pytorch"))} | ways | torch_floor(clicks.shape[1])


def _ladder(clicks: csr_matrix) -> dict[str, Callable[[Any], Any]]:
    """From the published loop to ours, one trick at a time."""
    return {
        "+ fused Adam": make_torch_loop(clicks, fused=True),
        "+ sparse first layer": make_rung(clicks, dense_loss),
        "+ loss at the clicks": make_rung(clicks, gathered_loss),
    }


def gluon_ways(clicks: csr_matrix) -> dict[str, Way]:
    """Ours, the published loop, and the floor."""
    loops = {"ours": ours(clicks, "gluon"), "published": make_gluon_loop(clicks)}
    ways = {name: over_users(loop) for name, loop in loops.items()}
    return ways | _gluon_floor(clicks.shape[1])


def installed_ways(clicks: csr_matrix, framework: str) -> dict[str, Way]:
    """Time the published loop as its users run it: with the threads that the framework takes."""
    if framework == "gluon":  # not through our door, which tells MXNet how many to take
        np.bool = bool  # type: ignore[attr-defined]
        import mxnet  # noqa: F401
    loop = {"pytorch": make_torch_loop, "gluon": make_gluon_loop}[framework]
    return {"published": over_users(loop(clicks))}


def over_users(step: Callable[[Any], Any]) -> Way:
    """Walk through the users, a batch a call."""
    batches = (np.arange(i * BATCH, (i + 1) * BATCH) % N_USERS for i in count())
    return lambda: step(next(batches))


def ours(
    clicks: csr_matrix, framework: Any, device: str = "cpu", precision: Any = "float32"
) -> Callable[[Any], None]:
    """Make the library's own update."""
    from recotour_vae.models import ModelConfig, make_model
    from recotour_vae.training import TrainingConfig
    from recotour_vae.training.trainer import make_backend

    model = make_model(ModelConfig(), clicks.shape[1], framework=framework)
    backend = make_backend(model, TrainingConfig(device=device, precision=precision))
    backend.load(clicks)
    backend.start_epoch(0)

    def step(users: Any) -> None:
        backend.train_step(backend.cut(users), beta=0.1)
        if framework == "gluon":
            from recotour_vae.runtime.mxnet import mx

            mx.nd.waitall()

    return step


def torch_floor(n_items: int, device: str = "cpu") -> dict[str, Way]:
    """Make the three products of the output layer, and one pass of fused Adam."""
    import torch

    from recotour_vae.models.pytorch import MultVAE

    h, weight, slope = (torch.randn(size, device=device) for size in _floor_sizes(n_items))
    model = MultVAE(n_items).to(device)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 1e-3)
    adam = torch.optim.Adam(model.parameters(), fused=True)

    def products() -> None:
        torch.mm(h, weight.t()), torch.mm(slope, weight), torch.mm(slope.t(), h)

    return {"floor: products": products, "floor: Adam": adam.step}


def _gluon_floor(n_items: int) -> dict[str, Way]:
    """Make the same of MXNet's fastest product at these shapes, and its Adam."""
    from recotour_vae.runtime.mxnet import mx

    nd = mx.nd
    h, weight, slope = (nd.random.normal(shape=size) for size in _floor_sizes(n_items))
    sizes = [(n_items, WIDTH), (2 * 200, WIDTH), (WIDTH, 200), (n_items, WIDTH)]
    states = [[nd.random.uniform(shape=size) for _ in range(3)] for size in sizes]
    weights = [nd.random.normal(shape=size) for size in sizes]
    layer, h_grad, weight_grad = nd.FullyConnected, nd.zeros_like(h), nd.zeros_like(weight)
    mx.autograd.mark_variables([h, weight], [h_grad, weight_grad])

    def products() -> None:
        with mx.autograd.record():
            logits = layer(h, weight, no_bias=True, num_hidden=n_items)
        logits.backward(slope)
        nd.waitall()

    def adam() -> None:
        for one, (gradient, mean, square) in zip(weights, states, strict=True):
            nd.adam_update(one, gradient, mean, square, lr=1e-3, out=one)
        nd.waitall()

    return {"floor: products": products, "floor: Adam": adam}


def _floor_sizes(n_items: int) -> list[tuple[int, int]]:
    return [(BATCH, WIDTH), (n_items, WIDTH), (BATCH, n_items)]


def main() -> None:
    """Serve."""
    settings = json.loads(sys.argv[1])
    clicks, framework = sample(SHAPES[settings["shape"]]), settings["framework"]
    keep = large_buffers_kept() if settings["kept"] else contextlib.nullcontext()
    with keep:
        if settings["threads"] == "as installed":
            ways = installed_ways(clicks, framework)
        else:
            torch_too = framework == "pytorch"
            ways = torch_ways(clicks, settings["ladder"]) if torch_too else gluon_ways(clicks)
        print(json.dumps(list(ways)), flush=True)
        for line in sys.stdin:
            start = time.perf_counter()
            ways[line.strip()]()
            print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
