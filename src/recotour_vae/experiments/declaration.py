"""The file that says which runs an experiment has: read, checked, and multiplied out."""

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from recotour_vae.errors import ConfigError, ExperimentError, RecotourError
from recotour_vae.experiments.setting import Setting, Source
from recotour_vae.experiments.space import Search, read_search
from recotour_vae.recommenders.registry import entry

_ABOUT_THE_RUN: Final = ("data", "model", "framework", "split", "seed")
_OPTIONS: Final = ("fixed", "each", "together", "repeats")


@dataclass(frozen=True)
class Block:
    """Runs that answer one question together.

    Attributes
    ----------
    name, question
        What the report calls it, and what is asked.
    settings
        Its runs.
    varies
        Names of what differs among them.
    """

    name: str
    question: str
    settings: tuple[Setting, ...]
    varies: tuple[str, ...]


@dataclass(frozen=True)
class Experiment:
    """A declared experiment.

    Attributes
    ----------
    name
        Of its file, and of its tables in results/.
    about
        What it is for, in a sentence or two.
    blocks
        Questions with their runs.
    searches
        Hyper-parameter searches, each followed by runs of what it chose.
    per_user
        Whether each test user's values are kept as well, which paired comparisons need.
    published
        Figures of papers for the same protocol: each says its model, source and metrics.
    """

    name: str
    about: str
    blocks: tuple[Block, ...] = ()
    searches: tuple[Search, ...] = ()
    per_user: bool = False
    published: tuple[Mapping[str, Any], ...] = ()

    def settings(self) -> list[Setting]:
        """All declared runs, each once, in the order of the file."""
        every = (setting for block in self.blocks for setting in block.settings)
        return list({setting.id: setting for setting in every}.values())


@dataclass(frozen=True)
class _File:
    """What every block of a file starts from."""

    sources: Mapping[str, Source]
    common: Mapping[str, Any] = field(default_factory=dict)

    def setting(self, said: Mapping[str, Any]) -> Setting:
        """Make a run of the common options and what is said on top."""
        both = {**self.common, **said}
        about = {name: both.pop(name) for name in _ABOUT_THE_RUN if name in both}
        data = about.pop("data", None)
        if data not in self.sources:
            raise ExperimentError(
                f"data is {data!r}; give one of the sources: {', '.join(self.sources)}."
            )
        frameworks = _frameworks(about.get("model", ""))
        if frameworks:
            about.setdefault("framework", frameworks[0])
        return Setting(data, self.sources[data], options=both, **about)


def _frameworks(model: str) -> tuple[str, ...]:
    """Name the frameworks of a model, the default first."""
    try:
        return entry(model).frameworks
    except ConfigError as error:
        raise ExperimentError(str(error)) from error


def read(path: Path) -> Experiment:
    """Read an experiment's file.

    Raises
    ------
    ExperimentError
        When there is no such file, it is no TOML, or something in it is unknown; the sentence
        names the file and the block.
    """
    said = _toml(path)
    file = _File(_sources(path, said), said.get("common", {}))
    blocks = tuple(_in(path, block, _block, file) for block in said.get("block", []))
    searches = tuple(_in(path, one, read_search, file.setting) for one in said.get("search", []))
    found = Experiment(
        path.stem,
        " ".join(said.get("about", "").split()),
        blocks,
        searches,
        said.get("per_user", False),
        tuple(said.get("published", [])),
    )
    if not (found.settings() or searches):
        raise ExperimentError(f"{path} declares no runs; give it a [[block]] or a [[search]].")
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.toml"))) or "none"
        raise ExperimentError(
            f"There is no experiment '{path.stem}' in {path.parent}; there are: {known}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExperimentError(f"{path} is not valid TOML ({error}); mend it there.") from error


def _sources(path: Path, said: Mapping[str, Any]) -> dict[str, Source]:
    known = {f.name for f in fields(Source)}
    for name, options in said.get("sources", {}).items():
        for unknown in sorted(set(options) - known):
            raise ExperimentError(
                f"{path}: source '{name}' has no option '{unknown}'; there are "
                f"{', '.join(sorted(known))}."
            )
    return {name: Source(**options) for name, options in said.get("sources", {}).items()}


def _in(path: Path, said: Mapping[str, Any], make: Any, file: Any) -> Any:
    """Make a block, and say in which one whatever is wrong stands."""
    try:
        return make(said, file)
    except RecotourError as error:
        where = f"{path}, block '{said.get('name', said.get('model', '?'))}'"
        raise ExperimentError(f"{where}: {error}") from error


def _block(said: Mapping[str, Any], file: _File) -> Block:
    for key in sorted(set(said) - {"name", "question", *_OPTIONS}):
        raise ExperimentError(
            f"'{key}' is unknown; give name, question, {', '.join(_OPTIONS)}, and put options "
            "under one of the last four."
        )
    settings = tuple(file.setting(one) for one in _multiply(said))
    groups = (*said.get("together", []), *said.get("repeats", []))
    names = [*said.get("each", {}), *(key for group in groups for key in group)]
    return Block(said["name"], said.get("question", ""), settings, tuple(dict.fromkeys(names)))


def _multiply(said: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Go through every value of `each` with every group of `together`, and all repeats."""
    each = said.get("each", {})
    for name, values in each.items():
        if not isinstance(values, list):
            raise ExperimentError(f"each.{name} is {values!r}; give a list of values.")
    groups = said.get("together", [{}]), said.get("repeats", [{}])
    for together, *values, repeat in itertools.product(groups[0], *each.values(), groups[1]):
        varied = dict(zip(each, values, strict=True))
        yield {**said.get("fixed", {}), **together, **varied, **repeat}
