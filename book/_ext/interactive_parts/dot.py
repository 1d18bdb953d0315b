"""What the part `dot` shows: a few people and films in two dimensions, and stars that are invented.

What is predicted is MIDDLE + p · q. Until the script runs, a table stands there with the
predictions that it begins with.
"""

from html import escape
from pathlib import Path
from typing import Any

MIDDLE = 3  # stars of a dot product of zero
RATE = 0.5  # of a gradient step
PEOPLE = {"Ana": (0.5, 1.1), "Ben": (-0.7, 1.4), "Cleo": (1.3, -0.6), "Dan": (-1.2, -0.9)}
FILMS = {
    "Alien": (1.5, 0.5),
    "Heat": (-0.4, -1.3),
    "Fargo": (0.6, -1.5),
    "Emma": (-1.5, 0.3),
    "Babe": (0.3, 0.1),
}
STARS = (  # a row a person, None where nobody knows
    (5, 4, None, 1, 2),
    (4, None, 4, None, 1),
    (1, 2, None, 5, 4),
    (None, 4, 5, 4, None),
)
MOVES = "This part moves where JavaScript runs. Before anything has moved it predicts:"


def data(root: Path) -> dict[str, Any]:
    """Return names, places and stars."""
    places = {name: list(place) for name, place in {**PEOPLE, **FILMS}.items()}
    names = {"people": list(PEOPLE), "films": list(FILMS)}
    return names | {"places": places, "stars": STARS, "middle": MIDDLE, "rate": RATE}


def cell(person: tuple[float, float], film: tuple[float, float], given: int | None) -> str:
    """Write what is predicted, and what was given."""
    predicted = MIDDLE + sum(p * q for p, q in zip(person, film, strict=True))
    words = "not rated" if given is None else f"gave {given}"
    return f"<td>{predicted:.2f}<small>{words}</small></td>"


def still(root: Path) -> str:
    """Return the first predictions in HTML."""
    head = "".join(f'<th scope="col">{escape(film)}</th>' for film in FILMS)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(cell(place, q, s) for q, s in zip(FILMS.values(), given, strict=True))
        + "</tr>"
        for (name, place), given in zip(PEOPLE.items(), STARS, strict=True)
    )
    who = '<th scope="col">who</th>'
    table = f"<thead><tr>{who}{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<p>{MOVES}</p>\n<div class="numbers"><table>{table}</table></div>\n'
