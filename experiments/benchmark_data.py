"""Write the MovieLens 1M of the stored results from GroupLens' own file, for anyone to run them.

Most experiments read `ml-1m/interactions.csv.gz` in the folder that RECOTOUR_DATA names: clicks
with renumbered people and a column `split`. This writes it from `ml-1m.zip`, which is fetched into
the cache; what was held out of whom is kept with the library (`splits.benchmark_split`). Afterwards

    RECOTOUR_DATA=data recotour-vae experiments repeat progress RUN

makes any row again, on the same split to the last bit.
"""

import argparse
from pathlib import Path

import pandas as pd

from recotour_vae import datasets, splits
from recotour_vae.splits import PARTS, Split


def rows_of(split: Split) -> pd.DataFrame:
    """Give the clicks of a split in a table: user, item and part, sorted by both."""
    groups = [split.validation, split.test]
    blocks = [(split.train, split.train_users), *((g.fold_in, g.users) for g in groups)]
    blocks += [(g.held_out, g.users) for g in groups]
    names = [PARTS[0], PARTS[1], PARTS[3], PARTS[2], PARTS[4]]
    found = []
    for (clicks, users), name in zip(blocks, names, strict=True):
        row, column = clicks.nonzero()
        found.append(pd.DataFrame({"user": users[row], "item": split.items[column], "split": name}))
    return pd.concat(found).sort_values(["user", "item"], ignore_index=True)


def write(interactions: pd.DataFrame, folder: Path) -> Path:
    """Write the file into a folder, and give its path."""
    path = folder / "ml-1m" / "interactions.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    split = splits.benchmark_split(interactions, "ml-1m")
    rows_of(split).to_csv(path, index=False)
    return path


def main() -> None:
    """Write it where it is asked for, and say what to type next."""
    about, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("data"), help="(default: data)")
    folder = parser.parse_args().folder
    path = write(datasets.load("ml-1m").interactions, folder)
    print(f"Wrote {path}. Next: RECOTOUR_DATA={folder} recotour-vae experiments report progress")


if __name__ == "__main__":
    main()
