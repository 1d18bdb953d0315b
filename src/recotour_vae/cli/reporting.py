"""`recotour-vae data FILE --report`: what is odd in the data, said here and drawn in a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recotour_vae.cli.output import say
from recotour_vae.errors import ConfigError

if TYPE_CHECKING:
    from recotour_vae.cli.data import Data
    from recotour_vae.datasets.report import Advice, Report

_BESIDE: Final = "-report.html"  # of a bare --report, by which it is known again
_ENDINGS: Final = (".html", ".htm")
_OF_USE: Final = {"report", "test_after", "min_clicks"}
_COLUMNS: Final = {"titles", "user", "item", "rating", "timestamp", "split"}


def with_a_path(argv: Sequence[str]) -> list[str]:
    """Give a bare `--report` a value: it is the last word, or another option follows."""
    if argv[:1] != ["data"]:
        return list(argv)
    after = [*argv[1:], "--"]
    bare = [a == "--report" and b.startswith("--") for a, b in zip(argv, after, strict=True)]
    return [
        f"--report={_BESIDE}" if is_bare else word for word, is_bare in zip(argv, bare, strict=True)
    ]


def report_on(command: "Data", page: Path, typed: Mapping[str, str]) -> None:
    """Look at the data: say what to look at first, and write the page.

    Parameters
    ----------
    command
        What was typed, read.
    page
        Path of the page.
    typed
        The options that were typed, by name.

    Raises
    ------
    ConfigError
        When the page is to have another ending, or an option could do nothing here.
    MissingPackageError
        When matplotlib is not installed.
    """
    _refuse_idle(typed)
    path = _beside(command.source) if str(page) == _BESIDE else page
    _check_name(path)
    from recotour_vae.datasets.report import ReportConfig, advise, examine, figures
    from recotour_vae.datasets.report import page as pages

    figures.check()  # before a large file is read
    splitting = command.splitting
    config = ReportConfig(cut=splitting.test_after, min_clicks=splitting.min_clicks)
    data = command.file.load(command.source, typed, merge=False)
    report = examine(data.interactions, data.name, config)
    pages.write(report, path)
    say(_summary(report, advise(report)))
    say(f"\nThe report is in {path}.")


def _summary(report: "Report", found: "Sequence[Advice]") -> str:
    """Say what was found, what concerns most rows first."""
    from recotour_vae.datasets.report.advice import sentence

    log = report.log
    head = f"{report.name}: {len(log):,} rows, {log.n_users:,} users, {log.n_items:,} items"
    if not found:
        return f"{head}\n\nNothing is out of the ordinary."
    rows = (
        f"{place}. {sentence(one.what)}\n   {sentence(one.do)}"
        for place, one in enumerate(found, 1)
    )
    return "\n".join([head, "\nLook at this first:", *rows])


def _beside(source: str) -> Path:
    from recotour_vae import datasets
    from recotour_vae.datasets import files

    if source in datasets.names():
        return Path(f"{source}{_BESIDE}")
    path = files.locate(source, "data set and no file", "check the path")
    return path.with_name(path.name.split(".")[0] + _BESIDE)


def _check_name(path: Path) -> None:
    if not path.name.lower().endswith(_ENDINGS):
        raise ConfigError(
            f"--report {path} is to end in .html; if {path} is the data, type its name before "
            "--report."
        )


def _refuse_idle(typed: Mapping[str, str]) -> None:
    idle = [option for name, option in typed.items() if name not in _OF_USE | _COLUMNS]
    if idle:
        raise ConfigError(
            f"{', '.join(idle)} could have no effect beside --report, which splits nothing; leave "
            "it out, and split in a command of its own."
        )
