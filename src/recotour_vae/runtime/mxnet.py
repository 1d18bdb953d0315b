"""The one door to MXNet, with the three things one has to know to get through it.

MXNet was retired in 2023; its last release, 1.9.1, is of 2022 and has aged:

1. `import mxnet` reads `numpy.bool`, a name that NumPy took away in 1.24. It is put back for as
   long as the import lasts.
2. MXNet takes every processor for half of a core: unless told otherwise it sets the OpenMP thread
   count to half of the processors, and as PyTorch shares that setting, PyTorch slows down with it.
   Told PyTorch's count beforehand, both keep it.
3. There are wheels for few machines (we use that for Linux on x86-64), so MXNet is optional, and
   whoever asks for Gluon without it gets a sentence and not a traceback.

Everything of ours that uses MXNet says `from recotour_vae.runtime.mxnet import mx`.
"""

import importlib.util
import os
from typing import Any, Final

import numpy as np

from recotour_vae.errors import MissingPackageError

HOW_TO_INSTALL: Final = (
    "MXNet is not installed, and Gluon needs it; on Linux x86-64 run "
    'pip install "recotour-vae[gluon]", elsewhere use PyTorch (--framework pytorch).'
)


def has_mxnet() -> bool:
    """Whether MXNet is installed, without importing it."""
    return importlib.util.find_spec("mxnet") is not None


def import_mxnet() -> Any:
    """Import MXNet, and leave NumPy and PyTorch's threads as they were.

    Raises
    ------
    MissingPackageError
        When it is not installed, or does not import here.
    """
    if not has_mxnet():
        raise MissingPackageError(HOW_TO_INSTALL)
    import torch

    threads = torch.get_num_threads()
    os.environ.setdefault("MXNET_OMP_MAX_THREADS", str(threads))
    lacking = "bool" not in vars(np)
    if lacking:
        np.bool = bool  # type: ignore[attr-defined]
    try:
        import mxnet
    except ImportError as error:
        raise MissingPackageError(
            f"MXNet is installed but does not import here ({error}); use Python 3.11, or PyTorch."
        ) from error
    finally:
        if lacking:
            del np.bool  # type: ignore[attr-defined]
    torch.set_num_threads(threads)  # where the user set MXNet's number and it differs
    return mxnet


def __getattr__(name: str) -> Any:
    """Import MXNet when `mx` is first asked for."""
    if name != "mx":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["mx"] = import_mxnet()
    return globals()["mx"]
