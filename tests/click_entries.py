"""Every public place where clicks come in, by the name of the function that takes them.

`TAKES` says for each how to call it with a matrix, and gives what must not depend on how that is
said. A new recommender of the registry is in it by itself; `test_disguises` fails for any other
new function that takes clicks until it is added here, or to `EXEMPT` with the reason.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from support import Fixed, clicks, distinct_scores, random_clicks, small_config

from recotour_vae.arrays.clicks import canonical
from recotour_vae.evaluation import evaluate, lists, metrics, rank_lists
from recotour_vae.models import (
    ELSAConfig,
    HVampConfig,
    ModelConfig,
    RecVAEConfig,
    latent,
    make_model,
    referee,
)
from recotour_vae.models.config import Framework, Kind, checked_clicks
from recotour_vae.recommenders import Together, entry, make, names
from recotour_vae.serving.export import WebModel
from recotour_vae.splits import HeldOut, Histories, Split, hold_out
from recotour_vae.training import Trainer
from recotour_vae.training.trainer import make_backend

N: Final = 12  # users and items: of a square matrix nobody sees that it was turned
CLICKS: Final = random_clicks(3, N, N, 0.4)
NOBODY: Final = csr_matrix((N, N), dtype=np.float32)
RATED: Final = Histories.of_clicks(CLICKS, 1 + np.arange(CLICKS.nnz) % 5)
SCORES: Final = distinct_scores(5, N, N)
LISTS: Final = metrics.top_k(SCORES, 4)
OPTIONS: Final = {"puresvd": {"factors": 4}, "ials": {"factors": 4, "epochs": 2}}

Entry = Callable[[Any], Any]


def plain(found: Any) -> Any:
    """What a call gave, as arrays that can be compared."""
    if issparse(found):
        return found.toarray()
    if isinstance(found, tuple | list):
        return [plain(part) for part in found]
    if hasattr(found, "asnumpy"):
        return found.asnumpy()
    if isinstance(found, HeldOut | Split) or hasattr(found, "__dataclass_fields__"):
        return {name: plain(value) for name, value in vars(found).items() if name != "ctx"}
    if isinstance(found, dict):
        return {name: plain(value) for name, value in found.items()}
    return np.asarray(found)


def people(fold_in: Any, held_out: Any = NOBODY) -> HeldOut:
    """Held-out users."""
    return HeldOut(np.arange(N), fold_in, held_out)


def saved(train: Any) -> list[Any]:
    """Save a split, open it, and give its name and its matrix."""
    split = Split(np.arange(N), np.arange(N), train, people(CLICKS), people(CLICKS))
    with tempfile.TemporaryDirectory() as folder:
        again = Split.load(split.save(Path(folder) / "split"))
    assert again.fingerprint() == split.fingerprint()
    return [split.fingerprint(), again.train]


def baseline(name: str, part: str) -> Entry:
    """Fit a baseline, or let it score: one of the two on the matrix in question."""

    def scores(given: Any) -> NDArray[Any]:
        fitted, shown = (given, CLICKS) if part == "fit" else (CLICKS, given)
        model = make(name, **OPTIONS.get(name, {})).fit(fitted)
        return np.asarray(model.score(shown))

    return scores


def network(kind: Any, framework: Any, **own: Any) -> Any:
    """Make a small network."""
    return make_model(ModelConfig(kind, (5,), 3, **own), N, 0, framework)


def trained(kind: Any, framework: Any, **settings: Any) -> Entry:
    """Train a network for an epoch on the matrix, and give its weights."""

    def weights(given: Any) -> dict[str, NDArray[Any]]:
        model = network(kind, framework)
        config = small_config(epochs=1, monitor="ndcg@4", **settings)
        Trainer(config, progress=False).fit(model, given, people(CLICKS[:, ::-1], NOBODY + held()))
        return model.arrays()

    return weights


def held() -> csr_matrix:
    """A click for each user that the turned matrix does not have."""
    turned = CLICKS[:, ::-1].toarray()
    return clicks([[int(column)] for column in turned.argmin(axis=1)], N)


def backend(framework: Any, verb: str, **own: Any) -> Entry:
    """Let a backend do something with the matrix."""

    def done(given: Any) -> Any:
        chosen = make_backend(network("mult-vae", framework, **own), small_config())
        chosen.load(given if verb == "load" else CLICKS)
        chosen.start_epoch(0)
        if verb == "validate":
            return [chosen.validate(given, CLICKS, 4), chosen.validate(CLICKS, given, 4)]
        batch = chosen.cut(np.arange(N)) if verb == "load" else given
        chosen.train_step(batch, beta=0.5)
        return [chosen.take_losses(), chosen.arrays()]

    return done


def torch_batches(given: Any) -> Any:
    """Batches of PyTorch in each of the ways that they are made."""
    from recotour_vae.models.pytorch import ClickBatch, ClickMatrix

    users = np.array([4, 1])
    return [
        ClickBatch.from_csr(given),
        ClickBatch.of(given),
        ClickMatrix.from_csr(given),
        ClickMatrix.from_csr(given).rows(users),
    ]


def of_clicks_alone(verb: str) -> Entry:
    """Ask the networks that score clicks and are written in PyTorch alone, untrained."""

    def done(given: Any) -> list[Any]:
        configs = {
            "elsa": ELSAConfig(factors=3),
            "hvamp": HVampConfig(hidden=(5,), z1=2, z2=3, pseudo_inputs=4),
            "recvae": RecVAEConfig(hidden=4, latent=3),
        }
        made = [entry(name).network("pytorch").of(one, N) for name, one in configs.items()]
        return [getattr(one, verb)(given, *([4] * (verb == "rank"))) for one in made]

    return done


def gluon_batch(given: Any) -> Any:
    """A batch of Gluon."""
    from recotour_vae.models import gluon

    return gluon.ClickBatch.from_csr(given)


def by_hand(given: Any) -> Any:
    """Everything that the referee says of clicks."""
    config, weights = ModelConfig("mult-vae", (5,), 3), network("mult-vae", "pytorch").arrays()
    found = referee.forward(weights, config, given)
    kept = np.resize([1.0, 0.0, 1.0], CLICKS.nnz)
    return [
        found.logits,
        referee.network_input(given, config, kept, np.dtype(float)),
        referee.loss_parts(found, config, given, 0.5),
        *(
            referee.likelihood(found.logits, ModelConfig(likelihood=one), given)
            for one in ("multinomial", "gaussian", "logistic")
        ),
        referee.gradients(weights, config, given, 0.5),
    ]


def lists_of(given: Any) -> Any:
    """Describe lists, the matrix being what training users clicked, and what people were shown."""
    full = random_clicks(9, N, N, 0.9)
    return [
        lists.describe_lists(Fixed(SCORES), people(CLICKS), given, 4),
        lists.describe_lists(Fixed(SCORES), people(given), full, 4),
        lists.novelty(LISTS, given),
        lists.average_popularity(LISTS, given),
        lists.shares(given),
        lists.long_tail(given, 0.4),
        lists.fold_in_popularity(given, full),
        lists.fold_in_popularity(full, given),
        lists.recommend(Fixed(SCORES), given, 4),
    ]


def measured(given: Any) -> Any:
    """Evaluate a model, the matrix being what people are shown, and what they are asked for."""
    rest = csr_matrix((CLICKS.toarray() == 0).astype(np.float32))
    shown, asked = people(given, rest), people(rest, given)
    found = [evaluate(Fixed(SCORES), group, ["ndcg@4", "recall@2"]) for group in (shown, asked)]
    return [[one.per_user, one.coverage, one.n_skipped] for one in found]


def _networks() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for framework in get_args(Framework):
        place = f"models.{framework}.autoencoders._Autoencoder"
        for kind in get_args(Kind):
            found[f"{place}.score ({kind})"] = lambda x, k=kind, f=framework: network(k, f).score(x)
            found[f"training.trainer.Trainer.fit ({kind} {framework})"] = trained(kind, framework)
        units = {"pytorch": "network.TorchNetwork", "gluon": "autoencoders._Autoencoder"}
        found[f"models.{framework}.{units[framework]}.units"] = backend(framework, "load")
        for verb in ("load", "train_step", "validate"):
            name = {"pytorch": "PyTorch", "gluon": "Gluon"}[framework]
            found[f"training.{framework}.{name}Backend.{verb}"] = backend(framework, verb)
    return found


def as_recommender(verb: str) -> Entry:
    """Fit a network by its name in the registry, or let it answer."""
    options = {"hidden": [5], "latent": 3, "epochs": 1, "monitor": "ndcg@4", "device": "cpu"}

    def done(given: Any) -> Any:
        model = make("mult-vae", **options).fit(given if verb == "fit" else CLICKS)
        return (
            model.arrays()
            if verb == "fit"
            else getattr(model, verb)(given, *([4] * (verb == "rank")))
        )

    return done


def as_two_together(verb: str) -> Entry:
    """Let two recommenders answer as one."""
    members = [make(name).fit(CLICKS) for name in ("ease", "popularity")]
    both = Together(members, weights=(0.4, 0.6))
    return lambda given: getattr(both, verb)(given, *([4] * (verb == "rank")))


def with_people(verb: str) -> Entry:
    """Let CDAE meet its people, or answer for some."""

    def done(given: Any) -> Any:
        from recotour_vae.models.pytorch.cdae import CDAE

        model = CDAE(N, latent=3)
        units = model.units(given if verb == "units" else CLICKS, torch_cpu())
        if verb == "units":
            return [model.arrays(), units.cut(np.array([4, 1]))]
        return getattr(model, verb)(given, *([4] * (verb == "rank")))

    return done


def torch_cpu() -> Any:
    """The device of PyTorch that everybody has."""
    import torch

    return torch.device("cpu")


def in_a_page() -> WebModel:
    """A model as a page has it, in full precision."""
    about = {"titles": [str(item) for item in range(N)], "kind": "mult-vae"}
    return WebModel(about, network("mult-vae", "pytorch").arrays())


def home(name: str) -> str:
    """Where a recommender's class is, below the package."""
    return entry(name).home.removeprefix("recotour_vae.").replace(":", ".")


TAKES: Final[dict[str, Entry]] = {
    "arrays.clicks.canonical": canonical,
    **{
        f"{home(name)}.{part}": baseline(name, part)
        for name in names()
        if entry(name).needs == ("clicks",) and not entry(name).networks
        for part in ("fit", "score")
    },
    "recommenders.ratings.interface.RatingRecommender.score": lambda x: (
        make("bias").fit(RATED).score(x)
    ),
    "recommenders.ratings.autorec.ItemAutoRec.score": lambda x: (
        make("autorec-item", hidden=4, iterations=2).fit(RATED).score(x)
    ),
    **_networks(),
    "recommenders.interface.Recommender.rank": lambda x: make("ease").fit(CLICKS).rank(x, 4),
    "recommenders.interface.Recommender.recommend": lambda x: (
        make("ease").fit(CLICKS).recommend(x, 4)
    ),
    **{
        f"recommenders.together.Together.{verb}": as_two_together(verb)
        for verb in ("score", "rank")
    },
    **{
        f"training.recommender.NetworkRecommender.{verb}": as_recommender(verb)
        for verb in ("fit", "score", "rank")
    },
    **{
        f"models.pytorch.cdae.CDAE.{verb}": with_people(verb) for verb in ("units", "score", "rank")
    },
    "models.config.checked_clicks": checked_clicks,
    "models.network.Network.check_width": lambda x: network("mult-vae", "pytorch").check_width(x),
    "models.pytorch.autoencoders._Autoencoder.rank": lambda x: network("mult-vae", "pytorch").rank(
        x, 4
    ),
    **{
        f"models.pytorch.click_network.ClickNetwork.{verb}": of_clicks_alone(verb)
        for verb in ("score", "rank")
    },
    "models.pytorch.clicks.ClickBatch.from_csr": torch_batches,
    "models.pytorch.clicks.ClickBatch.of": torch_batches,
    "models.pytorch.clicks.ClickMatrix.from_csr": torch_batches,
    "models.gluon.clicks.ClickBatch.from_csr": gluon_batch,
    "models.referee.forward": by_hand,
    "models.referee.network_input": by_hand,
    "models.referee.loss_parts": by_hand,
    "models.referee.likelihood": by_hand,
    "models.referee.gradients": by_hand,
    "training.sampled.Sampled.load": backend("pytorch", "load", sampled_items=6),
    "models.latent.encode": lambda x: latent.encode(network("mult-vae", "pytorch"), x),
    "evaluation.metrics.top_k_unseen": lambda x: metrics.top_k_unseen(SCORES.copy(), x, 4),
    "evaluation.metrics.without_fold_in": lambda x: metrics.without_fold_in(SCORES, x),
    "evaluation.metrics.find_hits": lambda x: metrics.find_hits(LISTS, x),
    "evaluation.evaluator.evaluate": measured,
    "evaluation.evaluator.rank_lists": lambda x: rank_lists(Fixed(SCORES), x, 4),
    "evaluation.lists.describe_lists": lists_of,
    "evaluation.lists.novelty": lists_of,
    "evaluation.lists.average_popularity": lists_of,
    "evaluation.lists.shares": lists_of,
    "evaluation.lists.long_tail": lists_of,
    "evaluation.lists.fold_in_popularity": lists_of,
    "evaluation.lists.recommend": lists_of,
    "serving.export.scores.WebModel.score": lambda x: in_a_page().score(x),
    "splits.histories.Histories.of_clicks": lambda x: Histories.of_clicks(x, n_items=N),
    "splits.protocol.hold_out": lambda x: hold_out(x, 0.4, np.random.default_rng(2)),
    "splits.split.HeldOut": lambda x: [people(x), people(NOBODY, x)],
    "splits.split.Split": saved,
}

_WEIGHTED: Final = "takes weighted or multiplied matrices, which baselines make of canonical ones"
_CUT: Final = "takes what a protocol cut out of a table; test_splits and its like"
EXEMPT: Final = {
    "splits.cells.Cells": _CUT,
    "splits.cells.Cells.details": _CUT,
    "splits.cells.Cells.times": _CUT,
    "splits.cells.from_the_end": _CUT,
    "splits.cells.as_clicks": _CUT,
    "splits.cells.select": _CUT,
    "splits.cells.clicked": _CUT,
    "splits.cells.counts": _CUT,
    "splits.details.Details.are_of": "compares with what a split made canonical",
    "serving.export.facts.agreement": "takes a function of clicks, and a split's own",
    "runs.run.recommend": "takes one row; test_disguises has a test of its own",
    "recommenders.blocks.largest_products": _WEIGHTED,
    "recommenders.neighbours.similarity.Neighbours.nearest": _WEIGHTED,
    "models.gluon.clicks.ClickBatch": "is made by from_csr",
    "models.pytorch.knowing.KnowsPeople.rank": "is a protocol",
    "models.pytorch.rating_cells.RatingCells.of": "takes ratings, as rating_matrix makes them",
    "models.pytorch.embeddings.EmbeddingNetwork.units": "takes ratings",
    "models.pytorch.deeprec.DeepRecNetwork.units": "takes ratings",
    "models.pytorch.rated_people.RatedPeople": "takes ratings",
    "training.sequences.svae.SVAE.score": "refuses all clicks, which have no order; test_svae",
    "training.distributed.Workers.validate": "several processes; test_distributed",
    "training.distributed.Shared.load": "passes on what an engine is given",
    "training.objective.Objective.load": "is a protocol",
    "training.objective.Exact.load": "needs nothing of it",
    "training.team.Team.validate": "is a protocol",
    "training.team.Alone.validate": "passes on what an engine is given",
    "models.gluon.clicks.People": "is made by units",
    "training.backend.Backend.load": "is a protocol",
    "training.backend.Backend.validate": "is a protocol",
    "evaluation.evaluator.Scorer.score": "is a protocol",
    "recommenders.interface.Recommender.fit": "is what each recommender does",
    "recommenders.interface.Recommender.score": "is what each recommender does",
    "recommenders.linear.ease.gram_matrix": "is given what fit made canonical",
    "recommenders.linear.edlae.dropout_penalty": "is given what fit made canonical",
    "recommenders.linear.slim.geometric_mean": "is given what fit made canonical",
    "recommenders.together.standardised": "is given what score made canonical",
    "evaluation.evaluator.Ranker.rank": "is a protocol",
    "runs.data.describe": "is given what the trainer or a split made canonical",
}
