"""Run the notebooks side by side, a worker of pytest-xdist a notebook, and wait for none for ever.

`pytest --nbval book/` takes as many notebooks at a time as there are processors, those that take
longest first, and ends with the twenty slowest cells. `-n 0` runs one after the other, and so do
`--pdb` and a single notebook. The kernels share the processors: each computes with its part.
"""

import os
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from nbval.plugin import IPyNbCell
from quiet_kernels import keep_apart

NOT_NOTEBOOKS = {"_build", ".ipynb_checkpoints"}
# Begun last, one of these would be waited for alone. Any others follow in the order of their paths.
LONGEST = (
    "first-results",
    "same-model",
    "training",
    "errors",
    "gluon-mystery",
    "reparameterization",
)
MOST = 8  # at a time: a kernel with PyTorch and MXNet takes about a gigabyte
# Seconds. They are long since a machine may be busy, and the last is shorter than pytest's own
# limit of a test, so that a cell that hangs is interrupted and shows where.
KERNEL_STARTS, OUTPUT_ARRIVES, CELL_ENDS = 300, 60, 480


def count_notebooks(arguments: list[str]) -> int:
    """Tell how many notebooks the files and folders on pytest's command line hold."""
    named = {Path(argument.partition("::")[0]) for argument in arguments}
    found = {path for place in named for path in (place, *place.rglob("*.ipynb"))}
    return sum(path.suffix == ".ipynb" and not NOT_NOTEBOOKS & set(path.parts) for path in found)


def may_share(config: pytest.Config) -> bool:
    """Tell whether nobody said how to run, and nothing keeps pytest-xdist from doing it."""
    option = config.option
    is_worker = hasattr(config, "workerinput")
    if is_worker or not option.nbval or not config.pluginmanager.hasplugin("xdist"):
        return False
    said = option.numprocesses is not None or option.dist != "no" or option.tx
    return not (said or option.usepdb or option.collectonly)


def share(config: pytest.Config) -> None:
    """Ask for workers, a notebook each; kernels inherit their part of the processors."""
    cores = config.hook.pytest_xdist_auto_num_workers(config=config)
    at_once = min(cores, count_notebooks(config.args), MOST)
    if at_once < 2:
        return
    config.option.numprocesses, config.option.dist = at_once, "loadfile"
    config.option.loadscopereorder = False  # ours is the order, not xdist's by number of cells
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores // at_once)))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads its options
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Set what was not asked for otherwise."""
    if not config.option.nbval:
        return
    keep_apart()
    if config.option.durations is None:
        config.option.durations = 20
    config.option.nbval_cell_timeout = min(config.option.nbval_cell_timeout, CELL_ENDS)
    config.option.nbval_kernel_startup_timeout = KERNEL_STARTS
    # Threads that wait sleep: spinning, they take the core from those that they wait for, and a
    # cell was seen to take six times as long on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if may_share(config):
        share(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the cells of the longest notebooks first."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Notice a kernel that died while a cell runs, for which nbval would wait."""
    if isinstance(item, IPyNbCell):
        item.output_timeout = OUTPUT_ARRIVES
        kernel = item.parent.kernel
        kernel.await_reply = watch(kernel, type(kernel).await_reply)
    return (yield)


def watch(kernel: Any, await_reply: Callable[..., None]) -> Callable[..., None]:
    """Return nbval's `await_reply` as one that looks every second whether the kernel lives."""

    def wait(message: str, timeout: float) -> None:
        for _ in range(int(timeout)):
            try:
                return await_reply(kernel, message, timeout=1)
            except Empty:
                if not kernel.is_alive():
                    raise RuntimeError("the kernel died in this cell") from None
        raise Empty

    return wait
