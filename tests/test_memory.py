"""How much memory may be taken: the machine's, a container's, and systems that do not say."""

import os

import pytest

from recotour_vae.runtime.memory import GIB, available_memory


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(text))


MACHINE = {"proc/meminfo": "MemTotal: 99 kB\nMemAvailable:   4096 kB\n"}


def test_the_machine_says(tmp_path):
    write(tmp_path, MACHINE)
    assert available_memory(tmp_path) == 4096 * 1024


def version_2(limit, used, path="/", stat="anon 5\ninactive_file 100\n"):
    group = f"sys/fs/cgroup{path}".rstrip("/")
    return {
        "proc/self/cgroup": f"0::{path}\n",
        f"{group}/memory.max": limit,
        f"{group}/memory.current": used,
        f"{group}/memory.stat": stat,
    }


@pytest.mark.parametrize("path", ["/", "/user/mine"])
def test_a_container_says_less_and_files_that_can_go_do_not_count(tmp_path, path):
    write(tmp_path, MACHINE | version_2("3000\n", "1000\n", path))
    assert available_memory(tmp_path) == 3000 - 1000 + 100


def test_the_outer_group_may_be_the_tighter_one(tmp_path):
    write(tmp_path, MACHINE | version_2(900, 0) | version_2(3000, 0, "/inner", ""))
    assert available_memory(tmp_path) == 900 + 100


def test_a_container_without_a_limit_leaves_the_machine_its_say(tmp_path):
    write(tmp_path, MACHINE | version_2("max\n", 1000))
    assert available_memory(tmp_path) == 4096 * 1024


def test_the_first_version_of_control_groups(tmp_path):
    group = "sys/fs/cgroup/memory/mine/memory"
    files = {
        "proc/self/cgroup": "5:cpu:/other\n4:memory:/mine\n",
        f"{group}.limit_in_bytes": 3000,
        f"{group}.usage_in_bytes": 2000,
    }
    write(tmp_path, MACHINE | files)
    assert available_memory(tmp_path) == 1000


def test_a_group_over_its_limit_has_nothing_to_give(tmp_path):
    write(tmp_path, MACHINE | version_2(1000, 5000))
    assert available_memory(tmp_path) == 0


def test_without_proc_the_system_is_asked(tmp_path, monkeypatch):
    known = {"SC_PHYS_PAGES": 10, "SC_PAGE_SIZE": 4096}  # as macOS has them

    def sysconf(name):
        if name not in known:
            raise ValueError("unrecognized configuration name")
        return known[name]

    monkeypatch.setattr(os, "sysconf", sysconf)
    assert available_memory(tmp_path) == 10 * 4096
    known.clear()
    assert available_memory(tmp_path) is None


def test_windows_has_no_such_call(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sysconf")
    assert available_memory(tmp_path) is None


@pytest.mark.skipif(not os.path.exists("/proc/meminfo"), reason="there is no /proc here")
def test_this_machine_has_something_between_nothing_and_everything():
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < available_memory() <= total
    assert GIB == 1024**3
