"""The parts of an engine, chosen one by one, and the table of what does not go together."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support import is_a_sentence, small_config, small_model, two_tastes

from recotour_vae.errors import ConfigError
from recotour_vae.models import MultVAEConfig
from recotour_vae.models.network import Network, Phase
from recotour_vae.models.pytorch import ClickBatch
from recotour_vae.training.choose import choose
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.refusals import PAIRS, Asked, check

SPLIT = two_tastes()


class Stubborn(Network):
    """A network that goes with nothing that not every network goes with."""

    kind = "stubborn"
    phases = (Phase("one"), Phase("two"))


def asked(framework="pytorch", workers=1, network=None, **options):
    return Asked(framework, small_config(**options), workers, network)


def sampled(*given, **options):
    """Ask before there is a network, by its settings."""
    return replace(asked(*given, **options), settings=MultVAEConfig(sampled_items=3))


TOGETHER = {
    ("no worker",): asked(workers=0),
    ("workers", "gluon"): asked("gluon", 2),
    ("workers", "sampled"): sampled(workers=2),
    ("workers", "one device"): asked(workers=2, device="cuda:1"),
    ("workers", "not shared"): asked(workers=2, network=Stubborn()),
    ("gluon", "mixed"): asked("gluon", precision="mixed"),
    ("gluon", "phases"): asked("gluon", network=Stubborn()),
    ("sampled", "gluon"): sampled("gluon"),
    ("sampled", "mixed"): sampled(precision="mixed"),
    ("sampled", "decay"): asked(weight_decay=0.1, network=small_model(sampled_items=3)),
    ("sampled", "mps"): sampled(device="mps"),
}


def test_each_pair_of_the_table_has_an_example_here():
    assert TOGETHER.keys() == PAIRS.keys()


@pytest.mark.parametrize("pair", TOGETHER)
def test_what_does_not_go_together_is_refused_in_its_own_sentence(pair):
    with pytest.raises(ConfigError) as error:
        check(TOGETHER[pair])
    assert is_a_sentence(error.value)
    assert str(error.value) == PAIRS[pair].format(**TOGETHER[pair].words())


@pytest.mark.parametrize("pair", [pair for pair in TOGETHER if len(pair) == 2])
def test_either_of_a_pair_goes_by_itself(pair):
    whole = TOGETHER[pair]
    plain = small_config()
    alone = {
        "workers": replace(whole, workers=1),
        "gluon": replace(whole, framework="pytorch"),
        "sampled": replace(whole, settings=None, network=small_model()),
        "mixed": replace(whole, config=replace(whole.config, precision="float32")),
        "one device": replace(whole, config=plain),
        "mps": replace(whole, config=replace(whole.config, device="cpu")),
        "decay": replace(whole, config=replace(whole.config, weight_decay=0.0)),
    }
    for one in pair:
        check(alone.get(one, replace(whole, network=small_model())))


@settings(max_examples=30, deadline=None)
@given(
    likelihood=st.sampled_from(["multinomial", "gaussian", "logistic"]),
    kind=st.sampled_from(["mult-vae", "mult-dae"]),
    sampled_items=st.sampled_from([None, 5]),
    precision=st.sampled_from(["float32", "mixed"]),
    weight_decay=st.sampled_from([None, 0.0, 0.01]),
)
def test_an_engine_makes_an_update_or_says_why_it_does_not(
    likelihood, kind, sampled_items, **options
):
    """What the table lets pass is trained, whatever the combination."""
    config = small_config(**options)
    decayed = options["weight_decay"] or (options["weight_decay"] is None and kind == "mult-dae")
    other = likelihood != "multinomial" or options["precision"] == "mixed"

    def make():
        return small_model(kind, likelihood=likelihood, sampled_items=sampled_items)

    if sampled_items and (decayed or other):
        with pytest.raises(ConfigError) as error:
            PyTorchBackend(make(), config)
        assert is_a_sentence(error.value)
        return
    model = make()
    before = model.arrays()
    backend = PyTorchBackend(model, config)
    backend.load(SPLIT.train)
    backend.train_step(backend.cut(np.arange(9)), beta=0.1)
    assert np.isfinite(backend.take_losses()).all()
    assert any((array != before[name]).any() for name, array in model.arrays().items())


def plain_descent(parameters, rate, decay, device):
    return torch.optim.SGD(parameters, rate)


class Doubled:
    """Twice the network's loss."""

    def load(self, train, device):
        self.seen = train.shape

    def __call__(self, network, batch, generator, **words):
        parts = network.training_loss(batch, generator=generator, **words)
        return parts._replace(loss=2 * parts.loss)


@pytest.mark.slow
@pytest.mark.parametrize(("descends", "doubles"), [*product([False, True], repeat=2)])
def test_each_part_is_exchanged_for_itself(descends, doubles):
    """Against an update written out."""
    config, (ours, theirs) = small_config(), (small_model(), small_model())
    parts = choose(ours)
    if descends:
        parts = replace(parts, optimiser=plain_descent)
    if doubles:
        parts = replace(parts, objective=Doubled())
    engine = PyTorchBackend(ours, config, parts)
    engine.load(SPLIT.train)
    engine.start_epoch(3)
    engine.train_step(engine.cut(np.arange(7)), beta=0.2)

    kind = torch.optim.SGD if descends else torch.optim.Adam
    optimiser = kind(theirs.parameters(), config.learning_rate, fused=True)
    batch = ClickBatch.from_csr(SPLIT.train[:7])
    loss = theirs.train().training_loss(batch, 0.2, torch.Generator().manual_seed(3)).loss
    ((2 if doubles else 1) * loss).backward()
    optimiser.step()
    for name, array in theirs.arrays().items():
        np.testing.assert_allclose(ours.arrays()[name], array, rtol=0, atol=1e-7, err_msg=name)
    assert engine.losses[0][0] == (2 if doubles else 1) * loss
    if doubles:
        assert engine.objective.seen == SPLIT.train.shape
