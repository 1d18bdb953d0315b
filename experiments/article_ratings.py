"""From the article's RMSE to the right one: AutoRec and DeepRec, a mistake less at each step.

Ratings are drawn at random. AutoRec's program keeps three quarters to train on, and feeds the
*test* ratings when it is tested; DeepRec's keeps 81 %, takes a root for each person, and the mean
of these. Where an epoch is chosen, some of the training ratings choose it, and the same network is
then trained so long on all of them.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from article_lists import ARTICLE, Step, ratings
from article_networks import PersonalDeepRec

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.evaluation.metrics import rmse
from recotour_vae.models.pytorch.deeprec import DeepRecNetwork
from recotour_vae.recommenders.ratings.autorec_objective import (
    Weights,
    decode,
    encode,
    objective,
)
from recotour_vae.recommenders.ratings.matrix import Ratings, rating_matrix, row_numbers
from recotour_vae.splits import Histories, RatingSplitConfig, Split, ratings_holdout
from recotour_vae.training import TrainingConfig
from recotour_vae.training.ratings.descent import RatingLoop
from recotour_vae.training.ratings.refeeding import RefeedingBackend
from recotour_vae.training.sgd import momentum_sgd

RIGHT_INPUT, CHOSEN = "fed with the training ratings", "chosen on validation ratings"
BY_FILM, POOLED = "rows of films, as it is called", "one error of all ratings"
RECIPE = "the authors' loss, rate and re-feeding"

# Of the article's programs, as they stand there. AutoRec's log has an RMSE of 0.9102 for these,
# and 0.9100 for batches of 512 and 500 epochs, which the article's table rounds to the same.
AUTOREC = {"hidden": 500, "l2": 1.0, "learning_rate": 1e-3, "batch_size": 128, "epochs": 100}
DECAY, DECAY_EVERY = 0.96, 50  # of the rate, and after so many epochs
DEEPREC = {"learning_rate": 0.001, "batch_size": 512, "weight_decay": 0.002}
AUTHORS = {"learning_rate": 0.005, "batch_size": 128, "epochs": 40, "patience": 4}
WIDTHS, DROPOUT = (512, 512, 1024, 512, 512), 0.8

Watch = Callable[[Weights], float]


def held_out(seed: int, test: float, validation: float) -> Split:
    """Draw test ratings, and validation ratings among the others; one seed, one test."""
    config = RatingSplitConfig(test_ratings=test, validation_ratings=validation, seed=seed)
    return ratings_holdout(ratings(), config)


def autorec_by_batch(
    given: Ratings, seed: int, epochs: int, watches: dict[str, Watch]
) -> dict[str, list[float]]:
    """Train AutoRec by Adam in batches of rows, as the article's program does.

    Parameters
    ----------
    given
        Ratings, (n_rows, n_inputs).
    seed
        Of the first weights and the order of rows.
    epochs
        Passes over the rows.
    watches
        By name: an error to be measured after each epoch.

    Returns
    -------
    dict
        The errors of each, (n_epochs,).
    """
    given, rng = given.astype(np.float32), np.random.default_rng(seed)
    parameters = first_weights(given.shape[1], seed)
    weights = Weights(*(one.numpy() for one in parameters))  # the same memory
    adam = torch.optim.Adam(parameters, lr=AUTOREC["learning_rate"], fused=True)
    found: dict[str, list[float]] = {name: [] for name in watches}
    for epoch in range(epochs):
        adam.param_groups[0]["lr"] = AUTOREC["learning_rate"] * DECAY ** (epoch // DECAY_EVERY)
        order = rng.permutation(given.shape[0])
        for start in range(0, len(order), AUTOREC["batch_size"]):
            rows = given[order[start : start + AUTOREC["batch_size"]]]
            _, slopes = objective(weights, rows, AUTOREC["l2"])
            for parameter, slope in zip(parameters, slopes, strict=True):
                parameter.grad = torch.from_numpy(np.ascontiguousarray(slope, np.float32))
            adam.step()
        for name, watch in watches.items():
            found[name].append(watch(weights))
    return found


def first_weights(n_inputs: int, seed: int) -> list[torch.Tensor]:
    """Draw V, μ, W and b: normal with deviation 0.03, cut at two of them; biases 0."""
    random, hidden = torch.Generator().manual_seed(seed), AUTOREC["hidden"]
    v, w = (
        torch.nn.init.trunc_normal_(
            torch.empty(n_inputs, hidden), 0, 0.03, -0.06, 0.06, generator=random
        )
        for _ in range(2)
    )
    return [v, torch.zeros(hidden), w, torch.zeros(n_inputs)]


def error_of(shown: Ratings, asked: Ratings) -> Watch:
    """Make what shows a network some rows, and measures it on the ratings of others."""
    rows, columns = row_numbers(asked), asked.indices

    def watch(weights: Weights) -> float:
        predicted = decode(weights, encode(weights, shown), rows, columns)
        return rmse(np.clip(predicted, 1, 5), asked.data)

    return watch


def autorec(seed: int) -> Iterator[tuple[Step, Split]]:
    """Go from the article's AutoRec to the right input, the right epoch, and rows of films."""
    all_of_it, part = (held_out(seed, 0.25, share) for share in (0.0, 0.05))
    clock = time.perf_counter()
    people = rating_matrix(all_of_it.history), rating_matrix(all_of_it.test.asked)
    watches = {
        "fed with test": error_of(people[1], people[1]),
        "fed with training": error_of(*people),
    }
    found = autorec_by_batch(people[0], seed, AUTOREC["epochs"], watches)
    seconds, last = time.perf_counter() - clock, AUTOREC["epochs"]
    shared = {"options": AUTOREC, "epoch": last, "seconds": seconds}
    wrong, right = found["fed with test"], found["fed with training"]
    yield {"step": ARTICLE, "rmse": wrong[-1], **shared, **found}, all_of_it
    yield {"step": RIGHT_INPUT, "rmse": right[-1], **shared}, all_of_it
    step = choose_autorec(part, lambda matrix: matrix, seed)
    yield {"step": CHOSEN, "rmse": right[step["epoch"] - 1], **step}, all_of_it
    step = choose_autorec(part, turned, seed)
    turn = tuple(turned(one) for one in people)
    films = autorec_by_batch(turn[0], seed, step["epoch"], {"test": error_of(*turn)})
    yield {"step": BY_FILM, "rmse": films["test"][-1], **step}, all_of_it


def turned(matrix: Ratings) -> Ratings:
    """Exchange rows and columns."""
    return matrix.T.tocsr()


def choose_autorec(split: Split, laid: Callable[[Ratings], Ratings], seed: int) -> Step:
    """Choose the epoch by validation ratings, among the first forty."""
    clock = time.perf_counter()
    shown, asked = (laid(rating_matrix(one)) for one in (split.history, split.validation.asked))
    course = autorec_by_batch(shown, seed, 40, {"validation": error_of(shown, asked)})
    epoch = int(np.argmin(course["validation"])) + 1
    return {"options": AUTOREC, "epoch": epoch, "seconds": time.perf_counter() - clock, **course}


def two_errors(predicted: Floats, rows: Ints, given: Floats) -> dict[str, float]:
    """Measure predictions twice: the mean of each person's RMSE, and the RMSE of all ratings.

    Parameters
    ----------
    predicted, given
        (n_pairs,).
    rows
        Whose each is.
    """
    squares = pd.Series((predicted - given) ** 2)
    of_people = np.sqrt(squares.groupby(np.asarray(rows)).mean())
    return {"mean of people": float(of_people.mean()), "rmse": rmse(predicted, given)}


def train_deeprec(
    network: DeepRecNetwork,
    config: TrainingConfig,
    split: Split,
    refeeds: int = 0,
    every: int = 5,
) -> pd.DataFrame:
    """Train DeepRec's network, and measure it after every so many epochs, until it gets no better.

    Parameters
    ----------
    network
        Whose widths begin and end with the split's items.
    config
        The patience counts looks, and what they look at is the first error of the validation
        ratings.
    split
        Of ratings.
    refeeds
        Updates on the network's own output after each update.
    every
        Epochs from one look to the next.

    Returns
    -------
    pandas.DataFrame
        Indexed by the epochs of the looks; both errors, of validation and of test ratings.
    """
    given, looks = rating_matrix(split.history), {}
    shown = torch.from_numpy(given.toarray()).float()
    groups = {"validation": split.validation.asked, "test": split.test.asked}

    def errors(asked: Histories) -> dict[str, float]:
        pairs = asked.event_rows(), asked.items
        with torch.inference_mode():
            predicted = network.eval()(shown).clamp(1, 5).numpy()[pairs]
        return two_errors(predicted, pairs[0], asked.ratings)

    epoch, backend = 0, RefeedingBackend(network, config, momentum_sgd, refeeds)
    loop = RatingLoop(config, network, backend, given, None, "constant")
    loop.start(resume=False)
    best, waited = np.inf, 0
    while epoch < config.epochs and waited < (config.patience or np.inf):
        epoch += 1
        loop.train_epoch(epoch, False)
        if epoch % every:
            continue
        looks[epoch] = {
            f"{group} {name}": value
            for group, asked in groups.items()
            for name, value in errors(asked).items()
        }
        now = looks[epoch]["validation mean of people"]
        best, waited = (now, 0) if now < best - 1e-4 else (best, waited + 1)
    return pd.DataFrame(looks).T


def deeprec(seed: int) -> Iterator[tuple[Step, Split]]:
    """Go from the article's DeepRec to one error for all ratings."""
    split, clock = held_out(seed, 0.1, 0.1), time.perf_counter()
    config = TrainingConfig(**DEEPREC, epochs=500, patience=3, seed=seed, device="cpu")
    network = PersonalDeepRec(_widths(split), DROPOUT, seed=seed)
    found = train_deeprec(network, config, split)
    last, shared = found.index[-1], {"options": DEEPREC | {"refeeds": 0}}
    shared |= {"epoch": last, "seconds": time.perf_counter() - clock}
    wrong = {"mean of people": found.loc[last, "test mean of people"]}
    yield {"step": ARTICLE, **wrong, **shared, **_curves(found)}, split
    yield {"step": POOLED, "rmse": found.loc[last, "test rmse"], **shared}, split


def deeprec_as_published(seed: int) -> Iterator[tuple[Step, Split]]:
    """Train DeepRec by its authors' recipe, for the epochs that validation ratings choose."""
    split, clock = held_out(seed, 0.1, 0.1), time.perf_counter()
    config = TrainingConfig(**AUTHORS, seed=seed, device="cpu")
    network = DeepRecNetwork(_widths(split), DROPOUT, seed=seed)
    found = train_deeprec(network, config, split, refeeds=1)
    epoch = found["validation rmse"].idxmin()
    step = {"step": RECIPE, "rmse": found.loc[epoch, "test rmse"], "epoch": epoch}
    step |= {"options": AUTHORS | {"refeeds": 1}, "seconds": time.perf_counter() - clock}
    yield {**step, **_curves(found)}, split


def _widths(split: Split) -> tuple[int, ...]:
    return (split.n_items, *WIDTHS, split.n_items)


def _curves(found: pd.DataFrame) -> dict[str, list[float]]:
    """Lay out what was measured at each look, (n_looks,) each."""
    return {"looks": [*found.index], **found.to_dict("list")}
