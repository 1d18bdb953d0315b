"""A graph of operators under way: nodes and weights by name, before they become a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from recotour_vae.errors import ConfigError

CLICKS: Final = "clicks"  # what goes in, (n_users, n_items)
LIMIT: Final = 2**31 - 2**24  # bytes of all weights: a file of protobuf has 2 GiB at most


@dataclass(frozen=True)
class Node:
    """An operator, by its name in ONNX, between what it reads and what it gives.

    Attributes
    ----------
    operator
        As `MatMul`.
    inputs
        Names of weights, or of what other nodes give.
    outputs
        Names of what it gives.
    attributes
        By the names that ONNX has for them.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass
class Graph:
    """What a model computes from `clicks`, node after node.

    Attributes
    ----------
    nodes
        In an order in which they can be computed.
    weights
        By name, in single precision.
    """

    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator, and name what it gives."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(Node(operator, inputs, (output,), attributes))
        return output

    def halves(self, x: str) -> tuple[str, str]:
        """Cut the columns of something in two."""
        first, second = (f"half_{len(self.nodes)}{which}" for which in "ab")
        self.nodes.append(Node("Split", (x,), (first, second), {"axis": 1}))
        return first, second

    def hold(self, name: str, weight: Any) -> str:
        """Keep a number or an array, sparse or not, and give its name.

        Raises
        ------
        ConfigError
            When the file would be larger than such a file can be; nothing is made dense before.
        """
        self._check_size(name, np.shape(weight))
        dense = weight.toarray() if issparse(weight) else weight
        self.weights[name] = np.ascontiguousarray(dense, np.float32).reshape(np.shape(weight))
        return name

    def linear(self, x: str, name: str, weight: Any, bias: Any) -> str:
        """Add x W + b, with a weight of (n_in, n_out)."""
        held = self.hold(f"{name}.weight", weight), self.hold(f"{name}.bias", bias)
        return self.node("Gemm", x, *held)

    def _check_size(self, name: str, shape: Sequence[int]) -> None:
        size = sum(one.nbytes for one in self.weights.values()) + 4 * int(np.prod(shape, dtype=int))
        if size > LIMIT:
            raise ConfigError(
                f"Up to {name} the weights take {size / 1e9:.1f} GB, and an ONNX file holds "
                f"{LIMIT / 1e9:.1f} GB; train a narrower model, or leave rare items out."
            )
