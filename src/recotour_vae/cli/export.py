"""`recotour-vae export`: a trained model for something other than Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tyro.conf import Positional, arg

from recotour_vae.cli.output import say
from recotour_vae.errors import ConfigError

if TYPE_CHECKING:
    from recotour_vae.serving.export import OnnxFile, WebModel


@dataclass(frozen=True)
class Export:
    """Write a run's model as a file that needs no Python: for a web page, or for any ONNX runtime.

    Examples:
      recotour-vae export runs/vae --to web --out vae.js
      recotour-vae export runs/ease --to web --out ease.js --name shop --precision int8
      recotour-vae export runs/vae --to onnx --out vae.onnx

    A page loads the script with <script src="vae.js"></script>, from disk too, and finds weights,
    titles and where they are from as recotourModels["vae"]. What it can compute are mult-vae and
    mult-dae, trained in PyTorch or in Gluon, ease and popularity.

    An ONNX file takes clicks, a row of ones and zeros for each person, and gives scores of the
    same shape. What can be written so is every model whose scores are a chain of matrices: those
    four, recvae, hvamp, elsa, edlae, slim, item-knn, rp3beta and puresvd.

    Parameters
    ----------
    folder
        Of a run.
    to
        What the file is for: `web` is a script, `onnx` a graph for other runtimes.
    out
        Of the file: a path that ends in .js, or in .onnx. None is the run's name in the current
        folder.
    precision
        Of a script's weights: float16 (2 bytes a weight), int8 (1 byte, lists change somewhat), or
        auto, the finer one that fits. ONNX files have float32.
    name
        By which a page finds the model. None takes the run's.
    megabytes
        That a script may have.
    """

    folder: Positional[Annotated[Path, arg(metavar="FOLDER")]]
    to: Literal["web", "onnx"] = "web"
    out: Path | None = None
    precision: Literal["auto", "float16", "int8"] = "auto"
    name: str | None = None
    megabytes: float = 3.0

    def run(self, argv: Sequence[str]) -> None:
        """Write the file, and say how far it agrees with Python."""
        for line in self._script() if self.to == "web" else self._onnx():
            say(line)

    def _script(self) -> list[str]:
        from recotour_vae.serving.export import export_web

        out = self._out(".js")
        model = export_web(self.folder, out, self.precision, self.name or "", self.megabytes)
        return [f"{out}: {_described(model, _size(out))}", _agreement(model)]

    def _onnx(self) -> list[str]:
        from recotour_vae.serving.export import export_onnx

        if (self.precision, self.name, self.megabytes) != ("auto", None, 3.0):
            raise ConfigError(
                "--precision, --name and --megabytes are of a script for a page; leave them out "
                "with --to onnx."
            )
        out = self._out(".onnx")
        file = export_onnx(self.folder, out)
        return [f"{out}: {_graph(file, _size(out))}", _in_runtime(file)]

    def _out(self, ending: str) -> Path:
        return self.out or Path(self.folder.resolve().name + ending)


def _size(out: Path) -> str:
    from recotour_vae.files.whole import expanded

    return f"{expanded(out).stat().st_size / 1e6:.2f} MB"


def _described(model: "WebModel", size: str) -> str:
    about = model.about
    items = f"{len(about['titles']):,} items"
    return f"{about['title']} on {items} in {about['precision']}, {size}."


def _agreement(model: "WebModel") -> str:
    found = model.about["agreement"]
    if found is None:
        return "The run has no test users to compare it with Python on."
    return _compared(found, "as in Python")


def _graph(file: "OnnxFile", size: str) -> str:
    n_items = f"{len(file.about['items']):,}"
    return f"{file.about['title']}, clicks (n_users, {n_items}) to scores of that shape, {size}."


def _in_runtime(file: "OnnxFile") -> str:
    from recotour_vae.serving.export.onnx_file import has_runtime

    if file.agreement is not None:
        return _compared(file.agreement, "in onnxruntime as in Python")
    if has_runtime():
        return "The run has no test users to compare it with Python on."
    return (
        "It was not compared with Python, for which onnxruntime is needed; get it with pip install "
        "'recotour-vae[onnx]'."
    )


def _compared(found: Mapping[str, Any], where: str) -> str:
    return (
        f"Of {found['people']} test users {found['same_lists']} have the same first {found['k']} "
        f"items {where}, and scores differ by {found['largest_difference']:g} at most."
    )
