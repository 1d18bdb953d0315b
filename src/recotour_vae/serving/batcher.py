"""The one thread that computes: whoever waits when it is free is scored together.

Nobody waits for company. A request that comes alone is computed alone, at once; while it is, the
next ones gather, and reading the weights once does for all of them.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from recotour_vae.errors import RecotourError, RequestError
from recotour_vae.serving.answers import Answer, Serves, answer_all
from recotour_vae.serving.asked import Asked
from recotour_vae.serving.counters import Counters
from recotour_vae.serving.settings import ServiceSettings

Outcome = Answer | BaseException

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Job:
    asked: Asked
    answer: "asyncio.Future[Answer]"


class Batcher:
    """Requests in from the event loop, answers out of a thread; as many wait as may.

    Parameters
    ----------
    served
        Gives what is served at the moment; asked once for each batch.
    settings
        Bounds.
    counters
        Told of each batch.
    """

    def __init__(
        self, served: Callable[[], Serves], settings: ServiceSettings, counters: Counters
    ) -> None:
        self._served, self._settings, self._counters = served, settings, counters
        self._jobs: queue.Queue[_Job | None] = queue.Queue(settings.max_waiting)
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)

    def start(self) -> None:
        """Begin, from within the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """End when what waits is done; who calls does not wait."""
        try:
            self._jobs.put_nowait(None)
        except queue.Full:  # it is stuck, and ends with the process
            _LOG.warning("The model is still computing; it ends with the process.")

    @property
    def works(self) -> bool:
        """Whether there is anybody to answer."""
        return self._thread.is_alive()

    async def ask(self, asked: Asked) -> Answer:
        """Wait for an answer.

        Raises
        ------
        RequestError
            When too many wait already (503), or it takes too long (504).
        RecotourError
            As the run refuses what is asked.
        """
        job = _Job(asked, self._loop.create_future())
        try:
            self._jobs.put_nowait(job)
            async with asyncio.timeout(self._settings.timeout):
                return await job.answer
        except queue.Full:
            raise RequestError(
                f"{self._settings.max_waiting:,} requests wait for the model already; ask again "
                "in a second.",
                503,
            ) from None
        except TimeoutError:
            raise RequestError(
                f"There was no answer within {self._settings.timeout:g} seconds; ask again later, "
                "or for fewer people at once.",
                504,
            ) from None

    def _work(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, goes_on = self._with_others(first)
            wanted = [job for job in jobs if not job.answer.cancelled()]
            if wanted:
                outcomes = self._outcomes([job.asked for job in wanted])
                self._hand_over(wanted, outcomes)
            if not goes_on:
                return

    def _with_others(self, first: _Job) -> tuple[list[_Job], bool]:
        """Take what waits, up to as many people as are scored together."""
        jobs, people = [first], len(first.asked.histories)
        while people < self._settings.max_together:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
            if job is None:
                return jobs, False
            jobs.append(job)
            people += len(job.asked.histories)
        return jobs, True

    def _outcomes(self, asked: Sequence[Asked]) -> list[Outcome]:
        """Answer a batch; where that fails each request alone, as one of them may be why."""
        try:
            return [*answer_all(self._served(), asked, self._settings.max_together)]
        except Exception as error:
            if len(asked) == 1:
                return [_ours(error)]
            return [outcome for one in asked for outcome in self._outcomes([one])]

    def _hand_over(self, jobs: Sequence[_Job], outcomes: Sequence[Outcome]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._settle, jobs, outcomes)
        except RuntimeError:  # the loop has ended, and nobody is there to be answered
            _LOG.debug("Nobody waits any more.")

    def _settle(self, jobs: Sequence[_Job], outcomes: Sequence[Outcome]) -> None:
        """Answer, in the event loop."""
        people = sum(len(job.asked.histories) for job in jobs)
        self._counters.observe("people_together", people)
        for job, outcome in zip(jobs, outcomes, strict=True):
            if job.answer.done():  # it has taken too long
                continue
            if isinstance(outcome, Answer):
                job.answer.set_result(outcome)
            else:
                job.answer.set_exception(outcome)


def _ours(error: Exception) -> Exception:
    """Say what the model refuses, which is no fault of who asks, with the status of one of ours."""
    return RequestError(str(error), 500) if isinstance(error, RecotourError) else error
