"""A model that takes the place of another while requests are answered.

What the folder's name leads to is looked at every few seconds: a link that leads to another run
now, or other files. So each process of a service sees it, and nobody can ask for it from outside,
as with an address to post to. The new run is opened beside the old one, asked once, and then put
in its place: a batch that has begun ends with the model that it began with.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

from recotour_vae.errors import RecotourError
from recotour_vae.serving.counters import Counters
from recotour_vae.serving.served import Mark, Served, mark_of, open_served

_LOG: Final = logging.getLogger(__name__)


class Shelf:
    """What is served now, and what it is replaced by.

    Parameters
    ----------
    folder
        Of a run, or a link to one.
    served
        What it held when the service began.
    framework
        That models are opened in.
    counters
        Told of each swap.
    """

    def __init__(
        self, folder: Path, served: Served, framework: str = "", counters: Counters | None = None
    ) -> None:
        self.folder, self.served, self.framework = folder, served, framework
        self.counters = counters or Counters()
        self._refused: Mark | None = None  # what could not be opened is not tried again

    def now(self) -> Served:
        """Give what is served now."""
        return self.served

    async def watch(self, seconds: float) -> None:
        """Look at the folder for ever."""
        while True:
            await asyncio.sleep(seconds)
            await self.look()

    async def look(self) -> bool:
        """Open the folder if it has changed; whether another model is served now."""
        mark = await asyncio.to_thread(mark_of, self.folder)
        if mark in (self.served.mark, self._refused):
            return False
        try:
            found = await asyncio.to_thread(open_served, self.folder, self.framework)
        except Exception as error:
            self._refuse(mark, error)
            return False
        self._put(found)
        return True

    def _put(self, found: Served) -> None:
        is_other = found.version != self.served.version
        self.served, self._refused = found, None
        if is_other:
            self.counters.add("swaps_total")
            _LOG.info("Model %s from %s is served now.", found.version, found.mark[0])

    def _refuse(self, mark: Mark, error: Exception) -> None:
        self._refused = mark
        self.counters.add("failed_swaps_total")
        said = str(error) if isinstance(error, RecotourError) else repr(error)
        _LOG.warning("Model %s stays, as the folder has changed and: %s", self.served.version, said)
