"""Adam that steps only the rows which a gradient has."""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from recotour_vae.training.adam import Adam

_ROWS: Final = 4096  # stepped at a time, so that the copies of them stay small


class LazyAdam(Adam):
    """Adam (Kingma and Ba 2015) that is lazy where a gradient is row-sparse.

    A row that is not in the gradient stays where it is, and so do its moments. Where every row
    is in it, and for parameters with dense gradients, the numbers are those of fused Adam. As in
    `torch.optim.SparseAdam`, the bias correction counts the updates of the parameter, not those
    of the row. A sparse gradient is forgotten once it is used.

    Parameters
    ----------
    params
        On a device for which Adam can be fused.
    lr
        Learning rate.
    """

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, lr=lr, fused=True)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make one update."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None and parameter.grad.is_sparse:
                    self._step_rows(parameter, *_distinct(parameter.grad), group)
                    parameter.grad = None
        return super().step(closure)

    @torch.no_grad()
    def _step_rows(
        self, parameter: Tensor, rows: Tensor, gradient: Tensor, group: dict[str, Any]
    ) -> None:
        state = self._state_of(parameter)
        for some, values in zip(
            torch.split(rows, _ROWS), torch.split(gradient, _ROWS), strict=True
        ):
            _step_few(parameter, some, values, state, group)
        state["step"] += 1

    def _state_of(self, parameter: Tensor) -> dict[str, Tensor]:
        state: dict[str, Tensor] = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), device=parameter.device)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        return state


def lazy_adam(
    parameters: list[nn.Parameter], rate: float, decay: float, device: torch.device
) -> LazyAdam:
    """Make a lazy Adam, which has no weight decay: see `refusals`."""
    return LazyAdam(parameters, rate)


def _distinct(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Rows that a sparse gradient has, each once, (n_rows,), and their values."""
    rows = gradient._indices()[0]
    # autograd forgets that a gradient has no row twice, and to make sure of it costs a copy
    if bool((rows.diff() > 0).all()):
        return rows, gradient._values()
    gradient = gradient.coalesce()
    return gradient.indices()[0], gradient.values()


def _step_few(
    parameter: Tensor,
    rows: Tensor,
    gradient: Tensor,
    state: dict[str, Tensor],
    group: dict[str, Any],
) -> None:
    """Gather some rows and their moments, step them as if they were all, and put them back."""
    whole = parameter, state["exp_avg"], state["exp_avg_sq"]
    few = [tensor.index_select(0, rows) for tensor in whole]
    beta1, beta2 = group["betas"]
    adam(
        [few[0]],
        [gradient],
        [few[1]],
        [few[2]],
        [],
        [state["step"].clone()],
        fused=True,
        amsgrad=False,
        beta1=beta1,
        beta2=beta2,
        lr=group["lr"],
        weight_decay=0.0,
        eps=group["eps"],
        maximize=False,
    )
    for tensor, changed in zip(whole, few, strict=True):
        tensor.index_copy_(0, rows, changed)
