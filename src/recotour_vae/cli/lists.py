"""Lists that a catalogue can fill: what to type where the paper's are too long."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from recotour_vae.errors import MetricError
from recotour_vae.evaluation.registry import ERROR_METRICS, PAPER_METRICS, parse_name

if TYPE_CHECKING:
    from recotour_vae.splits import Split

_LENGTHS: Final = (100, 50, 20, 10, 5, 3, 2)


def check_lists(option: str, names: Sequence[str], n_items: int) -> None:
    """Refuse metrics whose lists are longer than the catalogue, before anything is computed.

    Raises
    ------
    MetricError
        Saying what to type; and when there is no such metric.
    """
    for name in names:
        k = parse_name(name)[1]
        if k > n_items:
            instead = " ".join(metrics_that_fit(names, n_items))
            raise MetricError(
                f"{name} needs lists of {k} items, and there are {n_items} here; give a k of at "
                f"most {n_items}, as in {option} {instead}."
            )


def usual_metrics(model: object, split: "Split") -> tuple[str, ...]:
    """Name what a model is measured by on a split where nobody says: errors, or lists."""
    if split.of_ratings and hasattr(model, "rate"):
        return ERROR_METRICS
    return tuple(metrics_that_fit(PAPER_METRICS, split.n_items))


def metrics_that_fit(names: Sequence[str], n_items: int) -> list[str]:
    """Shorten the lists of metrics that the catalogue cannot fill; the others stay."""
    short = next((k for k in _LENGTHS if 4 * k <= n_items), 1)
    fitting = []
    for name in names:
        kind, k = parse_name(name)
        fitting.append(name if k <= n_items else f"{kind}@{short}")
    return list(dict.fromkeys(fitting))  # each once, as two may have become one
