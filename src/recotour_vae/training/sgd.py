"""Stochastic gradient descent with momentum, without the compiler that nobody here asks for."""

from inspect import unwrap
from typing import Any, Final

import torch
from torch import nn

MOMENTUM: Final = 0.9


class SGD(torch.optim.SGD):
    """`torch.optim.SGD`, number for number, ready sooner; see `Adam`."""

    add_param_group: Any = unwrap(torch.optim.SGD.add_param_group)
    zero_grad: Any = unwrap(torch.optim.SGD.zero_grad)
    step: Any = torch.no_grad()(unwrap(torch.optim.SGD.step))


def momentum_sgd(
    parameters: list[nn.Parameter], rate: float, decay: float, device: torch.device
) -> SGD:
    """Make descent with momentum 0.9, and L2 on the weights only."""
    groups: list[dict[str, Any]] = [
        {"params": [one for one in parameters if one.ndim > 1], "weight_decay": decay},
        {"params": [one for one in parameters if one.ndim == 1]},
    ]
    return SGD(groups, lr=rate, momentum=MOMENTUM)
