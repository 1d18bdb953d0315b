"""What every test may ask for: the real data, a GPU, and property tests without surprises."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A shell that starts the tests in the background has Ctrl-C ignored, by all that they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples every time and no time limit, so that a busy machine fails nobody.
settings.register_profile("steady", derandomize=True, deadline=None, database=None, max_examples=20)
settings.load_profile("steady")


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

    from recotour_vae.plotting import new_axes

    plt.switch_backend("agg")
    (axes,) = new_axes()
    yield axes
    plt.close("all")
