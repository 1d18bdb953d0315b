"""What the chapters need: the library's source on the page, and a kernel that does without MXNet.

A cell that uses MXNet begins with the line `# needs MXNet`. Where MXNet is not installed such a
cell is replaced by one that says so, and Run All goes on with the next one.
"""

from typing import Final

from recotour_book.source import show_source
from recotour_vae.runtime.mxnet import HOW_TO_INSTALL, has_mxnet

MARK: Final = "# needs MXNet"

__all__ = ["MARK", "explain", "show_source", "skip_without_mxnet"]


def skip_without_mxnet() -> None:
    """Let the kernel pass over marked cells, and say why; call it in a notebook's first cell.

    Nothing happens where MXNet is installed, or outside a notebook.
    """
    import IPython

    shell = IPython.get_ipython()
    if shell is not None and not has_mxnet():
        transformers = shell.input_transformers_cleanup
        if explain not in transformers:
            transformers.append(explain)


def explain(lines: list[str]) -> list[str]:
    """Replace the lines of a marked cell by a sentence about why they did not run."""
    if lines and lines[0].strip() == MARK:
        return [f"print({'Not run: ' + HOW_TO_INSTALL!r})\n"]
    return lines
