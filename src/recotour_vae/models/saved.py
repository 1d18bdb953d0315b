"""A trained model as one file that either framework opens."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from numpy.typing import NDArray

from recotour_vae.errors import CheckpointError
from recotour_vae.folder.layout import read_numbered, write_numbered
from recotour_vae.models.config import Framework, ModelConfig
from recotour_vae.models.frameworks import make_model
from recotour_vae.storage import at, check_shapes

if TYPE_CHECKING:
    from recotour_vae.models.frameworks import Model


def save_weights(
    path: Path,
    weights: Mapping[str, NDArray[Any]],
    config: ModelConfig,
    n_items: int,
    **notes: Any,
) -> None:
    """Write a model's parameters with what is needed to build it again; notes are kept too."""
    write_numbered(path, weights, {"model": asdict(config), "n_items": n_items, **notes})


def load_model(path: str | Path, framework: Framework = "pytorch") -> "Model":
    """Build the model of a checkpoint, with its weights, ready to score.

    Parameters
    ----------
    path
        Of a file that `save_weights` wrote, whichever framework the model was of.
    framework
        That it is wanted in.

    Raises
    ------
    CheckpointError
        When the file is missing, damaged, of a later format, or does not describe a model.
    MissingPackageError
        When Gluon is asked for and MXNet is not installed.
    """
    path = at(path)
    weights, header = read_numbered(path)
    try:
        settings = header["model"] | {"hidden": _widths(header["model"]["hidden"])}
        model = make_model(ModelConfig(**settings), header["n_items"], framework=framework)
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} does not say which model it holds; load a best.safetensors of a run."
        ) from error
    check_shapes(path, weights, model.arrays())
    model.load_arrays(weights)
    if model.framework == "pytorch":
        cast(Any, model).eval()
    return model


def _widths(hidden: list[int] | None) -> tuple[int, ...] | None:
    return None if hidden is None else tuple(hidden)
