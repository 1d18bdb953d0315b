"""The trained models of the page "Meet the model", made when the book is built.

    python -m recotour_book.meet FOLDER

trains Mult-VAE at three caps of β, in PyTorch and in MXNet Gluon, fits EASE and popularity on the
same people of MovieLens 100K, keeps each of them as a run in FOLDER/runs, and exports the runs as
scripts. Nothing is drawn that is not seeded, and each process computes with one thread, so that
another machine gives the same models up to rounding. The data may not be passed on and the models
are quick to train, so they are not in the repository: `scripts` keeps them in the cache of the
data, and makes them anew only when the code, the settings or the frameworks are others.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recotour_vae import datasets, splits
from recotour_vae.datasets.fetch import cache_folder
from recotour_vae.datasets.registry import REGISTRY
from recotour_vae.datasets.wheel import is_kept
from recotour_vae.errors import RecotourError
from recotour_vae.experiments.code import fingerprint
from recotour_vae.experiments.trial import roots_of
from recotour_vae.models.config import MultVAEConfig
from recotour_vae.recommenders import make
from recotour_vae.recommenders.registry import entry
from recotour_vae.runs import keep_data, keep_run
from recotour_vae.runs.data import RunData
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.serving.export import export_web
from recotour_vae.splits import Split
from recotour_vae.training import Trainer, TrainingConfig

DATA = "ml-100k"
CAPS = (0.0, 0.2, 1.0)  # of β
ALONE = "alone"  # what needs no framework
EXPORT = "serving.export.web.export_web"


@dataclass(frozen=True)
class Settings:
    """How the networks are trained: all alike, and each for good at the cap of its β.

    Parameters
    ----------
    hidden, latent
        Widths in units, those of the chapter on β.
    epochs
        All are used; no validation user chooses one, or a large cap would be left before it is
        reached.
    anneal_fraction
        Share of the updates in which β rises to its cap.
    """

    hidden: int = 200
    latent: int = 64
    epochs: int = 50
    batch_size: int = 100
    anneal_fraction: float = 0.4
    seed: int = 0

    def network(self, cap: float) -> MultVAEConfig:
        """Give the settings of a network with that cap."""
        share = self.anneal_fraction
        return MultVAEConfig((self.hidden,), self.latent, beta=cap, anneal_fraction=share)

    def training(self) -> TrainingConfig:
        """Give the settings of the training."""
        size, seed = self.batch_size, self.seed
        return TrainingConfig(epochs=self.epochs, batch_size=size, seed=seed, device="cpu")


SETTINGS = Settings()


def frameworks() -> tuple[str, ...]:
    """Name the frameworks that are installed."""
    return ("pytorch", "gluon") if has_mxnet() else ("pytorch",)


def names(framework: str) -> list[str]:
    """Name the models of a framework, or those that need none."""
    if framework == ALONE:
        return ["ease", "popularity"]
    return [f"mult-vae-{framework}-{cap:g}" for cap in CAPS]


def has_data() -> bool:
    """Tell whether the data can be read without asking another host."""
    published, folder = REGISTRY[DATA], cache_folder(None)
    kept = published.wheel is not None and is_kept(published.wheel, folder)
    return kept or (folder / published.file).is_file()


# Training and exporting.


def train(name: str, folder: Path, data: RunData) -> None:
    """Fit a model and keep it as a run."""
    if not name.startswith("mult-vae"):
        keep_run(folder, make(name).fit_split(data.split), data)
        return
    _, framework, cap = name.rsplit("-", 2)
    network = entry("mult-vae").network(framework)
    model = network.of(SETTINGS.network(float(cap)), data.split.n_items, SETTINGS.seed)
    Trainer(SETTINGS.training(), folder, progress=False).fit(model, data.split.train)
    keep_data(folder, data.split, data.titles)


def make_some(folder: Path, framework: str) -> None:
    """Train the models of one framework, and export them."""
    data = movies()
    for name in names(framework):
        train(name, folder / "runs" / name, data)
        export_web(folder / "runs" / name, folder / f"{name}.js")


def movies() -> RunData:
    """Load films and people, split as in the chapters."""
    data = datasets.load(DATA)
    split: Split = splits.strong_generalisation(data.interactions)
    return RunData.of(split, data.title(split.items))


def make_all(folder: Path) -> None:
    """Make all models, those of each framework in a process of their own, at the same time.

    Raises
    ------
    RecotourError
        When one of them fails, with the last that it said.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    working = []
    for one in (*frameworks(), ALONE):
        command = [sys.executable, "-m", "recotour_book.meet", str(folder), one]
        working.append(subprocess.Popen(command, env=environment, text=True, **pipes))
    said = [process.communicate()[1] for process in working]
    for process, words in zip(working, said, strict=True):
        if process.returncode:
            last = (words.strip().splitlines() or ["no reason given"])[-1]
            raise RecotourError(f"The models of the page could not be trained: {last}")


# Keeping.


def key() -> str:
    """Name what the models depend on: settings, code, frameworks."""
    roots = {root for framework in frameworks() for root in roots_of("mult-vae", framework)}
    roots |= {*roots_of("ease", ""), *roots_of("popularity", ""), EXPORT}
    packages = {"torch", "numpy", *(["mxnet"] if has_mxnet() else [])}
    made_of = {
        "settings": asdict(SETTINGS),
        "code": fingerprint(*sorted(roots)),
        "names": [name for one in (*frameworks(), ALONE) for name in names(one)],
        "versions": {package: version(package) for package in sorted(packages)},
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:12]


def scripts() -> dict[str, Path]:
    """Give the script of each model by its name, made now or kept from before; none without data.

    Raises
    ------
    RecotourError
        When they cannot be made.
    """
    if not has_data():
        return {}
    place = cache_folder(None) / "meet" / key()
    if not place.is_dir():
        _make_whole(place)
    return dict(_found(place))


def _make_whole(place: Path) -> None:
    """Make the models beside their place; it is there when they all are."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
        made = Path(scratch) / "made"
        make_all(made)
        with suppress(OSError):  # somebody else was faster
            made.rename(place)


def _found(place: Path) -> Iterator[tuple[str, Path]]:
    for framework in (*frameworks(), ALONE):
        for name in names(framework):
            yield name, place / f"{name}.js"


def main(folder: str, *chosen: str) -> int:
    """Make all models below a folder, or those of one framework."""
    if chosen:
        make_some(Path(folder), *chosen)
    else:
        make_all(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
