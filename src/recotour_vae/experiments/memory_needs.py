"""How much memory a run takes, so that as many go side by side as there is room for."""

from typing import Final

from recotour_vae.experiments.setting import Setting

_PROCESS: Final = 600 * 2**20  # the frameworks themselves, and the data while it is read
_COPIES: Final = 5  # of the weights: gradient, two moments of Adam, the best epoch's copy
_BATCHES: Final = 4  # arrays of the size of a batch's logits
_SQUARES: Final = {"ease": 3, "slim": 6}  # n_items² doubles; the others work in blocks


def bytes_needed(setting: Setting, n_items: int) -> int:
    """Estimate the memory of a run in bytes, on the safe side."""
    if not setting.is_autoencoder:
        return _PROCESS + _SQUARES.get(setting.model, 0) * 8 * n_items**2
    config, training = setting.model_config(), setting.training_config()
    widths = (*config.widths, config.latent)
    weights = 2 * n_items * widths[0]  # the layers at the items outweigh all others
    return _PROCESS + 4 * (_COPIES * weights + _BATCHES * training.batch_size * n_items)
