"""The layers: a first one that reads clicks, plain dense ones after it, and the training gate."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recotour_vae.runtime.mxnet import mx


def training_gate(F: Any, like: Any) -> Any:  # noqa: N803
    """Give 1 in training and 0 in prediction, as part of the graph.

    Dropout is the identity when predicting, and with p = 1/2 turns a one into 0 or 2 when
    training: either way the square of the result less one is 0 in prediction, 1 in training. The
    mode is thus read each time the graph runs. Python's `autograd.is_training()` would be read
    once, when `hybridize()` traces the graph, and stay.

    Parameters
    ----------
    F
        `mxnet.nd`, or `mxnet.sym` while a graph is traced.
    like
        Array whose shape and context the gate takes.
    """
    return F.square(F.Dropout(F.ones_like(like), p=0.5) - 1)


class ClickLinear(mx.gluon.HybridBlock):  # type: ignore[misc]
    """x W + b for a sparse x: the weighted sum of the weight rows of the clicked items."""

    def __init__(self, n_items: int, width: int) -> None:
        super().__init__()
        # a gradient kept as the touched rows only: with a dense one MXNet makes x dense
        self.weight = self.params.get("weight", shape=(n_items, width), grad_stype="row_sparse")
        self.bias = self.params.get("bias", shape=(width,))

    def hybrid_forward(self, F: Any, x: Any, change: Any, weight: Any, bias: Any) -> Any:  # noqa: N803
        """Take the input and what dropout changes in it, (n_users, n_items), to (n_users, width).

        The change counts in training only.
        """
        dropped = F.broadcast_mul(F.sparse.dot(change, weight), training_gate(F, bias))
        return F.broadcast_add(F.sparse.dot(x, weight) + dropped, bias)


def linear_stack(widths: tuple[int, ...]) -> Any:
    """Linear layers from each width to the next."""
    stack = mx.gluon.nn.HybridSequential()
    stack.add(*(mx.gluon.nn.Dense(out, in_units=into) for into, out in pairwise(widths)))
    return stack


def draw_weights(shapes: dict[str, tuple[int, ...]], seed: int) -> dict[str, NDArray[np.float32]]:
    """Draw weights as the authors do: uniform Glorot, biases normal with deviation 0.001."""
    generator = np.random.default_rng(seed)
    return {name: draw_parameter(shape, generator) for name, shape in shapes.items()}


def draw_parameter(shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.float32]:
    """Draw one parameter as `draw_weights` says: a matrix of weights, or a vector of biases."""
    if len(shape) > 1:
        bound = np.sqrt(6 / sum(shape))
        return generator.uniform(-bound, bound, shape).astype(np.float32)
    drawn = generator.standard_normal(shape)
    while (outside := np.abs(drawn) > 2).any():  # truncated at two deviations
        drawn[outside] = generator.standard_normal(int(outside.sum()))
    return (0.001 * drawn).astype(np.float32)
