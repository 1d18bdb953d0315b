"""Tolerant comparison for `pytest --nbval book/`, switched on cell by cell.

nbval runs every notebook and compares each cell's outputs with the stored ones. Numbers that come
out of training differ in their last digits from processor to processor, so a cell may carry the
tag `nbval-atol-0.02` (any number): each number in its text may then differ from the stored one by
at most that absolute amount. Everything else must still agree: the words, the count of numbers,
and their order. Only spaces (columns widen when a number gains a digit) and the colours of a
styled table do not count. Cells without the tag are compared exactly.

A cell tagged `mxnet` needs MXNet: where that is not installed the cell is skipped, and counted.

For every cell: progress bars and warnings (stderr) and the pixels of pictures are not compared,
and the random name of a styled table and the address of an object are left out.

Several notebooks run side by side: `side_by_side.py` says how.
"""

import math
import re
from decimal import Decimal

import pytest
from nbval.plugin import IPyNbCell
from side_by_side import (  # noqa: F401 (pytest finds its hooks here)
    pytest_cmdline_main,
    pytest_collection_modifyitems,
    pytest_runtest_call,
)

from recotour_vae.runtime.mxnet import has_mxnet

collect_ignore = ["_build"]  # the build keeps copies of the notebooks

TAG = "nbval-atol-"
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
RANDOM = re.compile(r"(\bT_)[0-9a-f]{5}(?![0-9a-f])|( at 0x)[0-9a-f]+")
GLUE = "application/papermill.record/"
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
NOT_COMPARED = ("stderr", *PICTURES, *(GLUE + kind for kind in PICTURES))


def agree(stored: str, computed: str, atol: float) -> bool:
    """Tell whether two texts say the same when each number may be off by `atol`."""
    stored, computed = STYLE.sub("", stored), STYLE.sub("", computed)
    words = [" ".join(NUMBER.sub(" \0 ", text).split()) for text in (stored, computed)]
    if words[0] != words[1]:  # with a mark for each number, so their count is compared too
        return False
    pairs = zip(NUMBER.findall(stored), NUMBER.findall(computed), strict=True)
    return all(abs(Decimal(a) - Decimal(b)) <= Decimal(str(atol)) for a, b in pairs)


class TolerantText(str):
    """A text that equals another one when `agree` says so."""

    atol = 0.0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return agree(self, str(other), self.atol)

    def __ne__(self, other: object) -> bool:  # what nbval asks; str would answer for itself
        return not self == other


def read_tolerance(tags: list[str]) -> float | None:
    """Return the number in the tag `nbval-atol-NUMBER`, None without such a tag."""
    for tag in tags:
        if tag.startswith(TAG):
            try:
                atol = float(tag.removeprefix(TAG))
            except ValueError:
                atol = math.nan
            if not 0 <= atol < math.inf:
                raise pytest.UsageError(f"The tag {tag} needs a number, as in {TAG}0.02.")
            return atol
    return None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Make every notebook cell compare its outputs by the rules above."""
    if not isinstance(item, IPyNbCell):
        return
    tags = item.cell.metadata.get("tags", [])
    if "mxnet" in tags and not has_mxnet():
        item.add_marker(pytest.mark.skip(reason="MXNet is not installed"))
    atol = read_tolerance(tags)
    item.parent.skip_compare = (*item.parent.skip_compare, *NOT_COMPARED)

    def prepare(text: object) -> object:
        if not isinstance(text, str):
            return text
        text = RANDOM.sub(r"\1\2", text)
        if atol is not None:
            text = TolerantText(text)
            text.atol = atol
        return text

    item.sanitize = prepare
