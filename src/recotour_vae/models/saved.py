"""A trained model as one file that either framework opens."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from recotour_vae.errors import CheckpointError
from recotour_vae.models.config import ModelConfig
from recotour_vae.storage import check_shapes, read_arrays, write_arrays

if TYPE_CHECKING:
    from recotour_vae.models.pytorch import MultDAE, MultVAE


def save_weights(
    path: Path,
    weights: Mapping[str, NDArray[Any]],
    config: ModelConfig,
    n_items: int,
    **notes: Any,
) -> None:
    """Write a model's parameters with what is needed to build it again; notes are kept too."""
    write_arrays(path, weights, {"model": asdict(config), "n_items": n_items, **notes})


def load_model(path: str | Path) -> "MultVAE | MultDAE":
    """Build the model of a checkpoint, with its weights, ready to score.

    Raises
    ------
    CheckpointError
        When the file is missing, damaged, or does not describe a model.
    """
    import torch

    from recotour_vae.models.pytorch import make_model

    path = Path(path)
    weights, header = read_arrays(path)
    try:
        settings = header["model"] | {"hidden": _widths(header["model"]["hidden"])}
        model = make_model(ModelConfig(**settings), header["n_items"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} does not say which model it holds; load a best.safetensors of a run."
        ) from error
    check_shapes(path, weights, model.state_dict())
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return model.eval()


def _widths(hidden: list[int] | None) -> tuple[int, ...] | None:
    return None if hidden is None else tuple(hidden)
