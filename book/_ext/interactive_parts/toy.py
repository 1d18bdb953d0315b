"""What the part `toy` begins with: the films, the decoder's numbers, a click, and a q.

The view `posterior` has no q.
"""

from pathlib import Path
from typing import Any

from recotour_book import toy

VIEWS = ("posterior",)
START = {"clicks": (1, 0, 0, 0), "mu": -0.5, "sigma": 1.0}


def data(root: Path) -> dict[str, Any]:
    """Return the films, their weights and biases, and where the part starts."""
    return {
        "films": toy.FILMS,
        "weights": toy.WEIGHTS,
        "biases": toy.BIASES,
        "most": toy.MOST,
        "start": START,
    }
