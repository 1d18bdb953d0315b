"""One process of a service, and the one that keeps several, in the process of the test."""

import asyncio
import json
import os
import signal
import socket
import threading
from http.client import HTTPConnection

import pytest
from processes import LIMIT
from test_serving_swapping import kept

from recotour_vae.errors import CheckpointError, WorkerError
from recotour_vae.serving import team
from recotour_vae.serving.server import address, listening, serve_here
from recotour_vae.serving.settings import ServiceSettings
from recotour_vae.serving.team import serve_together

SETTINGS = ServiceSettings(port=0, timeout=LIMIT, patience=LIMIT)
TWO = ServiceSettings(port=0, timeout=LIMIT, patience=LIMIT, workers=2)

pytestmark = pytest.mark.slow


def asked_and_ended(where: str, found: list[object]) -> None:
    """Ask once, and tell this process to stop, as a system does."""
    try:
        host, _, port = where.rpartition("//")[2].rpartition(":")
        connection = HTTPConnection(host, int(port), timeout=LIMIT)
        connection.request("POST", "/recommend", json.dumps({"history": [3], "k": 2}))
        found.append(json.loads(connection.getresponse().read())["measure"])
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def visitor(taken, found):
    """Give what sends somebody to ask when the service has begun."""

    def begin(*_):
        threading.Thread(target=asked_and_ended, args=(address(taken), found)).start()

    return begin


@pytest.fixture(autouse=True)
def signals_as_before():
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
    yield
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)] == before


def test_no_answer_waits_for_an_acknowledgement():
    """Nagle's algorithm is off for who connects, which asyncio sees to where a socket is of TCP."""
    found = []

    def met(_, writer):
        at = writer.get_extra_info("socket")
        found.append(at.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def visit():
        with listening(SETTINGS) as taken:
            async with await asyncio.start_server(met, sock=taken):
                reader, writer = await asyncio.open_connection(*taken.getsockname())
                await reader.read()
                writer.close()

    asyncio.run(visit())
    assert found[0] > 0


def test_one_process_answers_until_it_is_told_to_stop(tmp_path):
    folder, found = kept(tmp_path / "run"), []
    taken = listening(SETTINGS)
    serve_here(folder, SETTINGS, taken, began=visitor(taken, found))
    assert found == ["score"]


@pytest.mark.processes
def test_several_processes_answer_until_they_are_told_to_stop(tmp_path):
    folder, found = kept(tmp_path / "run"), []
    taken = listening(TWO)
    serve_together(folder, TWO, taken, began=visitor(taken, found))
    assert found == ["score"]


@pytest.mark.processes
def test_processes_that_cannot_begin_say_why(tmp_path):
    with pytest.raises(CheckpointError, match="holds no trained model"):
        serve_together(tmp_path, TWO, listening(TWO))


class Process:
    """A process that has ended."""

    def __init__(self, *_, **__):
        self.exitcode, self.sentinel = -9, os.open(os.devnull, os.O_RDONLY)

    def start(self): ...
    def join(self, *_): ...
    def terminate(self): ...

    def is_alive(self):
        return False


def test_processes_that_end_before_they_answer_are_not_started_for_ever(tmp_path, monkeypatch):
    context = team.multiprocessing.get_context("spawn")
    monkeypatch.setattr(type(context), "Process", Process)
    with pytest.raises(WorkerError, match=r"ended before it could answer \(exit status -9\)"):
        serve_together(tmp_path, TWO, listening(TWO))


def test_an_address_of_the_sixth_version_is_written_in_brackets():
    try:
        taken = listening(ServiceSettings(host="::1", port=0))
    except Exception as error:
        pytest.skip(f"no IPv6 here: {error}")
    with taken:
        assert address(taken).startswith("http://[::1]:")
