"""How much memory a run takes, so that as many go side by side as there is room for."""

from typing import Final

from recotour_vae.experiments.setting import Setting

_PROCESS: Final = 600 * 2**20  # the frameworks themselves, and the data while it is read


def bytes_needed(setting: Setting, n_items: int) -> int:
    """Estimate the memory of a run in bytes, on the safe side."""
    return _PROCESS + setting.recommender().memory_needed(n_items)
