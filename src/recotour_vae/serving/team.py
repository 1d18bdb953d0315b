"""Several processes that answer at one address: who ends is replaced, and nobody waits for it."""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

from recotour_vae.errors import RecotourError, WorkerError
from recotour_vae.runtime.processes import (
    child_environment,
    cores,
    environment,
    initialise_worker,
)
from recotour_vae.serving.counters import SIZE, Counters
from recotour_vae.serving.served import Served
from recotour_vae.serving.server import QUEUE, serve_here
from recotour_vae.serving.settings import ServiceSettings

LOOK: Final = 0.2  # seconds between two looks at who has ended
PAUSES: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before somebody takes a place again
LATE: Final = 5.0  # seconds beyond the grace, after which a process is ended

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Post:
    """What each process is told when it begins.

    Attributes
    ----------
    folder, settings, framework
        As for `serve_here`.
    taken
        The socket that all of them share.
    rows
        Memory of all counters.
    """

    folder: Path
    settings: ServiceSettings
    framework: str
    taken: socket.socket
    rows: Any


def serve_together(
    folder: Path,
    settings: ServiceSettings,
    taken: socket.socket,
    framework: str = "",
    began: Callable[[], None] = lambda: None,
) -> None:
    """Answer in as many processes as the settings say, until a signal comes.

    Raises
    ------
    RecotourError
        When none of them could begin.
    """
    context = multiprocessing.get_context("spawn")
    rows = context.RawArray("d", settings.workers * SIZE)
    taken.listen(QUEUE)  # who comes while nobody is there waits, and is not turned away
    team = _Team(Post(folder, settings, framework, taken, rows), began)
    with _told_to_stop(team.stop):
        team.run()


class _Place:
    """One process of a team, and the next one when it has ended."""

    def __init__(self, post: Post, own: int) -> None:
        self.post, self.own, self.failures, self.not_before = post, own, 0, 0.0
        self.answers = False
        self.begin()

    def begin(self) -> None:
        """Start a process; what it says first comes through a pipe."""
        context = multiprocessing.get_context("spawn")
        self.answers = False
        self.word, said = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(self.post, self.own, said))
        with environment(child_environment() | _threads(self.post.settings.workers)):
            self.process.start()
        said.close()

    def hear(self) -> None:
        """Note that it answers, or why it does not."""
        if self.answers or not self.word.poll():
            return
        try:
            error = self.word.recv()
        except (EOFError, OSError):  # it has ended without a word
            return
        if error is not None:
            raise error
        self.answers, self.failures = True, 0

    def has_ended(self) -> bool:
        """Whether somebody is to take its place."""
        return not self.process.is_alive()

    def replace(self) -> None:
        """Start another process, later the more often it has ended before it answered."""
        now = time.monotonic()
        if not self.not_before:
            pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
            self.not_before, self.failures = now + pause, self.failures + 1
            Counters(self.post.rows, self.own)  # puts what it was doing to nothing
        if now >= self.not_before:
            self.not_before = 0.0
            self.word.close()
            self.process.join()
            self.begin()

    def end(self, until: float) -> None:
        """Have it answer what it has begun, and end it where that takes too long."""
        self.process.join(max(0.0, until - time.monotonic()))
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


class _Team:
    def __init__(self, post: Post, began: Callable[[], None]) -> None:
        self._post, self._began = post, began
        self._places: list[_Place] = []
        self._stops = self._has_begun = False

    def stop(self) -> None:
        """Be told, by a signal; told again, have nobody finish what was begun."""
        told_again, self._stops = self._stops, True
        for place in self._places if told_again else ():
            place.process.terminate()

    def run(self) -> None:
        """Keep all places taken until it is time to stop."""
        try:
            self._places = [_Place(self._post, own) for own in range(self._post.settings.workers)]
            while not self._stops:
                wait([one.process.sentinel for one in self._places if not one.has_ended()], LOOK)
                self._look()
        finally:
            self._end()

    def _look(self) -> None:
        for place in self._places:
            self._listen(place)
            if place.has_ended() and not self._stops:
                self._replace(place)
        if not self._has_begun and all(place.answers for place in self._places):
            self._has_begun = True
            self._began()

    def _listen(self, place: _Place) -> None:
        try:
            place.hear()
        except RecotourError as error:
            if not self._has_begun:
                raise
            _LOG.warning("Process %d cannot begin: %s", place.own + 1, error)

    def _replace(self, place: _Place) -> None:
        if not self._has_begun:
            raise WorkerError(
                f"Process {place.own + 1} of the service ended before it could answer (exit "
                f"status {place.process.exitcode}); start it again with fewer --workers, as each "
                "holds the model in memory."
            )
        if not place.not_before:
            _LOG.warning(
                "Process %d ended (exit status %s); another takes its place.",
                place.own + 1,
                place.process.exitcode,
            )
        place.replace()

    def _end(self) -> None:
        self._post.taken.close()  # or whoever comes now would wait for nobody
        for place in self._places:
            if place.process.is_alive():
                place.process.terminate()
        until = time.monotonic() + self._post.settings.grace + LATE
        for place in self._places:
            place.end(until)


def _work(post: Post, own: int, said: Connection) -> None:
    """Be one of the processes."""
    initialise_worker()
    logging.basicConfig(level=logging.INFO, format="%(message)s")

    def begin(_: Served) -> None:
        said.send(None)
        said.close()

    counters = Counters(post.rows, own)
    try:
        serve_here(
            post.folder,
            post.settings,
            post.taken,
            post.framework,
            counters,
            begin,
            (signal.SIGTERM,),
        )
    except RecotourError as error:
        if said.closed:
            raise
        said.send(error)


def _threads(workers: int) -> dict[str, str]:
    """Divide the cores among the processes, where nobody has said how many threads each takes."""
    name = "OMP_NUM_THREADS"
    return {name: os.environ.get(name) or str(max(1, cores() // workers))}


@contextmanager
def _told_to_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Take Ctrl-C and the signal to end as words to stop."""
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {one: signal.signal(one, lambda *_: stop()) for one in signals}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
