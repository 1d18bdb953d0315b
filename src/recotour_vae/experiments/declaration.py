"""The file that says which runs an experiment has: read, checked, and multiplied out."""

import itertools
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Self

from recotour_vae.errors import ConfigError, ExperimentError, RecotourError
from recotour_vae.experiments.setting import Setting, Source
from recotour_vae.experiments.space import Search, read_search
from recotour_vae.recommenders.registry import entry

_ABOUT_THE_RUN: Final = ("data", "model", "framework", "split", "seed", "fold")
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

    @property
    def of_ratings(self) -> bool:
        """Whether it is ratings that its first runs predict, and not lists."""
        first = [*self.settings(), *(one.typical() for one in self.searches)][0]
        return first.source.of_ratings

    def settings(self) -> list[Setting]:
        """All declared runs, each once, in the order of the file."""
        every = (setting for block in self.blocks for setting in block.settings)
        return list({setting.id: setting for setting in every}.values())

    def only(self, names: Collection[str]) -> Self:
        """Keep the blocks and searches of these names.

        Raises
        ------
        ExperimentError
            When there is none of a name.
        """
        there = [one.name for one in self.blocks] + [one.name for one in self.searches]
        if unknown := [name for name in names if name not in there]:
            raise ExperimentError(
                f"The experiment {self.name} has no part '{unknown[0]}'; its parts are "
                f"{', '.join(there)}."
            )
        return replace(
            self,
            blocks=tuple(one for one in self.blocks if one.name in names),
            searches=tuple(one for one in self.searches if one.name in names),
        )


@dataclass(frozen=True)
class _File:
    """What every block of a file starts from."""

    sources: Mapping[str, Source]
    common: Mapping[str, Any] = field(default_factory=dict)

    def setting(self, declared: Mapping[str, Any]) -> Setting:
        """Make a run of the common options and those declared for it, which go first."""
        options = {**self.common, **declared}
        run = {name: options.pop(name) for name in _ABOUT_THE_RUN if name in options}
        data = run.pop("data", None)
        if data not in self.sources:
            raise ExperimentError(
                f"data is {data!r}; give one of the sources: {', '.join(self.sources)}."
            )
        frameworks = _frameworks(run.get("model", ""))
        if frameworks:
            run.setdefault("framework", frameworks[0])
        return Setting(data, self.sources[data], options=options, **run)


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
    declared = _toml(path)
    file = _File(_sources(path, declared), declared.get("common", {}))
    blocks = [_located(path, one, _block, file) for one in declared.get("block", [])]
    searches = [
        _located(path, one, read_search, file.setting) for one in declared.get("search", [])
    ]
    experiment = Experiment(
        name=path.stem,
        about=" ".join(declared.get("about", "").split()),
        blocks=tuple(blocks),
        searches=tuple(searches),
        per_user=declared.get("per_user", False),
        published=tuple(declared.get("published", [])),
    )
    if not (experiment.settings() or searches):
        raise ExperimentError(f"{path} declares no runs; give it a [[block]] or a [[search]].")
    return experiment


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


def _sources(path: Path, declared: Mapping[str, Any]) -> dict[str, Source]:
    known = {f.name for f in fields(Source)}
    sources = declared.get("sources", {})
    for name, options in sources.items():
        for unknown in sorted(set(options) - known):
            raise ExperimentError(
                f"{path}: source '{name}' has no option '{unknown}'; there are "
                f"{', '.join(sorted(known))}."
            )
    return {name: Source(**options) for name, options in sources.items()}


def _located(path: Path, table: Mapping[str, Any], read_table: Any, context: Any) -> Any:
    """Read a [[block]] or [[search]], and name it in the sentence about what is wrong with it."""
    try:
        return read_table(table, context)
    except RecotourError as error:
        where = f"{path}, block '{table.get('name', table.get('model', '?'))}'"
        raise ExperimentError(f"{where}: {error}") from error


def _block(table: Mapping[str, Any], file: _File) -> Block:
    for key in sorted(set(table) - {"name", "question", *_OPTIONS}):
        raise ExperimentError(
            f"'{key}' is unknown; give name, question, {', '.join(_OPTIONS)}, and put options "
            "under one of the last four."
        )
    settings = tuple(file.setting(one) for one in _multiply(table))
    groups = (*table.get("together", []), *table.get("repeats", []))
    names = [*table.get("each", {}), *(key for group in groups for key in group)]
    return Block(table["name"], table.get("question", ""), settings, tuple(dict.fromkeys(names)))


def _multiply(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Go through every value of `each` with every group of `together`, and all repeats."""
    each = table.get("each", {})
    for name, values in each.items():
        if not isinstance(values, list):
            raise ExperimentError(f"each.{name} is {values!r}; give a list of values.")
    groups, repeats = table.get("together", [{}]), table.get("repeats", [{}])
    for group, *values, repeat in itertools.product(groups, *each.values(), repeats):
        varied = dict(zip(each, values, strict=True))
        yield {**table.get("fixed", {}), **group, **varied, **repeat}
