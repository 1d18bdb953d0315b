"""One process that answers: a socket, a run and the settings in, until it is told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from recotour_vae.errors import ConfigError
from recotour_vae.serving.application import Service
from recotour_vae.serving.counters import Counters
from recotour_vae.serving.served import Served, open_served
from recotour_vae.serving.settings import ServiceSettings
from recotour_vae.serving.swapping import Shelf

CONNECTIONS: Final = 1_000  # to a process; the next are told that it is busy
QUEUE: Final = 1_024  # connections that the system keeps until they are taken
HEADERS: Final = 2**14  # bytes of the head of a request


def listening(settings: ServiceSettings) -> socket.socket:
    """Take the address, before a model is read for nothing.

    Raises
    ------
    ConfigError
        When it is taken, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Said to be TCP, or asyncio lets Nagle's algorithm keep the end of each answer back until what
    # came before is acknowledged: 40 milliseconds.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
    except OSError as error:
        found.close()
        raise ConfigError(
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror or error}); "
            "choose another --port, or 0 for a free one, and a --host of this machine."
        ) from error
    return found


def address(listening: socket.socket) -> str:
    """Give what a browser is to be told."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_here(
    folder: Path,
    settings: ServiceSettings,
    taken: socket.socket,
    framework: str = "",
    counters: Counters | None = None,
    began: Callable[[Served], None] = lambda _: None,
    ends_with: tuple[int, ...] = (signal.SIGTERM, signal.SIGINT),
) -> None:
    """Answer until a signal comes; what is being answered then is answered.

    Parameters
    ----------
    folder
        Of a run, or a link to one.
    settings
        Bounds.
    taken
        From `listening`.
    framework
        That models are opened in.
    counters
        Of this process.
    began
        Called with what is served when the first request may come.
    ends_with
        Signals that stop it; a second one does not wait.

    Raises
    ------
    RecotourError
        When the run cannot be opened or served.
    """
    served = open_served(folder, framework)
    counters = counters or Counters()
    shelf = Shelf(folder, served, framework, counters)
    service = Service(shelf, settings, counters, lambda: began(served))
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    server = _Server(_config(service.application(), settings), ends_with)
    taken.listen(QUEUE)  # before it is said where: who comes then waits, and is not turned away
    asyncio.run(server.serve(sockets=[taken]))


def _config(application: Any, settings: ServiceSettings) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=_patient(settings.patience),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        backlog=QUEUE,
        h11_max_incomplete_event_size=HEADERS,
        timeout_keep_alive=max(1, round(settings.patience)),
        timeout_graceful_shutdown=max(1, round(settings.grace)),
    )


class _Server(uvicorn.Server):
    """A server that ends well when it is told to end."""

    def __init__(self, config: uvicorn.Config, ends_with: tuple[int, ...]) -> None:
        super().__init__(config)
        self._ends_with = ends_with

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals as words to stop, without dying of them afterwards, as uvicorn would."""
        before = {one: signal.signal(one, self.handle_exit) for one in self._ends_with}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop, and at the second time at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _patient(seconds: float) -> type[asyncio.Protocol]:
    """Make a protocol that closes a connection on which no request comes within some seconds.

    uvicorn waits for the first one, and for the rest of one that has begun, as long as it takes.
    """

    class Patient(H11Protocol):
        """HTTP/1.1 of who is in no less of a hurry than we are."""

        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._timer:
                self._timer.cancel()

        def _wait(self) -> None:
            if self._timer:
                self._timer.cancel()
            self._timer = self.loop.call_later(seconds, self._close_if_idle)

        def _close_if_idle(self) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self.timeout_keep_alive_handler()

    return Patient
