"""A run's model as a script that a page loads, from disk too, where pages may read no files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from recotour_vae.arrays.types import Arrays
from recotour_vae.errors import CheckpointError, ConfigError, OutputError
from recotour_vae.files.whole import expanded, whole
from recotour_vae.runs import Run, open_run
from recotour_vae.runs.layout import Folder
from recotour_vae.serving.export.contents import contents, is_exact
from recotour_vae.serving.export.facts import BY, agreement, described, made_of
from recotour_vae.serving.export.packing import Precision, packed, unpacked
from recotour_vae.serving.export.scores import WebModel

FORMAT: Final = 1  # of the script
MEGABYTES: Final = 3.0  # of a script, unless more is allowed
_SHELF: Final = "(globalThis.recotourModels ??= {})"  # where a page finds what it has loaded

Choice = Literal["auto", "float16", "int8"]


def export_web(
    folder: str | Path,
    out: str | Path,
    precision: Choice = "auto",
    name: str = "",
    megabytes: float = MEGABYTES,
) -> WebModel:
    """Write the model of a run as a script for pages, all or nothing.

    Parameters
    ----------
    folder
        Of a run of `mult-vae`, `mult-dae`, `ease` or `popularity`, whichever framework trained it.
    out
        Path of the script; it ends in .js.
    precision
        Of the weights: `float16`, `int8`, or `auto`, the finer of the two that fits.
    name
        By which a page finds it; empty takes that of the folder.
    megabytes
        That the script may have, in millions of bytes.

    Returns
    -------
    WebModel
        As a page will have it.

    Raises
    ------
    CheckpointError
        When the folder is no run.
    ConfigError
        When a page cannot compute such a model, it does not fit, or the path ends otherwise.
    OutputError
        When the script cannot be written; an older one is then left as it was.
    """
    path, place = expanded(out), Folder(expanded(folder).resolve())
    if path.suffix != ".js":
        raise ConfigError(f"{out} is to be a script; give a name that ends in .js.")
    run, framework = open_run(place.path), place.settings().get("framework")
    about = {"name": name or place.path.name, "framework": framework, "made": made_of(place)}
    text = web_script(run, about, precision, megabytes)
    with whole(path, OutputError) as partial:
        partial.write_text(text, encoding="ascii")
    return _parsed(text)


def web_script(
    run: Run, about: Mapping[str, Any], precision: Choice = "auto", megabytes: float = MEGABYTES
) -> str:
    """Write the script of a run's model; `about` has what only the caller knows, its name at least.

    Raises
    ------
    ConfigError
        When a page cannot compute such a model, or it does not fit.
    """
    arrays, limit = contents(run), megabytes * 1e6
    choices: tuple[Precision, ...] = ("float16", "int8") if precision == "auto" else (precision,)
    for choice in choices:
        text = _script(run, about, arrays, choice)
        if len(text) <= limit:
            return text
    raise ConfigError(
        f"{run.name} on {run.split.n_items:,} items takes {len(text) / 1e6:.1f} MB in {choice}, "
        f"and {megabytes:g} MB are allowed; allow more with --megabytes, or train a narrower model."
    )


def read_web(path: str | Path) -> WebModel:
    """Read a script that `export_web` wrote.

    Raises
    ------
    CheckpointError
        When it is missing, of a later format, or something else.
    """
    try:
        return _parsed(expanded(path).read_text(encoding="ascii"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"There is no {path}; make it with recotour-vae export RUN --out {path}."
        ) from error
    except CheckpointError:
        raise
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CheckpointError(
            f"{path} is no script of a model ({type(error).__name__}); export the run again."
        ) from error


def _script(run: Run, about: Mapping[str, Any], arrays: Arrays, precision: Precision) -> str:
    """Write the script in one precision, with how far its lists are those of Python."""
    own = {
        name: packed(array, "float32" if is_exact(name) else precision)
        for name, array in arrays.items()
    }
    what = _described(run, precision) | dict(about)
    made = {"by": BY} | dict(about.get("made", {}))
    model = WebModel(what, {name: unpacked(one) for name, one in own.items()})
    facts = what | {"made": made, "agreement": agreement(run, model.score), "arrays": own}
    return "\n".join([*_head(facts), f"{_SHELF}[{json.dumps(facts['name'])}] =", _json(facts), ""])


def _described(run: Run, precision: Precision) -> dict[str, Any]:
    """Say what the model is, and what its items are called."""
    model: Any = run.model
    clicks = np.asarray(run.split.train.sum(axis=0)).ravel().astype(int)
    return described(run) | {
        "format": FORMAT,
        "precision": precision,
        "softmax": getattr(model.config, "likelihood", "") == "multinomial",
        "titles": list(run.titles),
        "clicks": clicks.tolist(),
    }


def _head(facts: Mapping[str, Any]) -> list[str]:
    """Say in a comment what the file is."""
    about = f"{facts['title']} for a web page, its weights in {facts['precision']}"
    made = f"Made by {facts['made']['by']}: recotour-vae export --to web."
    name = json.dumps(facts["name"])
    return [f"// {about}. {made}", f"// A page that loaded it finds it as recotourModels[{name}]."]


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, allow_nan=False, separators=(",", ":")) + ";"


def _parsed(text: str) -> WebModel:
    """Read the object on the script's fourth line."""
    facts = json.loads(text.splitlines()[3].removesuffix(";"))
    if facts["format"] != FORMAT:
        raise CheckpointError(
            f"The script has format {facts['format']}, and this version of recotour-vae reads "
            f"format {FORMAT}; install a newer version, or export the run again."
        )
    arrays = {name: unpacked(one) for name, one in facts.pop("arrays").items()}
    return WebModel(facts, arrays)
