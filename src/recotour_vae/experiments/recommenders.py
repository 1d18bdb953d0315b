"""The baselines by name, for whoever reads names: the command line and experiment files."""

from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, Final


@dataclass(frozen=True)
class Named:
    """Where a baseline is; it is imported when it is used."""

    module: str
    kind: str

    def options(self) -> dict[str, Any]:
        """Give its settings and their defaults."""
        return {f.name: f.default for f in fields(self._class()) if f.init}

    def make(self, **options: Any) -> Any:
        """Build it."""
        return self._class()(**options)

    def _class(self) -> Any:
        return getattr(import_module(f"recotour_vae.baselines.{self.module}"), self.kind)


BASELINES: Final = {
    "popularity": Named("popularity", "Popularity"),
    "item-knn": Named("item_knn", "ItemKNN"),
    "user-knn": Named("user_knn", "UserKNN"),
    "rp3beta": Named("rp3beta", "RP3beta"),
    "puresvd": Named("puresvd", "PureSVD"),
    "ials": Named("ials", "IALS"),
    "slim": Named("slim", "SLIM"),
    "ease": Named("ease", "EASE"),
}
