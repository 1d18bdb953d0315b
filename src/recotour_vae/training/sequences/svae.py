"""SVAE: a variational autoencoder of each moment, which knows what came before it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Arrays, Ints
from recotour_vae.errors import ConfigError, DataError
from recotour_vae.evaluation import check, evaluate
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.recommenders.blocks import blocks
from recotour_vae.recommenders.interface import Recommender
from recotour_vae.splits import HeldOut, Histories
from recotour_vae.training.sequences.config import SVAEConfig
from recotour_vae.training.validation import check_monitor, names_of

if TYPE_CHECKING:
    import pandas as pd

    from recotour_vae.models.pytorch.svae import SVAENetwork
    from recotour_vae.splits import Split
    from recotour_vae.training.sequences.loop import Measure

_PEOPLE: Final = 500  # whose lists are made at a time
_COPIES: Final = 5  # of the weights: gradient, two moments of Adam, the best epoch's, ours
_STEPS: Final = 200  # of a person in a batch, which is more than most have
_OF_A_BATCH: Final = 3  # arrays of the size of a batch's logits


class SVAE(Recommender[SVAEConfig]):
    """Read what somebody did in order of time, and say what they do next (Sachdeva et al. 2019).

    A GRU goes through the vectors of a person's items. Its state after each of them, which knows
    all before, is encoded as a normal distribution of a code, and what is decoded from the code is
    a multinomial over all items, under which the next four items are to be likely: the objective
    is a person's ELBO, a sum over the steps. A list is made from the state after the last item.

    It is fitted on histories with times, as those of a split whose data have them, and asked with
    `rank_histories`, which `evaluate` does; it answers for whoever is shown to it. Events of one
    time are read in the order of the columns.

    Its parameters are those of `SVAEConfig`.

    Attributes
    ----------
    parameters
        Of the network, by name.
    course : pandas.DataFrame
        A row an epoch: β, the parts of the loss, a mean over people each, and the metrics of the
        validation users; there once it is fitted, and not in what `load` gives.

    Examples
    --------
    Everybody goes through the films in the same circle, from wherever they begin:

    >>> circle = [[(first + step) % 6 for step in range(4)] for first in range(6)]
    >>> people = Histories(range(0, 25, 4), sum(circle, []), times=[1, 2, 3, 4] * 6, n_items=6)
    >>> small = SVAEConfig(1, 8, 8, 8, 4, epochs=60, learning_rate=0.02, weight_decay=0, beta=0)
    >>> model = SVAE(small).fit(people)
    >>> model.rank_histories(Histories([0, 2], [4, 5], times=[1, 2], n_items=6), 1).tolist()
    [[0]]
    """

    name = "svae"
    Config = SVAEConfig
    state: ClassVar[tuple[str, ...]] = ("parameters",)
    parameters: Arrays
    course: "pd.DataFrame"

    def fit(self, histories: Histories, validation: HeldOut | None = None) -> Self:
        """Train on histories with times; validation users choose the epoch.

        Raises
        ------
        DataError
            When times are not known, or nobody did two things.
        ConfigError
            When memory cannot hold what it needs.
        MetricError
            When the monitored metric cannot be measured on the validation users.
        DivergenceError
            When the loss stops being a number; it has then the parameters of its best epoch.
        """
        from recotour_vae.training.sequences.loop import train

        self._check(histories)
        measure = self._measure(validation)
        network = self._network(histories.n_items)
        try:
            self.course = train(network, self.config, histories, measure)
        finally:
            self.parameters = network.arrays()
        return self

    def fit_split(self, split: "Split") -> Self:
        """Train on a split's training users in order of time; validation users choose the epoch."""
        return self.fit(split.history, split.validation)

    @property
    def epoch(self) -> int:
        """Epoch whose parameters were kept, counted from 1."""
        course, monitor = self.course, self.config.monitor
        if monitor not in course:
            return len(course)
        best = course[monitor].to_numpy()
        better = np.argmax if self.config.training().higher_is_better else np.argmin
        return int(better(best)) + 1

    def rank_histories(self, shown: Histories, k: int) -> Ints:
        """List the k items that each person does next most likely, of those not done, best first.

        Parameters
        ----------
        shown
            What is known of them, a row a person, with times.
        k
            Length of the lists.

        Returns
        -------
        numpy.ndarray
            (n_people, k) columns, -1 for an empty place.

        Raises
        ------
        DataError
            When times are not known, or the items are not those of the model.
        """
        import torch

        network = self._network(self._known(shown)).eval()
        network.load_arrays(self.parameters)
        seeds = torch.Generator().manual_seed(self.config.seed)
        noise = seeds if self.config.noise_when_scoring else None
        with torch.inference_mode():
            network = self._placed(network)
            rows = blocks(len(shown), _PEOPLE)
            return np.concatenate([self._rank(network, shown.rows(s), k, noise) for s in rows])

    def score(self, clicks: csr_matrix) -> NoReturn:
        """Refuse: clicks without an order are not what it reads.

        Raises
        ------
        DataError
            Always, once it is fitted.
        """
        assert self.parameters  # or it says that it is not fitted
        raise DataError(
            "SVAE reads what people did in order of time, and a matrix of clicks has none; ask "
            "rank_histories with histories that have times, as evaluate does, or take a model of "
            "clicks, such as Mult-VAE."
        )

    def memory_needed(self, n_items: int) -> int:
        """Bytes of the weights, their companions, and the logits of a batch."""
        logits = _OF_A_BATCH * self.config.batch_size * _STEPS * n_items
        return 4 * (_COPIES * self.config.n_weights(n_items) + logits)

    def arrays(self) -> Arrays:
        """Give the network's parameters by name; they are not copies."""
        return dict(self.parameters)

    def load_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put in place what `arrays` gave."""
        self.parameters = dict(arrays)

    def _network(self, n_items: int) -> "SVAENetwork":
        from recotour_vae.models.pytorch.svae import SVAENetwork

        return SVAENetwork(n_items, self.config, self.config.seed)

    def _placed(self, network: "SVAENetwork") -> "SVAENetwork":
        from recotour_vae.training.devices import resolve_device

        return network.to(resolve_device(self.config.device))

    def _measure(self, validation: HeldOut | None) -> "Measure | None":
        """Make what measures validation users under some parameters."""
        if validation is None:
            if self.config.patience:
                raise ConfigError(
                    "patience watches validation users, and none are given; use fit_split, or "
                    "leave it out."
                )
            return None
        check_monitor(self.config.monitor)
        metrics = names_of(self.config.monitor, validation.fold_in.shape[1])
        check(validation, metrics)
        _in_time(validation.shown)

        def measure(arrays: Arrays) -> dict[str, float]:
            self.parameters = arrays
            found = evaluate(self, validation, metrics)
            return {name: found.mean(name) for name in metrics}

        return measure

    def _check(self, histories: Histories) -> None:
        _in_time(histories)
        if not (np.diff(histories.starts) > 1).any():
            raise DataError(
                "Nobody in these histories did two things, so there is no next one to learn from; "
                "give longer histories, as split.history has."
            )
        self.check_memory(histories.n_items)

    def _known(self, shown: Histories) -> int:
        """Give the number of items, if it is that of the model."""
        known = len(self.parameters["items.weight"])
        if _in_time(shown).n_items != known:
            raise DataError(
                f"The histories are on {shown.n_items:,} items and the model knows {known:,}; use "
                "the split that it was fitted on."
            )
        return known

    def _rank(self, network: "SVAENetwork", shown: Histories, k: int, noise: Any) -> Ints:
        fed = shown if self.config.feed_last else _without_last(shown)
        masked = shown if self.config.mask_last else _without_last(shown)
        return top_k_unseen(network.next_scores(fed, noise).cpu().numpy(), masked.clicks, k)


def _in_time(histories: Histories) -> Histories:
    """Refuse what is no history, or has no times."""
    if not isinstance(histories, Histories):
        raise DataError(
            f"SVAE is fitted on what people did in order of time, and this is of type "
            f"{type(histories).__name__}; give split.history, or use fit_split."
        )
    if histories.times is None:
        raise DataError(
            "SVAE reads what people did in order of time, and these histories have no times; take "
            "data with a column of time stamps, or a model of clicks, such as Mult-VAE."
        )
    return histories


def _without_last(histories: Histories) -> Histories:
    """Leave out each person's last event."""
    ends = histories.starts[1:][np.diff(histories.starts) > 0] - 1
    kept = np.delete(np.arange(histories.n_events), ends)
    counts = np.maximum(np.diff(histories.starts) - 1, 0)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Histories(starts, histories.items[kept], n_items=histories.n_items)
