"""A model that takes the place of another: noticed, tried, and refused where it is broken."""

import asyncio
import logging
import os
import threading
from pathlib import Path

import pytest
from serving_clients import PATIENT, RUN, SPLIT, TITLES

from recotour_vae.recommenders import EASE, Popularity
from recotour_vae.runs import Run, keep_run
from recotour_vae.runs.data import RunData
from recotour_vae.serving.application import Service
from recotour_vae.serving.asked import Asked
from recotour_vae.serving.counters import Counters
from recotour_vae.serving.served import Served, mark_of, open_served
from recotour_vae.serving.settings import ServiceSettings
from recotour_vae.serving.swapping import Shelf

LIMIT = 300


def kept(folder, l2=3.0):
    keep_run(folder, EASE(l2).fit_split(SPLIT), RunData.of(SPLIT, TITLES))
    return folder


def lead(link: Path, folder: Path) -> None:
    """Let a link lead to a folder, from one moment to the next."""
    new = link.with_name("new")
    new.symlink_to(folder, target_is_directory=True)
    os.replace(new, link)


@pytest.fixture
def shelf(tmp_path):
    """A link to a run, which is served."""
    kept(tmp_path / "first")
    kept(tmp_path / "second", 30.0)
    link = tmp_path / "current"
    lead(link, tmp_path / "first")
    return Shelf(link, open_served(link), counters=Counters())


def look(shelf, times=1):
    async def looks():
        return [await shelf.look() for _ in range(times)]

    return asyncio.run(looks())


def counted(shelf):
    counters = shelf.counters
    return [counters.total(name) for name in ("swaps_total", "failed_swaps_total")]


def test_nothing_is_read_again_while_nothing_changes(shelf, monkeypatch):
    served = shelf.now()
    monkeypatch.setattr("recotour_vae.serving.swapping.open_served", None)
    assert look(shelf, 3) == [False] * 3
    assert shelf.now() is served


def test_a_link_that_leads_elsewhere_brings_another_model(shelf, tmp_path, caplog):
    first = shelf.now()
    lead(shelf.folder, tmp_path / "second")
    with caplog.at_level(logging.INFO):
        assert look(shelf, 2) == [True, False]
    second = shelf.now()
    assert second.version == open_served(tmp_path / "second").version != first.version
    assert counted(shelf) == [1, 0]
    assert caplog.messages == [f"Model {second.version} from {tmp_path / 'second'} is served now."]


def test_a_file_that_is_replaced_brings_another_model(shelf, tmp_path):
    version = shelf.now().version
    os.replace(tmp_path / "second" / "best.safetensors", tmp_path / "first" / "best.safetensors")
    assert look(shelf) == [True]
    assert shelf.now().version != version


@pytest.mark.parametrize("broken", ["best.safetensors", "split.npz", "titles.csv"])
def test_a_broken_folder_is_refused_once_and_the_old_model_stays(shelf, tmp_path, broken, caplog):
    first = shelf.now()
    path = tmp_path / "second" / broken
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    lead(shelf.folder, tmp_path / "second")
    assert look(shelf, 3) == [False] * 3
    assert shelf.now() is first
    assert counted(shelf) == [0, 1]
    (message,) = caplog.messages
    assert message.startswith(f"Model {first.version} stays, as the folder has changed and: ")
    assert broken in message
    path.write_bytes(whole)
    assert look(shelf) == [True]


def test_a_folder_that_is_gone_is_no_reason_to_stop(shelf, tmp_path):
    shelf.folder.unlink()
    assert look(shelf, 2) == [False, False]
    assert counted(shelf) == [0, 1]
    lead(shelf.folder, tmp_path / "second")
    assert look(shelf) == [True]


def test_files_of_two_runs_are_not_mixed(shelf, tmp_path):
    """The model of one run beside the items of another, as in the middle of a copy."""
    few = Run(Popularity().fit(SPLIT.train[:, :5]), SPLIT, TITLES)
    other = tmp_path / "other"
    keep_run(
        other, EASE(1.0).fit(SPLIT.train[:20]), RunData.of(SPLIT, [f"New {t}" for t in TITLES])
    )
    os.replace(other / "titles.csv", tmp_path / "first" / "titles.csv")
    assert look(shelf) == [False]
    assert shelf.now().run.titles == TITLES
    assert few.split is SPLIT


def test_a_mark_says_whether_anything_changed(tmp_path):
    folder = kept(tmp_path / "run")
    before = mark_of(folder)
    assert mark_of(folder) == before
    os.utime(folder / "titles.csv", ns=(1, 1))
    assert mark_of(folder) != before
    assert mark_of(tmp_path / "nowhere")[1:] == ((), (), ())


class Held:
    """A model that computes until it is let go."""

    name = kind = "ease"

    def __init__(self):
        self.go, self.begun = threading.Event(), threading.Event()

    def score(self, clicks):
        self.begun.set()
        assert self.go.wait(LIMIT)
        return RUN.model.score(clicks)


def test_a_request_that_has_begun_ends_with_the_model_that_it_began_with():
    model = Held()
    shelf = Shelf(Path("nowhere"), Served(Run(model, SPLIT, TITLES), "old", ()))
    service = Service(shelf, ServiceSettings(**PATIENT))

    async def swapped():
        async with service.running():
            first = asyncio.create_task(service.batcher.ask(Asked((("id:3",),))))
            await asyncio.to_thread(model.begun.wait, LIMIT)
            shelf.served = Served(RUN, "new", ())
            second = asyncio.create_task(service.batcher.ask(Asked((("id:3",),))))
            model.go.set()
            return [(await one).version for one in (first, second)]

    assert asyncio.run(asyncio.wait_for(swapped(), LIMIT)) == ["old", "new"]


def test_a_service_looks_for_itself(shelf, tmp_path):
    service = Service(shelf, ServiceSettings(**PATIENT | {"watch": 0.01}))
    version = shelf.now().version

    async def waits():
        async with service.running():
            lead(shelf.folder, tmp_path / "second")
            while shelf.now().version == version:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(waits(), LIMIT))
    assert counted(shelf) == [1, 0]
