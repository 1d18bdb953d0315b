"""Several workers, one model: real processes that meet over gloo on this machine."""

import errno
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import torch.distributed as dist
from command_line import two_groups
from processes import COMMAND, LIMIT, run_bounded, started, wait_until
from support import (
    is_a_sentence,
    on_call,
    random_clicks,
    small_config,
    small_model,
    train_small,
    two_tastes,
)

from recotour_vae import cli
from recotour_vae.cli import command, output
from recotour_vae.errors import (
    CheckpointError,
    ConfigError,
    DivergenceError,
    StorageError,
    TrainingInterruptedError,
    WorkerError,
)
from recotour_vae.files.arrays import read_arrays
from recotour_vae.runs.layout import BEST, LAST
from recotour_vae.training import Trainer, distributed
from recotour_vae.training.choose import choose
from recotour_vae.training.distributed import Workers, worker_device
from recotour_vae.training.launch import launch
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.refusals import Asked, check
from recotour_vae.training.world import RUN_ID, World

pytestmark = pytest.mark.processes

SPLIT = two_tastes()  # 30 training users, 15 validation users


def as_a_worker(model, config):
    """Give the engine of one worker among several, whose process has met the others already."""
    return PyTorchBackend(model, config, replace(choose(model), team=Workers()))


# Workers as processes of a test: the same function in each, forked from one that has read PyTorch


def work(rank, size, folder, function, options):
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank)}
    torch.set_num_threads(1)
    meeting = f"file://{folder}/meeting"
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=size)
    function(folder / str(rank), **options)
    distributed.leave()


def together(size, folder, function, **options):
    """Run a function as so many workers, each with a folder of its own to leave things in."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["torch._dynamo", "recotour_vae.cli", "recotour_vae.training.distributed"]
    )
    words = [(rank, size, folder, function, options) for rank in range(size)]
    processes = [context.Process(target=work, args=args) for args in words]
    for rank, process in enumerate(processes):
        (folder / str(rank)).mkdir()
        process.start()
    for process in processes:
        process.join(200)
    assert [process.exitcode for process in processes] == [0] * size


def train_here(folder, **settings):
    """Train, and leave weights and history."""
    model, history = train_small(folder / "run", **settings)
    np.savez(folder / "weights.npz", **model.arrays())
    history.to_csv(folder / "history.csv")


def left(folder):
    weights = dict(np.load(folder / "weights.npz"))
    return weights, pd.read_csv(folder / "history.csv", index_col="epoch")


def assert_close(arrays, others, atol=1e-5):
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        np.testing.assert_allclose(array, others[name], rtol=0, atol=atol, err_msg=name)


# 30 users: 8 8 8 6 in halves; 7 7 7 7 2 in halves that differ; and 2 among three workers.
@pytest.mark.parametrize(
    ("size", "settings"),
    [
        (2, {"batch_size": 8, "epochs": 6}),
        (2, {"batch_size": 7, "kind": "mult-dae", "plateau_patience": 1, "patience": 2}),
        (3, {"batch_size": 7, "precision": "mixed", "epochs": 2}),
        (3, {"batch_size": 28, "monitor": "loss", "annealing": "constant"}),
    ],
)
def test_several_workers_train_the_model_of_one(tmp_path, size, settings):
    together(size, tmp_path, train_here, **settings)
    alone, expected = train_small(tmp_path / "alone", **settings)
    loose = settings.get("precision") == "mixed"  # other sums of bfloat16
    for rank in range(size):
        weights, history = left(tmp_path / str(rank))
        tolerance = {"rtol": 2e-2, "atol": 2e-2} if loose else {"rtol": 1e-5}
        pd.testing.assert_frame_equal(history, expected, check_dtype=False, **tolerance)
        assert_close(weights, alone.arrays(), 5e-3 if loose else 1e-5)
        assert_close(weights, left(tmp_path / "0")[0], atol=0)
    runs = [(tmp_path / str(rank) / "run").exists() for rank in range(size)]
    assert runs == [True, *[False] * (size - 1)]
    arrays, header = read_arrays(tmp_path / "0" / "run" / LAST)
    theirs, their_header = read_arrays(tmp_path / "alone" / LAST)
    assert header.keys() == their_header.keys()
    assert_close(arrays, theirs, 5e-3 if loose else 1e-5)


def lose_the_other(folder):
    """Train; the second worker dies in epoch 3 without a word."""
    if World.here().rank:
        step, steps = PyTorchBackend.train_step, []

        def die(self, *batch, **schedule):
            steps.append(batch)
            return os._exit(0) if len(steps) == 10 else step(self, *batch, **schedule)

        PyTorchBackend.train_step = die
    with pytest.raises(WorkerError) as error:
        train_small(folder / "run")
    (folder / "said").write_text(str(error.value))
    assert is_a_sentence(error.value)
    with pytest.raises(WorkerError) as error:  # nor can anything new be begun
        as_a_worker(small_model(), small_config())
    assert is_a_sentence(error.value)


def test_a_lost_worker_is_told_in_a_sentence_and_one_worker_goes_on(tmp_path):
    together(2, tmp_path, lose_the_other)
    said = (tmp_path / "0" / "said").read_text()
    assert "Another worker of this run is gone: stopped after 2 epochs" in said
    assert "go on with --resume" in said
    model, history = train_small(tmp_path / "0" / "run", resume=True, seed=99)
    whole, expected = train_small()
    pd.testing.assert_frame_equal(history, expected, rtol=1e-5)
    assert_close(model.arrays(), whole.arrays())


# One worker in this process


@pytest.fixture
def alone(tmp_path):
    """A process group of one."""
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/m", rank=0, world_size=1)
    yield
    distributed.leave()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_a_worker_alone_is_the_plain_backend(kind):
    plain, expected = train_small(kind=kind)
    model, runner = small_model(kind), Trainer(small_config(), backend=as_a_worker)
    history = runner.fit(model, SPLIT.train, SPLIT.validation).drop(columns="seconds")
    pd.testing.assert_frame_equal(history, expected, check_exact=True)
    assert_close(model.arrays(), plain.arrays(), atol=0)


@pytest.mark.usefixtures("alone")
def test_a_batch_may_be_a_csr_matrix():
    backends = [make(small_model(), small_config()) for make in (as_a_worker, PyTorchBackend)]
    for backend in backends:
        backend.start_epoch(3)
        backend.train_step(SPLIT.train[:9], beta=0.1)
    ours, plain = (backend.take_losses() for backend in backends)
    np.testing.assert_array_equal(ours, plain)
    assert_close(*(backend.arrays() for backend in backends), atol=0)


@pytest.mark.usefixtures("alone")
def test_validation_people_are_seen_as_by_the_plain_backend_also_nobody():
    backends = [make(small_model(), small_config()) for make in (as_a_worker, PyTorchBackend)]
    people = SPLIT.validation
    ours, plain = (one.validate(people.fold_in, people.held_out, 5) for one in backends)
    assert ours.nll == plain.nll
    np.testing.assert_array_equal(ours.ranking, plain.ranking)
    nobody = backends[0].validate(people.fold_in[:0], people.held_out[:0], 5)
    assert nobody.nll == 0
    assert nobody.ranking.shape == (0, 5)


@pytest.mark.usefixtures("alone")
def test_a_model_can_be_trained_again():
    models = small_model(), small_model()
    for model, backend in zip(models, (as_a_worker, None), strict=True):
        for seed in (1, 2):
            Trainer(small_config(seed=seed), backend=backend).fit(model, SPLIT.train)
    assert_close(*(model.arrays() for model in models), atol=0)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    "error",
    [dist.DistNetworkError("timed out"), RuntimeError("[pair.cc] Connection closed by peer")],
)
def test_a_broken_line_is_told_in_our_words_wherever_it_breaks(monkeypatch, tmp_path, error):
    def breaks(*args, **kwargs):
        raise error

    reduce = dist.all_reduce
    for call, epochs in ((1, "before the first epoch"), (7, "after 2 epochs")):  # three each
        monkeypatch.setattr(dist, "all_reduce", on_call(call, reduce, breaks))
        model, folder = small_model(), tmp_path / str(call)
        runner = Trainer(small_config(), folder, backend=as_a_worker)
        with pytest.raises(
            WorkerError, match=f"worker of this run is gone: stopped {epochs}"
        ) as said:
            runner.fit(model, SPLIT.train, SPLIT.validation)
        assert is_a_sentence(said.value)
    monkeypatch.setattr(dist, "barrier", breaks)
    with pytest.raises(WorkerError) as said, distributed.first_on_each_machine(World(1, 2, 1, 2)):
        pass
    assert is_a_sentence(said.value)


@pytest.mark.usefixtures("alone")
def test_an_error_of_the_model_is_left_as_it_is(monkeypatch):
    def breaks(*args):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    backend = as_a_worker(small_model(), small_config())
    backend.load(SPLIT.train)
    monkeypatch.setattr(backend.objective, "parallel", breaks)
    with pytest.raises(RuntimeError, match=r"^mat1 and mat2"):
        backend.train_step(backend.cut(np.arange(3)), beta=0.1)


def whole_batch(shares):
    """Put the shares of a batch together: items, users, masks and noise."""
    backend, cuts = shares
    parts = []
    for cut in cuts:
        backend.start_epoch(5)
        place = cut.place
        drawn = backend.model.draw(place.n_users, place.n_clicks, backend.generator, "cpu")
        drawn = drawn.part(place.users, place.clicks).values()
        if place.weight:
            parts.append((cut.items, cut.users + place.users.start, cut.counts, *drawn))
    return [torch.cat(column) for column in zip(*parts, strict=True)]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("n_users", "size"), [(1, 1), (1, 3), (2, 3), (7, 2), (8, 3), (9, 9)])
def test_shares_are_the_batch_and_their_weighted_mean_is_its_mean(n_users, size):
    backend = as_a_worker(small_model(), small_config())
    backend.load(random_clicks(4, 20, 24))
    users = np.random.default_rng(1).permutation(20)[:n_users]
    one = [backend.cut(users)]
    cuts = []
    for rank in range(size):
        backend.team.world = World(rank, size)
        cuts.append(backend.cut(users))
        assert len(cuts[-1]) == cuts[-1].place.users.stop - cuts[-1].place.users.start >= 1
    for ours, all_of_it in zip(
        whole_batch((backend, cuts)), whole_batch((backend, one)), strict=True
    ):
        torch.testing.assert_close(ours, all_of_it, rtol=0, atol=0)
    weights = [cut.place.weight for cut in cuts]
    assert np.mean(weights) == pytest.approx(1)
    sizes = [len(part) for part in np.array_split(np.arange(n_users), size)]
    np.testing.assert_allclose(weights, np.array(sizes) * size / n_users)


def test_workers_share_as_array_split_does():
    for n in range(12):
        for size in range(1, 6):
            shares = [np.arange(n)[World(rank, size).share(n)] for rank in range(size)]
            for ours, numpys in zip(shares, np.array_split(np.arange(n), size), strict=True):
                np.testing.assert_array_equal(ours, numpys)


# Who is who


def test_the_place_is_read_as_torchrun_writes_it():
    words = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}
    assert World.here(words) == World(5, 8, 1, 4)
    assert World.here(words | {"TORCHELASTIC_RUN_ID": RUN_ID}).ours
    assert World.here({}) == World.here({"WORLD_SIZE": "2"}) == World()
    assert World.here({"RANK": "1", "WORLD_SIZE": "2"}) == World(1, 2, 1, 2)
    assert World().leads
    assert not World(1, 2).leads


def test_workers_without_a_meeting_place_are_told_so(monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(ConfigError, match="start them with torchrun, or unset the two") as error:
        Trainer(small_config()).fit(small_model(), SPLIT.train)
    assert is_a_sentence(error.value)


def test_each_worker_has_a_gpu_of_its_own_or_the_cpu(monkeypatch):
    assert worker_device("cpu", World(1, 2, 1, 2)).type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert worker_device("auto", World(1, 2, 1, 2)).type == "cpu"
    with pytest.raises(ConfigError, match="there are 0 here"):
        worker_device("cuda", World(1, 2, 1, 2))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert str(worker_device("auto", World(7, 8, 1, 2))) == "cuda:1"
    assert str(worker_device("cuda", World(0, 8, 0, 2))) == "cuda:0"
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(
        ConfigError, match="2 workers need a GPU each, and there is 1 here"
    ) as error:
        worker_device("auto", World(local_size=2))
    assert is_a_sentence(error.value)


@pytest.mark.parametrize(
    ("workers", "framework", "config", "match"),
    [
        (0, "pytorch", small_config(), "workers is 0; give 1, or"),
        (2, "gluon", small_config(), "2 workers need PyTorch"),
        (2, "pytorch", small_config(device="cuda:1"), "'cuda:1' is one for all"),
        (2, "pytorch", small_config(device="mps"), "'mps' is one for all"),
    ],
)
def test_what_workers_cannot_do_is_refused(workers, framework, config, match):
    with pytest.raises(ConfigError, match=match) as error:
        check(Asked(framework, config, workers))
    assert is_a_sentence(error.value)


def test_workers_do_not_sample_also_where_the_network_is_not_there_yet():
    model = small_model(sampled_items=100)
    for known in ({"settings": model.config}, {"network": model}):
        with pytest.raises(ConfigError, match="sampled_items works in one process") as error:
            check(Asked("pytorch", small_config(), 2, **known))
        assert is_a_sentence(error.value)


def test_one_worker_may_do_all_of_it():
    check(Asked("gluon", small_config(), 1))
    check(Asked("pytorch", small_config(), 1, small_model(sampled_items=9)))


# The launcher, with workers that do nothing but end


HELLO = "import os, signal, sys, time; rank = os.environ['RANK']\n"
ERROR_FILE = "TORCHELASTIC_ERROR_FILE"


def start(code, folder, workers=2):
    before = dict(os.environ), signal.getsignal(signal.SIGTERM)
    try:
        launch([sys.executable, "-c", HELLO + code], workers, small_config(), folder)
    finally:
        assert before == (dict(os.environ), signal.getsignal(signal.SIGTERM))


def test_workers_get_the_words_their_place_and_a_part_of_the_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    names = "'WORLD_SIZE', 'LOCAL_RANK', 'OMP_NUM_THREADS', 'TORCHELASTIC_RUN_ID'"
    start(
        f"open({str(tmp_path)!r} + '/' + rank, 'w').write(' '.join(map(os.getenv, [{names}])))",
        tmp_path,
        3,
    )
    found = [(tmp_path / str(rank)).read_text() for rank in range(3)]
    assert found == [f"3 {rank} 2 {RUN_ID}" for rank in range(3)]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "Worker 1 of 2 was killed (SIGKILL"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "Worker 1 of 2 was ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "of 2 was ended by SIGTERM"),
        ("sys.exit(3)", "Worker 1 of 2 ended with status 3, for the reason above"),
    ],
)
def test_a_worker_that_ends_ends_the_run(tmp_path, end, said, capfd):
    train_small(tmp_path, epochs=3)
    late = tmp_path / "nobody ended the other worker"
    waits = f"(time.sleep(100), open({str(late)!r}, 'w'))"
    with pytest.raises(WorkerError) as error:
        start(f"{end} if rank == '1' else {waits}", tmp_path)
    assert not late.exists()
    assert said in str(error.value)
    assert f"stopped after 3 epochs; everything is saved in {tmp_path}" in str(error.value)
    assert is_a_sentence(error.value)
    assert capfd.readouterr() == ("", "")


def test_a_run_that_saved_nothing_is_told_to_start_again(tmp_path):
    with pytest.raises(WorkerError, match="nothing is saved yet, so start again") as error:
        start("sys.exit(1)", tmp_path / "nowhere")
    assert is_a_sentence(error.value)


def test_an_error_of_ours_is_raised_once_and_before_what_followed_from_it(tmp_path):
    own = {"message": "The loss is gone.", "kind": "DivergenceError", "timestamp": 2}
    lost = {"message": "Another one is.", "kind": "WorkerError", "timestamp": 1}
    words = f"{[json.dumps(lost), json.dumps(own)]}[int(rank)]"
    said = f"open(os.environ[{ERROR_FILE!r}], 'w').write({words})"
    with pytest.raises(DivergenceError, match=r"^The loss is gone\.$"):
        start(f"{said}; time.sleep(0.5); sys.exit(2)", tmp_path)


def test_a_module_in_the_working_folder_is_not_taken_for_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("random", "numpy", "torch"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not the right one')")
    start("import random, numpy; numpy.arange(3)", tmp_path)


def test_where_no_note_can_be_left_the_sentence_says_so(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    with pytest.raises(StorageError, match="name one with TMPDIR") as error:
        start("pass", tmp_path)
    assert is_a_sentence(error.value)


def test_an_error_that_cannot_be_left_for_the_launcher_is_printed(tmp_path, monkeypatch, capsys):
    places = {"RANK": "1", "WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": RUN_ID}
    for name, value in (places | {ERROR_FILE: str(tmp_path / "gone" / "error.json")}).items():
        monkeypatch.setenv(name, value)
    assert command.fail(CheckpointError("No.")) == 2
    assert capsys.readouterr().err == "error: No.\n"


def test_ctrl_c_ends_all_workers(tmp_path):
    train_small(tmp_path, epochs=1)
    pids = [tmp_path / f"pid{rank}" for rank in range(2)]

    def press():
        wait_until(lambda: all(path.exists() and path.read_text() for path in pids), "workers")
        os.kill(os.getpid(), signal.SIGINT)
        if not ended.wait(60):  # it came in a callback of the interpreter, which swallows it
            os.kill(os.getpid(), signal.SIGINT)

    ended = threading.Event()
    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(
        TrainingInterruptedError, match="Stopped after 1 epoch; everything"
    ) as error:
        start(
            f"open({str(tmp_path / 'pid')!r} + rank, 'w').write(str(os.getpid()))\ntime.sleep(300)",
            tmp_path,
        )
    ended.set()
    assert is_a_sentence(error.value)
    for path in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.read_text()), 0)


# The command line, as several processes


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    """Two groups of users, each with its own half of 60 items."""
    return two_groups(tmp_path_factory.mktemp("data"), n_users=60, n_items=60, n_each=10)


EPOCHS = "20"  # enough that a worker can be killed among them


def words(ratings, folder, *more):
    small = ["--hidden", "8", "--latent", "4", "--batch-size", "13", "--device", "cpu"]
    return [
        "train",
        "--data",
        str(ratings),
        "--out",
        str(folder),
        "--monitor",
        "ndcg@10",
        *small,
        *more,
    ]


@pytest.fixture(scope="module")
def whole(ratings, tmp_path_factory):
    """A run that one process trained without being disturbed."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    assert cli.main(words(ratings, folder, "--epochs", EPOCHS)) == 0
    return folder


def assert_same_runs(folder, other):
    for name in (BEST, LAST):
        assert_close(read_arrays(folder / name)[0], read_arrays(other / name)[0])
    ours, theirs = (pd.read_csv(path / "history.csv") for path in (folder, other))
    ours, theirs = (table.drop(columns="seconds") for table in (ours, theirs))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-5)
    settings = [(path / "settings.json").read_text() for path in (folder, other)]
    assert settings[0] == settings[1]


def workers_of(process):
    """The workers among the processes that a process started, by rank, once all are there."""
    pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    places = {}
    for pid in pids:
        with suppress(OSError):  # a program that has ended meanwhile, and is no worker
            places[pid] = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return [int(pid) for rank in range(2) for pid in places if f"RANK={rank}" in places[pid]]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("rank", [0, 1])
def test_a_worker_leads_or_is_silent(ratings, tmp_path, monkeypatch, capfd, rank):
    """Told that it is one of two, in a group where it is alone."""
    monkeypatch.setenv("RANK", str(rank))
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("TQDM_DISABLE", "")
    ours, plain = tmp_path / "run", tmp_path / "plain"
    assert cli.main(words(ratings, ours, "--epochs", "3")) == 0
    printed = capfd.readouterr()
    assert (printed.out != "") is ours.exists() is (rank == 0)
    assert printed.err == ""
    monkeypatch.undo()
    assert cli.main(words(ratings, plain, "--epochs", "3")) == 0
    if rank == 0:
        assert_same_runs(ours, plain)
        assert {path.name for path in ours.iterdir()} == {path.name for path in plain.iterdir()}


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_killed_worker_ends_the_run_which_then_goes_on(ratings, whole, tmp_path):
    folder = tmp_path / "run"
    command = words(ratings, folder, "--epochs", EPOCHS, "--workers", "2")
    start = [*COMMAND, *command]
    with started(start) as first:
        wait_until(lambda: (folder / LAST).exists() or first.poll() is not None, "an epoch")
        assert first.poll() is None, first.communicate(timeout=LIMIT)
        pids = workers_of(first)
        os.kill(pids[1], signal.SIGKILL)
        printed, said = first.communicate(timeout=LIMIT)
    assert first.returncode == 2
    assert said.startswith("error: Worker 1 of 2 was killed")
    assert said.count("\n") == 1
    assert f"everything is saved in {folder}, go on with --resume" in said
    assert printed.count("test ") == 1  # the table of the split, from one worker only
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert 1 <= len(pd.read_csv(folder / "history.csv")) < int(EPOCHS)

    again = run_bounded([*start, "--resume"])
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.count("Best epoch") == 1
    assert_same_runs(folder, whole)


@pytest.mark.slow
def test_torchrun_works_as_well_and_the_run_is_resumed_by_one(ratings, whole, tmp_path):
    folder = tmp_path / "run"
    command = words(ratings, folder, "--epochs", EPOCHS)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    # after -- torchrun takes no word for an option of its own, --monitor say
    torchrun += ["--nproc-per-node", "2", "-m", "--", "recotour_vae.cli"]
    found = run_bounded([*torchrun, *command])
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("Best epoch") == 1
    assert_same_runs(folder, whole)
    assert cli.main([*command, "--resume"]) == 0
    assert_same_runs(folder, whole)


@pytest.mark.slow
def test_an_error_in_the_workers_is_said_once(ratings, tmp_path, capfd):
    command = words(ratings, tmp_path / "run", "--epochs", "3", "--workers", "2")
    assert cli.main([*command, "--learning-rate", "1e30"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("error: The loss stopped being a number at epoch 1")
    assert said.count("\n") == 1
    assert not World.here().ours


def test_the_command_refuses_in_a_sentence(ratings, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        "recotour_vae.cli.train.launch", lambda *_: pytest.fail("nothing is to be started")
    )
    for more, match in (
        (["--workers", "0"], "workers is 0"),
        (["--workers", "2", "--framework", "gluon"], "need PyTorch"),
    ):
        assert cli.main(words(ratings, tmp_path / "run", *more)) == 2
        said = capsys.readouterr().err
        assert match in said
        assert said.count("\n") == 1
    for name, value in {"RANK": "0", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(words(ratings, tmp_path / "run", "--workers", "3")) == 2
    assert "--workers is 3 where torchrun started 2; leave it out" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_command_hands_its_words_to_the_workers(ratings, tmp_path, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr("recotour_vae.cli.train.launch", lambda *given: calls.append(given))
    command = words(ratings, tmp_path / "run", "--workers", "3")
    assert cli.main(command) == 0
    ((started, workers, config, folder),) = calls
    assert started == [sys.executable, "-m", "recotour_vae.cli", *command]
    assert (workers, config.batch_size, folder) == (3, 13, tmp_path / "run")
    assert capsys.readouterr() == ("", "")


def test_only_the_first_worker_prints_and_ours_leave_the_error_to_the_launcher(
    tmp_path, monkeypatch, capsys
):
    path = tmp_path / "error.json"
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", ERROR_FILE: str(path)}.items():
        monkeypatch.setenv(name, value)
    assert command.fail(CheckpointError("No.")) == 2
    output.say("hello")
    output.show_note("hello")
    assert capsys.readouterr() == ("", "")
    found = json.loads(path.read_text())
    assert (found["message"], found["kind"]) == ("No.", "CheckpointError")
    monkeypatch.setenv("RANK", "0")
    assert command.fail(CheckpointError("No.")) == 2
    assert capsys.readouterr().err == "error: No.\n"
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", RUN_ID)
    assert command.fail(CheckpointError("No.")) == 2
    assert capsys.readouterr().err == ""


def test_an_engine_is_one_of_several_by_itself(monkeypatch):
    assert choose(small_model()).team.size == 1
    for name, value in {"RANK": "1", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    team = choose(small_model()).team
    assert isinstance(team, Workers)
    assert team.size == 2
    assert Trainer(small_config(), progress=True).show is False
