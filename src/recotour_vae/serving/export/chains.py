"""How each model's scores are computed from clicks, with the operators of ONNX.

A chain is given a graph and a fitted model, and gives the name of the scores. Clicks are
(n_users, n_items), a one for each click; scores are what `score` gives, logits of what has a
softmax.
"""

from collections.abc import Callable
from typing import Any, Final

from recotour_vae.arrays.types import Arrays, Floats
from recotour_vae.serving.export.graph import CLICKS, Graph

Chain = Callable[[Graph, Any], str]
Layer = tuple[str, Floats, Floats]  # its name, weight (n_in, n_out) and bias (n_out,)


def products(weights: str) -> Chain:
    """Make the chain x B of a model that keeps B, (n_items, n_items), by that name."""

    def chain(graph: Graph, model: Any) -> str:
        return graph.node("MatMul", CLICKS, graph.hold(weights, getattr(model, weights)))

    return chain


def walk(graph: Graph, model: Any) -> str:
    """Write RP3beta: x / n^alpha for n clicks, times the weights."""
    at_least_one = graph.node("Max", _length(graph, "ReduceL1"), graph.hold("one", 1.0))
    damping = graph.node("Pow", at_least_one, graph.hold("alpha", model.config.alpha))
    steps = graph.node("Div", CLICKS, damping)
    return graph.node("MatMul", steps, graph.hold("weights", model.weights))


def factors(graph: Graph, model: Any) -> str:
    """Write PureSVD: x Q Qᵀ."""
    return _there_and_back(graph, model.items)


def less_itself(graph: Graph, model: Any) -> str:
    """Write ELSA: x A Aᵀ - x, the rows of A of length 1."""
    rows = model.rows().detach().cpu().numpy()
    return graph.node("Sub", _there_and_back(graph, rows), CLICKS)


def everybody(graph: Graph, model: Any) -> str:
    """Write popularity: the counts, for each row of clicks."""
    shape = graph.node("Shape", CLICKS)
    return graph.node("Expand", graph.hold("counts", model.counts), shape)


def autoencoder(graph: Graph, model: Any) -> str:
    """Write Mult-VAE, whose code is μ, or Mult-DAE, whose code is tanh of the last layer."""
    arrays = model.arrays()
    *hidden, last = (_layer(arrays, "first", turned=False), *_stack(arrays, "encoder"))
    code = _layers(graph, _unit(graph), [*hidden, _means(last, model.config.latent)])
    if model.kind == "mult-dae":
        code = graph.node("Tanh", code)
    return _layers(graph, code, _stack(arrays, "decoder"))


def dense_autoencoder(graph: Graph, model: Any) -> str:
    """Write RecVAE, with its own encoder or with Mult-VAE's."""
    arrays, config = model.arrays(), model.config
    h = graph.linear(_unit(graph), *_layer(arrays, "encoder.first", turned=False))
    if config.encoder == "tanh":
        h = graph.node("Tanh", h)
    else:
        h = _dense(graph, arrays, h, model.encoder.norms[0].eps)
    code = graph.linear(h, *_means(_layer(arrays, "encoder.head"), config.latent))
    return _layers(graph, code, _stack(arrays, "decoder"))


def two_codes(graph: Graph, model: Any) -> str:
    """Write H+Vamp: μ of z2, μ of z1 where there is a hierarchy, and the way back from both."""
    arrays, config, x = model.arrays(), model.config, _unit(graph)

    def chain(name: str, given: str) -> str:
        """Add a chain of layers with activations between them, and none after the last."""
        h = graph.linear(given, *_layer(arrays, f"{name}.first", turned=given != x))
        for layer in _stack(arrays, f"{name}.rest"):
            h = graph.linear(_activated(graph, h, config.gated), *layer)
        return h

    def mean(name: str, h: str, latent: int) -> str:
        """Add the mean of a distribution that is read from where chains end."""
        layer = _means(_layer(arrays, f"{name}.linear"), latent)
        return graph.linear(_activated(graph, h, config.gated), *layer)

    z2 = mean("q", chain("from_x", x), config.z2)
    hidden = chain("to_x", z2)
    if config.hierarchical:
        both = graph.node("Add", chain("lower.from_x", x), chain("lower.from_z2", z2))
        z1 = mean("lower.q", both, config.z1)
        hidden = graph.node("Add", hidden, chain("lower.to_x", z1))
    return graph.linear(_activated(graph, hidden, config.gated), *_layer(arrays, "last"))


def _activated(graph: Graph, h: str, gated: bool) -> str:
    """Add tanh, or linear times sigmoid(linear) of the two halves of the columns."""
    if not gated:
        return graph.node("Tanh", h)
    linear, gate = graph.halves(h)
    return graph.node("Mul", linear, graph.node("Sigmoid", gate))


def _dense(graph: Graph, arrays: Arrays, h: str, epsilon: float) -> str:
    """Add layers that are given the sum of all before them: LN(swish(h W + b + sum))."""

    def ended(linear: str, place: int) -> str:
        """Add LN(swish(...)) of a layer."""
        swish = graph.node("Mul", linear, graph.node("Sigmoid", linear))
        names = [f"encoder.norms.{place}.{part}" for part in ("weight", "bias")]
        held = [graph.hold(name, arrays[name]) for name in names]
        return graph.node("LayerNormalization", swish, *held, axis=-1, epsilon=epsilon)

    total = h = ended(h, 0)
    for place, layer in enumerate(_stack(arrays, "encoder.layers"), start=1):
        h = ended(graph.node("Add", graph.linear(h, *layer), total), place)
        total = graph.node("Add", total, h)
    return h


def _there_and_back(graph: Graph, rows: Floats) -> str:
    """Add x A Aᵀ, with A (n_items, factors) held once."""
    name = graph.hold("items", rows)
    return graph.node("Gemm", graph.node("MatMul", CLICKS, name), name, transB=1)


def _unit(graph: Graph) -> str:
    """Add x / ||x||; a row without clicks stays as it is."""
    length = graph.node("Max", _length(graph, "ReduceL2"), graph.hold("one", 1.0))
    return graph.node("Div", CLICKS, length)


def _length(graph: Graph, norm: str) -> str:
    """Add the length of each row of clicks, (n_users, 1), by a norm."""
    return graph.node(norm, CLICKS, axes=[1], keepdims=1)


def _layers(graph: Graph, x: str, layers: list[Layer]) -> str:
    """Add linear layers with tanh between them, and nowhere else."""
    for place, layer in enumerate(layers):
        x = graph.linear(graph.node("Tanh", x) if place else x, *layer)
    return x


def _stack(arrays: Arrays, part: str) -> list[Layer]:
    """Give the layers of a part that are numbered, in their order."""
    names = {name.rpartition(".")[0] for name in arrays if name.startswith(f"{part}.")}
    return [_layer(arrays, name) for name in sorted(names, key=_number)]


def _number(name: str) -> int:
    return int(name.rpartition(".")[2])


def _layer(arrays: Arrays, name: str, turned: bool = True) -> Layer:
    """Give a linear layer of PyTorch; its weight is (n_out, n_in) there, but for one of clicks."""
    weight = arrays[f"{name}.weight"]
    return name, weight.T if turned else weight, arrays[f"{name}.bias"]


def _means(layer: Layer, latent: int) -> Layer:
    """Leave of a layer the part that gives μ; the variance has no part in a score."""
    name, weight, bias = layer
    return name, weight[:, :latent], bias[:latent]


CHAINS: Final[dict[str, Chain]] = {
    "mult-vae": autoencoder,
    "mult-dae": autoencoder,
    "recvae": dense_autoencoder,
    "hvamp": two_codes,
    "elsa": less_itself,
    "ease": products("weights"),
    "edlae": products("weights"),
    "slim": products("weights"),
    "item-knn": products("similarity"),
    "rp3beta": walk,
    "puresvd": factors,
    "popularity": everybody,
}
