"""How long a service takes to answer one person, and how many it answers in a second.

Usage:
  python benchmarks/serving.py
  python benchmarks/serving.py --items 3500 --clients 1 8 --workers 1 --seconds 5

For each number of items a run of Mult-VAE (600, 200, 600) with drawn weights is kept in a folder:
what it recommends is nonsense, and takes as long as anything else. `recotour-vae serve` serves it,
and as many clients as asked, in a process of its own, each post one history of twenty items after
another over a connection that stays open. The clients take part of the machine, as they do not in
life. Writes results/bench-serving.csv, a row a size, number of processes and number of clients:

  p50_ms, p99_ms  time from sending a request to having read all of its answer
  a_second        requests answered
  together        people whose scores were computed at once, on average
  failed          requests that were not answered with a list
"""

import argparse
import asyncio
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import numpy as np
import pandas as pd
from report import versions, write

OUT: Final = Path(__file__).parents[1] / "results" / "bench-serving.csv"
HISTORY, K, WARM = 20, 10, 20  # items, items, requests of each client that are not counted
PACKAGES: Final = ("torch", "starlette", "uvicorn")


def keep(n_items: int, folder: Path) -> None:
    """Leave a run of so many items, whose weights were drawn."""
    from shapes import Shape, draw_clicks

    from recotour_vae.models.config import ModelConfig
    from recotour_vae.models.pytorch import make_model
    from recotour_vae.models.saved import save_network
    from recotour_vae.runs import keep_data
    from recotour_vae.runs.layout import BEST
    from recotour_vae.splits import HeldOut, Split

    model = make_model(ModelConfig(), n_items)
    folder.mkdir(parents=True)
    save_network(folder / BEST, model.arrays(), ModelConfig(), n_items, recommender="mult-vae")
    clicks = draw_clicks(Shape(2_000, n_items, 40_000))
    nobody = HeldOut(np.arange(0), clicks[:0], clicks[:0])
    split = Split(np.arange(n_items), np.arange(clicks.shape[0]), clicks, nobody, nobody)
    keep_data(folder, split, [f"Item {item}" for item in range(n_items)])


@contextmanager
def served(folder: Path, workers: int) -> Iterator[str]:
    """Start a service, and give its address."""
    words = [str(folder), "--port", "0", "--workers", str(workers), "--watch", "0"]
    command = [sys.executable, "-m", "recotour_vae.cli", "serve", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"http://\S+:\d+", process.stdout.readline())
            assert found, "the service did not begin"
            yield found[0]
        finally:
            process.send_signal(signal.SIGTERM)


async def one_client(where: str, bodies: Sequence[bytes], seconds: float) -> list[float]:
    """Ask one thing after another; give the seconds of each, or minus one where it failed."""
    host, _, port = where.rpartition("//")[2].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    found, until = list[float](), float("inf")
    for turn in range(sys.maxsize):
        if turn == WARM:
            found, until = [], time.perf_counter() + seconds
        begun = time.perf_counter()
        if begun > until:
            writer.close()
            return found
        status = await asked(reader, writer, bodies[turn % len(bodies)])
        found.append(time.perf_counter() - begun if status == b"200" else -1.0)
    return found


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> bytes:
    """Send a request and read all of its answer; give the status."""
    head = f"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", answer)
    assert length
    await reader.readexactly(int(length[1]))
    return answer.split(b" ", 2)[1]


def histories(n_items: int, seed: int, n: int = 200) -> list[bytes]:
    """Draw what is asked."""
    rng = np.random.default_rng(seed)
    drawn = (rng.choice(n_items, HISTORY, replace=False).tolist() for _ in range(n))
    return [json.dumps({"history": one, "k": K}).encode() for one in drawn]


async def all_clients(where: str, n_items: int, clients: int, seconds: float) -> list[float]:
    """Have all of them ask at once."""
    tasks = (one_client(where, histories(n_items, seed), seconds) for seed in range(clients))
    return [one for found in await asyncio.gather(*tasks) for one in found]


def counted(where: str) -> tuple[float, float]:
    """Give how many people were scored, and in how many batches."""
    with urlopen(f"{where}/metrics") as answer:
        text = answer.read().decode()
    sums = re.search(r"people_together_sum (\S+)\n\S+ (\S+)", text)
    assert sums
    return float(sums[1]), float(sums[2])


def measure(where: str, n_items: int, clients: int, seconds: float) -> dict[str, Any]:
    """Ask for some seconds from a process of its own, and lay out what came of it."""
    people, batches = counted(where)
    words = ["--child", where, "--items", str(n_items), "--clients", str(clients)]
    command = [sys.executable, __file__, *words, "--seconds", str(seconds)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = np.asarray(json.loads(said))
    good, (people_now, batches_now) = found[found >= 0], counted(where)
    return {
        "clients": clients,
        "requests": len(good),
        "p50_ms": round(1000 * float(np.quantile(good, 0.5)), 2),
        "p99_ms": round(1000 * float(np.quantile(good, 0.99)), 2),
        "a_second": round(len(good) / seconds, 1),
        "together": round((people_now - people) / (batches_now - batches), 1),
        "failed": int((found < 0).sum()),
    }


def rows(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure each size, number of processes and number of clients."""
    from recotour_vae.runtime.processes import cores

    where_from = {"cores": cores(), "versions": versions(PACKAGES)}
    for n_items in asked.items:
        with tempfile.TemporaryDirectory() as place:
            keep(n_items, Path(place) / "run")
            for workers in asked.workers:
                with served(Path(place) / "run", workers) as where:
                    for clients in asked.clients:
                        row = measure(where, n_items, clients, asked.seconds)
                        yield {"items": n_items, "workers": workers} | row | where_from


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure a service.")
    parser.add_argument("--items", type=int, nargs="+", default=[3_500, 100_000])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        work = all_clients(asked.child, asked.items[0], asked.clients[0], asked.seconds)
        print(json.dumps(asyncio.run(work)))
        return 0
    write(pd.DataFrame(list(rows(asked))), asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
