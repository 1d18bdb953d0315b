"""Any saved recommender, opened by what its file says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recotour_vae.errors import CheckpointError, ConfigError
from recotour_vae.files.numbered import numbered_header
from recotour_vae.files.whole import expanded
from recotour_vae.recommenders.registry import Entry, entry, load


def open_recommender(path: str | Path, framework: str = "") -> Any:
    """Open a file that `Recommender.save` or a run wrote: a recommender, or a trained network.

    Parameters
    ----------
    path
        Of the file.
    framework
        That a network is wanted in; empty takes the first that it is written in.

    Raises
    ------
    CheckpointError
        When the file is missing, damaged, of a later format, or nobody knows the recommender.
    MissingPackageError
        When a framework is asked for that is not installed.
    """
    path = expanded(path)
    found = entry_of(path)
    if found.networks:
        load_model = load("recotour_vae.models.saved:load_model")
        return load_model(path, framework or found.frameworks[0])
    return found.cls().load(path)


def name_in(header: Mapping[str, Any]) -> str:
    """Name the recommender of a file by its header; up to format 2 it is the network's kind."""
    return str(header.get("recommender") or header["model"].get("kind", "mult-vae"))


def entry_of(path: Path) -> Entry:
    """Say which recommender a file holds.

    Raises
    ------
    CheckpointError
        As `open_recommender` says.
    """
    header = numbered_header(path)
    try:
        return entry(name_in(header))
    except (KeyError, AttributeError) as error:
        raise CheckpointError(
            f"{path} does not say which model it holds; load a best.safetensors of a run."
        ) from error
    except ConfigError as error:
        raise CheckpointError(f"{path} cannot be opened: {error}") from error
