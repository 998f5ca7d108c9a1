"""``wurao bench http``: decisions a second over HTTP, one a request and 100, beside a handler that decides nothing.

`wurao serve` and a bare Litestar application with the same bodies run as processes of their own under the same server;
8 connections ask with distinct callers, 20 requests under way on each. A *burst* of batches fits into the ring;
*sustained* is measured until the last decision is in the history. The asker takes CPU of the same machine and says so.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click
import msgspec
import numpy as np
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, post
from litestar.params import JSONBody

from wurao.access import api_keys
from wurao.access.roles import Role
from wurao.bench.measure import RUNS, Figures, free_port, machine
from wurao.bench.sip_switch import cpu_s
from wurao.core.clock import SystemClock
from wurao.core.errors import StoreError
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.edge.http.bodies import BATCH_BYTES, BatchAnswer, BatchBody, DecideBody, DecisionBody
from wurao.edge.live.access import BookAccess
from wurao.edge.ring import RingReader
from wurao.store.book import Book
from wurao.store.home import Home

CONNECTIONS: Final = 8
UNDER_WAY: Final = 20
BATCH: Final = 100
_CALLERS: Final = 8613_500_000_000
_CALLEES: Final = 8613_900_000_000
_KNOWN: Final = 30_000
_EVERY: Final = 31
BURST: Final = 1_000
"""Batches of a burst: fewer decisions than a ring has slots."""
_PATIENCE_S: Final = 60
_PACE_S: Final = 0.005
_PROGRAM: Final = (sys.executable, "-c", "from wurao.cli import main; main()", "serve")
_BARE: Final = (sys.executable, "-c", "from wurao.bench.http import serve_bare; serve_bare()")
_START_TRIES: Final = 600
_OK: Final = b"HTTP/1.1 200"
_NOTHING: Final = DecisionBody("ring", 0, 0.0, "unknown", "unknown", "none", (), "-", "", "live", 1, 1)

options = [
    click.Option(["--requests"], type=int, help="Requests of one decision a run (default 20,000, --long 100,000)."),
]


class Measured(msgspec.Struct, frozen=True):
    """Decisions a second, CPU microseconds a decision of the server and of whoever asks."""

    per_s: float
    cpu_us: float
    asker_cpu_us: float


def run(long: bool, requests: int | None = None) -> Figures:  # noqa: FBT001
    """Measure both servers in turns, several times, and return the figures."""
    count = requests or (100_000 if long else 20_000)
    sizes = {"single": (1, count), "burst": (BATCH, min(count // 20, BURST)), "sustained": (BATCH, count // 4)}
    with TemporaryDirectory(prefix="wurao-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        key = _home(folder / "home")
        servers = {
            "bare": stack.enter_context(_running(folder, "bare", _BARE)),
            "wurao": stack.enter_context(_running(folder, "wurao", _PROGRAM)),
        }
        ring = RingReader(folder / "rings" / "service.ring")
        stack.callback(ring.close)
        found: dict[tuple[str, str], list[Measured]] = {}
        first = 0
        for part, (size, requests_) in sizes.items():  # what comes last leaves the service most to do afterwards
            for _ in range(RUNS):
                asked = _requests(key, first, requests_, size)
                first += size * requests_
                for kind, (port, process) in servers.items():
                    kept = ring if kind == "wurao" else None
                    found.setdefault((kind, part), []).append(_measure(port, process, asked, kept, part, size))
    return {
        "bench": "http",
        "machine": machine(),
        "sizes": {
            "requests": {part: requests_ for part, (_, requests_) in sizes.items()},
            "batch": BATCH,
            "connections": CONNECTIONS,
            "under_way": UNDER_WAY,
        },
        "runs": RUNS,
        "baseline": "a Litestar handler with the same bodies that decides nothing",
        **{part: _figures(found["wurao", part], found["bare", part]) for part in sizes},
    }


def _figures(ours: list[Measured], bare: list[Measured]) -> Figures:
    """Return medians; the ratio is the median of the runs' own, for a machine's speed changes between them."""
    return {
        "per_s": round(median(m.per_s for m in ours)),
        "cpu_us": round(median(m.cpu_us for m in ours), 2),
        "asker_cpu_us": round(median(m.asker_cpu_us for m in ours), 2),
        "bare_per_s": round(median(m.per_s for m in bare)),
        "bare_cpu_us": round(median(m.cpu_us for m in bare), 2),
        "times_bare": round(median(o.per_s / b.per_s for o, b in zip(ours, bare, strict=True)), 2),
        "times_bare_cpu": round(median(o.cpu_us / b.cpu_us for o, b in zip(ours, bare, strict=True)), 2),
    }


def _home(path: Path) -> str:
    """Make a home with subscribers and a number that is known of three; return a key that may ask."""
    home, clock = Home.create(path), SystemClock()
    now_us = clock.now_us()
    with home.lock():
        book = Book.at(home.book, clock)
        for number in range(_CALLEES, _CALLEES + 50):
            book.set_wish(number, strict_profile())
        known = range(_CALLERS, _CALLERS + _EVERY * _KNOWN, _EVERY)
        book.write_standing([Standing(n, "LISTED", 1.0, "imported", now_us, category="securities") for n in known])
        key = api_keys.issue(BookAccess(book), "bench", Role.EDGE, now_us)
        book.close()
    return key


def _requests(key: str, first: int, count: int, size: int) -> list[bytes]:
    rng = np.random.default_rng(first)
    callees = (_CALLEES + rng.integers(0, 50, count * size)).tolist()
    callers = range(_CALLERS + first, _CALLERS + first + count * size)
    calls = [{"caller": f"+{a}", "callee": f"+{b}"} for a, b in zip(callers, callees, strict=True)]
    bodies = calls if size == 1 else [{"calls": calls[at : at + size]} for at in range(0, len(calls), size)]
    path = "/v1/decide" if size == 1 else "/v1/decide/batch"
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    encoded = map(msgspec.json.encode, bodies)
    return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in encoded]


def _measure(port: int, process: int, asked: list[bytes], ring: RingReader | None, part: str, size: int) -> Measured:
    shares = [asked[at::CONNECTIONS] for at in range(CONNECTIONS)]
    began, spent, own = time.perf_counter(), cpu_s([process]), time.process_time()
    with ThreadPoolExecutor(CONNECTIONS) as askers:
        list(askers.map(lambda share: _ask(port, share), shares))
    took, own = time.perf_counter() - began, time.process_time() - own
    used = cpu_s([process]) - spent
    while ring is not None and len(ring.batch(1)):
        time.sleep(_PACE_S)
    if ring is not None and ring.lost:
        raise StoreError("decisions were lost: the ring was full")
    if part == "sustained":
        took, used = time.perf_counter() - began, cpu_s([process]) - spent
    decisions = len(asked) * size
    return Measured(decisions / took, used / decisions * 1e6, own / decisions * 1e6)


def _ask(port: int, requests: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port), _PATIENCE_S) as asking:
        for at in range(0, len(requests), UNDER_WAY):
            some = requests[at : at + UNDER_WAY]
            asking.sendall(b"".join(some))
            answered, last = 0, b""
            while answered < len(some):
                data = last + asking.recv(1 << 18)
                if len(data) == len(last) or b"HTTP/1.1 5" in data:
                    raise ConnectionError(data[-500:])
                answered += data.count(_OK)
                last = data[-len(_OK) + 1 :]


@contextmanager
def _running(folder: Path, kind: str, program: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    port = free_port()
    arguments = [*program, "--port", str(port)] if kind == "wurao" else [*program, str(port)]
    environment = {**os.environ, "WURAO_HOME": str(folder / "home"), "WURAO_RINGS": str(folder / "rings")}
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        for _ in range(_START_TRIES):
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


@post("/v1/decide", status_code=200, sync_to_thread=False)
def bare_decide(data: JSONBody[DecideBody]) -> DecisionBody:  # noqa: ARG001 - it is read, as ours is
    """Answer as the API does, without deciding."""
    return _NOTHING


@post("/v1/decide/batch", status_code=200, sync_to_thread=False, request_max_body_size=BATCH_BYTES)
def bare_batch(data: JSONBody[BatchBody]) -> BatchAnswer:
    """Answer as the API does, without deciding."""
    return BatchAnswer([_NOTHING] * len(data.calls))


def serve_bare() -> None:
    """Serve the bare handlers on the port given as argument, as `wurao serve` does its own."""
    app = Litestar([bare_decide, bare_batch], logging_config=None)
    uvloop.run(Server(app, "127.0.0.1", int(sys.argv[1]), interface=Interfaces.ASGI, log_enabled=False).serve())
