"""`recotour-vae data`: fetch a data set, count it, and split it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import OmitArgPrefixes, Positional, arg

from recotour_vae.cli.options import FileOptions, SplitOptions
from recotour_vae.cli.output import say
from recotour_vae.cli.reporting import report_on
from recotour_vae.cli.typed import typed

if TYPE_CHECKING:
    from recotour_vae.datasets import Dataset


@dataclass(frozen=True)
class Data:
    """Fetch a data set, count it, and split it.

    Examples:
      recotour-vae data
      recotour-vae data ml-20m --validation-users 10000 --test-users 10000 --out ml-20m.npz
      recotour-vae data orders.csv --user customer --item sku
      recotour-vae data ratings.csv --timestamp none --click-above 7
      recotour-vae data ratings.dat --titles movies.dat
      recotour-vae data ml-100k --protocol in-time --test-after 1998-04-01
      recotour-vae data ml-100k --protocol ratings --folds official --fold 1 --out u1.npz
      recotour-vae data orders.csv --user customer --item sku --report
      recotour-vae data clicks.csv --report look.html --min-clicks 3

    Parameters
    ----------
    source
        Name of a published data set (ml-100k, ml-1m, ml-20m, ml-25m, ml-32m, amazon-movies) or
        the path of a file: CSV, TSV or another text table, also gzipped, or Parquet. The
        separator is found out; what was found or changed is said in a note.
    splitting
        How it is split.
    out
        File (.npz) to write the split to.
    report
        Look at the data in place of splitting them: what is odd is said here, and an HTML file
        has figures. A bare --report, after the name of the data, writes NAME-report.html beside
        the file.
    file
        How a file is read.
    """

    source: Positional[Annotated[str, arg(metavar="DATA")]] = "ml-100k"
    splitting: OmitArgPrefixes[SplitOptions] = field(default_factory=SplitOptions)
    out: Path | None = None
    report: Path | None = None
    file: OmitArgPrefixes[FileOptions] = field(default_factory=FileOptions)

    def run(self, argv: Sequence[str]) -> None:
        """Print the counts, or what is odd."""
        if self.report is not None:
            return report_on(self, self.report, typed(argv))
        data = self.file.load(self.source, typed(argv))
        say(describe(data))
        split = self.splitting.split(data, typed(argv))
        say(
            f"{split.n_items:,} items in training; the split's fingerprint is {split.fingerprint()}"
        )
        say(split.summary().to_string())
        if self.out:
            say(f"Saved in {split.save(self.out)}.")
        return None


def describe(data: "Dataset") -> str:
    """Say how large a data set is, in one line."""
    table = data.interactions
    users, items = table["user"].nunique(), table["item"].nunique()
    share = len(table) / (users * items)
    titled = f", {len(data.titles):,} titles" if len(data.titles) else ""
    return (
        f"{data.name}: {len(table):,} rows, {users:,} users, {items:,} items{titled}, "
        f"density {share:.4%}"
    )
