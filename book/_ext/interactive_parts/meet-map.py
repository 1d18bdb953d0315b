"""What the part `meet-map` shows: films as the decoder's last layer has them, in two dimensions.

The row of the last layer's weights that belongs to a film says which hidden units raise its logit.
Principal components of these rows make the flattest map that loses least; how much it loses is
said with it. Genres and years are for the colours: no model was told them.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recotour_book import meet
from recotour_book.genres import genres
from recotour_vae.serving.export import read_web

MODEL = "mult-vae-pytorch-0.2"
NEAREST = 10
ENOUGH = 25  # films that a genre needs to be offered
YEAR = re.compile(r"\((\d{4})\)")


def components(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first two principal directions, (2, width), and the share of each."""
    centred = rows - rows.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(directions[:2, np.abs(directions[:2]).argmax(axis=1)].diagonal())
    return directions[:2] * signs[:, None], (sizes**2 / (sizes**2).sum())[:2]


def kept_neighbours(rows: NDArray[np.float64], flat: NDArray[np.float64]) -> float:
    """Return how many of a film's nearest on the map are among its nearest in all dimensions."""
    here, there = (nearest(points) for points in (flat, rows))
    return float(np.mean([len({*a} & {*b}) for a, b in zip(here, there, strict=True)]))


def nearest(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the nearest others of each point, (n, NEAREST)."""
    square = (points**2).sum(axis=1)
    distance = square[:, None] + square - 2 * points @ points.T
    np.fill_diagonal(distance, np.inf)
    return np.argsort(distance, axis=1)[:, :NEAREST]


def year_of(title: str) -> int | None:
    """Return the year in a title's last brackets, if there is one."""
    found = YEAR.findall(title)
    return int(found[-1]) if found else None


def kinds(items: list[str]) -> tuple[list[str], list[list[int]]]:
    """Return the names of genres with enough films, and those of each film by their places."""
    known = genres()
    of_film = [known.get(int(item), []) for item in items]
    counts: dict[str, int] = {}
    for names in of_film:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    offered = sorted(name for name, count in counts.items() if count >= ENOUGH)
    places = {name: place for place, name in enumerate(offered)}
    return offered, [[places[name] for name in names if name in places] for names in of_film]


def data(root: Path) -> dict[str, Any] | None:
    """Return the map, or nothing where there are no models."""
    found = meet.scripts()
    if MODEL not in found:
        return None
    model = read_web(found[MODEL])
    last = max(name for name in model.arrays if re.fullmatch(r"decoder\.\d+\.weight", name))
    rows = model.arrays[last].astype(float)  # (n_items, hidden)
    directions, shares = components(rows)
    flat = (rows - rows.mean(axis=0)) @ directions.T
    clicks = np.array(model.about["clicks"])
    names, of_film = kinds(model.about["items"])
    return {
        "model": MODEL,
        "places": [[float(f"{value:.4g}") for value in point] for point in flat],
        "directions": [[float(f"{value:.5g}") for value in one] for one in directions],
        "shares": [round(float(share), 4) for share in shares],
        "kept": round(kept_neighbours(rows, flat), 2),
        "nearest": NEAREST,
        "popularity": round(abs(float(np.corrcoef(flat[:, 0], np.log1p(clicks))[0, 1])), 3),
        "clicks": clicks.tolist(),
        "years": [year_of(title) for title in model.about["titles"]],
        "genres": names,
        "genresOf": of_film,
    }
