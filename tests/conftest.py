"""What every test may ask for: real data, a GPU, a trained run, a page in a browser."""

import os
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from browser_support import Watch
    from matplotlib.axes import Axes
    from playwright.sync_api import Browser, BrowserContext, Page

# Before anything imports PyTorch. Threads that wait sleep, since spinning they take the core from
# those that they wait for; and workers that run side by side compute with a thread each.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that starts the tests in the background has Ctrl-C ignored, by all that they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples every time and no time limit, so that a busy machine fails nobody.
settings.register_profile("steady", derandomize=True, deadline=None, database=None, max_examples=20)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Draw alike whatever ran before in this process: a rare mask of dropout has failed a run."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if hasattr(torch := sys.modules.get("torch"), "manual_seed"):
        torch.manual_seed(0)
    if hasattr(mxnet := sys.modules.get("mxnet"), "random"):
        mxnet.random.seed(0)


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    """Fail a test that leaves PyTorch other threads than it found: later sums would differ."""
    before = _threads()
    yield
    after = _threads()
    if before is not None and after != before:
        sys.modules["torch"].set_num_threads(before)
        pytest.fail(f"the test found {before} threads in PyTorch and left {after}")


def _threads() -> int | None:
    """PyTorch's threads, where it has been read."""
    torch = sys.modules.get("torch")
    return torch.get_num_threads() if hasattr(torch, "get_num_threads") else None


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets; skip where there is none."""
    named = os.environ.get("RECOTOUR_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("set RECOTOUR_DATA to the folder of the real data sets")
    return Path(named)


@pytest.fixture
def cuda() -> str:
    """The name of a GPU; skip where there is none."""
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    return "cuda"


@pytest.fixture
def ax() -> "Iterator[Axes]":
    """An empty panel to draw on, without a screen."""
    import matplotlib.pyplot as plt

    from recotour_book.plotting import new_axes

    plt.switch_backend("agg")
    (axes,) = new_axes()
    yield axes
    plt.close("all")


# A run of the command line.


@pytest.fixture(scope="module")
def ratings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a file of one's own with a table of titles: two groups of users, 150 items."""
    from command_line import with_titles

    return with_titles(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def run(ratings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a run by the command itself."""
    from command_line import train

    from recotour_vae import cli

    folder = tmp_path_factory.mktemp("runs") / "small"
    assert cli.main(train(ratings, folder)) == 0
    return folder


# Pages in a browser.


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Give the browser that serves a module, or skip where there is none."""
    from browser_support import launched

    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def origins() -> Iterator[dict[str, str]]:
    """Say where the built book is on disk and on a server."""
    from book_support import HTML, need_the_book
    from browser_support import serve

    need_the_book()
    with serve(HTML) as found:
        yield found


@pytest.fixture
def context(chromium: "Browser") -> "Iterator[BrowserContext]":
    """Give a wide and light window of its own."""
    from browser_support import PATIENCE, WIDE

    opened = chromium.new_context(viewport=WIDE, color_scheme="light")
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def watch() -> "Watch":
    """Give what notes what goes wrong in `page`."""
    from browser_support import Watch

    return Watch()


@pytest.fixture
def page(context: "BrowserContext", watch: "Watch") -> "Page":
    """Give an empty page that is watched."""
    opened = context.new_page()
    watch.on(opened)
    return opened
