"""One model in two frameworks: made, converted, saved and used from the command line."""

import re
from pathlib import Path

import numpy as np
import pytest
from command_line import sentence, train
from support import is_a_sentence, two_tastes

from recotour_vae import cli
from recotour_vae.errors import ConfigError
from recotour_vae.models import ModelConfig, convert, make_model
from recotour_vae.runs import open_run
from recotour_vae.runtime.mxnet import has_mxnet

needs_mxnet = pytest.mark.skipif(not has_mxnet(), reason="MXNet is not installed")
CLICKS = two_tastes().train
KINDS = pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])


def small(kind="mult-vae", hidden=(9, 6), framework="pytorch"):
    return make_model(ModelConfig(kind, hidden, 4), CLICKS.shape[1], 3, framework)


@needs_mxnet
@KINDS
@pytest.mark.parametrize("hidden", [(), (9,), (9, 6)])
def test_there_and_back_changes_no_weight(kind, hidden):
    model = small(kind, hidden)
    there = convert(model, to="gluon")
    back = convert(there, to="pytorch")
    assert (there.framework, back.framework) == ("gluon", "pytorch")
    assert there.config == back.config == model.config
    for name, array in model.arrays().items():
        np.testing.assert_array_equal(array, back.arrays()[name])
    np.testing.assert_allclose(there.score(CLICKS), model.score(CLICKS), atol=1e-6)


@KINDS
def test_a_model_can_be_converted_to_its_own_framework_as_a_copy(kind):
    model = small(kind)
    copy = convert(model, to="pytorch")
    copy.load_arrays({name: array * 0 for name, array in copy.arrays().items()})
    assert np.abs(model.score(CLICKS)).max() > 0
    assert np.abs(copy.score(CLICKS)).max() == 0


def test_an_unknown_framework_is_refused_in_a_sentence():
    with pytest.raises(ConfigError, match="pytorch or gluon") as caught:
        make_model(ModelConfig(), 5, framework="jax")
    assert is_a_sentence(caught.value)


@pytest.mark.slow
@needs_mxnet
def test_a_run_trained_in_gluon_is_evaluated_in_either(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "gluon"
    assert cli.main(train(ratings, folder, "--framework", "gluon")) == 0
    assert '"framework": "gluon"' in (folder / "settings.json").read_text()
    tables = []
    for framework in ("pytorch", "gluon"):
        capsys.readouterr()
        assert cli.main(["evaluate", str(folder), "--framework", framework]) == 0
        tables.append(re.findall(r"0\.\d{4}", capsys.readouterr().out))
    assert tables[0] == tables[1]
    assert len(tables[0]) > 3


@needs_mxnet
def test_a_run_trained_in_pytorch_recommends_the_same_in_gluon(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lists = []
    for framework in ("pytorch", "gluon"):
        capsys.readouterr()
        words = ["recommend", str(run), "--user", "u1", "--k", "3", "--framework", framework]
        assert cli.main(words) == 0
        lists.append(re.findall(r"Film \d+", capsys.readouterr().out))
    assert lists[0] == lists[1]
    assert len(lists[0]) == 3
    assert open_run(run, "gluon").model.framework == "gluon"


@needs_mxnet
def test_what_gluon_cannot_do_gets_one_sentence(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = train(ratings, tmp_path / "x", "--framework", "gluon", "--precision", "mixed")
    assert "float32 only" in sentence(capsys, words)
