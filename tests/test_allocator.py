"""Large buffers are kept while training, and only then."""

import os
import sys

import pytest
from processes import run_bounded

from recotour_vae.runtime import allocator
from recotour_vae.runtime.allocator import give_back_free, large_buffers_kept

MEASURE = """
import resource
import numpy as np
from recotour_vae.runtime.allocator import give_back_free, large_buffers_kept

def faults(n=8):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(n):
        np.empty(50 << 20, np.uint8).fill(1)  # 12,800 pages of 4 kB
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / n

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

outside = faults()
with large_buffers_kept() as ours:
    with large_buffers_kept():
        faults(1)
    inside, held = faults(), resident()
    give_back_free()
    released = held - resident()
    faults(1)
    held = resident()
print(ours, outside, inside, released, faults(), held - resident())
"""


def measure(**environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    done = run_bounded([sys.executable, "-c", MEASURE], env=clean | environment)
    assert done.returncode == 0, done.stderr
    ours, *numbers = done.stdout.split()
    return ours == "True", *(float(number) for number in numbers)


@pytest.mark.skipif(allocator.c_library() is None, reason="the C library is not glibc")
@pytest.mark.processes
def test_pages_come_from_the_system_once_inside_and_each_time_outside():
    ours, outside, inside, released, after, given_back = measure()
    assert ours
    assert outside > 20 * max(inside, 1)
    assert released > 40 << 20
    assert after > 20 * max(inside, 1)
    assert given_back > 40 << 20


@pytest.mark.skipif(allocator.c_library() is None, reason="the C library is not glibc")
@pytest.mark.processes
def test_a_setting_of_the_user_is_left_alone():
    ours, outside, inside, *_ = measure(MALLOC_MMAP_MAX_="65536")
    assert not ours
    assert inside == pytest.approx(outside, rel=0.2)


def test_outside_a_block_nothing_is_given_back(monkeypatch):
    monkeypatch.setattr(allocator, "c_library", lambda: pytest.fail("the C library was called"))
    give_back_free()


def test_another_c_library_changes_nothing(monkeypatch):
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    with large_buffers_kept() as ours:
        assert not ours


def test_an_error_inside_is_passed_on_and_the_setting_ends(monkeypatch):
    with pytest.raises(KeyError), large_buffers_kept():
        raise KeyError
    monkeypatch.setattr(allocator, "c_library", lambda: pytest.fail("the block is not over"))
    give_back_free()
