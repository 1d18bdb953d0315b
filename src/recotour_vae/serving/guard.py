"""What stands around the application: no request is too long, too slow, or answered by a trace."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any, Final

from recotour_vae.errors import RequestError
from recotour_vae.serving.counters import Counters
from recotour_vae.serving.replies import refusal
from recotour_vae.serving.settings import ServiceSettings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

TIMED: Final = ("recommend", "batch")
WRONG: Final = "Something went wrong in the service; its log says what, tell who keeps it."
STOPPING: Final = "The service is being stopped; ask again in a moment."

_LOG: Final = logging.getLogger(__name__)


class Guard:
    """An application that answers whatever happens inside, and counts it.

    Parameters
    ----------
    inner
        The application; it notes the name of its route in the scope.
    counters
        Told of each answer.
    """

    def __init__(self, inner: Application, counters: Counters) -> None:
        self._inner, self._counters = inner, counters

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or hear of the beginning and end of the service."""
        if scope["type"] != "http":
            return await self._inner(scope, receive, send)
        begun, sent = perf_counter(), _Sent(send)
        self._counters.add("in_flight")
        try:
            await self._answered(scope, receive, sent)
        finally:
            self._counters.add("in_flight", -1)
            self._count(scope.get("route_name", "none"), sent.status, perf_counter() - begun)

    async def _answered(self, scope: Any, receive: Receive, sent: "_Sent") -> None:
        try:
            await self._inner(scope, receive, sent)
        except asyncio.CancelledError:  # the grace of a service that is stopped is over
            await sent.instead(scope, receive, STOPPING, 503)
        except Exception as error:
            _LOG.error("%s %s: %s", scope["method"], scope["path"], in_a_line(error))
            await sent.instead(scope, receive, WRONG, 500)

    def _count(self, route: str, status: int, seconds: float) -> None:
        self._counters.answered(route, status)
        if route in TIMED:
            self._counters.observe("request_seconds", seconds)


class _Sent:
    """What sends an answer, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send, self.status, self._begun = send, 500, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self._begun = message["status"], True
        await self._send(message)

    async def instead(self, scope: Any, receive: Receive, sentence: str, status: int) -> None:
        """Send a sentence where no answer has begun."""
        if not self._begun:
            await refusal(sentence, status)(scope, receive, self)


async def whole_body(request: Any, settings: ServiceSettings) -> bytes:
    """Read the body of a request, which may be so long and take so long.

    Raises
    ------
    RequestError
        With status 413, 408, or 400 when who asks has gone.
    """
    from starlette.requests import ClientDisconnect

    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > settings.max_bytes:
        raise _too_long(settings)
    body = bytearray()
    try:
        async with asyncio.timeout(settings.patience):
            async for part in request.stream():
                body += part
                if len(body) > settings.max_bytes:
                    raise _too_long(settings)
    except TimeoutError:
        raise RequestError(
            f"The body did not come within {settings.patience:g} seconds; send it at once.", 408
        ) from None
    except ClientDisconnect:
        raise RequestError("Who asked has gone before the body was there.", 400) from None
    return bytes(body)


def _too_long(settings: ServiceSettings) -> RequestError:
    return RequestError(
        f"The body is longer than {settings.max_bytes:,} bytes; ask for fewer people at once.", 413
    )


def in_a_line(error: BaseException) -> str:
    """Say what happened and where, in a line of a log."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{place}"
