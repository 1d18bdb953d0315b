"""A service as it is started: stopped, swapped and killed while it is asked."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from processes import COMMAND, LIMIT, run_bounded, wait_until
from serving_clients import SPLIT, TITLES, Alive, alive, crowd, items, random_history
from test_serving_swapping import kept, lead

from recotour_vae import cli
from recotour_vae.runs import liked_by, open_run, recommend

pytestmark = [pytest.mark.slow, pytest.mark.processes]

CLIENTS = 4


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs."""
    folder = tmp_path_factory.mktemp("runs")
    kept(folder / "first")
    kept(folder / "second", 30.0)
    return folder


@pytest.fixture(scope="module")
def lists(runs):
    """The list that each run gives to each history, by the version of its model."""
    found = {}
    for name in ("first", "second"):
        run = open_run(runs / name)
        found[name] = {
            seed: recommend(run, liked_by(run, random_history(seed)), 4)["item"]
            .astype(str)
            .tolist()
            for seed in range(50)
        }
    return found


def trace(said: str) -> bool:
    return "Traceback" in said or "Error" in said


def test_it_answers_what_recommend_gives_and_ends_well(runs, lists):
    with alive(runs / "first") as service:
        connection = service.connect()
        for seed, wanted in lists["first"].items():
            status, answer = service.post({"history": random_history(seed), "k": 4}, connection)
            assert (status, items(answer)) == (200, wanted)
        assert json.loads(service.text("/health"))["items"] == SPLIT.n_items
        assert TITLES[0] in service.text("/")
        status, said = service.stop()
        assert (status, said) == (0, "")


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["one", "team"])
def test_what_has_begun_when_it_is_told_to_stop_is_answered(runs, words):
    with alive(runs / "first", "--patience", str(LIMIT), *words) as service:
        body = json.dumps({"history": ["id:3"], "k": 2}).encode()
        with half_sent(service, body) as (connection, rest):
            os.kill(service.process.pid, signal.SIGTERM)
            wait_until(lambda: refuses(service), "it takes no new connections")
            connection.sendall(rest)
            answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 200")
        assert len(json.loads(answer.rpartition(b"\r\n\r\n")[2])["items"]) == 2
        _, said = service.process.communicate(timeout=LIMIT)
        assert (service.process.returncode, said) == (0, "")
        wait_until(lambda: not service.family.living(), "all processes have ended")


@contextmanager
def half_sent(service: Alive, body: bytes) -> Iterator[tuple[socket.socket, bytes]]:
    """Begin a request, until the service has begun to read it and asks for the rest."""
    head = f"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection((service.host, service.port), LIMIT) as connection:
        connection.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
        found = b""
        while b"\r\n\r\n" not in found:
            found += connection.recv(1)
        assert found.startswith(b"HTTP/1.1 100")
        connection.sendall(body[:5])
        yield connection, body[5:]


def everything(connection: socket.socket) -> bytes:
    """Read until the other side closes."""
    found = b""
    while part := connection.recv(2**16):
        found += part
    return found


def refuses(service) -> bool:
    try:
        socket.create_connection((service.host, service.port), LIMIT).close()
    except ConnectionRefusedError:
        return True
    return False


def test_ctrl_c_ends_it_well(runs):
    with alive(runs / "first") as service:
        service.post({"history": ["id:3"]})
        assert service.stop(signal.SIGINT) == (0, "")


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["one", "team"])
def test_another_model_takes_its_place_and_no_request_is_lost(runs, lists, tmp_path, words):
    link = tmp_path / "current"
    lead(link, runs / "first")
    seen: dict[str, set[str]] = {}
    with alive(link, "--watch", "0.05", *words) as service:
        connections = [service.connect() for _ in range(CLIENTS)]
        names = {}

        def once(number: int) -> None:
            seed = number * 10 + len(seen) % 10
            asked = {"history": random_history(seed), "k": 4}
            status, answer = service.post(asked, connections[number])
            assert status == 200, answer
            fits = {name for name, known in lists.items() if known[seed] == items(answer)}
            assert fits, "a list of neither model"
            seen.setdefault(answer["model"], fits).intersection_update(fits)
            names.setdefault(answer["model"], threading.Event()).set()

        with crowd(CLIENTS, once) as wrong:
            for swap in range(4):
                lead(link, runs / ("second" if swap % 2 == 0 else "first"))
                wanted = swap + 1
                enough = wanted * (2 if words else 1)
                wait_until(
                    lambda enough=enough: wrong or service.counted("swaps_total") >= enough,
                    "the other model is served",
                )
        assert wrong == []
        assert len(names) == 2
        assert sorted(map(sorted, seen.values())) == [["first"], ["second"]]
        assert service.counted("failed_swaps_total") == 0
        status, said = service.stop()
        assert status == 0
        assert not trace(said)


def test_a_process_that_is_killed_is_replaced_and_nobody_hangs(runs):
    with alive(runs / "first", "--workers", "2") as service:
        answered = []

        def once(number: int) -> None:
            status, answer = service.post({"history": random_history(number), "k": 3})
            answered.append(status)
            assert status == 200, answer

        with crowd(CLIENTS, once) as wrong:
            wait_until(lambda: len(answered) > 20, "some are answered")
            before = len(answered)
            killed = workers(service)[0]
            os.kill(killed, signal.SIGKILL)
            wait_until(lambda: len(answered) > before + 20, "others are answered")
            wait_until(lambda: len({*workers(service)} - {killed}) == 2, "another has begun")
            wait_until(lambda: service.counted_if("workers") == 2, "both answer again")
        # Who was talking to the killed process knows at once; everybody else is answered.
        assert all(isinstance(one, OSError | HTTPException) for one in wrong), wrong
        assert not any(isinstance(one, TimeoutError) for one in wrong), "somebody waited in vain"
        assert len(wrong) <= CLIENTS
        assert set(answered) == {200}
        status, said = service.stop()
        assert status == 0
        assert said.count("ended (exit status -9); another takes its place.") == 1
        assert not trace(said)


def workers(service) -> list[int]:
    """The processes of a team that answer."""
    found = []
    for number in service.family.living():
        with suppress(OSError):  # it has just ended
            if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes():
                found.append(number)
    return found


def test_workers_end_with_the_process_that_started_them(runs):
    with alive(runs / "first", "--workers", "2") as service:
        assert len(workers(service)) == 2
        os.kill(service.process.pid, signal.SIGKILL)
        wait_until(lambda: not service.family.living(), "nobody is left")


def test_who_sends_nothing_or_half_a_request_is_not_waited_for(runs):
    with alive(runs / "first", "--patience", "0.5") as service:
        for sent in (b"", b"POST /recomm", b"POST /recommend HTTP/1.1\r\nHost: x\r\n"):
            with socket.create_connection((service.host, service.port), LIMIT) as connection:
                connection.sendall(sent)
                assert everything(connection) == b""
        with half_sent(service, b'{"history": ["id:3"]}') as (connection, _):
            answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"did not come within 0.5 seconds" in answer
        assert service.stop() == (0, "")


def test_what_is_no_http_or_too_long_is_refused(runs):
    with alive(runs / "first") as service:
        for sent in (
            b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
            b"GET / HTTP/1.1\r\nx: " + b"x" * 2**16,
        ):
            with socket.create_connection((service.host, service.port), LIMIT) as connection:
                connection.sendall(sent)
                assert everything(connection).startswith(b"HTTP/1.1 400")
        long = b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n"
        with socket.create_connection((service.host, service.port), LIMIT) as connection:
            connection.sendall(long)
            found = b""
            while b"}" not in found:
                found += connection.recv(2**16)
        assert found.startswith(b"HTTP/1.1 413")
        assert service.post({"history": ["id:3"]})[0] == 200
        assert service.stop() == (0, "")


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["one", "team"])
def test_a_folder_without_a_model_is_refused_in_a_sentence(tmp_path, words):
    ended = run_bounded([*COMMAND, "serve", tmp_path, "--port", "0", *words])
    assert (ended.returncode, ended.stdout) == (2, "")
    wanted = f"error: {tmp_path} holds no trained model; make one with recotour-vae train --out"
    assert ended.stderr.startswith(wanted)
    assert ended.stderr.count("\n") == 1


def test_an_address_that_is_taken_is_refused_in_a_sentence(runs, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["serve", str(runs / "first"), "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"error: 127.0.0.1:{port} cannot be listened on (Address already in use);" in said
