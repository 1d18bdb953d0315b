"""A run as a script for pages: what it decodes to, how large it is, what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import sentence
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support import clicks, is_a_sentence, random_clicks, small_model, two_tastes

from recotour_vae import cli, datasets, splits
from recotour_vae.errors import CheckpointError, ConfigError
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.models.config import MultVAEConfig
from recotour_vae.recommenders import EASE, ItemKNN, Popularity
from recotour_vae.recommenders.registry import entry
from recotour_vae.runs import Run, keep_data, keep_run, open_run
from recotour_vae.runs.data import RunData
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.serving.export import export_web, read_web, web_script
from recotour_vae.serving.export.contents import halved, whole
from recotour_vae.serving.export.packing import packed, unpacked
from recotour_vae.training import Trainer, TrainingConfig

SPLIT = two_tastes()
TITLES = tuple(f"Film {i} \u2028 </script>" for i in range(SPLIT.n_items))
ABOUT = {"name": "one"}
FLOATS = arrays(np.float32, (3, 4), elements=st.floats(-8, 8, width=32))
FRAMEWORKS = ["pytorch", *(["gluon"] if has_mxnet() else [])]


def read(text, folder):
    """Read a script through a file."""
    path = folder / "model.js"
    path.write_text(text, encoding="ascii")
    return read_web(path)


def trained(folder, kind="mult-vae", framework="pytorch"):
    """Train a small network and keep it as a run."""
    if framework == "pytorch":
        model = small_model(kind)
    else:
        config = entry(kind).config_class()(hidden=(8,), latent=4)
        model = entry(kind).network(framework).of(config, SPLIT.n_items)
    settings = TrainingConfig(epochs=3, batch_size=8, monitor="ndcg@8", device="cpu")
    Trainer(settings, folder, progress=False).fit(model, SPLIT.train, SPLIT.validation)
    keep_data(folder, SPLIT, TITLES)
    return folder


# Arrays


@given(FLOATS)
def test_float32_is_exact_and_float16_is_near(array):
    assert (unpacked(packed(array, "float32")) == array).all()
    halves = unpacked(packed(array, "float16"))
    assert (halves == array.astype(np.float16)).all()


@given(FLOATS)
def test_a_byte_is_as_near_as_its_step_is_wide(array):
    """Roots are off by half a step at most, and r² - s² = (r + s)(r - s)."""
    found = unpacked(packed(array, "int8"))
    largest = np.abs(array).max(axis=1, keepdims=True).astype(float)
    root = np.sqrt(np.abs(array / np.where(largest, largest, 1)))
    assert (np.abs(found - array) <= largest * (2 * root + 0.5 / 127) * 0.5 / 127 + 1e-6).all()
    assert (np.sign(found) * np.sign(array) >= 0).all()


def test_bytes_by_hand():
    entry = packed(np.array([[4.0, -1.0, 0.0]]), "int8")
    assert entry["shape"] == [1, 3]
    np.testing.assert_allclose(unpacked(entry), [[4, -4 * (64 / 127) ** 2, 0]], rtol=1e-6)
    assert json.loads(json.dumps(entry)) == entry


def test_what_a_precision_cannot_hold_is_refused():
    for array, precision in ((np.array([1e6]), "float16"), (np.array([np.nan]), "int8")):
        with pytest.raises(ConfigError) as error:
            packed(array, precision)
        assert is_a_sentence(error.value)


# EASE in half


@pytest.mark.parametrize("seed", range(3))
def test_half_of_ease_is_all_of_it(seed):
    weights = EASE(5.0).fit(random_clicks(seed, 40, 12)).weights
    half = halved(weights)
    assert half["partial"].shape == (66,)
    np.testing.assert_allclose(whole(**half), weights, rtol=2e-5, atol=1e-7)


def test_items_that_nothing_ties_together_have_no_weights():
    rows = [[0, 1], [0, 1, 2], [3, 4], [4], [3]]
    weights = EASE(1.0).fit(clicks(rows, 6)).weights  # 0 to 2 and 3, 4 apart; nobody clicked 5
    np.testing.assert_allclose(whole(**halved(weights)), weights, rtol=1e-5, atol=1e-7)


# Scripts


@pytest.mark.parametrize("model", [EASE(3.0), Popularity()], ids=lambda model: model.name)
def test_what_is_read_back_scores_as_the_model_does(model, tmp_path):
    run = Run(model.fit_split(SPLIT), SPLIT, TITLES)
    found = read(web_script(run, ABOUT, "float16"), tmp_path)
    people = SPLIT.test.fold_in
    np.testing.assert_allclose(found.score(people), run.model.score(people), atol=2e-3)
    assert found.about["titles"] == list(TITLES)
    assert found.about["clicks"] == SPLIT.train.sum(axis=0).astype(int).tolist()[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(("precision", "near"), [("float16", 2e-3), ("int8", 0.1)])
def test_a_network_of_either_framework_is_read_back(kind, framework, precision, near, tmp_path):
    folder = trained(tmp_path / "run", kind, framework)
    found = export_web(folder, tmp_path / "it.js", precision)
    people = SPLIT.test.fold_in
    differ = np.abs(found.score(people) - open_run(folder).model.score(people)).max()
    assert 0 < differ < near
    assert found.about["agreement"]["largest_difference"] == pytest.approx(differ, rel=0.01)
    assert found.about["framework"] == framework
    assert found.about["precision"] == precision


def test_a_person_without_clicks_gets_the_scores_of_the_model(tmp_path):
    run = Run(small_model("mult-vae").eval(), SPLIT, TITLES)
    nobody = clicks([[]], SPLIT.n_items)
    found = read(web_script(run, ABOUT), tmp_path)
    np.testing.assert_allclose(found.score(nobody), run.model.score(nobody), atol=1e-4)


def test_the_file_says_where_it_is_from(tmp_path):
    keep_run(tmp_path / "first", EASE(3.0).fit_split(SPLIT), RunData.of(SPLIT, TITLES))
    about = export_web(tmp_path / "first", tmp_path / "it.js").about
    made = about["made"]
    assert about["name"] == made["run"] == "first"
    assert made["by"].startswith("recotour-vae 0")
    assert made["split"] == SPLIT.fingerprint()
    assert made["data"][:3] == [*SPLIT.train.shape, SPLIT.train.nnz]
    assert about["settings"] == {"l2": 3.0}
    assert about["agreement"]["people"] == len(SPLIT.test.users)
    first = (tmp_path / "it.js").read_text().splitlines()[0]
    assert first.startswith("// EASE for a web page, its weights in float16. Made by recotour-vae")


def test_the_same_run_gives_the_same_file_and_no_one_is_in_it(tmp_path):
    keep_run(tmp_path / "run", EASE(3.0).fit_split(SPLIT), RunData.of(SPLIT, TITLES))
    for name in ("a.js", "b.js"):
        export_web(tmp_path / "run", tmp_path / name, name="it")
    assert (tmp_path / "a.js").read_bytes() == (tmp_path / "b.js").read_bytes()
    assert "users" not in (tmp_path / "a.js").read_text()


def test_a_script_is_ascii_and_its_object_ends_no_element(tmp_path):
    text = web_script(Run(Popularity().fit_split(SPLIT), SPLIT, TITLES), {"name": 'a"\n</b>'})
    assert text.isascii()
    assert len(text.splitlines()) == 4
    assert read(text, tmp_path).about["name"] == 'a"\n</b>'


def test_the_finer_precision_that_fits_is_taken():
    run = Run(EASE(3.0).fit_split(SPLIT), SPLIT, TITLES)
    fine, coarse = (len(web_script(run, ABOUT, one)) for one in ("float16", "int8"))
    assert coarse < fine
    assert len(web_script(run, ABOUT, megabytes=(fine + 100) / 1e6)) == fine
    assert len(web_script(run, ABOUT, megabytes=(fine - 50) / 1e6)) < fine
    with pytest.raises(ConfigError, match=r"ease on 24 items takes 0\.0 MB in int8, and 0\.0001"):
        web_script(run, ABOUT, megabytes=0.0001)


def test_a_run_without_test_users_is_compared_with_nobody(tmp_path):
    nobody = replace(
        SPLIT.test,
        users=SPLIT.test.users[:0],
        fold_in=SPLIT.test.fold_in[:0],
        held_out=SPLIT.test.held_out[:0],
    )
    split = replace(SPLIT, test=nobody)
    text = web_script(Run(Popularity().fit_split(SPLIT), split, TITLES), ABOUT)
    assert read(text, tmp_path).about["agreement"] is None


# Refusals


def test_a_model_that_pages_do_not_compute_is_refused():
    run = Run(ItemKNN().fit_split(SPLIT), SPLIT, TITLES)
    with pytest.raises(ConfigError, match="cannot compute item-knn; what it can is mult-vae,") as e:
        web_script(run, ABOUT)
    assert is_a_sentence(e.value)


def test_a_file_that_is_none_of_ours_is_refused(tmp_path):
    text = web_script(Run(Popularity().fit_split(SPLIT), SPLIT, TITLES), ABOUT)
    others = {
        "has format 2": text.replace('"format":1', '"format":2'),
        "is no script of a model": text[:-40],
        "JSONDecodeError": "alert(1)\n" * 5,
        "IndexError": "alert(1)",
    }
    for words, other in others.items():
        with pytest.raises(CheckpointError, match=words) as error:
            read(other, tmp_path)
        assert is_a_sentence(error.value)
    with pytest.raises(CheckpointError, match="There is no"):
        read_web(tmp_path / "nothing.js")


# The command


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with a run of EASE and one that pages do not compute."""
    monkeypatch.chdir(tmp_path)
    keep_run("ease", EASE(3.0).fit_split(SPLIT), RunData.of(SPLIT, TITLES))
    keep_run("knn", ItemKNN().fit_split(SPLIT), RunData.of(SPLIT, TITLES))
    return tmp_path


def test_the_command_writes_the_script_and_says_how_far_it_agrees(shop, capsys):
    assert cli.main(["export", "ease"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("ease.js: EASE on 24 items in float16, 0.0")
    assert said[1].startswith("Of 15 test users ")
    people = SPLIT.test.fold_in
    mine, theirs = read_web("ease.js").score(people), EASE(3.0).fit_split(SPLIT).score(people)
    np.testing.assert_allclose(mine, theirs, atol=1e-3)


def test_the_command_takes_a_name_a_precision_and_a_path(shop, capsys):
    words = ["--to", "web", "--out", "new/it.js", "--name", "shop", "--precision", "int8"]
    assert cli.main(["export", "ease", *words]) == 0
    assert read_web("new/it.js").about["name"] == "shop"
    assert "in int8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["knn"], "A page cannot compute item-knn"),
        (["nothing"], "holds no trained model"),
        (["ease", "--out", "it.json"], "it.json is to be a script; give a name that ends in .js."),
        (["ease", "--megabytes", "0.0001"], "allow more with --megabytes"),
        (["ease", "--to", "onix"], "--to is 'onix'"),
        (["ease", "--out", "ease/best.safetensors/it.js"], "could not be written"),
    ],
)
def test_the_command_refuses_in_one_sentence(shop, capsys, words, said):
    assert said in sentence(capsys, ["export", *words])
    assert not list(shop.glob("*.js*"))


# MovieLens 100K


@pytest.fixture(scope="module")
def movies():
    data = datasets.load("ml-100k")
    split = splits.strong_generalisation(data.interactions)
    return split, tuple(map(str, data.title(split.items)))


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [(200,), (600,)])
def test_a_network_of_movielens_takes_three_megabytes(movies, hidden, tmp_path):
    split, titles = movies
    network = entry("mult-vae").network("pytorch")
    latent = 64 if hidden == (200,) else 200
    model = network.of(MultVAEConfig(hidden=hidden, latent=latent), split.n_items, 0).eval()
    text = web_script(Run(model, split, titles), ABOUT)
    assert len(text) < 3e6
    found = read(text, tmp_path)
    assert found.about["precision"] == ("float16" if hidden == (200,) else "int8")


@pytest.mark.slow
def test_ease_of_movielens_keeps_its_lists(movies, tmp_path):
    split, titles = movies
    run = Run(EASE().fit_split(split), split, titles)
    text = web_script(run, ABOUT)
    assert len(text) < 3e6
    people = split.test.fold_in
    lists = [top_k_unseen(m.score(people), people, 20) for m in (run.model, read(text, tmp_path))]
    assert (lists[0] == lists[1]).mean() > 0.99


def test_a_script_of_format_1_is_still_read():
    found = read_web(Path(__file__).parent / "frozen" / "web" / "format-1.js")
    model = EASE(3.0).fit_split(SPLIT)
    people = SPLIT.test.fold_in
    assert found.about["format"] == 1
    np.testing.assert_allclose(found.score(people), model.score(people), atol=0.01)
