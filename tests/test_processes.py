"""Processes of ours end with their parent whenever it dies, and see nothing of its folder."""

import os
import signal
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import processes as tests
import pytest
from experiment_files import SMALL, write
from processes import COMMAND, LIMIT, Family, run_bounded, started, wait_until

from recotour_vae.runtime import processes
from recotour_vae.runtime.processes import child_environment, environment

pytestmark = pytest.mark.processes

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A parent that starts a child as we do, says its number, and waits for its own end.
PARENT = """
import os, subprocess, sys, time
from recotour_vae.runtime.processes import child_environment
command = [sys.executable, "-c", *sys.argv[1:]]
subprocess.Popen(command, env=os.environ | child_environment())
print("started", flush=True)
time.sleep(600)
"""
CHILD = """
import os, signal, sys, time, types
from recotour_vae.runtime import processes
if sys.argv[1] != "this":  # as where the system does not tell of a parent's end
    processes.sys = types.SimpleNamespace(platform=sys.argv[1])
"""
ASK = "processes.end_with_parent(); print('asked', flush=True);"


@pytest.fixture
def family():
    found = Family()
    yield found
    found.end()


def parent(family, child, *words):
    return started([sys.executable, "-c", PARENT, CHILD + child, *words], env=family.environment)


def gone(family):
    wait_until(lambda: not family.living(), "the end of all")


@linux
@pytest.mark.parametrize("system", ["this", "darwin"])
def test_a_child_ends_with_its_parent(family, system):
    with parent(family, ASK + "time.sleep(600)", system) as process:
        assert {process.stdout.readline() for _ in range(2)} == {"started\n", "asked\n"}
        assert len(family.living()) == 2
        process.kill()
        process.wait(LIMIT)
        gone(family)


@linux
@pytest.mark.parametrize("system", ["this", "darwin"])
def test_a_child_that_asks_too_late_ends_at_once(family, system, tmp_path):
    """Its parent died before it could ask, in its first milliseconds say."""
    go = tmp_path / "go"
    late = f"""
while not os.path.exists({str(go)!r}):
    time.sleep(0.01)
{ASK}
open({str(tmp_path / "went on")!r}, "w")
time.sleep(600)
"""
    with parent(family, late, system) as process:
        assert process.stdout.readline() == "started\n"
        process.kill()
        process.wait(LIMIT)
        assert len(family.living()) == 1
        go.touch()
        gone(family)
    assert not (tmp_path / "went on").exists()


@linux
@pytest.mark.parametrize(
    "busy",
    ["signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", "sum(range(10**12))"],
    ids=["deaf to SIGTERM", "in C code, with the lock held"],
)
def test_a_child_ends_whatever_it_does(family, busy):
    with parent(family, ASK + busy, "this") as process:
        assert {process.stdout.readline() for _ in range(2)} == {"started\n", "asked\n"}
        process.kill()
        process.wait(LIMIT)
        gone(family)


@pytest.mark.parametrize("system", ["this", "darwin"])
def test_a_child_lives_as_long_as_its_parent(system):
    child = CHILD + ASK + "time.sleep(2 * processes.POLL_SECONDS); print('whole')"
    told = os.environ | child_environment()
    ended = run_bounded([sys.executable, "-c", child, system], env=told)
    assert ended.stdout == "asked\nwhole\n"


def test_a_process_that_was_told_of_no_parent_takes_its_own():
    plain = {name: value for name, value in os.environ.items() if name != processes.PARENT}
    ended = run_bounded([sys.executable, "-c", CHILD + ASK, "this"], env=plain)
    assert (ended.returncode, ended.stdout) == (0, "asked\n")


def test_the_environment_is_as_it_was(monkeypatch):
    monkeypatch.setenv("RECOTOUR_A", "1")
    monkeypatch.delenv("RECOTOUR_B", raising=False)
    before = dict(os.environ)
    with environment({"RECOTOUR_A": "2", "RECOTOUR_B": "3"}):
        assert os.environ["RECOTOUR_A"] + os.environ["RECOTOUR_B"] == "23"
    assert dict(os.environ) == before
    with pytest.raises(KeyError), environment({"RECOTOUR_A": "2"}):
        os.environ.pop("nothing of that name")
    assert dict(os.environ) == before


def test_the_library_is_found_where_only_the_working_folder_holds_it(monkeypatch):
    home = Path(processes.__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", "mine")
    assert "PYTHONPATH" not in child_environment()
    monkeypatch.chdir(home)
    assert child_environment()["PYTHONPATH"] == os.pathsep.join(["mine", str(home)])


SHADOWS = ("random", "numpy", "torch", "tempfile", "secrets", "tyro", "recotour", "tqdm")


@pytest.fixture
def shadows(tmp_path, monkeypatch):
    """A working folder with modules that are called like others."""
    monkeypatch.chdir(tmp_path)
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not the right one')")
    return tmp_path


def test_the_command_run_as_a_module_does_not_see_the_working_folder(shadows):
    ended = run_bounded([*COMMAND, "--version"], cwd=shadows)
    assert ended.stdout.startswith("recotour-vae "), ended.stderr


def test_a_process_of_a_pool_does_not_see_the_working_folder(shadows, monkeypatch):
    """Its first words are `python -c`, before it is told the path of its parent."""
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    with environment(child_environment()):
        process = get_context("spawn").Process(target=tests.passes)
        process.start()
        process.join(LIMIT)
    assert process.exitcode == 0


# The real ones, killed in their first moments: as soon as there are so many, or a little later


def kill_early(family, words, number, later):
    with started([*COMMAND, *words], env=family.environment) as process:
        wait_until(lambda: len(family.living()) >= number or process.poll() is not None, "a child")
        time.sleep(later)
        assert process.poll() is None, process.communicate(timeout=LIMIT)
        process.send_signal(signal.SIGKILL)
        process.wait(LIMIT)
        gone(family)


@linux
@pytest.mark.slow
@pytest.mark.parametrize(("number", "later"), [(2, 0), (3, 0.1), (3, 1)])
def test_workers_of_training_end_with_it(family, tmp_path, number, later):
    lines = [
        f"u{user},{(user * 7 + place * place) % 60}" for user in range(60) for place in range(9)
    ]
    (tmp_path / "r.csv").write_text("\n".join(["user,item", *dict.fromkeys(lines)]) + "\n")
    words = ["train", "--data", tmp_path / "r.csv", "--out", tmp_path / "run", "--workers", "2"]
    small = ["--monitor", "ndcg@5", "--epochs", "100000", "--hidden", "4", "--latent", "2"]
    kill_early(family, [*words, *small, "--device", "cpu"], number, later)


@linux
@pytest.mark.slow
@pytest.mark.parametrize(("number", "later"), [(3, 0), (4, 0), (4, 0.3)])
def test_processes_of_an_experiment_end_with_it(family, tmp_path, number, later):
    """The first of its children only counts what the others share."""
    write(tmp_path, SMALL.replace("epochs = 2", "epochs = 1000"))
    places = ["--declared", tmp_path, "--results", tmp_path / "results"]
    words = ["experiments", "run", "small", *places, "--processes", "2"]
    kill_early(family, words, number, later)
