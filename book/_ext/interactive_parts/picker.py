"""What the part `picker` shows: EASE among well-known films, and two lists that stand there first.

The weights are made when the book is built, from the MovieLens 100K that `make data` has fetched:
the data may not be passed on. Where they are not there, the page keeps the two lists.
"""

from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from sphinx.errors import ExtensionError

from recotour_book.meet import DATA, has_data, scripts
from recotour_book.picker import make_picker
from recotour_vae import datasets, splits

LISTS = "results/first-lists.csv"
NETWORK = "mult-vae-pytorch-0.2"  # of practice/meet, for who asks for it
PLACE = f"models/{NETWORK}.js"  # below the scripts
SOURCES = (LISTS,)
HEADS = {"popular": "What everybody clicks", "ease": "What a small model finds"}


def files(root: Path) -> dict[str, Path]:
    """Return the script of the network, by where the page fetches it."""
    return {PLACE: scripts()[NETWORK]} if has_data() else {}


def data(root: Path) -> dict[str, Any] | None:
    """Return the weights and where the network is, or nothing where there are no data."""
    if not has_data():
        return None
    found = datasets.load(DATA)
    split = splits.strong_generalisation(found.interactions)
    network = {"name": NETWORK, "file": PLACE}
    return make_picker(found, split).for_page() | {"network": network}


def shown(title: str) -> str:
    """Put the article first again."""
    name, _, year = title.rpartition(" (")
    for article in ("The", "A", "An", "Il", "La", "Le", "Das"):
        if name.endswith(f", {article}"):
            name = f"{article} {name.removesuffix(f', {article}')}"
    return f"{name} ({year}"


def still(root: Path) -> str:
    """Return the lists as they stand in results/, in HTML."""
    if not (root / LISTS).is_file():
        raise ExtensionError(
            f"The landing page finds no {LISTS}: run `python experiments/first_lists.py`."
        )
    rows = pd.read_csv(root / LISTS)
    films = {kind: of_kind["film"] for kind, of_kind in rows.groupby("list", sort=False)}

    def items(kind: str) -> str:
        return "".join(f"<li>{escape(shown(film))}</li>" for film in films[kind])

    picks = ", ".join(f"<em>{escape(shown(film))}</em>" for film in films["picks"])
    columns = "".join(
        f'<div class="picker-list {kind}"><p class="picker-head">{head}</p>'
        f"<ol>{items(kind)}</ol></div>"
        for kind, head in HEADS.items()
    )
    somebody = f'<p class="picker-picks">Somebody liked {picks}.</p>'
    return f'{somebody}<div class="picker-lists">{columns}</div>'
