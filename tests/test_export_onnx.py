"""A run as an ONNX file: what a runtime makes of it, what is in it, and what is refused."""

import json
import math

import numpy as np
import pytest
from command_line import sentence
from scipy.sparse import csr_matrix
from support import clicks, is_a_sentence, random_clicks, small_model, two_tastes
from test_export import trained

from recotour_vae import cli
from recotour_vae.errors import ConfigError, MissingPackageError, OutputError
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.recommenders import EASE, Popularity, make
from recotour_vae.recommenders.registry import ENTRIES, entry
from recotour_vae.runs import Run, keep_run, open_run
from recotour_vae.runs.data import RunData
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.serving.export import export_onnx
from recotour_vae.serving.export.chains import CHAINS
from recotour_vae.serving.export.facts import described
from recotour_vae.serving.export.graph import LIMIT, Graph
from recotour_vae.serving.export.onnx_file import onnx_model, scorer

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

SPLIT = two_tastes()
TITLES = tuple(f"Film {i}" for i in range(SPLIT.n_items))
NETWORKS = [
    ("mult-vae", {"hidden": (7, 5)}),
    ("mult-vae", {"hidden": ()}),
    ("mult-dae", {"hidden": ()}),
    ("mult-dae", {"hidden": (7,)}),
    ("recvae", {"hidden": 6}),
    ("recvae", {"encoder": "tanh", "decoder_hidden": True}),
    ("hvamp", {"hidden": (6, 5), "z1": 2, "z2": 3, "pseudo_inputs": 4}),
    ("hvamp", {"hidden": (6,), "gated": False, "hierarchical": False, "z2": 3, "prior": "normal"}),
    ("elsa", {"factors": 5}),
]
FITTED = [
    ("ease", {"l2": 3.0}),
    ("edlae", {"l2": 3.0}),
    ("slim", {"l1": 0.1, "l2": 3.0}),
    ("item-knn", {"k": 5}),
    ("rp3beta", {"k": 5, "alpha": 0.7}),
    ("rp3beta", {"alpha": 0.0}),
    ("puresvd", {"factors": 4}),
    ("popularity", {}),
]


def three(model):
    """Give the run of a model of three items that nobody was tested on."""
    nobody = clicks([[]], 3)[:0]
    split = two_tastes(n_items=3)
    group = type(split.test)(np.arange(0), nobody, nobody)
    split = type(split)(np.arange(3), np.arange(1), clicks([[0]], 3), group, group)
    return Run(model, split, ("a", "b", "c"))


def session(run, folder):
    """Write a run's model into a file, and give what scores clicks with it."""
    model = onnx_model(run, described(run))
    onnx.checker.check_model(model, full_check=True)
    (folder / "it.onnx").write_bytes(model.SerializeToString())
    return scorer(folder / "it.onnx")


def network(name, settings):
    """Make a network whose weights are drawn, biases too."""
    found = entry(name)
    model = found.network("pytorch").of(found.config_class()(**settings), SPLIT.n_items, 0).eval()
    rng = np.random.default_rng(1)
    model.load_arrays(
        {n: rng.normal(0, 0.5, a.shape).astype(np.float32) for n, a in model.arrays().items()}
    )
    return model


# By hand


def test_ease_by_hand(tmp_path):
    model = EASE()
    model.weights = np.array([[0, 0.5, 1], [2, 0, 0.25], [0, 4, 0]], np.float32)
    found = session(three(model), tmp_path)(clicks([[0, 1], [2], []], 3))
    assert found.tolist() == [[2, 0.5, 1.25], [0, 4, 0], [0, 0, 0]]


def test_mult_dae_by_hand(tmp_path):
    model = small_model("mult-dae", 3)
    model = type(model)(3, hidden=(), latent=1)
    arrays = {
        "first.weight": [[1], [2], [3]],
        "first.bias": [0.5],
        "decoder.0.weight": [[1], [-1], [2]],
        "decoder.0.bias": [0, 0.25, 0],
    }
    model.load_arrays({name: np.array(one, np.float32) for name, one in arrays.items()})
    found = session(three(model), tmp_path)(clicks([[0, 1], []], 3))
    for row, h in zip(found, (3 / math.sqrt(2) + 0.5, 0.5), strict=True):
        z = math.tanh(h)
        np.testing.assert_allclose(row, [z, 0.25 - z, 2 * z], rtol=1e-6)


def test_the_code_of_mult_vae_is_the_mean_alone(tmp_path):
    """Its last layer gives (mu, logvar), here (0, 7) for one click on item 0."""
    model = type(small_model("mult-vae", 3))(3, hidden=(), latent=1)
    arrays = {
        "first.weight": [[2, 9], [0, 0], [0, 0]],
        "first.bias": [-2, -2],
        "decoder.0.weight": [[1], [1], [1]],
        "decoder.0.bias": [1, 2, 3],
    }
    model.load_arrays({name: np.array(one, np.float32) for name, one in arrays.items()})
    assert session(three(model), tmp_path)(clicks([[0]], 3)).tolist() == [[1, 2, 3]]


# Each model


@pytest.mark.parametrize(("name", "settings"), NETWORKS)
def test_a_network_scores_as_ours(name, settings, tmp_path):
    agrees(Run(network(name, settings), SPLIT, TITLES), tmp_path)


@pytest.mark.parametrize(("name", "settings"), FITTED)
def test_what_is_fitted_at_once_scores_as_ours(name, settings, tmp_path):
    agrees(Run(make(name, **settings).fit_split(SPLIT), SPLIT, TITLES), tmp_path)


def agrees(run, folder):
    """Compare scores and lists, of many people and of one, some of whom clicked nothing."""
    score = session(run, folder)
    drawn = random_clicks(3, 40, SPLIT.n_items).toarray()
    people = csr_matrix(drawn * (np.arange(40) != 7)[:, None])
    for some in (people, people[[3]], people[[7]]):
        ours, theirs = run.model.score(some), score(some)
        assert theirs.dtype == np.float32
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5 * (1 + np.abs(ours).max()))
    lists = [top_k_unseen(of(people).round(4), people, 5) for of in (run.model.score, score)]
    assert (lists[0] == lists[1]).all(axis=1).mean() > 0.9


def test_everything_that_can_be_written_is_compared():
    assert {name for name, _ in NETWORKS + FITTED} == set(CHAINS)


@pytest.mark.slow
@pytest.mark.skipif(not has_mxnet(), reason="MXNet is not installed")
def test_a_network_of_gluon_is_written_too(tmp_path):
    folder = trained(tmp_path / "run", "mult-vae", "gluon")
    file = export_onnx(folder, tmp_path / "it.onnx")
    people = SPLIT.test.fold_in
    theirs = scorer(tmp_path / "it.onnx")(people)
    np.testing.assert_allclose(theirs, open_run(folder).model.score(people), atol=1e-5)
    assert file.agreement["same_lists"] == file.agreement["people"] == len(SPLIT.test.users)


# The file


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with a run of EASE and one of neighbours among people."""
    monkeypatch.chdir(tmp_path)
    keep_run("ease", EASE(3.0).fit_split(SPLIT), RunData.of(SPLIT, TITLES))
    keep_run("people", make("user-knn").fit_split(SPLIT), RunData.of(SPLIT, TITLES))
    return tmp_path


def test_the_file_says_what_it_is_and_where_it_is_from(shop):
    file = export_onnx("ease", "it.onnx")
    model = onnx.load("it.onnx")
    said = {one.key: one.value for one in model.metadata_props}
    assert (model.producer_name, model.model_version) == ("recotour-vae", 1)
    assert (said["kind"], said["title"]) == ("ease", "EASE")
    assert json.loads(said["items"]) == [str(item) for item in SPLIT.items]
    assert json.loads(said["settings"]) == {"l2": 3.0}
    made = json.loads(said["made"])
    assert made["run"] == "ease"
    assert made["by"].startswith("recotour-vae 0")
    assert made["split"] == SPLIT.fingerprint()
    assert made == file.about["made"]
    assert [one.name for one in (*model.graph.input, *model.graph.output)] == ["clicks", "scores"]
    columns = [one.type.tensor_type.shape.dim for one in model.graph.input]
    assert [(rows.dim_param, items.dim_value) for rows, items in columns] == [("n_users", 24)]


def test_the_same_run_gives_the_same_file(shop):
    for name in ("a.onnx", "b.onnx"):
        export_onnx("ease", name)
    assert (shop / "a.onnx").read_bytes() == (shop / "b.onnx").read_bytes()


def test_lists_are_compared_with_ours(shop):
    found = export_onnx("ease", "it.onnx").agreement
    assert found["people"] == found["same_lists"] == len(SPLIT.test.users)
    assert found["largest_difference"] < 1e-5


def test_another_model_in_the_file_is_noticed(shop, monkeypatch):
    """The comparison asks the file: were its weights others, it would say so."""
    chain = CHAINS["ease"]
    monkeypatch.setitem(CHAINS, "ease", lambda graph, model: chain(graph, other))
    other = EASE(3.0).fit(SPLIT.train[:, ::-1])
    found = export_onnx("ease", "it.onnx").agreement
    assert found["same_lists"] < found["people"]
    assert found["largest_difference"] > 0.01


# Refusals


@pytest.mark.parametrize("name", sorted(set(ENTRIES) - set(CHAINS)))
def test_what_is_no_chain_of_matrices_is_refused(name):
    model = type("Any", (), {"name": name})()
    with pytest.raises(ConfigError, match=f"No ONNX file can be written of {name}, whose") as error:
        onnx_model(Run(model, SPLIT, TITLES), {})
    assert is_a_sentence(error.value)


def test_what_no_file_can_hold_is_refused_before_it_is_made_dense():
    sparse, wide = csr_matrix((100_000, 100_000), dtype=np.float32), LIMIT // 8
    with pytest.raises(ConfigError, match=r"take 40\.0 GB, and an ONNX file holds 2\.1 GB") as e:
        Graph().hold("weights", sparse)
    assert is_a_sentence(e.value)
    graph = Graph()
    graph.hold("first", np.zeros(4))
    with pytest.raises(ConfigError, match="Up to second"):
        graph.hold("second", np.broadcast_to(np.float32(0), (wide, 2)))
    assert list(graph.weights) == ["first"]


def test_without_the_package_its_extra_is_named(shop, monkeypatch):
    monkeypatch.setattr("recotour_vae.serving.export.onnx_file.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"recotour-vae\[onnx\]") as error:
        export_onnx("ease", "it.onnx")
    assert is_a_sentence(error.value)
    assert not list(shop.glob("*.onnx*"))


def test_without_the_runtime_it_is_written_and_not_compared(shop, monkeypatch, capsys):
    monkeypatch.setattr("recotour_vae.serving.export.onnx_file.has_runtime", lambda: False)
    assert export_onnx("ease", "it.onnx").agreement is None
    assert cli.main(["export", "ease", "--to", "onnx"]) == 0
    assert "It was not compared with Python, for which onnxruntime" in capsys.readouterr().out


def test_an_older_file_is_left_where_the_new_one_cannot_be_written(shop):
    (shop / "ease.onnx").mkdir()
    with pytest.raises(OutputError):
        export_onnx("ease", "ease.onnx")


# The command


def test_the_command_writes_the_file_and_says_how_far_it_agrees(shop, capsys):
    assert cli.main(["export", "ease", "--to", "onnx"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("ease.onnx: EASE, clicks (n_users, 24) to scores of that shape, 0.0")
    assert second.startswith("Of 15 test users 15 have the same first 20 items in onnxruntime as")
    np.testing.assert_allclose(
        scorer(shop / "ease.onnx")(SPLIT.test.fold_in),
        EASE(3.0).fit_split(SPLIT).score(SPLIT.test.fold_in),
        atol=1e-6,
    )


def test_a_run_without_test_users_is_compared_with_nobody(shop, capsys):
    run = three(Popularity().fit(clicks([[0]], 3)))
    keep_run("alone", run.model, RunData.of(run.split, run.titles))
    assert cli.main(["export", "alone", "--to", "onnx"]) == 0
    assert "The run has no test users" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["people"], "No ONNX file can be written of user-knn"),
        (["nothing"], "holds no trained model"),
        (["ease", "--out", "it.js"], "it.js is to be an ONNX file; give a name that ends in .onnx"),
        (["ease", "--precision", "int8"], "are of a script for a page; leave them out"),
        (["ease", "--name", "shop"], "are of a script for a page"),
        (["ease", "--out", "ease/best.safetensors/it.onnx"], "could not be written"),
    ],
)
def test_the_command_refuses_in_one_sentence(shop, capsys, words, said):
    assert said in sentence(capsys, ["export", *words, "--to", "onnx"])
    assert not list(shop.glob("*.onnx*"))
