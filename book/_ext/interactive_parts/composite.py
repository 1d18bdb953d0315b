"""What the part `composite` begins with: RecVAE's shares, and an old posterior that is invented.

Until the script runs, the first numbers stand there in a table.
"""

import math
from pathlib import Path
from typing import Any

SHARES = {"standard": 0.15, "old": 0.75, "wide": 0.10}  # of the three parts, as published
WIDE = math.exp(5)  # standard deviation of the wide normal: its variance is e to the 10
START = {"mean": 1.5, "width": 0.4, "z": 2.3}
NAMES = {"standard": "standard normal", "old": "old posterior", "wide": "wide normal"}
MOVES = "This part moves where JavaScript runs. Before anything has moved it shows:"


def data(root: Path) -> dict[str, Any]:
    """Return the shares and the places of the start."""
    return {"shares": SHARES, "wide": WIDE, "start": START, "names": NAMES}


def numbers(shares: dict[str, float], mean: float, width: float, z: float) -> dict[str, float]:
    """Work out what is shown: who holds z, how each part pulls, and all of them together."""
    normals = {"standard": (0.0, 1.0), "old": (mean, width), "wide": (0.0, WIDE)}
    weighed = {name: shares[name] * _density(z, *normals[name]) for name in normals}
    total = sum(weighed.values())
    holds = {name: value / total for name, value in weighed.items()}
    pulls = {name: (z - m) / s**2 for name, (m, s) in normals.items()}
    found = {f"share-{name}": share for name, share in shares.items()}
    found |= {f"holds-{name}": value for name, value in holds.items()}
    found |= {f"pull-{name}": value for name, value in pulls.items()}
    pull = sum(holds[name] * pulls[name] for name in normals)
    return found | {"price": -math.log(total), "pull": pull}


def still(root: Path) -> str:
    """Return the first numbers in HTML."""
    shown = numbers(SHARES, **START)
    cells = ("share", "holds", "pull")
    rows = "".join(
        f'<tr><th scope="row">{words}</th>'
        + "".join(f"<td>{shown[f'{cell}-{name}']:.2f}</td>" for cell in cells)
        + "</tr>"
        for name, words in NAMES.items()
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("part", "share", "holds z", "pull"))
    table = f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>"
    return f'<p>{MOVES}</p>\n<div class="numbers"><table>{table}</table></div>\n'


def _density(z: float, mean: float, width: float) -> float:
    return math.exp(-(((z - mean) / width) ** 2) / 2) / (width * math.sqrt(2 * math.pi))
