"""Take over the tables of two scripts that are declared grids now.

Usage: python experiments/older_tables.py FOLDER

The folder holds two-frameworks.csv and likelihoods.csv as the scripts wrote them (git has both,
with the scripts, in the commit before this file). Every number, split, version and commit stays;
the rest of a row is what the grid says of the same run. The scripts did not yet note a fingerprint
of the code, so `code` is the commit, and what they did not measure stays empty.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from recotour_vae.experiments import Results, Setting, read
from recotour_vae.experiments.table import pack

ROOT = Path(__file__).parents[1]
KEYS = {  # by which the scripts told their rows apart
    "two-frameworks": ("framework", "seed"),
    "likelihoods": ("model", "likelihood", "learning_rate", "beta_cap", "seed"),
}
KEPT = ("split", "versions", "commit")
RENAMED = {"seconds": "fit_seconds"}
PER_USER = "ndcg@100"


def key_of(setting: Setting, names: tuple[str, ...]) -> tuple[Any, ...]:
    """Say how a script told a run apart; Mult-DAE has no β, and its cap was written as 0."""
    options = {**setting.options, "beta_cap": setting.options.get("beta", 0.0)}
    return tuple({**options, **vars(setting)}[name] for name in names)


def rows(name: str, old: pd.DataFrame) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Go through a script's table: a row of the grid, and the values of its test users, if any.

    Parameters
    ----------
    name
        Of the table and of the grid.
    old
        As the script wrote it.
    """
    experiment = read(ROOT / "experiments" / f"{name}.toml")
    settings = {key_of(one, KEYS[name]): one for one in experiment.settings()}
    columns = Results(ROOT / "results", name).runs.columns
    for one in old.to_dict("records"):
        setting = settings[tuple(one[key] for key in KEYS[name])]
        yield row(setting, one, columns), one.get("per_user")


def row(setting: Setting, old: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """Write a row of a script as one of the grid."""
    found = {RENAMED.get(str(name), str(name)): value for name, value in old.items()}
    made: dict[str, Any] = {name: found.get(name) for name in columns}
    made |= {"run": setting.id, "data": setting.data, "split_seed": setting.split}
    made |= {"model": setting.model, "framework": setting.framework, "seed": setting.seed}
    made |= {"options": json.dumps(dict(setting.options), sort_keys=True)}
    made |= {"settings": json.dumps(setting.everything(), sort_keys=True)}
    users = old.get("users")
    made |= {"test_users": None if users is None else len(str(users).split())}
    return made | {name: old[name] for name in KEPT} | {"code": old["commit"]}


def main(folder: Path) -> int:
    """Write both tables anew."""
    for name in KEYS:
        results = Results(ROOT / "results", name)
        old = pd.read_csv(folder / f"{name}.csv", dtype={"commit": str})
        for table in (results.runs, results.users):
            table.path.unlink(missing_ok=True)
        for made, per_user in rows(name, old):
            if per_user is not None:
                values = pack(map(float, per_user.split()), decimals=4)
                results.users.append({"run": made["run"], "what": PER_USER, "values": values})
            results.runs.append(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
