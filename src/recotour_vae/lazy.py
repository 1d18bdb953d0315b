"""Names of a package that are looked up in its modules when they are first used (PEP 562)."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


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
