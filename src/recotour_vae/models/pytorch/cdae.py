"""CDAE (Wu et al. 2016): a denoising autoencoder of clicks with a node for each person."""

from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Generator, Tensor, nn
from torch.nn import functional

from recotour_vae.arrays.types import Arrays, Ints
from recotour_vae.errors import ConfigError
from recotour_vae.evaluation.topk import mask_fold_in_, rank_scores
from recotour_vae.models.cdae_config import CDAEConfig
from recotour_vae.models.pytorch import cdae_loss
from recotour_vae.models.pytorch.cdae_loss import CDAELoss
from recotour_vae.models.pytorch.click_network import draw_keep
from recotour_vae.models.pytorch.clicks import ClickBatch, ClickMatrix
from recotour_vae.models.pytorch.knowing import Knowing
from recotour_vae.models.pytorch.layers import SumOfRows
from recotour_vae.models.pytorch.negatives import draw_negatives, every_unclicked
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.models.pytorch.people import (
    UNKNOWN,
    People,
    PeopleBatch,
    find,
    item_marks,
    marks_of,
)
from recotour_vae.splits import HeldOut


class CDAE(TorchNetwork):
    """Collaborative denoising autoencoder: clicks that are partly hidden, and who clicked them.

    The code of person u is z = h(s · Σ_j W_j + V_u + b), the sum over their clicks that were not
    dropped; item i scores W'_i · z + b'_i (Wu et al. 2016, section 4.1). Trained are all clicks,
    the dropped ones too, against unclicked items that are drawn for each update.

    How many people there are it learns when it sees the training clicks, and makes room for their
    vectors then. It knows a training person by their clicks: who is shown with exactly the
    training clicks of somebody has their vector (of equals the first's), and everybody else is
    new, see `CDAEConfig.newcomer`. Where more or less is shown of people that it was trained on,
    say who they are: `score(clicks, people)`, or `knowing` for `evaluate`.

    Parameters
    ----------
    n_items
        Width of the click matrix.
    seed
        Seed of the initial weights, uniform within ±4 √(6 / (n_items + latent)), biases 0.
    **own
        Settings of `CDAEConfig`.

    Examples
    --------
    >>> model = CDAE(n_items=5, latent=2)
    >>> clicks = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1]])
    >>> model.score(clicks).shape
    (2, 5)
    >>> model.rank(clicks, k=3).shape
    (2, 3)
    """

    kind = "cdae"
    softmax = False  # a score is of its item alone
    Loss = CDAELoss
    Batch: ClassVar[type[Any]] = PeopleBatch
    config: CDAEConfig
    inwards: nn.Parameter
    outwards: nn.Parameter
    marks: Tensor
    item_marks: Tensor

    def __init__(self, n_items: int, seed: int = 0, **own: Any) -> None:
        super().__init__()
        self.n_items, self.seed, self.config = n_items, seed, CDAEConfig(**own)
        names = ("inwards",) if self.config.tied else ("inwards", "outwards")
        random = Generator().manual_seed(seed)
        for name in names:
            self.register_parameter(name, nn.Parameter(self._uniform(n_items, random)))
        self.bias = nn.Parameter(torch.zeros(self.config.latent))
        self.item_bias = nn.Parameter(torch.zeros(n_items))
        if self.config.user_node:
            self.people = nn.Parameter(torch.empty(0, self.config.latent))
            self.register_buffer("marks", torch.empty(0, dtype=torch.int64))
            self.register_buffer("item_marks", item_marks(n_items), persistent=False)

    @classmethod
    def of(cls, config: CDAEConfig, n_items: int, seed: int = 0) -> Self:
        """Build the network that settings describe."""
        return cls(n_items, seed, **vars(config))

    @property
    def to_items(self) -> Tensor:
        """Weights from the code to the items, (n_items, latent)."""
        return self.inwards if self.config.tied else self.outwards

    # People

    def units(self, train: csr_matrix, device: torch.device) -> People:
        """Take the training clicks to where batches are cut, and make room for the people.

        Raises
        ------
        ConfigError
            When the network was trained on another number of people.
        """
        clicks = ClickMatrix.from_csr(train, device)
        if self.config.user_node:
            self._meet(clicks)
        return People(clicks)

    def recognise(self, clicks: ClickBatch) -> Tensor:
        """Find training people by what they clicked, (n_users,): their rows, or -1."""
        if not self.config.user_node:
            return torch.full_like(clicks.starts, UNKNOWN)
        return find(self.marks, marks_of(clicks, self.item_marks))

    def knowing(self, users: NDArray[Any], group: HeldOut) -> Knowing:
        """Say who the people of a group are, whatever is shown of them: for `evaluate`.

        Parameters
        ----------
        users
            Raw ids of the training people in the order of their rows, `split.train_users`.
        group
            Whose people are found among them by raw id; who is not there is new.
        """
        return Knowing.of(self, users, group)

    def nodes(self, people: Tensor) -> Tensor:
        """Give the vectors of people by their rows, (n_users, latent), -1 being who is new."""
        if self.training:
            return functional.embedding(people, self.people)
        return torch.cat([self.people, self._newcomer()])[people]

    def expect(self, arrays: Arrays) -> None:
        """Make room for as many people as there are in parameters that are to be loaded."""
        if self.config.user_node and "people" in arrays:
            self._make_room(len(arrays["people"]))

    def load_arrays(self, arrays: Arrays) -> None:
        """Put parameters in place, by name."""
        self.expect(arrays)
        super().load_arrays(arrays)

    # The equations

    def forward(self, clicks: ClickBatch, people: Tensor, keep: Tensor | None = None) -> Tensor:
        """Score all items, (n_users, n_items).

        Parameters
        ----------
        clicks
            The batch.
        people
            (n_users,) rows of the training people; -1 is who is new.
        keep
            (n_clicks,) 1 where a click is left in training, else 0; None leaves all as they are.
        """
        z = self.code(clicks, people, keep)
        return functional.linear(z, self.to_items, self.item_bias)

    def code(self, clicks: ClickBatch, people: Tensor, keep: Tensor | None = None) -> Tensor:
        """Give z, (n_users, latent); parameters are those of `forward`."""
        total = self.bias.expand(len(clicks), -1)
        if self.config.corruption < 1:
            total = total + self._of_clicks(clicks, keep)
        if self.config.user_node:
            total = total + self.nodes(people)
        return torch.sigmoid(total) if self.config.activation == "sigmoid" else total

    def training_loss(
        self,
        batch: PeopleBatch,
        generator: Generator | None = None,
        keep: Tensor | None = None,
        counts: Tensor | None = None,
    ) -> CDAELoss:
        """Corrupt a batch, score it, and compare it with all of its clicks.

        Parameters
        ----------
        batch
            People and their clicks.
        generator
            Source of the corruption, then of the negatives.
        keep
            (n_clicks,) to use in place of drawing the corruption.
        counts
            (n_users, n_items) to use in place of drawing the negatives: how often each unclicked
            item counts.
        """
        clicks = batch.clicks
        keep = draw_keep(clicks, self.config.corruption, generator) if keep is None else keep
        counts = self._draw_counts(clicks, generator) if counts is None else counts
        scores = self(clicks, batch.people, keep)
        fit = cdae_loss.fit(scores, clicks, counts, self.config.loss)
        penalty = self._penalty(batch, keep, counts)
        return CDAELoss(fit + penalty, fit, penalty)

    def held_out_loss(self, fold_in: ClickBatch, held_out: ClickBatch) -> tuple[Tensor, Tensor]:
        """Show the network some clicks of validation users, all of them and without draws.

        Returns
        -------
        tuple
            Scores, (n_users, n_items), and the mean cost of the clicks held out against all items
            that are neither shown nor held out, which weigh together what draws would.
        """
        scores = self(fold_in, self.recognise(fold_in))
        counts = every_unclicked(held_out, self.n_items)
        counts[fold_in.users, fold_in.items] = 0
        if self.config.negatives != "all":
            drawn = self.config.negatives * held_out.counts  # (n_users,)
            counts = counts * (drawn / counts.sum(dim=1).clamp(min=1))[:, None]
        return scores, cdae_loss.fit(scores, held_out, counts, self.config.loss)

    # Answers

    @torch.inference_mode()
    def score(self, clicks: csr_matrix, people: Ints | None = None) -> NDArray[np.float32]:
        """Score all items for users given by their clicks, which are not corrupted.

        Parameters
        ----------
        clicks
            (n_users, n_items), as `arrays.canonical` takes them.
        people
            (n_users,) rows of the training matrix, -1 for who is new; None finds training people
            by their clicks.

        Returns
        -------
        numpy.ndarray
            f, (n_users, n_items), of which the probability of a click is σ(f), but for the square
            loss.

        Raises
        ------
        ConfigError
            When the clicks are on another number of items, or the people are not there.
        DataError
            When the matrix is not one of clicks.
        """
        return self._scores(self._batch(clicks), people).cpu().numpy()

    @torch.inference_mode()
    def rank(self, clicks: csr_matrix, k: int, people: Ints | None = None) -> NDArray[np.int64]:
        """List each user's k best items that were not clicked, best first.

        Parameters
        ----------
        clicks, people
            As `score` takes them.
        k
            Length of the lists, from 1 to n_items.

        Returns
        -------
        numpy.ndarray
            (n_users, k) columns; -1 where a user has no item left.

        Raises
        ------
        ConfigError
            As `score` says.
        DataError
            When the matrix is not one of clicks.
        MetricError
            When a score is not a number.
        """
        batch = self._batch(clicks)
        scores = self._scores(batch, people)
        mask_fold_in_(scores, batch.users, batch.items)
        return rank_scores(scores, k).cpu().numpy()

    def _batch(self, clicks: csr_matrix) -> ClickBatch:
        return ClickBatch.from_csr(clicks, self.inwards.device, self.n_items)

    def _scores(self, batch: ClickBatch, people: Ints | None) -> Tensor:
        rows = self.recognise(batch) if people is None else self._checked(batch, people)
        was_training = self.training
        scores: Tensor = self.eval()(batch, rows)
        self.train(was_training)
        return scores.float()

    def _checked(self, batch: ClickBatch, people: Ints) -> Tensor:
        """Take rows of training people to the device, if they are there."""
        rows, n = np.asarray(people), len(self.people) if self.config.user_node else 0
        if rows.shape != (len(batch),) or rows.dtype.kind not in "iu":
            raise ConfigError(
                f"The people are of type {rows.dtype} and shape {rows.shape} for {len(batch)} rows "
                "of clicks; give the training row of each, or -1 for who is new."
            )
        if self.config.user_node and len(rows) and not (rows.min() >= -1 and rows.max() < n):
            raise ConfigError(
                f"The people go from {rows.min()} to {rows.max()} where the network was trained on "
                f"{n}; give rows of its training matrix, or -1 for who is new."
            )
        return torch.from_numpy(rows.astype(np.int64)).to(batch.items.device)

    # Draws, sums and room

    def _draw_counts(self, clicks: ClickBatch, generator: Generator | None) -> Tensor:
        """Draw how often each unclicked item counts, (n_users, n_items)."""
        if self.config.negatives == "all":
            return every_unclicked(clicks, self.n_items)
        return draw_negatives(clicks, self.n_items, self.config.negatives, generator)

    def _of_clicks(self, clicks: ClickBatch, keep: Tensor | None) -> Tensor:
        """Add up the rows of the clicks that are left, (n_users, latent)."""
        values = torch.ones(len(clicks.items), device=clicks.items.device)
        values = values if keep is None else keep * self.config.scale
        total: Tensor = SumOfRows.apply(  # type: ignore[no-untyped-call]
            self.inwards, clicks, values
        )
        return total

    def _penalty(self, batch: PeopleBatch, keep: Tensor, counts: Tensor) -> Tensor:
        """Penalise what each person's update touches, each time that it does."""
        clicks, n = batch.clicks, self.n_items
        outwards = counts.sum(dim=0) + cdae_loss.times_touched(clicks.items, n)  # (n_items,)
        inwards = cdae_loss.times_touched(clicks.items, n, keep)
        touched: list[tuple[Tensor, Tensor | int]] = [
            (self.inwards, inwards),
            (self.to_items, outwards),
            (self.item_bias, outwards),
            (self.bias, len(batch)),
        ]
        if self.config.user_node:
            touched.append((self.nodes(batch.people), 1))
        return cdae_loss.penalty(self.config.l2, len(batch), touched)

    def _newcomer(self) -> Tensor:
        """Give the vector of who is new, (1, latent)."""
        if self.config.newcomer == "mean" and len(self.people):
            return self.people.mean(dim=0, keepdim=True)
        return self.people.new_zeros(1, self.config.latent)

    def _meet(self, clicks: ClickMatrix) -> None:
        """Make room for the people of training, and note what they are known by."""
        if len(self.people) not in (0, len(clicks)):
            raise ConfigError(
                f"The network knows {len(self.people):,} people, and these clicks are of "
                f"{len(clicks):,}; make a new one for other people."
            )
        if not len(self.people):
            self._make_room(len(clicks))
        everybody = clicks.rows(np.arange(len(clicks)))
        self.marks = marks_of(everybody, self.item_marks)

    def _make_room(self, n_people: int) -> None:
        """Hold first vectors of so many people, by a seed of their own, in the same parameter."""
        (seed,) = np.random.SeedSequence([self.seed, 1]).generate_state(1)
        drawn = self._uniform(n_people, Generator().manual_seed(int(seed)))
        self.people.data = drawn.to(self.people)
        self.marks = torch.zeros(n_people, dtype=torch.int64, device=self.people.device)

    def _uniform(self, n_rows: int, random: Generator) -> Tensor:
        """Draw first vectors, (n_rows, latent)."""
        end = 4 * (6 / (self.n_items + self.config.latent)) ** 0.5
        return torch.empty(n_rows, self.config.latent).uniform_(-end, end, generator=random)
