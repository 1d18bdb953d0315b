"""Buttons that open a page's notebook in Colab or on Binder, once the pages have an address.

No address is written down in the book. `RECOTOUR_REPOSITORY`, given when the pages are built,
names the repository on GitHub to whose branch `gh-pages` (or `RECOTOUR_PAGES_BRANCH`) they will be
pushed, as GitHub Pages serves them; the notebooks of the edition lie among them, and each sets up
what it needs by its first cell. Without it the pages have no such buttons.
"""

import re
from dataclasses import dataclass
from os import environ
from typing import Any, Final, Self

from sphinx.errors import ExtensionError

REPOSITORY, BRANCH = "RECOTOUR_REPOSITORY", "RECOTOUR_PAGES_BRANCH"
ADDRESS: Final = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
ICON: Final = "fas fa-rocket"


@dataclass(frozen=True)
class Published:
    """Where the pages will be: a branch of a repository."""

    owner: str
    name: str
    branch: str

    @classmethod
    def of(cls, repository: str, branch: str) -> Self:
        """Read the address of a repository.

        Raises
        ------
        ExtensionError
            When it is none of GitHub's, from which Colab and Binder could open a notebook.
        """
        found = ADDRESS.fullmatch(repository.strip())
        if not found:
            raise ExtensionError(
                f"{REPOSITORY} is '{repository}', from which no button can be made: write it as "
                "https://github.com/OWNER/NAME, or leave it out."
            )
        return cls(*found.groups(), branch or "gh-pages")

    def colab(self, path: str) -> str:
        """Give the address at which Colab opens a notebook."""
        place = f"{self.owner}/{self.name}/blob/{self.branch}/{path}"
        return f"https://colab.research.google.com/github/{place}"

    def binder(self, path: str) -> str:
        """Give the address at which Binder opens a notebook in JupyterLab."""
        place = f"{self.owner}/{self.name}/{self.branch}?urlpath=lab/tree/{path}"
        return f"https://mybinder.org/v2/gh/{place}"


def published() -> Published | None:
    """Give where the pages will be, if that is said."""
    repository = environ.get(REPOSITORY, "")
    return Published.of(repository, environ.get(BRANCH, "")) if repository else None


def group(where: Published, path: str) -> dict[str, Any]:
    """Describe the buttons of a page, as the theme wants it."""
    places = {"Colab": where.colab(path), "Binder": where.binder(path)}
    buttons = [
        {"type": "link", "text": name, "tooltip": f"Run this page on {name}", "url": address}
        for name, address in places.items()
    ]
    words = {"tooltip": "Run this page elsewhere", "label": "launch-buttons"}
    return {"type": "group", "icon": ICON, "buttons": buttons, **words}
