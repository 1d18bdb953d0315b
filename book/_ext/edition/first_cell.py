# @title Set up: run this cell first
# In the folder that `make lab` opens nothing happens. Anywhere else the library and the tables that
# the notebook carries are unpacked beside it, and packages that are missing are installed with pip.
import importlib.util
import os
import subprocess
import sys
from base64 import b85decode
from io import BytesIO
from pathlib import Path
from tarfile import open as open_archive

WITH_MXNET = False  # True installs MXNet 1.9.1 too, and NumPy 1 for it: Linux x86-64, Python 3.11
REQUIREMENTS, MXNET = ["<requirements>"], ["<mxnet>"]
CHAPTER, FILES = "<chapter>", Path("recotour-vae-files")


def set_up(packed):
    """Unpack the library and the tables beside the notebook, and install what they need."""
    with open_archive(fileobj=BytesIO(b85decode(packed)), mode="r:xz") as archive:
        archive.extractall(FILES, filter="data")
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
