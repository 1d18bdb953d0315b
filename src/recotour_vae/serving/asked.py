"""What a request asks for: JSON in, something that is within its bounds out, or a sentence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from recotour_vae.errors import RequestError
from recotour_vae.serving.settings import ServiceSettings

Unknown = Literal["refuse", "skip"]
Names = tuple[str, ...]

LONGEST: Final = 500  # letters of a title or an id
USUAL_K: Final = 10
UNKNOWN: Final = ("refuse", "skip")
_OPTIONAL: Final = ("k", "exclude", "only", "unknown")
_EXAMPLE: Final = '{"history": ["Toy Story", "id:50"], "k": 10}'


@dataclass(frozen=True)
class Asked:
    """A request that may be answered.

    Attributes
    ----------
    histories
        Titles, or ids as in `id:50`, of each person.
    k
        Length of the lists.
    exclude
        Items that must not be in them.
    only
        Items of which alone they are made; None for all.
    unknown
        What becomes of an item that the run does not know: the request is refused, or the item
        passed over and named in the answer.
    """

    histories: tuple[Names, ...]
    k: int = USUAL_K
    exclude: Names = ()
    only: Names | None = None
    unknown: Unknown = "refuse"


def read_one(body: bytes, bounds: ServiceSettings) -> Asked:
    """Read what is asked for one person: `history` and what may go with it.

    Raises
    ------
    RequestError
        When it is no such request, or beyond a bound.
    """
    found = _object(body)
    _check_fields(found, "history")
    history = _names(found["history"], "history", bounds.max_history)
    return _with_options(found, (history,), bounds)


def read_many(body: bytes, bounds: ServiceSettings) -> Asked:
    """Read what is asked for several people: `histories`, and what goes for all of them.

    Raises
    ------
    RequestError
        When it is no such request, or beyond a bound.
    """
    found = _object(body)
    _check_fields(found, "histories")
    lists = _list(found["histories"], "histories", bounds.max_people, "histories")
    if not lists:
        raise RequestError("'histories' is empty; give the history of at least one person.")
    histories = tuple(
        _names(one, f"histories[{place}]", bounds.max_history) for place, one in enumerate(lists)
    )
    return _with_options(found, histories, bounds)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(
            f"The body of the request is not JSON; send an object as in {_EXAMPLE}.", 400
        ) from error
    if not isinstance(found, dict):
        raise RequestError(f"The body is {_kind(found)}; send an object as in {_EXAMPLE}.")
    return found


def _check_fields(found: Mapping[str, Any], needed: str) -> None:
    known = (needed, *_OPTIONAL)
    for name in found:
        if name not in known:
            raise RequestError(
                f"There is no field '{shortened(name)}' here; give {', '.join(known)}."
            )
    if needed not in found:
        raise RequestError(f"'{needed}' is missing; it says what was clicked, by title or id.")


def _with_options(
    found: Mapping[str, Any], histories: tuple[Names, ...], bounds: ServiceSettings
) -> Asked:
    only = found.get("only")
    return Asked(
        histories,
        _k(found.get("k", usual_k(bounds)), bounds.max_k),
        _names(found.get("exclude", []), "exclude", bounds.max_filter),
        None if only is None else _names(only, "only", bounds.max_filter),
        _unknown(found.get("unknown", "refuse")),
    )


def usual_k(bounds: ServiceSettings) -> int:
    """Give the length of a list where nobody says how long."""
    return min(USUAL_K, bounds.max_k)


def _k(value: Any, most: int) -> int:
    if not _is_whole(value) or not 1 <= value <= most:
        raise RequestError(f"'k' is {_kind(value)}; give a whole number from 1 to {most:,}.")
    return int(value)


def _unknown(value: Any) -> Unknown:
    if value not in UNKNOWN:
        raise RequestError(f"'unknown' is {_kind(value)}; give one of {', '.join(UNKNOWN)}.")
    choice: Unknown = value
    return choice


def _names(value: Any, field: str, most: int) -> Names:
    return tuple(
        _name(one, f"{field}[{place}]")
        for place, one in enumerate(_list(value, field, most, "items"))
    )


def _list(value: Any, field: str, most: int, of: str) -> list[Any]:
    if not isinstance(value, list):
        raise RequestError(f"'{field}' is {_kind(value)}; give a list of {of}.")
    if len(value) > most:
        raise RequestError(f"'{field}' has {len(value):,} {of}; give at most {most:,}.")
    return value


def _name(value: Any, field: str) -> str:
    """Read a title or an id; a number is an id, as shops have them."""
    if _is_whole(value):
        return f"id:{value}"
    if not isinstance(value, str):
        raise RequestError(f"'{field}' is {_kind(value)}; give a title, or an id as in id:50.")
    if len(value) > LONGEST:
        raise RequestError(
            f"'{field}' has {len(value):,} letters; give a title of at most {LONGEST}."
        )
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _kind(value: Any) -> str:
    """Say what a value is, in a word or by itself where it is short."""
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return shortened(json.dumps(value))
        case str():
            return f"'{shortened(value)}'"
        case list():
            return "a list"
    return "an object"


def shortened(text: str, most: int = 60) -> str:
    """Cut a text that somebody sent, to be shown in a sentence."""
    return text if len(text) <= most else f"{text[:most]}..."
