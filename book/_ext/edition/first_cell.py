# @title Set up: run this cell first
# In the folder that `make lab` opens nothing happens. Anywhere else the library and the tables that
# the notebook carries are unpacked beside it, and packages that are missing are installed with pip.
import importlib.util
import os
import subprocess
import sys
import tarfile
from base64 import b85decode
from io import BytesIO
from pathlib import Path

WITH_MXNET = False  # True installs MXNet 1.9.1 too, and NumPy 1 for it: Linux x86-64, Python 3.11
REQUIREMENTS, MXNET = ["<requirements>"], ["<mxnet>"]
CHAPTER, FILES = "<chapter>", Path("recotour-vae-files")


def unpack(packed):
    """Write the library and the tables beside the notebook; before 3.11.4 tar has no filters."""
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(fileobj=BytesIO(b85decode(packed)), mode="r:xz") as archive:
        archive.extractall(FILES, **safely)


def set_up(packed):
    """Unpack the library and the tables beside the notebook, and install what they need."""
    unpack(packed)
    wanted = [*REQUIREMENTS, *(MXNET if WITH_MXNET else [])]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *wanted], check=True)
    library = str((FILES / "src").resolve())
    sys.path[:0] = [library]
    sys.path.append(str((FILES / "stand-in").resolve()))  # `glue`, where myst_nb is not installed
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [library, os.getenv("PYTHONPATH")]))
    os.chdir(FILES / "book" / CHAPTER)
    importlib.invalidate_caches()


at_home = Path("../../src/recotour_vae").is_dir()  # where a chapter looks for its tables too
if not (at_home and all(map(importlib.util.find_spec, ("recotour_vae", "recotour_book")))):
    set_up("<packed>")
