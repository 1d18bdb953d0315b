"""One row an epoch: what training did, as a table."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

Row = Mapping[str, float]

COLUMNS: Final = {
    "epoch": "counted from 1",
    "beta": "weight of the KL divergence at the last update",
    "learning_rate": "of the epoch's updates",
    "loss": "nll + beta · kl, mean over the epoch's users, nats",
    "nll": "negative log-likelihood of the clicks, nats a user",
    "kl": "KL divergence from the prior, nats a user",
    "validation_loss": "negative log-likelihood of held-out clicks, nats a user",
    "seconds": "wall time of the epoch, validation included",
}


def history_table(rows: list[dict[str, float]]) -> pd.DataFrame:
    """Lay out the rows with the epoch as index; validation metrics are columns of their own."""
    table = pd.DataFrame(rows)
    return table if table.empty else table.astype({"epoch": int}).set_index("epoch")
