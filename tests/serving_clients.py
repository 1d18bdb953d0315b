"""Services in tests: one in this process, asked without a network, and one as it is started."""

import asyncio
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from processes import COMMAND, LIMIT, Family, started
from support import two_tastes

from recotour_vae.recommenders import EASE
from recotour_vae.runs import Run
from recotour_vae.serving.application import Service
from recotour_vae.serving.served import Served
from recotour_vae.serving.settings import ServiceSettings
from recotour_vae.serving.swapping import Shelf

SPLIT = two_tastes()
TITLES = tuple(f"Film {place} ({1990 + place % 3})" for place in range(SPLIT.n_items))
RUN = Run(EASE(3.0).fit_split(SPLIT), SPLIT, TITLES)
PATIENT = {"timeout": float(LIMIT), "patience": float(LIMIT), "watch": 0.0}


def service(run: Run = RUN, folder: str = "nowhere", **settings: Any) -> Service:
    """Make a service of a run in memory."""
    shelf = Shelf(Path(folder), Served(run, "v1", ()))
    return Service(shelf, ServiceSettings(**PATIENT | settings))


def ask_all(
    requests: Sequence[tuple[str, Any]], served: Service | None = None, **options: Any
) -> list[httpx.Response]:
    """Post to a service, all at once; a body is bytes, or becomes JSON."""
    served = served or service()

    async def post(client: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await client.post(path, content=content, **options)

    async def everything() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=served.application())
        async with (
            served.running(),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            return await asyncio.gather(*(post(client, *one) for one in requests))

    return asyncio.run(everything())


def ask(body: Any, served: Service | None = None, path: str = "/recommend") -> httpx.Response:
    """Post one request."""
    return ask_all([(path, body)], served)[0]


def get(path: str, served: Service | None = None, method: str = "GET") -> httpx.Response:
    """Send one request without a body."""
    served = served or service()

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=served.application())
        async with (
            served.running(),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            return await client.request(method, path)

    return asyncio.run(send())


def items(answer: httpx.Response | dict[str, Any]) -> list[str]:
    """Give the ids of a list."""
    found = answer.json() if isinstance(answer, httpx.Response) else answer
    return [one["item"] for one in found["items"]]


class Alive:
    """A service in processes of its own."""

    def __init__(self, process: "subprocess.Popen[str]", family: Family, where: str) -> None:
        self.process, self.family = process, family
        self.host, _, port = where.rpartition("//")[2].rpartition(":")
        self.port = int(port)

    def connect(self) -> HTTPConnection:
        """Open a connection that waits for nothing longer than a test may."""
        return HTTPConnection(self.host, self.port, timeout=LIMIT)

    def post(self, body: Any, over: HTTPConnection | None = None) -> tuple[int, Any]:
        """Ask for a list: the status, and what is said."""
        connection = over or self.connect()
        connection.request("POST", "/recommend", json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def text(self, path: str) -> str:
        """Get a page."""
        connection = self.connect()
        connection.request("GET", path)
        return connection.getresponse().read().decode()

    def counted(self, name: str) -> float:
        """Give a number without labels that the service counts."""
        found = re.search(rf"^recotour_{name} (\S+)$", self.text("/metrics"), re.MULTILINE)
        assert found
        return float(found[1])

    def counted_if(self, name: str) -> float | None:
        """Give such a number, or None from a process that is ended while it is asked."""
        try:
            return self.counted(name)
        except (OSError, HTTPException):
            return None

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to stop; its exit status, and what it said of anything wrong."""
        os.kill(self.process.pid, number)
        _, said = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, said


@contextmanager
def alive(folder: Path, *words: str) -> Iterator[Alive]:
    """Start a service as a person does, on a free port, and wait until it answers."""
    family = Family()
    command = [*COMMAND, "serve", folder, "--port", "0", "--timeout", str(LIMIT), *words]
    with started(command, env=family.environment) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()  # or nothing, where it ends
            where = re.search(r"http://\S+:\d+", line)
            assert where, process.communicate(timeout=LIMIT)
            yield Alive(process, family, where[0])
        finally:
            family.end()


@contextmanager
def crowd(size: int, once: Callable[[int], None]) -> Iterator[list[BaseException]]:
    """Have several threads do something again and again; what went wrong is in the list."""
    wrong: list[BaseException] = []
    over = threading.Event()

    def work(number: int) -> None:
        while not over.is_set():
            try:
                once(number)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(size)]
    for thread in threads:
        thread.start()
    try:
        yield wrong
    finally:
        over.set()
        for thread in threads:
            thread.join(LIMIT)
        assert not any(thread.is_alive() for thread in threads), "somebody hangs"


def random_history(seed: int, most: int = 6) -> list[str]:
    """Draw ids of some items."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(SPLIT.n_items, rng.integers(1, most), replace=False)
    return [f"id:{SPLIT.items[column]}" for column in drawn]
