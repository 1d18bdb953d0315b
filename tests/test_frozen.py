"""Folders and splits that older code wrote: they open, measure the same, and go on."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frozen.make import METRICS, SPLIT, TITLES, model
from support import is_a_sentence, small_config, train_small

from recotour_vae import runs
from recotour_vae.errors import CheckpointError, SplitError
from recotour_vae.evaluation import evaluate
from recotour_vae.files import arrays as stored
from recotour_vae.files.numbered import FORMAT
from recotour_vae.models import MultDAEConfig, MultVAEConfig
from recotour_vae.models.saved import load_model
from recotour_vae.runs.layout import BEST, LAST, SETTINGS
from recotour_vae.runs.layout import SPLIT as SPLIT_FILE
from recotour_vae.splits import Split
from recotour_vae.splits.split import FORMAT as SPLIT_FORMAT
from recotour_vae.training import Trainer

FROZEN = Path(__file__).parent / "frozen"
FORMATS = sorted(path.name for path in FROZEN.glob("format-*"))


@pytest.fixture(params=FORMATS)
def frozen(request, tmp_path):
    """A copy of a frozen folder."""
    shutil.copytree(FROZEN / request.param, tmp_path / request.param)
    return tmp_path / request.param


def expected(frozen):
    return json.loads((frozen / "expected.json").read_text(encoding="utf-8"))


def test_there_is_a_frozen_folder_of_each_format():
    assert [f"format-{number}" for number in range(1, FORMAT + 1)] == FORMATS
    assert set(expected(FROZEN / FORMATS[-1])["scores of others"]) == {"ease", "item-knn"}


def test_a_frozen_run_opens_and_measures_what_it_did(frozen):
    run, wanted = runs.open_run(frozen / "run"), expected(frozen)
    assert run.titles == tuple(TITLES)
    assert run.split.fingerprint() == wanted["fingerprint"] == SPLIT.fingerprint()
    found = evaluate(run.model, run.split.test, METRICS).per_user.mean()
    assert found.to_dict() == pytest.approx(wanted["metrics"], abs=1e-6)
    liked = runs.recommend(run, run.split.test.fold_in[0], 5)
    assert liked["item"].tolist() == wanted["first user's list"]


def test_frozen_runs_of_other_recommenders_open_and_score_as_they_did(frozen):
    for name, scores in expected(frozen).get("scores of others", {}).items():
        run = runs.open_run(frozen / f"run-{name}")
        assert run.name == name
        assert run.titles == tuple(TITLES)
        np.testing.assert_allclose(run.model.score(SPLIT.test.fold_in)[0], scores, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("keeps", [False, True])
def test_a_frozen_run_goes_on(frozen, keeps):
    fresh, trainer = model(), Trainer(small_config(epochs=4), frozen / "run")
    if keeps:
        history = trainer.fit_split(fresh, SPLIT, resume=True)
    else:
        history = trainer.fit(fresh, SPLIT.train, SPLIT.validation, resume=True)
    wanted = expected(frozen)
    whole = pd.DataFrame(wanted["history"]).set_index("epoch")
    pd.testing.assert_frame_equal(history.drop(columns="seconds"), whole, rtol=1e-4)
    scores = fresh.score(SPLIT.test.fold_in)[0]
    np.testing.assert_allclose(scores, wanted["scores when it has gone on"], atol=1e-4)
    run = runs.open_run(frozen / "run")
    assert run.titles == tuple(TITLES)
    np.testing.assert_array_equal(run.model.score(SPLIT.test.fold_in)[0], scores)


def test_a_frozen_run_has_the_settings_of_its_loss_with_the_networks(frozen):
    """Wherever they stood in the file; the best model of the first format says nothing of them."""
    run = frozen / "run"
    assert load_model(run / BEST).config == MultVAEConfig((8,), 4)
    change(run, beta=0.7, annealing="paper")
    first = frozen.name == "format-1"
    chosen = {} if first else {"beta": 0.7, "annealing": "paper"}
    assert load_model(run / BEST).config == MultVAEConfig((8,), 4, **chosen)
    with pytest.raises(CheckpointError, match="has model annealing paper, not fraction"):
        Trainer(small_config(epochs=4), run).fit(model(), SPLIT.train, SPLIT.validation, True)


def change(run, **settings):
    """Write other settings of a network's loss into the files of a run, where they stand there."""
    for name in (BEST, LAST):
        arrays, header = stored.read_arrays(run / name)
        group = "training" if header.get("format", 1) < 4 else "model"
        header |= {group: header[group] | settings} if group in header else {}
        stored.write_arrays(run / name, arrays, header)


def test_an_old_run_of_a_network_without_them_goes_on_without_them(tmp_path):
    """A Mult-DAE of format 3 had a β written down, which had no part in its loss."""
    train_small(tmp_path, "mult-dae", epochs=2)
    old = {"beta": 0.2, "annealing": "fraction", "anneal_fraction": 0.855, "anneal_steps": 200_000}
    for name in (BEST, LAST):
        arrays, header = stored.read_arrays(tmp_path / name)
        header["training"] |= old | {"sampled_items": header["model"].pop("sampled_items")}
        stored.write_arrays(tmp_path / name, arrays, header | {"format": 3})
    assert load_model(tmp_path / BEST).config == MultDAEConfig((16,), 4)
    _, history = train_small(tmp_path, "mult-dae", epochs=2, resume=True)
    assert len(history) == 2


def test_a_frozen_split_with_ids_of_text_opens(frozen):
    split = Split.load(frozen / "split-of-text.npz")
    assert split.fingerprint() == expected(frozen)["fingerprint of text"]
    assert split.items[3] == "item é 003"


def test_a_frozen_run_with_clicks_of_another_is_refused(frozen):
    """Also by the first format, whose weights say nothing of their clicks: its settings do."""
    other = Split(SPLIT.items, SPLIT.train_users, SPLIT.train[::-1], SPLIT.validation, SPLIT.test)
    (frozen / "run" / SPLIT_FILE).unlink()
    other.save(frozen / "run" / SPLIT_FILE)
    with pytest.raises(CheckpointError, match="of different runs") as error:
        runs.open_run(frozen / "run")
    assert is_a_sentence(error.value)


def test_a_later_format_is_refused_and_left_alone(frozen):
    run = frozen / "run"
    for name in (BEST, LAST):
        arrays, header = stored.read_arrays(run / name)
        stored.write_arrays(run / name, arrays, header | {"format": FORMAT + 1})
    before = {path: path.read_bytes() for path in run.iterdir()}
    tries = [
        lambda: runs.open_run(run),
        lambda: runs.keep_data(run, SPLIT),
        lambda: load_model(run / BEST),
        lambda: Trainer(small_config(epochs=4), run).fit_split(model(), SPLIT, resume=True),
        lambda: Trainer(small_config(epochs=4), run).fit_split(model(), SPLIT),
    ]
    matches = [f"has format {FORMAT + 1}, .* newer"] * 4 + ["already holds a run"]
    for attempt, match in zip(tries, matches, strict=True):
        with pytest.raises(CheckpointError, match=match) as error:
            attempt()
        assert is_a_sentence(error.value)
    assert {path: path.read_bytes() for path in run.iterdir()} == before


@pytest.mark.parametrize("number", [SPLIT_FORMAT + 1, 0, -1])
def test_a_split_of_an_unknown_format_is_refused(tmp_path, number):
    path = SPLIT.save(tmp_path / "split")
    arrays = dict(np.load(path))
    np.savez(path, **arrays | {"format": np.array(number)})
    with pytest.raises(SplitError, match=f"has format {number}, .* newer") as error:
        Split.load(path)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("number", ["3", None, 2.5, [2]])
def test_a_format_that_is_no_number_of_ours_is_refused(frozen, number):
    arrays, header = stored.read_arrays(frozen / "run" / BEST)
    stored.write_arrays(frozen / "run" / BEST, arrays, header | {"format": number})
    with pytest.raises(CheckpointError, match="has format"):
        runs.open_run(frozen / "run")


def test_settings_that_are_lost_or_not_ours_are_in_nobodys_way(frozen):
    for text in ("", "[1, 2]", '{"editor": "dark"}', "{"):
        (frozen / "run" / SETTINGS).write_text(text)
        assert runs.open_run(frozen / "run").titles == tuple(TITLES)
