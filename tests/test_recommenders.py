"""What every recommender of the registry keeps to, whatever it does."""

import json
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from support import is_a_sentence, random_clicks, rated, timed, two_tastes

from recotour_vae.errors import CheckpointError, ConfigError, DataError, NotFittedError
from recotour_vae.evaluation import HistoryRanker, evaluate
from recotour_vae.recommenders import Recommender, entry, make, names, open_recommender
from recotour_vae.runtime.memory import GIB
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.splits import HeldOut, Histories

SPLIT = timed(rated(two_tastes()))
SMALL = {
    "mult-vae": {"hidden": [8], "latent": 4, "epochs": 1, "batch_size": 20, "monitor": "ndcg@4"},
    "mult-dae": {"latent": 4, "epochs": 1, "batch_size": 20, "monitor": "ndcg@4"},
    "recvae": {"hidden": 8, "latent": 4, "epochs": 1, "batch_size": 20, "monitor": "ndcg@4"},
    "elsa": {"factors": 4, "epochs": 1, "batch_size": 20, "monitor": "ndcg@4"},
    "cdae": {"latent": 4, "epochs": 1, "batch_size": 20, "monitor": "ndcg@4"},
    "hvamp": {
        "hidden": [8],
        "z1": 3,
        "z2": 4,
        "pseudo_inputs": 5,
        "epochs": 1,
        "batch_size": 20,
        "monitor": "ndcg@4",
    },
    "puresvd": {"factors": 2},
    "ials": {"factors": 4, "epochs": 2},
    "autorec-user": {"hidden": 4, "iterations": 5},
    "autorec-item": {"hidden": 4, "iterations": 5},
    "embedding-dot": {"factors": 2, "epochs": 2},
    "collab-nn": {"hidden": 4, "epochs": 2},
    "deeprec": {"hidden": [6, 4], "epochs": 2},
    "svae": {
        "embedding": 4,
        "recurrent": 4,
        "hidden": 4,
        "latent": 2,
        "epochs": 1,
        "monitor": "ndcg@4",
    },
}
OF_ITS_OWN = ("autorec-item",)  # what answers for the people alone that it was fitted on
NETWORKS = [name for name in names() if entry(name).networks]
OTHERS = [name for name in names() if not entry(name).networks]
READERS = [name for name in names() if "times" in entry(name).needs]  # of clicks in an order

OF_EVERY = []  # the tests below that each recommender has to pass, for whoever adds one


def every(test):
    """Ask it of each recommender."""
    OF_EVERY.append(test)
    return pytest.mark.parametrize("name", names())(test)


def small(name: str) -> Recommender:
    return make(name, **SMALL.get(name, {}))


def asked_about(name: str) -> HeldOut:
    """Give people whom it answers for, and what is kept from it."""
    if name not in OF_ITS_OWN:
        return SPLIT.test
    patterns = SPLIT.train.toarray()
    alone = np.flatnonzero([(patterns == one).all(axis=1).sum() == 1 for one in patterns])
    others = csr_matrix(1 - patterns[alone])
    return HeldOut.of(
        SPLIT.train_users[alone], SPLIT.history.rows(alone), Histories.of_clicks(others)
    )


def answers(name: str, model: Recommender, group: HeldOut) -> np.ndarray:
    """Scores; where the order counts, lists."""
    if name in READERS:
        return model.rank_histories(group.shown, 4)
    return model.score(group.fold_in)


def check_lists(ranking: np.ndarray, fold_in: csr_matrix) -> None:
    """Four items each, none of which was shown."""
    assert ranking.shape == (fold_in.shape[0], 4)
    shown = fold_in.toarray()
    assert not any(shown[user, ranking[user]].any() for user in range(len(ranking)))


@every
def test_it_is_fitted_and_asked_by_the_same_words(name):
    model = small(name)
    assert model.fit_split(SPLIT) is model
    found, fold_in = answers(name, model, asked_about(name)), asked_about(name).fold_in
    if name in READERS:
        check_lists(found, fold_in)
        return
    assert found.shape == fold_in.shape
    assert np.isfinite(found).all()
    ranking = model.rank(fold_in, 4)
    check_lists(ranking, fold_in)
    np.testing.assert_array_equal(model.recommend(fold_in, 4, batch_size=3), ranking)


@pytest.mark.parametrize("name", READERS)
def test_who_reads_an_order_refuses_clicks_without(name):
    model = small(name)
    with pytest.raises(DataError, match="in order of time") as error:
        model.fit_split(rated(two_tastes()))
    assert is_a_sentence(error.value)
    model.fit_split(SPLIT)
    for ask in (model.score, lambda clicks: model.recommend(clicks, 4)):
        with pytest.raises(DataError, match="in order of time") as error:
            ask(SPLIT.test.fold_in)
        assert is_a_sentence(error.value)


@every
def test_its_list_is_that_of_its_scores(name):
    model = small(name).fit_split(SPLIT)
    if isinstance(model, HistoryRanker):  # whose lists are made of more than clicks
        return
    found = evaluate(model, SPLIT.test, ["ndcg@4"])

    class Scores:
        score = staticmethod(model.score)

    assert evaluate(Scores(), SPLIT.test, ["ndcg@4"]).per_user.equals(found.per_user)


@every
def test_a_file_gives_it_back_to_the_last_bit(name, tmp_path):
    model = small(name).fit_split(SPLIT)
    path = model.save(tmp_path / "model.safetensors", author="me")
    again = open_recommender(path)
    group = asked_about(name)
    np.testing.assert_array_equal(answers(name, model, group), answers(name, again, group))
    if not entry(name).networks:
        assert again.config == model.config
        assert repr(type(model).load(path)) == repr(model)


@every
def test_settings_are_checked_frozen_and_plain(name):
    model = small(name)
    json.dumps(model.settings())
    with pytest.raises(ConfigError, match=f"{name} has no option 'nonsense'") as error:
        make(name, nonsense=1)
    is_a_sentence(error)
    for one in fields(model.config):
        with pytest.raises(FrozenInstanceError):
            setattr(model.config, one.name, None)


@every
def test_its_space_names_options_that_it_has(name):
    own = entry(name)
    for option, spread in getattr(own.config_class(), "SPACE", {}).items():
        tables = (
            [one for one in spread if isinstance(one, dict)] if isinstance(spread, list) else []
        )
        said = set().union(*tables) if tables else {option}
        assert said <= set(own.options())


@every
def test_asked_before_it_is_fitted_it_says_so(name):
    with pytest.raises(NotFittedError, match="is not fitted yet; call fit") as error:
        small(name).score(SPLIT.test.fold_in)
    is_a_sentence(error)
    assert not hasattr(small(name), "nonsense")


@every
def test_what_memory_cannot_hold_is_refused(name):
    model = small(name)
    needed = model.memory_needed(50_000)
    if not needed:
        return
    model.check_memory(50_000, needed)
    with pytest.raises(ConfigError, match=r"on 50,000 items needs .* GiB") as error:
        model.check_memory(50_000, needed - 1)
    is_a_sentence(error)


@pytest.mark.parametrize("name", OTHERS)
def test_the_registry_and_the_class_have_one_name(name):
    one = entry(name)
    assert one.cls().name == name
    assert one.cls().Config is one.config_class()
    with pytest.raises(ConfigError, match="needs none"):
        make(name, framework="pytorch")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_says_what_it_is_written_in(name):
    with pytest.raises(ConfigError, match=f"{name} has {' or '.join(entry(name).frameworks)};"):
        make(name, framework="jax")
    assert entry(name).network("pytorch").kind == name


@pytest.mark.skipif(not has_mxnet(), reason="needs MXNet")
@pytest.mark.parametrize("name", [one for one in NETWORKS if "gluon" in entry(one).networks])
def test_a_network_is_opened_in_the_other_framework(name, tmp_path):
    model = make(name, "gluon", **SMALL[name]).fit_split(SPLIT)
    path = model.save(tmp_path / "model")
    one, other = (open_recommender(path, each).score(SPLIT.train) for each in ("gluon", "pytorch"))
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_what_one_saved_is_not_opened_as_another(tmp_path):
    path = make("popularity").fit_split(SPLIT).save(tmp_path / "model")
    with pytest.raises(CheckpointError, match="holds popularity, not ease") as error:
        entry("ease").cls().load(path)
    is_a_sentence(error)


def test_arguments_are_those_of_the_settings():
    from inspect import signature

    from recotour_vae.recommenders import EASE
    from recotour_vae.recommenders.linear.ease import EASEConfig

    assert list(signature(EASE).parameters) == ["l2"]
    assert EASE(3.0).config == EASE(l2=3.0).config == EASE(EASEConfig(3.0)).config
    assert repr(EASE(3.0)) == "EASE(l2=3.0)"


def test_nobody_at_all_gets_lists_of_the_right_width():
    model = make("popularity").fit(random_clicks(0, 9, 7, 0.4))
    nobody = csr_matrix((0, 7), dtype=np.float32)
    assert model.recommend(nobody, 3).shape == (0, 3)


def test_half_the_memory_of_a_square_is_not_enough():
    assert make("ease").memory_needed(20_000) == 24 * 20_000**2 > 8 * GIB


def test_the_table_of_the_readme_and_the_guide_name_every_recommender():
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in names())
