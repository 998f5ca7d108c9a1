"""``wurao bench line``: decisions a second over one unix connection, beside a server that decides nothing.

`wurao edge` runs as a process of its own, with tables of these sizes and its ring. Asked without waiting (4,000 calls
under way) for the rate, one after the other for the time a call waits.
"""

import asyncio
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click
import msgspec
import numpy as np

from wurao.bench import decide
from wurao.bench.decide import Sizes, World
from wurao.bench.measure import RUNS, Figures, machine
from wurao.bench.sip_switch import collected, cpu_s
from wurao.bench.sip_world import dialled, policy
from wurao.edge.line.answering import UNDECIDED

AT_ONCE: Final = 4_000
SINGLE: Final = 5_000
CALLS: Final = 100_000
"""Calls of one run: fewer than a ring has slots."""
_BARE: Final = "{} {} {} {} {}\n".format(*UNDECIDED).encode()
_PROGRAM: Final = (sys.executable, "-c", "from wurao.cli import main; main()", "edge")
_START_TRIES: Final = 600

options = [
    click.Option(["--risks"], type=int, help="Numbers with a level (default 1 M, --long 20 M)."),
    click.Option(["--wishes"], type=int, help="Subscribers (default 2 M, --long 50 M)."),
]


class Measured(msgspec.Struct, frozen=True):
    """Calls a second, the server's CPU microseconds a call, milliseconds that 99 of 100 single calls waited at most."""

    per_s: float
    cpu_us: float
    p99_ms: float


def run(long: bool, risks: int | None = None, wishes: int | None = None) -> Figures:  # noqa: FBT001
    """Measure both servers in turns, several times, and return the figures."""
    n_risks, n_wishes = risks or (20_000_000 if long else 1_000_000), wishes or (50_000_000 if long else 2_000_000)
    sizes = Sizes(n_risks, n_wishes, n_risks // 40, n_wishes // 5, CALLS, 0)
    rng = np.random.default_rng(5)
    with TemporaryDirectory(prefix="wurao-bench-") as name:
        folder = Path(name)
        lines = _lines(rng, decide.home(folder / "home", rng, sizes, policy()))
        found: dict[str, list[Measured]] = {"bare": [], "wurao": []}
        with _edge(folder) as ours, _bare(folder) as bare:
            for _ in range(RUNS):
                for kind, process in (("bare", bare), ("wurao", ours)):
                    with collected(folder / "rings"):
                        found[kind].append(_measure(folder / kind, process, lines))
    figures = {kind: [msgspec.structs.astuple(one) for one in measured] for kind, measured in found.items()}
    medians = {
        kind: Measured(*(median(column) for column in zip(*rows, strict=True))) for kind, rows in figures.items()
    }
    return {
        "bench": "line",
        "machine": machine(),
        "sizes": msgspec.to_builtins(sizes),
        "runs": RUNS,
        "at_once": AT_ONCE,
        "baseline": "the same asyncio line server answering ring without deciding",
        **{
            kind: {name: round(value, 3) for name, value in msgspec.to_builtins(one).items()}
            for kind, one in medians.items()
        },
        "times_bare": round(medians["wurao"].per_s / medians["bare"].per_s, 2),
    }


def _lines(rng: np.random.Generator, world: World) -> list[bytes]:
    """Return the questions: a third of the callers have a level, everyone called is enrolled."""
    callees = rng.choice(world.subscribers, CALLS)
    callers = np.where(rng.random(CALLS) < 1 / 3, rng.choice(world.risks, CALLS), rng.choice(world.subscribers, CALLS))
    pairs = zip(dialled(callers), dialled(callees), strict=True)
    return [f"DECIDE {caller} {callee} west\n".encode() for caller, callee in pairs]


def _measure(path: Path, process: int, lines: list[bytes]) -> Measured:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(path))
        began, spent = time.perf_counter(), cpu_s([process])
        asked = [b"".join(lines[at : at + AT_ONCE // 2]) for at in range(0, CALLS, AT_ONCE // 2)]
        waiting = answered = 0
        for chunk in asked:
            asking.sendall(chunk)
            waiting += AT_ONCE // 2
            while waiting - answered > AT_ONCE // 2:
                answered += asking.recv(1 << 18).count(b"\n")
        while answered < CALLS:
            answered += asking.recv(1 << 18).count(b"\n")
        per_s, cpu_us = CALLS / (time.perf_counter() - began), (cpu_s([process]) - spent) / CALLS * 1e6
        return Measured(per_s, cpu_us, float(np.percentile([_wait(asking, line) for line in lines[:SINGLE]], 99)))


def _wait(asking: socket.socket, line: bytes) -> float:
    began = time.perf_counter()
    asking.sendall(line)
    asking.recv(4096)
    return (time.perf_counter() - began) * 1e3


@contextmanager
def _edge(folder: Path) -> Iterator[int]:
    """Run the edge; yields its process id."""
    path = folder / "wurao"
    environment = {**os.environ, "WURAO_HOME": str(folder / "home"), "WURAO_RINGS": str(folder / "rings")}
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*_PROGRAM, "--line", str(path)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _until_there(path)
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def _bare(folder: Path) -> Iterator[int]:
    path = folder / "bare"
    process = multiprocessing.get_context("fork").Process(target=_serve_bare, args=(path,), daemon=True)
    process.start()
    try:
        _until_there(path)
        assert process.pid  # noqa: S101 - it was started
        yield process.pid
    finally:
        process.kill()
        process.join()


def _until_there(path: Path) -> None:
    for _ in range(_START_TRIES):
        if path.exists():
            return
        time.sleep(0.1)
    raise TimeoutError(path)


def _serve_bare(path: Path) -> None:
    asyncio.run(_bare_until_killed(path))


async def _bare_until_killed(path: Path) -> None:
    server = await asyncio.get_running_loop().create_unix_server(Bare, str(path))
    await server.serve_forever()


class Bare(asyncio.Protocol):
    """Answers every line as the line protocol does, without deciding."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer over this connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - streams have no other
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole line."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._transport.write(b"".join(map(self._answer, lines)))

    def _answer(self, _line: bytes) -> bytes:
        return _BARE
