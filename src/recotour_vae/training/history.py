"""One row an epoch: what training did, as a table."""

import pandas as pd


def history_table(rows: list[dict[str, float]]) -> pd.DataFrame:
    """Lay out the rows of a run.

    Returns
    -------
    pandas.DataFrame
        Indexed by `epoch`, from 1, with the columns

        - what the network's schedule says of the epoch's last update: of Mult-VAE `beta`, the
          weight of the KL divergence;
        - `learning_rate`: of the epoch's updates;
        - one for each part of the network's loss, a mean over the users: of Mult-VAE `loss`, `nll`
          and `kl`, nll + beta · kl and its parts, in nats;
        - `validation_loss`: negative log-likelihood of the held-out clicks, nats a user;
        - one for each metric on the validation users;
        - `seconds`: wall time of the epoch, validation included.
    """
    table = pd.DataFrame(rows)
    return table if table.empty else table.astype({"epoch": int}).set_index("epoch")
