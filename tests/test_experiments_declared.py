"""What a file of an experiment says, and what is wrong with one that says it badly."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from experiment_files import SMALL, write
from support import is_a_sentence

from recotour_vae.errors import ExperimentError
from recotour_vae.experiments import Setting, Source, read
from recotour_vae.experiments.sampling import distributions
from recotour_vae.models.config import MultVAEConfig

ROOT = Path(__file__).parents[1]
SOURCE = Source("ml-100k")


def test_each_value_goes_with_each_group_and_each_repeat(tmp_path):
    (block,) = read(write(tmp_path)).blocks
    said = [(tuple(s.options["hidden"]), s.split, s.seed) for s in block.settings]
    assert said == [((), 0, 0), ((), 1, 1), ((8,), 0, 0), ((8,), 1, 1)]
    assert block.varies == ("hidden", "latent", "split", "seed")


def test_an_option_of_each_is_multiplied_out(tmp_path):
    text = SMALL.replace("repeats = ", "each.dropout = [0.1, 0.2]\nrepeats = ")
    (block,) = read(write(tmp_path, text)).blocks
    assert len(block.settings) == 8
    assert {s.options["dropout"] for s in block.settings} == {0.1, 0.2}


def test_a_run_that_stands_in_two_blocks_is_made_once(tmp_path):
    again = SMALL[SMALL.index("[[block]]") : SMALL.index("[[search]]")]
    experiment = read(write(tmp_path, SMALL + again.replace('"width"', '"again"')))
    assert len(experiment.blocks) == 2
    assert len(experiment.settings()) == 4


def test_equal_settings_have_equal_ids_whatever_the_data_are_called():
    one = Setting("a", SOURCE, "ease", options={"l2": 100.0})
    assert one.id == Setting("b", SOURCE, "ease", options={"l2": 100}).id
    assert one.id != Setting("a", SOURCE, "ease", options={"l2": 101}).id
    assert one.id != Setting("a", SOURCE, "ease", split=1, options={"l2": 100}).id
    assert one.id != Setting("a", Source("ml-1m"), "ease", options={"l2": 100}).id


@dataclass(frozen=True)
class LaterSource(Source):
    protocol: str = "strong"


@dataclass(frozen=True)
class LaterSetting(Setting):
    ratings: bool = False
    folds: tuple[int, ...] = ()


def test_a_new_field_renames_no_run_that_leaves_it_alone():
    words = ("a", SOURCE, "ease", "", 1, 2, {"l2": 100.0})
    one, later = Setting(*words), LaterSetting(*words)
    assert later.id == replace(later, source=LaterSource("ml-100k")).id == one.id
    others = [
        replace(later, ratings=True),
        replace(later, folds=(1,)),
        replace(later, source=LaterSource("ml-100k", protocol="time")),
    ]
    assert len({one.id, *(other.id for other in others)}) == 4


def test_ids_are_what_they_were_when_the_first_were_made():
    """Eight digits of a hash over all that could be said then, also where it was a default."""
    assert Setting("a", SOURCE, "ease").id == "3091fba2"
    source = Source("ml-1m", ready=True, test_users=600)
    options = {"hidden": (8,), "beta": 1.0}
    assert Setting("b", source, "mult-vae", "gluon", 3, 4, options).id == "eb0fa0f2"


def test_a_setting_says_everything_defaults_included():
    setting = Setting("a", SOURCE, "mult-vae", "gluon", seed=3, options={"hidden": [8]})
    config = setting.recommender().config
    assert config.network == MultVAEConfig(hidden=(8,))
    assert config.training.seed == 3
    assert setting.everything()["latent"] == 200
    assert setting.everything()["learning_rate"] == 1e-3
    json.dumps(setting.everything())
    assert Setting("a", SOURCE, "ease").everything() == {"l2": 500.0}


def test_a_choice_of_a_search_may_be_several_options(tmp_path):
    text = SMALL.replace('model = "ease"', 'model = "mult-dae"').replace(
        "space.l2 = {{ low = 1.0, high = 100.0, log = true }}",
        "space.widths = [{{ hidden = [], latent = 3 }}, {{ hidden = [9], latent = 5 }}]\n"
        "space.dropout = {{ low = 0.1, high = 0.5 }}",
    )
    (search,) = read(write(tmp_path, text)).searches
    chosen = search.setting({"widths": 1, "dropout": 0.25}, seed=7)
    assert dict(chosen.options) == {"hidden": [9], "latent": 5, "dropout": 0.25}
    assert (chosen.seed, chosen.framework) == (7, "pytorch")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('model = "ease"', 'model = "eese"', "no model 'eese'"),
        ("batch_size = 40", "batchsize = 40", "no option 'batchsize'"),
        ('data = "small"\n', 'data = "big"\n', "'big'"),
        ("validation_users", "validate_users", "no option 'validate_users'"),
        ("question = ", "why = ", "'why' is unknown"),
        ("trials = 3", "tries = 3", "'tries' is unknown"),
        ("space.l2 = {{ low = 1.0,", "space.l2 = {{ from = 1.0,", "space.l2"),
        (
            "space.l2 = {{ low = 1.0, high = 100.0, log = true }}",
            "space.l2 = []",
            "give a list of choices",
        ),
        ("[common]", "[common", "not valid TOML"),
        ('model = "mult-dae"', 'model = "mult-dae", framework = "jax"', "'jax'"),
        ("repeats = ", "each.dropout = 0.5\nrepeats = ", "each.dropout"),
        ("batch_size = 40", "batch_size = 0", "batch_size is 0"),
    ],
)
def test_what_is_wrong_in_a_file_gets_one_sentence(tmp_path, before, after, words):
    assert before in SMALL
    with pytest.raises(ExperimentError, match=words) as caught:
        read(write(tmp_path, SMALL.replace(before, after)))
    assert is_a_sentence(caught.value)
    assert "small.toml" in str(caught.value)


def test_a_file_without_runs_and_one_that_is_not_there(tmp_path):
    path = write(tmp_path, 'about = "Nothing."')
    with pytest.raises(ExperimentError, match="declares no runs"):
        read(path)
    with pytest.raises(ExperimentError, match="there are: small"):
        read(tmp_path / "smol.toml")


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted((ROOT / "experiments").glob("*.toml")), ids=lambda p: p.stem
)
def test_the_experiments_of_this_repository_can_be_read(path):
    experiment = read(path)
    assert experiment.about
    assert all(block.question.endswith("?") for block in experiment.blocks)
    for setting in experiment.settings():
        json.dumps(setting.everything())
    for search in experiment.searches:
        assert set(distributions(search.space)) == set(search.space)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "experiments").glob("*.toml")), ids=lambda p: p.stem
)
def test_what_is_published_names_its_source_and_a_model_that_is_run(path):
    experiment = read(path)
    run = {setting.model for setting in experiment.settings()}
    for figure in experiment.published:
        assert figure["source"]
        assert figure["model"] in run
        assert 0 < figure["ndcg@100"] < 1
