"""The service as an ASGI application: its addresses, and what is behind each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from recotour_vae.errors import RecotourError, RequestError
from recotour_vae.serving.answers import Answer
from recotour_vae.serving.asked import Asked, read_many, read_one
from recotour_vae.serving.batcher import Batcher
from recotour_vae.serving.counters import Counters, label
from recotour_vae.serving.guard import WRONG, Guard, whole_body
from recotour_vae.serving.openapi import describe
from recotour_vae.serving.page import page
from recotour_vae.serving.replies import refusal, reply
from recotour_vae.serving.settings import ServiceSettings
from recotour_vae.serving.swapping import Shelf

Reader = Callable[[bytes, ServiceSettings], Asked]

_PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"
_PAGE_MAY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
)


class Service:
    """A run that answers over HTTP.

    Parameters
    ----------
    shelf
        What is served.
    settings
        Bounds.
    counters
        Of this process.
    began
        Called when the first request may come.
    """

    def __init__(
        self,
        shelf: Shelf,
        settings: ServiceSettings,
        counters: Counters | None = None,
        began: Callable[[], None] = lambda: None,
    ) -> None:
        self.shelf, self.settings = shelf, settings
        self.counters, self._began = counters or Counters(), began
        self.batcher = Batcher(shelf.now, settings, self.counters)

    def application(self) -> Guard:
        """Make what an ASGI server runs."""
        routes = [
            Route("/recommend", self._named("recommend", self._recommend), methods=["POST"]),
            Route("/recommend/batch", self._named("batch", self._batch), methods=["POST"]),
            Route("/health", self._named("health", self._health)),
            Route("/metrics", self._named("metrics", self._metrics)),
            Route("/openapi.json", self._named("page", self._openapi)),
            Route("/", self._named("page", self._page)),
        ]
        handlers: Any = {
            HTTPException: _no_such_address,
            RecotourError: _refused,
            Exception: _went_wrong,  # and is raised again, to be logged by the guard
        }
        inner = Starlette(
            routes=routes, exception_handlers=handlers, lifespan=lambda _: self.running()
        )
        inner.router.redirect_slashes = False
        found: Any = inner
        return Guard(found, self.counters)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Have the thread that computes, and the look-out for other models, for a while."""
        self.batcher.start()
        seconds = self.settings.watch
        watch = asyncio.create_task(self.shelf.watch(seconds)) if seconds else None
        self.counters.set("workers", 1)
        self._began()
        try:
            yield
        finally:
            self.counters.set("workers", 0)
            self.batcher.stop()
            if watch:
                watch.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watch

    def _named(
        self, name: str, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Note which address it is, for who counts."""

        async def answered(request: Request) -> Response:
            request.scope["route_name"] = name
            return await answer(request)

        return answered

    async def _recommend(self, request: Request) -> Response:
        answer = await self._asked(request, read_one)
        return reply(_about(answer) | answer.lists[0])

    async def _batch(self, request: Request) -> Response:
        answer = await self._asked(request, read_many)
        return reply(_about(answer) | {"lists": answer.lists})

    async def _asked(self, request: Request, read: Reader) -> Answer:
        asked = read(await whole_body(request, self.settings), self.settings)
        answer = await self.batcher.ask(asked)
        self.counters.add("lists_total", len(answer.lists))
        self.counters.add("unknown_items_total", sum(len(one["unknown"]) for one in answer.lists))
        return answer

    async def _health(self, request: Request) -> Response:
        if not self.batcher.works:
            raise RequestError("The thread that computes has ended; start the service again.", 503)
        served = self.shelf.now()
        about = {"model": served.version, "recommender": served.run.name}
        return reply({"status": "ok"} | about | {"items": served.run.split.n_items})

    async def _metrics(self, request: Request) -> Response:
        served = self.shelf.now()
        info = f"recommender={label(served.run.name)},model={label(served.version)}"
        return PlainTextResponse(self.counters.text(info), media_type=_PROMETHEUS)

    async def _openapi(self, request: Request) -> Response:
        return reply(describe(self.settings))

    async def _page(self, request: Request) -> Response:
        text = page(describe(self.settings), self.shelf.now().run.titles[:2])
        return HTMLResponse(text, headers={"content-security-policy": _PAGE_MAY})


def _about(answer: Answer) -> dict[str, str]:
    return {"model": answer.version, "measure": answer.measure}


async def _refused(request: Request, error: Exception) -> Response:
    return refusal(str(error), getattr(error, "status", 422))


async def _went_wrong(request: Request, error: Exception) -> Response:
    return refusal(WRONG, 500)


async def _no_such_address(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    where = f"{request.method} {request.url.path[:100]}"
    if status == 405:
        return refusal(f"{where} is not answered; / lists what is, and by which method.", 405)
    return refusal(f"There is nothing at {where}; / lists what there is.", status)
