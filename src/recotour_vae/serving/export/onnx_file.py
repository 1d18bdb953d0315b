"""A run's model as an ONNX file, which runtimes of many languages compute."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from scipy.sparse import csr_matrix

from recotour_vae import __version__
from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError, MissingPackageError, OutputError
from recotour_vae.files.whole import expanded, whole
from recotour_vae.runs import Run, open_run
from recotour_vae.runs.layout import Folder
from recotour_vae.serving.export.chains import CHAINS
from recotour_vae.serving.export.facts import BY, agreement, described, made_of
from recotour_vae.serving.export.graph import CLICKS, Graph

FORMAT: Final = 1  # of what the file says of itself: its model_version
SCORES: Final = "scores"
OPERATORS: Final = 17  # version of ONNX's operators, of 2022 as that of its files
IR_VERSION: Final = 8


@dataclass(frozen=True)
class OnnxFile:
    """What `export_onnx` wrote.

    Attributes
    ----------
    about
        What the file says of itself: `kind`, `title`, `settings`, `items` (the id of each column)
        and `made`, where it is from.
    agreement
        Of its lists in onnxruntime with ours on test users; None where there are none, or no
        onnxruntime.
    """

    about: Mapping[str, Any]
    agreement: Mapping[str, Any] | None


def export_onnx(folder: str | Path, out: str | Path) -> OnnxFile:
    """Write the model of a run as an ONNX file, all or nothing.

    It takes `clicks`, (n_users, n_items) in single precision, a one for each click and else zero,
    and gives `scores` of the same shape, those of the model's `score`: what was clicked is among
    them. Columns are those of the run; the file's metadata has the ids. Where onnxruntime is
    installed, the file is then asked for lists, which are compared with ours.

    Parameters
    ----------
    folder
        Of a run whose scores are a chain of matrices: `mult-vae`, `mult-dae`, `recvae`, `hvamp`,
        `elsa`, `ease`, `edlae`, `slim`, `item-knn`, `rp3beta`, `puresvd` or `popularity`.
    out
        Path of the file; it ends in .onnx.

    Raises
    ------
    CheckpointError
        When the folder is no run.
    ConfigError
        When it cannot be written so, is larger than such a file can be, or the path ends otherwise.
    MissingPackageError
        When the package onnx is not installed.
    OutputError
        When the file cannot be written; an older one is then left as it was.
    """
    path, place = expanded(out), Folder(expanded(folder).resolve())
    if path.suffix != ".onnx":
        raise ConfigError(f"{out} is to be an ONNX file; give a name that ends in .onnx.")
    run = open_run(place.path)
    about = described(run) | {"made": {"by": BY} | made_of(place)}
    model = onnx_model(run, about)
    with whole(path, OutputError) as partial:
        partial.write_bytes(model.SerializeToString())
    return OnnxFile(about, agreement(run, scorer(path)) if has_runtime() else None)


def onnx_model(run: Run, about: Mapping[str, Any]) -> Any:
    """Give a run's model as a `ModelProto`; `about` is what its metadata say, in JSON.

    Raises
    ------
    ConfigError
        When it is no chain of matrices, or larger than a file can be.
    MissingPackageError
        When the package onnx is not installed.
    """
    _check_kind(run.name)
    if find_spec("onnx") is None:
        raise MissingPackageError(
            "An ONNX file needs the package onnx, which is not installed; get it with pip install "
            "'recotour-vae[onnx]'."
        )
    graph = Graph()
    scores = CHAINS[run.name](graph, run.model)
    return _model(graph, scores, run.split.n_items, about)


def has_runtime() -> bool:
    """Tell whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


def scorer(path: Path, threads: int = 0) -> Callable[[csr_matrix], Floats]:
    """Open a file in onnxruntime, on the processor, and give what scores clicks with it.

    Of threads 0 leaves their number to onnxruntime.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])

    def score(clicks: csr_matrix) -> Floats:
        found: Floats = session.run([SCORES], {CLICKS: clicks.toarray()})[0]
        return found

    return score


def _check_kind(name: str) -> None:
    if name not in CHAINS:
        *most, last = CHAINS
        raise ConfigError(
            f"No ONNX file can be written of {name}, whose scores are more than a chain of "
            f"matrices; it can be of {', '.join(most)} and {last}."
        )


def _model(graph: Graph, scores: str, n_items: int, about: Mapping[str, Any]) -> Any:
    """Put a graph into the classes of the package onnx."""
    from onnx import helper, numpy_helper

    nodes = [
        helper.make_node(
            one.operator,
            one.inputs,
            [SCORES if output == scores else output for output in one.outputs],
            **one.attributes,
        )
        for one in graph.nodes
    ]
    weights = [numpy_helper.from_array(array, name) for name, array in graph.weights.items()]
    ends = [_matrix(name, n_items) for name in (CLICKS, SCORES)]
    model = helper.make_model(
        helper.make_graph(nodes, about["kind"], ends[:1], ends[1:], weights),
        producer_name="recotour-vae",
        producer_version=__version__,
        model_version=FORMAT,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPERATORS)],
        doc_string=f"{about['title']}: clicks (n_users, n_items), 1 or 0, to scores of that shape.",
    )
    helper.set_model_props(model, {name: _text(one) for name, one in about.items()})
    return model


def _matrix(name: str, n_items: int) -> Any:
    """Describe a matrix of as many rows as there are people."""
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n_users", n_items])


def _text(value: Any) -> str:
    """Write a value of the metadata, which are texts: what is none in JSON."""
    return value if isinstance(value, str) else json.dumps(value)
