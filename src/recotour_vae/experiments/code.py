"""Which code made a row: a fingerprint of the definitions that the run goes through.

A fingerprint says what code does, and not where it stands, what it is called or how it is laid
out. It is made as follows.

1. A run names the definitions that it starts from: functions, classes and constants of the package
   (`trial.roots`).
2. A definition is written in its normal form (`normal_form`), in which each definition of the
   package that it uses is a gap. Names are followed through imports, inside functions too, through
   modules (`M.ndcg`) and through packages that give a name on (`definitions`). Methods belong to
   their class. Statements of a module that define nothing count for all that is taken from it.
3. Its hash is that of the form with the hashes of what it uses in the gaps. Where definitions use
   one another in a circle, each is hashed with empty gaps for those of the circle first, then with
   the hashes found, as often as the circle has members: their names decide nothing.
4. The fingerprint is the hash of the starting definitions' hashes, in the order of the hashes.

So code may be moved, renamed and reformatted, and rows made before still count as of today's code;
change an operator or a default anywhere below, and they do not. What code looks up by a text when
it runs cannot be followed, so the run names it among its starts. The same holds for parts that a
function chooses between (`_CHOOSERS`), by framework say, of which a run goes through one. Two
definitions that read alike are one here.

What cannot change a number is outside (`_NO_NUMBERS`). The split has a fingerprint of its own, so
how data are read and split does not count either. Refusals, files and the place of arrays in
memory do not, as they only decide whether and where numbers are made or kept.
"""

import ast
import hashlib
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from recotour_vae.doors import today
from recotour_vae.errors import ExperimentError
from recotour_vae.experiments.definitions import REST, WHOLE, Definition, Package
from recotour_vae.experiments.normal_form import Part, normal_form, uses

ROOT: Final = Path(__file__).parents[1]
_NO_NUMBERS: Final = (
    "arrays.packing",
    "datasets",
    "doors",
    "errors",
    "experiments.setting",
    "files",
    "lazy",
    "recommenders.registry",
    "recommenders.saved",
    "runs",
    "runtime.allocator",
    "runtime.memory",
    "runtime.progress",
    "splits",
    "training.refusals",
)
_CHOOSERS: Final = (
    "experiments.trial.fit",
    "training.trainer.make_backend",
    "training.choose.choose_optimiser",
    "training.choose.choose_objective",
    "training.choose.choose_team",
)
_WITH_DOCSTRINGS: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
OURS: Final = Package(ROOT, "recotour_vae", _NO_NUMBERS, "errors", _CHOOSERS, today)


@cache
def fingerprint(*roots: str, package: Package = OURS) -> str:
    """Name the code of some definitions and of all that they use from the package.

    Parameters
    ----------
    roots
        Paths below the package, `evaluation.evaluate` say; or `module:Class` of a recommender
        from elsewhere, whose module counts whole.
    package
        Where they are; by default this one.

    Returns
    -------
    str
        Eight hexadecimal digits.

    Raises
    ------
    ExperimentError
        When the package has no such definition.
    """
    ours = [root for root in roots if ":" not in root]
    hashes = {_hash_of(package, one) for one in _starts(package, ours)}
    hashes |= {_hash_of_module(root.partition(":")[0]) for root in roots if ":" in root}
    return _hash(sorted(hashes))[:8]


def closure(roots: Iterable[str], package: Package = OURS) -> set[Definition]:
    """Find the definitions that some definitions use, themselves included."""
    found: set[Definition] = set()
    for one in _starts(package, roots):
        found |= _reached(package, one)
    return found


@cache
def commit(*places: Path) -> str:
    """Name the commit that the code was read from; `-dirty` where it was changed since.

    Parameters
    ----------
    places
        Folders of code beside the library's, that of a script say.
    """
    revision = _git("rev-parse", "--short=9", "HEAD")
    if not revision:
        return "unknown"
    changed = _git("status", "--porcelain", "--", *map(str, (ROOT, *places)))
    return revision + ("-dirty" if changed else "")


def _starts(package: Package, roots: Iterable[str]) -> list[Definition]:
    """Find the definitions that a run names, which are to be there."""
    starts = []
    for root in roots:
        for found in package.find(f"{package.name}.{root}"):
            if found.definition is None or found.rest or found.definition.name in (REST, WHOLE):
                raise ExperimentError(
                    f"The library has no definition '{root}'; name one that it has for the model."
                )
            starts.append(found.definition)
    return starts


@cache
def _hash_of_module(name: str) -> str:
    """Hash a module of somebody else's: what it says, less layout and docstrings."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ExperimentError(f"The module {name} is not there; install the package that has it.")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRINGS) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return _hash([ast.dump(tree)])


@cache
def _reached(package: Package, start: Definition) -> frozenset[Definition]:
    found, waiting = {start}, [start]
    while waiting:
        new = uses(package, waiting.pop()) - found
        found |= new
        waiting += new
    return frozenset(found)


@cache
def _hash_of(package: Package, definition: Definition) -> str:
    return _hashes(package, _circle(package, definition))[definition]


def _circle(package: Package, definition: Definition) -> frozenset[Definition]:
    """Give the definitions that use one another with this one, itself included."""
    reached = _reached(package, definition)
    around = {one for one in reached if definition in _reached(package, one)}
    return frozenset({definition} | around)


@cache
def _hashes(package: Package, circle: frozenset[Definition]) -> Mapping[Definition, str]:
    """Hash the definitions of a circle, whose names and order decide nothing."""
    hashes = dict.fromkeys(circle, "")
    for _ in circle:
        hashes = {one: _hash(_filled(package, one, hashes)) for one in circle}
    return hashes


def _filled(
    package: Package, definition: Definition, circle: Mapping[Definition, str]
) -> list[str]:
    """Put hashes into the gaps of a definition's normal form."""

    def fill(part: Part) -> str:
        if isinstance(part, str):
            return part
        return f"#{circle[part] if part in circle else _hash_of(package, part)} "

    return [fill(part) for part in normal_form(package, definition)]


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except OSError:  # no git here
        return ""
    return done.stdout.strip()
