"""What the part `meet` shows: trained models, and what films are called and were.

The models are made when the book is built, from the MovieLens 100K that `make data` has fetched:
the data may not be passed on. Where they are not there, the page says so and keeps its words.
"""

from functools import cache
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

from recotour_book import meet
from recotour_book.picker import PRESETS
from recotour_vae.errors import RecotourError
from recotour_vae.serving.export import WebModel, read_web

FOLDER = "models"  # below the scripts


@cache
def models() -> dict[str, WebModel]:
    """Return the models by name, trained now or kept from before."""
    try:
        return {name: read_web(path) for name, path in meet.scripts().items()}
    except RecotourError as error:
        raise ExtensionError(str(error)) from error


def files(root: Path) -> dict[str, Path]:
    """Return the scripts of the models, by where the page fetches them."""
    return {f"{FOLDER}/{name}.js": path for name, path in meet.scripts().items()}


def described(model: WebModel) -> dict[str, Any]:
    """Say of a model what stands above its list."""
    about = model.about
    facts = {key: about[key] for key in ("name", "kind", "framework", "precision")}
    return facts | {"file": f"{FOLDER}/{about['name']}.js", "beta": about["settings"].get("beta")}


def data(root: Path) -> dict[str, Any] | None:
    """Return what the page knows before it has loaded a model, or nothing without data."""
    found = models()
    if not found:
        return None
    about = next(iter(found.values())).about
    titles = about["titles"]
    presets = {name: [titles.index(title) for title in liked] for name, liked in PRESETS.items()}
    return {"models": [described(model) for model in found.values()], "presets": presets}
