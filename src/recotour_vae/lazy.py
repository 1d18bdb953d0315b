"""Names of a package that are looked up in its modules when they are first used (PEP 562)."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from recotour_vae.errors import MissingPackageError


def lazily(package: str, **homes: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the `__getattr__` and `__dir__` of a package, so that importing it costs nothing.

    Parameters
    ----------
    package
        Its name.
    homes
        For each module of the package, the names that the package gives on from it, with blanks
        between.

    Returns
    -------
    tuple
        The two functions, to be bound to those names in the package's `__init__`.
    """
    home = {name: module for module, names in homes.items() for name in names.split()}

    def look_up(name: str) -> Any:
        if name in home:
            return getattr(import_module(f"{package}.{home[name]}"), name)
        if name in homes:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    return look_up, lambda: sorted(home)


def in_the_book(old: str, new: str) -> Callable[[str], Any]:
    """Make the `__getattr__` of a door: a module whose code is in the book's package now.

    Parameters
    ----------
    old
        Name of the door.
    new
        Name of the module or package behind it.

    Returns
    -------
    Callable
        Looks a name up behind the door. It raises `MissingPackageError` where the book's package
        is not installed.
    """
    book = new.partition(".")[0]

    def look_up(name: str) -> Any:
        if name.startswith("__"):  # asked for by the import system: a door is no package
            raise AttributeError(f"module '{old}' has no attribute '{name}'")
        if find_spec(book) is None:
            raise MissingPackageError(
                f"{old} is now {new}, of the book's own package {book}, which is not installed; "
                'in a clone of the repository run `pip install -e ".[book]"`.'
            )
        return getattr(__import__(new, fromlist=[name]), name)

    return look_up
