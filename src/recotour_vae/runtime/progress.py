"""Progress bars: shown where somebody looks, silent in CI and in stored notebooks."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def bar(iterable: Iterable[Any] | None, show: bool | None = None, **options: Any) -> "tqdm[Any]":
    """Wrap an iterable, or nothing, in a tqdm bar; `show=None` decides by `is_watched`."""
    visible = is_watched() if show is None else show
    return tqdm(iterable, disable=not visible, dynamic_ncols=True, **options)


def is_watched() -> bool:
    """Whether a person sees the output: a terminal or a live notebook, and not CI."""
    if os.environ.get("CI") or os.environ.get("TQDM_DISABLE"):
        return False
    return sys.stderr.isatty() or _in_notebook()


def _in_notebook() -> bool:
    """Whether this process is the kernel of a notebook; IPython is not imported to find out."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
