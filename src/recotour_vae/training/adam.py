"""PyTorch's Adam without the compiler that nobody here asks for."""

from inspect import unwrap
from typing import Any

import torch
from torch import nn


class Adam(torch.optim.Adam):
    """`torch.optim.Adam`, number for number, ready sooner.

    PyTorch wraps an optimiser's methods for `torch.compile`, and the first call of each imports
    the compiler: a process that trains starts in twice the time that PyTorch itself takes. The
    methods within are the same, and importing them apart costs nothing.
    """

    add_param_group: Any = unwrap(torch.optim.Adam.add_param_group)
    zero_grad: Any = unwrap(torch.optim.Adam.zero_grad)
    step: Any = torch.no_grad()(unwrap(torch.optim.Adam.step))


def fused_adam(
    parameters: list[nn.Parameter], rate: float, decay: float, device: torch.device
) -> Adam:
    """Make Adam with L2 on the weights only; fused into one pass where PyTorch can."""
    groups: list[dict[str, Any]] = [
        {"params": [one for one in parameters if one.ndim > 1], "weight_decay": decay},
        {"params": [one for one in parameters if one.ndim == 1]},
    ]
    return Adam(groups, lr=rate, fused=device.type != "mps")


def decoupled_adam(
    parameters: list[nn.Parameter], rate: float, decay: float, device: torch.device
) -> Adam:
    """Make Adam whose decay is not part of the gradient (Loshchilov and Hutter 2019).

    Before a step each parameter is multiplied by 1 - rate · decay, biases too. β₂ and ε are
    fastai's, 0.99 and 1e-5, with which one cycle is usually run.
    """
    return Adam(
        parameters,
        lr=rate,
        betas=(0.9, 0.99),
        eps=1e-5,
        weight_decay=decay,
        decoupled_weight_decay=True,
        fused=device.type != "mps",
    )
