"""A trained network as one file that either framework opens."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from numpy.typing import NDArray

from recotour_vae.errors import CheckpointError
from recotour_vae.files.arrays import check_shapes
from recotour_vae.files.numbered import read_numbered, write_numbered
from recotour_vae.files.whole import expanded
from recotour_vae.models.config import ONCE_EVERYBODYS, Framework
from recotour_vae.recommenders.registry import entry
from recotour_vae.recommenders.saved import name_in

if TYPE_CHECKING:
    from recotour_vae.models.frameworks import Model

_MOVED_AFTER: Final = 3  # the format


def save_network(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    config: Any,
    n_items: int,
    **notes: Any,
) -> None:
    """Write a network's parameters with what is needed to build it again; notes are kept too."""
    write_numbered(path, arrays, {"model": asdict(config), "n_items": n_items, **notes})


def load_model(path: str | Path, framework: Framework = "pytorch") -> "Model":
    """Build the network of a checkpoint, with its weights, ready to score.

    Parameters
    ----------
    path
        Of a file that `save_network` wrote, whichever framework the model was of.
    framework
        That it is wanted in.

    Raises
    ------
    CheckpointError
        When the file is missing, damaged, of a later format, or does not describe a network.
    MissingPackageError
        When Gluon is asked for and MXNet is not installed.
    """
    path = expanded(path)
    arrays, header = read_numbered(path)
    try:
        model = _built(header, framework)
    except (KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{path} does not say which model it holds; load a best.safetensors of a run."
        ) from error
    expect = getattr(model, "expect", None)
    if expect is not None:  # some parameters have a row for each person that was trained on
        expect(arrays)
    check_shapes(path, arrays, model.arrays())
    model.load_arrays(arrays)
    if model.framework == "pytorch":
        cast(Any, model).eval()
    return model


def as_today(header: Mapping[str, Any], config: type[Any]) -> dict[str, Any]:
    """Give the header of a file of any format with its settings where they stand today.

    Parameters
    ----------
    header
        Of a network's file; what lacks one of the two groups of settings is left as it is.
    config
        Class of the network's own settings. Of those that were everybody's once, it is given
        those that it has: Mult-DAE never used a β.
    """
    if header.get("format", 1) > _MOVED_AFTER:
        return dict(header)
    match header:
        case {"model": dict(model), "training": dict(training)}:
            own = {one.name for one in fields(config)} & set(ONCE_EVERYBODYS)
            moved = {name: value for name, value in training.items() if name in own}
            rest = {n: value for n, value in training.items() if n not in ONCE_EVERYBODYS}
            name = {"recommender": name_in(header)}
            return {**header, **name, "model": model | moved, "training": rest}
    return dict(header)


def _built(header: Mapping[str, Any], framework: str) -> "Model":
    """Make the network that a header describes, untrained."""
    found = entry(name_in(header))
    kind = found.config_class()
    settings = as_today(header, kind)["model"]
    plain = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
        if name != "kind"
    }
    config = kind(**plain)
    made: Model = found.network(framework).of(config, header["n_items"])
    return made
