"""What cannot be understood of a command line, refused in one sentence like everything else."""

import difflib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any, Final

from tyro.conf import Positional

from recotour_vae.cli.train import named_model
from recotour_vae.cli.typed import typed
from recotour_vae.errors import ConfigError

_NEAR: Final = 0.6  # likeness of two words, from 0 to 1, from which one may be meant by the other
_HELP: Final = {"-h", "--help"}
_KINDS: Final = {
    "INT": "a whole number",
    "FLOAT": "a number",
    "PATH": "a path",
    "STR": "a word",
    "[INT [INT ...]]": "whole numbers",
    "[STR [STR ...]]": "words",
    "[PATH [PATH ...]]": "paths",
}


def check(argv: Sequence[str], commands: Mapping[str, Any]) -> None:
    """Refuse a command or an option that does not exist, and name the nearest that does.

    Parameters
    ----------
    argv
        What was typed; who asks for help is refused nothing.
    commands
        Class of each command, or the mapping of those below it.

    Raises
    ------
    ConfigError
        Naming the command or the option.
    """
    if not argv or _HELP & set(argv):
        return
    inner, depth = commands, 0
    while isinstance(inner, Mapping) and depth < len(argv):
        _check_command(argv[depth], inner, " ".join(["recotour-vae", *argv[:depth]]))
        inner, depth = inner[argv[depth]], depth + 1
    if not isinstance(inner, Mapping):
        _check_options(argv, inner, _path(argv))


def _check_command(name: str, commands: Mapping[str, Any], path: str) -> None:
    if name.startswith("-"):
        raise ConfigError(
            f"{path} has no option {name} of its own; give a command first, {path} --help lists "
            "them."
        )
    if name not in commands:
        raise ConfigError(f"{path} has no command '{name}'; {_advice(name, commands, path)}")


def _check_options(argv: Sequence[str], command: type[Any], path: str) -> None:
    known = set(options_of(command))
    for option in typed(argv).values():
        if option.replace("_", "-") not in known:
            raise ConfigError(f"{path} has no option {option}; {_advice(option, known, path)}")


def options_of(command: type[Any]) -> Iterator[str]:
    """List the options of a command, those of the settings in it among them.

    Parameters
    ----------
    command
        A dataclass; a field whose default is another dataclass stands for the options of that.
    """
    for field in fields(command):
        if is_dataclass(field.default_factory):
            yield from options_of(field.default_factory)
        elif Positional not in getattr(field.type, "__metadata__", ()):
            option = field.name.replace("_", "-")
            yield f"--{option}"
            if isinstance(field.default, bool):
                yield f"--no-{option}"


@contextmanager
def in_one_sentence(argv: Sequence[str]) -> Iterator[None]:
    """Have tyro refuse what it cannot read in a sentence of ours.

    What it calls when it is about to refuse something is no part of what it promises to keep.
    Where a release does not have it, or says something else, tyro shows a box of its own.

    Raises
    ------
    ConfigError
        Saying what is wrong with what was typed.
    """
    try:
        from tyro._errors import on_parse_error
    except ImportError:
        yield
        return

    def refuse(event: Any) -> None:
        sentence = _sentence(event, argv)
        if sentence:
            raise ConfigError(sentence)

    with on_parse_error(refuse):
        yield


def _sentence(event: Any, argv: Sequence[str]) -> str | None:
    """Say what an event of tyro is about; None for one that is not known."""
    path = _path(argv)
    match type(event).__name__:
        case "UnrecognizedArgs":
            return f"{path} does not know what to do with '{event.tokens[0]}'; {_see(path)}"
        case "MissingArgs":
            return _missing(event.missing_arguments[0].arg, path)
        case "BadValue" if event.argument.is_positional():
            return _missing(event.argument, path)
        case "BadValue":
            return f"{_option(event.argument)} needs {_wanted(event.argument)} after it."
        case "InvalidChoice":
            choices = ", ".join(event.choices)
            return f"{_option(event.argument)} is '{event.value}'; choose one of {choices}."
        case "InstantiationFailure" if event.argument is not None:
            option = _option(event.argument)
            value = _value(option, argv)
            return f"{option} is '{value}'; give {_wanted(event.argument)}."
    return None


def _path(argv: Sequence[str]) -> str:
    """Give the words that the help of a command is asked by: its name, and the model if typed."""
    path = ["recotour-vae", *argv[: 2 if argv[0] == "experiments" else 1]]
    if argv[0] in ("train", "tune") and "model" in typed(argv):
        path += ["--model", named_model(argv)]
    return shlex.join(path)


def _see(path: str) -> str:
    return f"{path} --help shows what to type."


def _missing(argument: Any, path: str) -> str:
    name = argument.display_name().rpartition(".")[2].upper()
    return f"{path} needs a {name} after it; {_see(path)}"


def _option(argument: Any) -> str:
    return str(argument.lowered.name_or_flags[0])


def _wanted(argument: Any) -> str:
    """Say in words what `{None}|INT` means."""
    parts = re.split(r"\|(?![^\[]*\])", argument.lowered.metavar)
    kinds = [part.strip("{}").replace(",", ", ") for part in parts]
    *others, last = [_KINDS.get(kind, kind) for kind in kinds]
    return f"{', '.join(others)} or {last}" if others else last


def _value(option: str, argv: Sequence[str]) -> str:
    """Give what was typed for an option: after an equals sign, or up to the next option."""
    place = max(i for i, word in enumerate(argv) if _is_of(word, option))
    _, equals, value = argv[place].partition("=")
    values = [value] if equals else []
    for word in argv[place + 1 :]:
        if word.startswith("--"):
            break
        values.append(word)
    return " ".join(values)


def _is_of(word: str, option: str) -> bool:
    return word.partition("=")[0].replace("_", "-") == option


def _advice(name: str, known: Iterable[str], path: str) -> str:
    """Name the nearest of what is known; of several as near the one of the same first letter."""

    def likeness(other: str) -> tuple[float, bool]:
        one, two = name.lstrip("-"), other.lstrip("-")
        return difflib.SequenceMatcher(None, one, two).ratio(), one[:1] == two[:1]

    nearest = max(sorted(known), key=likeness)
    if likeness(nearest)[0] >= _NEAR:
        return f"did you mean {nearest}?"
    return f"{path} --help lists what there is."
