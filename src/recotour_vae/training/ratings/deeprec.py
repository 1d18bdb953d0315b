"""DeepRec: a deep autoencoder of a person's ratings, which learns from its own answers too."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self

import numpy as np

from recotour_vae.arrays.types import Arrays, Floats, Ints
from recotour_vae.models.config import require
from recotour_vae.recommenders.blocks import blocks
from recotour_vae.recommenders.ratings.choices import check_choices
from recotour_vae.recommenders.ratings.interface import RatingRecommender
from recotour_vae.recommenders.ratings.matrix import Ratings
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.ratings.validation import measure_of

if TYPE_CHECKING:
    from recotour_vae.splits import HeldOut, Split
    from recotour_vae.training.choose import MakeOptimiser

Optimiser = Literal["sgd", "adam"]

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # of SELU (Klambauer et al. 2017)
_PAIRS: Final = 2**13  # whose last hidden layers are there at a time
_COPIES: Final = 5  # of the weights: gradient, memory of the optimiser, the best epoch's, ours


@dataclass(frozen=True)
class DeepRecConfig:
    """Settings of `DeepRec`.

    Parameters
    ----------
    hidden
        Widths of the layers from the items inwards, the code last; those from the code outwards
        are the same in reverse.
    dropout
        Probability with which each unit of the code is dropped in training.
    last_linear
        Whether the output has no SELU, which would keep it above -1.76.
    refeeds
        Updates on the network's own output after each update on ratings; 1 in the paper.
    optimiser
        sgd, with momentum 0.9, as in the paper; or adam.
    learning_rate
        Of either. The default is the authors', for the Netflix data; on MovieLens 100K the error
        falls faster at 0.02.
    weight_decay
        Coupled L2 on weights, not biases.
    epochs
        Passes over the people.
    batch_size
        People an update.
    seed
        Of the first weights, the order of people, and dropout.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "hidden": [[128], [128, 64], [128, 128, 256], [512, 512, 1024]],
        "dropout": {"low": 0.0, "high": 0.9},
        "refeeds": [0, 1],
        "learning_rate": {"low": 1e-3, "high": 2e-2, "log": True},
    }

    hidden: tuple[int, ...] = (512, 512, 1024)
    dropout: float = 0.8
    last_linear: bool = False
    refeeds: int = 1
    optimiser: Optimiser = "sgd"
    learning_rate: float = 0.005
    weight_decay: float = 0.0
    epochs: int = 100
    batch_size: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        wide = bool(self.hidden) and min(self.hidden) >= 1
        require(wide, "hidden", self.hidden, "one width or more, of at least 1 unit")
        require(0 <= self.dropout < 1, "dropout", self.dropout, "a probability from 0 to below 1")
        require(self.refeeds >= 0, "refeeds", self.refeeds, "0, which is none, or more")
        check_choices("DeepRec", self, optimiser=Optimiser)
        self.training()

    def training(self) -> TrainingConfig:
        """Give what the training loop is told."""
        names = ("weight_decay", "epochs", "batch_size", "learning_rate", "seed")
        return TrainingConfig(**{name: getattr(self, name) for name in names}, device="cpu")

    def widths(self, n_items: int) -> tuple[int, ...]:
        """Give the widths of all layers, the items first and last."""
        return (n_items, *self.hidden, *self.hidden[-2::-1], n_items)


class DeepRec(RatingRecommender[DeepRecConfig]):
    """Complete the ratings of a person by a deep autoencoder (Kuchaiev and Ginsburg 2017).

    The network reads all that a person rated, with zeros where they did not, through layers that
    narrow down to a code and widen again, and predicts every rating; each layer is selu(x W + b),
    the last one too. In training units of the code are dropped, and what is minimised is the mean
    squared error over the ratings that there are. After each update the output before it is shown
    to the network as if somebody had rated everything so, which makes another update:
    *re-feeding*, by which f(x) is to become a fixed point, f(f(x)) = f(x).

    Equation `eq-deeprec` in family/autorec-deeprec.

    It answers for whoever is shown to it. An item without any training rating is given whatever
    its first weights make of it.

    Its parameters are those of `DeepRecConfig`.

    Attributes
    ----------
    weights, biases
        Of all layers, one after another, of single precision; `layers` tells them apart.
    course
        (n_epochs, 2): after each epoch the mean loss, and the RMSE of the validation ratings where
        that was measured, else not a number.

    Examples
    --------
    Two tastes; who is shown gave 5 to the first two films:

    >>> from recotour_vae.splits import Histories
    >>> rows = [[5, 5, 1], [1, 1, 5]] * 4
    >>> ratings = Histories(range(0, 27, 3), [0, 1, 2] * 8, sum(rows, []), n_items=3)
    >>> model = DeepRec(hidden=(8, 4), dropout=0.0, epochs=200, learning_rate=0.02).fit(ratings)
    >>> model.rate(Histories([0, 2], [0, 1], [5, 5], n_items=3), [0], [2]).round().tolist()
    [1.0]
    """

    name = "deeprec"
    Config = DeepRecConfig
    found: ClassVar[tuple[str, ...]] = ("weights", "biases", "course")
    weights: Floats
    biases: Floats
    course: Floats

    def fit_split(self, split: "Split") -> Self:
        """Learn from the training ratings; the RMSE of validation ratings chooses the epoch."""
        self.learn(self.prepared(split.history), split.validation)
        return self

    def learn(self, ratings: Ratings, validation: "HeldOut | None" = None) -> None:
        """Train the network on a matrix of ratings."""
        from recotour_vae.models.pytorch.deeprec import DeepRecNetwork
        from recotour_vae.training.ratings.descent import train
        from recotour_vae.training.ratings.refeeding import RefeedingBackend

        config, widths = self.config, self.config.widths(ratings.shape[1])
        network = DeepRecNetwork(widths, config.dropout, config.last_linear, config.seed)
        measure = measure_of(self, self._take, validation)
        training, maker = config.training(), _maker(config.optimiser)
        backend = RefeedingBackend(network, training, maker, config.refeeds)
        history = train(backend, ratings, training, measure)
        self.course = history.reindex(columns=["loss", "rmse"]).to_numpy(np.float64)
        self._take(network.arrays())

    @property
    def epoch(self) -> int:
        """Epoch whose weights were kept, counted from 1."""
        measured = self.course[:, 1]
        return len(measured) if np.isnan(measured).all() else int(np.nanargmin(measured)) + 1

    def layers(self) -> list[tuple[Floats, Floats]]:
        """Give weights, (inputs, outputs), and biases, (outputs,), of each layer in order."""
        widths = self.config.widths(int(self.n_known[0]))
        shapes = list(pairwise(widths))
        weights = np.split(self.weights, np.cumsum([a * b for a, b in shapes])[:-1])
        biases = np.split(self.biases, np.cumsum(widths[1:])[:-1])
        return [(w.reshape(s), b) for w, s, b in zip(weights, shapes, biases, strict=True)]

    def inner(self, shown: Ratings) -> Floats:
        """Give what the last layer reads, (n_people, width), without dropout."""
        found: Any = shown.astype(np.float32)
        for w, b in self.layers()[:-1]:
            found = selu(found @ w + b)
        return np.asarray(found)

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Take whoever is shown through the network, to the items asked for, (n_pairs,)."""
        inner, (w, b) = self.inner(shown), self.layers()[-1]
        of_items, found = np.ascontiguousarray(w.T), b[columns]
        for block in blocks(len(found), _PAIRS):
            pairs = inner[rows[block]], of_items[columns[block]]
            found[block] += np.einsum("nd,nd->n", *pairs)
        return self._out(found)

    def rate_all(self, shown: Ratings) -> Floats:
        """Predict everything, (n_users, n_items)."""
        w, b = self.layers()[-1]
        return self._out(self.inner(shown) @ w + b)

    def memory_needed(self, n_items: int) -> int:
        """Bytes of the weights, their companions, and a batch with its output."""
        weights = sum(a * b for a, b in pairwise(self.config.widths(n_items)))
        return 4 * (_COPIES * weights + 4 * self.config.batch_size * n_items)

    def _out(self, raw: Floats) -> Floats:
        return raw if self.config.last_linear else selu(raw)

    def _take(self, arrays: Arrays) -> None:
        """Lay the network's parameters out one after another."""
        for name, letter in (("weights", "w"), ("biases", "b")):
            layers = range(2 * len(self.config.hidden))
            parts = [arrays[f"{letter}.{layer}"].ravel() for layer in layers]
            setattr(self, name, np.concatenate(parts))


def selu(x: Floats) -> Floats:
    """Give x where it is positive, else α (eˣ - 1), both times a scale (Klambauer et al. 2017).

    Examples
    --------
    >>> selu(np.array([1.0, 0.0, -50.0])).round(3).tolist()
    [1.051, 0.0, -1.758]
    """
    found: Floats = SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))
    return found.astype(x.dtype, copy=False)


def _maker(optimiser: Optimiser) -> "MakeOptimiser":
    from recotour_vae.training.adam import fused_adam
    from recotour_vae.training.sgd import momentum_sgd

    return momentum_sgd if optimiser == "sgd" else fused_adam
