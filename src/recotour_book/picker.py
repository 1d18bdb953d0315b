"""A recommender small enough for a page: EASE among the films that most people know.

With P the inverse of EASE's matrix, a weight is B_ij = -P_ij / P_jj = r_ij (P_ii / P_jj)^½, where
r_ij = -P_ij / (P_ii P_jj)^½ is a partial correlation. That is symmetric, so half of it is enough,
and a byte for each pair: the page has the signed square roots of |r| in steps of a 127th.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recotour_vae.datasets import Dataset
from recotour_vae.recommenders.linear.ease import gram_matrix, inverse_of
from recotour_vae.splits import Split

STEPS = 127  # of a signed byte
PRESETS = {
    "Horror": ("Nightmare on Elm Street, A (1984)", "Evil Dead II (1987)", "Shining, The (1980)"),
    "Space": ("Star Wars (1977)", "Alien (1979)", "2001: A Space Odyssey (1968)"),
    "Romance": (
        "Sleepless in Seattle (1993)",
        "When Harry Met Sally... (1989)",
        "Sense and Sensibility (1995)",
    ),
    "Animation": ("Toy Story (1995)", "Aladdin (1992)", "Wrong Trousers, The (1993)"),
}


@dataclass(frozen=True)
class Picker:
    """What a page needs to recommend.

    Attributes
    ----------
    titles
        (n,), the most clicked first.
    clicks
        (n,), how many people of the training clicked each.
    pairs
        (n (n - 1) / 2,), signed bytes: the partial correlations row by row, above the diagonal.
    largest
        The partial correlation that the largest byte stands for.
    roots
        (n,), the square roots of P_ii.
    """

    titles: list[str]
    clicks: NDArray[np.int64]
    pairs: NDArray[np.int8]
    largest: float
    roots: NDArray[np.float64]

    def weights(self) -> NDArray[np.float64]:
        """Return the item-item weights (n, n) as the page computes them."""
        n = len(self.titles)
        half = np.zeros((n, n))
        level = self.pairs.astype(float) / STEPS
        half[np.triu_indices(n, 1)] = np.sign(level) * level**2 * self.largest
        weights: NDArray[np.float64] = (half + half.T) * (self.roots[:, None] / self.roots)
        return weights

    def recommend(self, picks: Sequence[int], k: int) -> list[int]:
        """Return the k best films for somebody who likes these, the picks left out."""
        return first(self.weights()[list(picks)].sum(axis=0), picks, k)

    def popular(self, picks: Sequence[int], k: int) -> list[int]:
        """Return the k most clicked films, the picks left out."""
        return first(self.clicks.astype(float), picks, k)

    def for_page(self) -> dict[str, object]:
        """Return what the page is given, in JSON's types."""
        packed = base64.b64encode(self.pairs.tobytes()).decode("ascii")
        places = {title: i for i, title in enumerate(self.titles)}
        presets = {
            name: [places[title] for title in titles if title in places]
            for name, titles in PRESETS.items()
        }
        return {
            "titles": self.titles,
            "clicks": self.clicks.tolist(),
            "pairs": packed,
            "largest": float(f"{self.largest:.6g}"),
            "roots": [float(f"{root:.5g}") for root in self.roots],
            "presets": presets,
        }


def first(scores: NDArray[np.float64], picks: Sequence[int], k: int) -> list[int]:
    """Return the places of the k highest scores outside of the picks, equals in their order."""
    order = [int(i) for i in np.argsort(-scores, kind="stable") if i not in set(picks)]
    return order[:k]


def make_picker(data: Dataset, split: Split, n: int = 400, l2: float = 500.0) -> Picker:
    """Fit EASE to the training clicks and keep the n films that most people clicked."""
    clicks = np.asarray(split.train.sum(axis=0)).ravel().astype(np.int64)
    kept = np.argsort(-clicks, kind="stable")[:n]
    inverse = inverse_of(gram_matrix(split.train, l2))[np.ix_(kept, kept)]
    roots = np.array([float(f"{root:.5g}") for root in np.sqrt(np.diag(inverse))])
    partial = (-inverse / np.outer(roots, roots))[np.triu_indices(n, 1)]
    largest = float(f"{np.abs(partial).max():.6g}")
    levels = np.sign(partial) * np.sqrt(np.minimum(np.abs(partial) / largest, 1))
    titles = [str(title) for title in data.title(split.items[kept])]
    return Picker(titles, clicks[kept], np.rint(STEPS * levels).astype(np.int8), largest, roots)
