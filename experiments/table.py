"""A table of runs under results/ that grows row by row, each row with its provenance."""

import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from recotour_vae.splits import Split

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Table:
    """A CSV file of runs; `key` names the columns that tell one run from another."""

    path: Path
    key: tuple[str, ...]

    def rows(self) -> pd.DataFrame:
        """Give what is there; an empty table before the first run."""
        if not self.path.exists():
            return pd.DataFrame(columns=[*self.key])
        return pd.read_csv(self.path, dtype={"commit": str})  # 3e16085 is no number

    def has(self, **run: Any) -> bool:
        """Whether a run was made already."""
        known = self.rows()[[*self.key]].astype(str)
        wanted = [str(run[name]) for name in self.key]
        return bool((known == wanted).all(axis=1).any())

    def append(self, row: dict[str, Any]) -> None:
        """Add a run, and show it."""
        self.path.parent.mkdir(exist_ok=True)
        before = [self.rows()] if self.path.exists() else []
        pd.concat([*before, pd.DataFrame([row])]).to_csv(self.path, index=False)
        shown = {name: value for name, value in row.items() if name in (*self.key, "ndcg@100")}
        print(*(f"{name}={value}" for name, value in shown.items()), flush=True)


def provenance(split: Split, packages: Iterable[str]) -> dict[str, str]:
    """Say which data and which code made a row: split, versions of packages, commit."""
    found = [f"{name} {version(name)}" for name in packages]
    versions = ", ".join([*found, f"Python {platform.python_version()}"])
    return {"split": split.fingerprint(), "versions": versions, "commit": commit()}


@cache
def commit() -> str:
    """Name the code that runs: the commit it was read from, whatever happens to the tree later."""
    changed = _git("status", "--porcelain", "--", "src", "experiments")
    return _git("rev-parse", "--short", "HEAD") + ("-dirty" if changed else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
