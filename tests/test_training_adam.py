"""Our Adam is PyTorch's, and training does without PyTorch's compiler, which is slow to import."""

import sys
from pathlib import Path

import pytest
import torch
from processes import run_bounded

from recotour_vae.training.adam import Adam

TRAINS = """
import sys
from support import train_small
train_small()
print(sorted({"torch._dynamo", "torch._inductor", "sympy"} & set(sys.modules)))
"""


@pytest.mark.slow  # PyTorch's Adam imports its compiler
@pytest.mark.parametrize("fused", [True, False])
def test_it_goes_where_pytorchs_goes(fused):
    random = torch.Generator().manual_seed(0)
    start = [torch.randn(size, generator=random) for size in ((5, 3), (3,))]
    paths = []
    for kind in (Adam, torch.optim.Adam):
        weights = [value.clone().requires_grad_() for value in start]
        groups = [{"params": weights[:1], "weight_decay": 0.1}, {"params": weights[1:]}]
        adam = kind(groups, lr=0.05, fused=fused)
        for step in range(1, 4):
            adam.zero_grad()
            sum(((weight - step) ** 4).sum() for weight in weights).backward()
            adam.step()
        assert not any(weight.grad is None for weight in weights)
        adam.zero_grad()
        assert all(weight.grad is None for weight in weights)
        paths.append([weight.detach() for weight in weights])
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(*paths, strict=True))


@pytest.mark.processes
def test_training_imports_no_compiler():
    ended = run_bounded([sys.executable, "-c", TRAINS], cwd=Path(__file__).parent)
    assert ended.stdout == "[]\n", ended.stderr
