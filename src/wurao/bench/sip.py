"""``wurao bench sip``: CPU a call inside Kamailio, against one that only answers 404 and one with native hash tables.

Every Kamailio runs with tlsf and is called by the same sipp with the same calls; all of them answer 404 to wanted and
603 to unwanted ones. The native one looks up what ours does – wish, pair, risk, range – with keys that spread well,
without policy, overlay or record. CPU is user and system time of its workers (/proc), sockets included.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click
import msgspec
import numpy as np

from wurao.bench import sip_parts, sip_world
from wurao.bench.decide import U64, Sizes
from wurao.bench.measure import RUNS, Figures, machine
from wurao.bench.sip_calls import SCENARIO, calling, probe, wait_for
from wurao.bench.sip_switch import BRIDGE, HEADERS, NULL, WURAO, Kind, Running, collected, cpu_s, native, running

LOAD_RATE: Final = 2_000
"""Calls a second beside which waiting is measured: well below what one worker can answer."""
LOAD_S: Final = 6
GROWING: Final = (1_000_000, 20_000_000, 100_000_000)
"""Numbers with a level at which --long says how the cost grows."""

options = [
    click.Option(["--risks"], type=int, help="Numbers with a level (default 1 M, --long 20 M)."),
    click.Option(["--wishes"], type=int, help="Subscribers (default 2 M, --long 50 M)."),
]


class Measured(msgspec.Struct, frozen=True):
    """CPU microseconds a call, and milliseconds that 99 of 100 calls waited at most."""

    cpu_us: float
    p99_ms: float


def sizes_of(risks: int, wishes: int, calls: int) -> Sizes:
    """Return sizes with as many ranges and pairs as a network of that size has."""
    return Sizes(risks, wishes, risks // 40, wishes // 5, calls, 0)


def run(long: bool, risks: int | None = None, wishes: int | None = None) -> Figures:  # noqa: FBT001
    """Measure null, native and wurao in turns, several times, then each part by itself, and return the figures."""
    n_risks, n_wishes = risks or (20_000_000 if long else 1_000_000), wishes or (50_000_000 if long else 2_000_000)
    sizes = sizes_of(n_risks, n_wishes, 200_000 if long else 40_000)
    with TemporaryDirectory(prefix="wurao-bench-") as name:
        folder = Path(name)
        world = sip_world.home(folder / "home", sizes)
        callers, callees, risky = sip_world.calls(sizes, world)
        sip_world.write_native(folder / "rows", callees, risky)
        _write(folder, callers, callees)
        kinds = (NULL, native(folder / "rows"), BRIDGE, HEADERS, WURAO)
        found = _in_turns(folder, kinds, sizes.calls)
        cpu = {name: round(median(one.cpu_us for one in runs), 2) for name, runs in found.items()}
        p99 = {name: round(median(one.p99_ms for one in runs), 3) for name, runs in found.items()}
        figures: Figures = {
            "bench": "sip",
            "machine": machine(),
            "sizes": msgspec.to_builtins(sizes) | {"native_rows": sip_world.NATIVE_ROWS},
            "runs": RUNS,
            "cpu_us_a_call": cpu,
            "p99_ms": p99,
            "times_null": round(cpu["wurao"] / cpu["null"], 2),
            "times_native": round(cpu["wurao"] / cpu["native"], 2),
            "p99_times_null": round(p99["wurao"] / p99["null"], 2),
            "workers": _workers(folder, sizes.calls),
            "parts_us": sip_parts.run(folder, sizes, callers, callees),
        }
    if long:
        figures["by_risks"] = _growing()
    return figures


def _write(folder: Path, callers: U64, callees: U64) -> None:
    sip_world.write_calls(folder / "calls.csv", callers, callees)
    (folder / "call.xml").write_text(SCENARIO)


def _in_turns(folder: Path, kinds: Iterable[Kind], calls: int) -> dict[str, list[Measured]]:
    """Measure each kind once a turn, so that what the machine does meanwhile meets all of them."""
    found: dict[str, list[Measured]] = {}
    with ExitStack() as stack:
        switches = {kind.name: stack.enter_context(running(folder, kind, folder / "home")) for kind in kinds}
        for _ in range(RUNS):
            for name, switch in switches.items():
                found.setdefault(name, []).append(_measure(folder, name, switch, calls))
    return found


def _measure(folder: Path, name: str, switch: Running, calls: int) -> Measured:
    cpu_us = _cpu_us(folder, name, switch, calls)
    with collected(folder / name / "rings"):
        load = calling(folder, switch.port, LOAD_RATE * LOAD_S, LOAD_RATE)
        waited = probe(switch.port, (folder / "calls.csv").read_text().splitlines()[1:])
        wait_for(load)
    return Measured(cpu_us, float(np.percentile(waited, 99)))


def _cpu_us(folder: Path, name: str, switch: Running, calls: int) -> float:
    rings = folder / name / "rings"
    with collected(rings):
        wait_for(calling(folder, switch.port, calls // 4, 0))  # pages of the tables come into memory
    spent = 0.0
    for _ in range(0, calls, 100_000):  # no more than a ring holds
        with collected(rings):
            before = cpu_s(switch.processes)
            wait_for(calling(folder, switch.port, min(calls, 100_000), 0))
            spent += cpu_s(switch.processes) - before
    return spent / calls * 1e6


def _workers(folder: Path, calls: int) -> Figures:
    """Return the CPU a call of one and of two workers on the same socket."""
    found: Figures = {}
    for workers in (1, 2):
        kind = WURAO._replace(name=f"workers-{workers}", workers=workers)
        with running(folder, kind, folder / "home") as switch:
            runs = [_cpu_us(folder, kind.name, switch, calls) for _ in range(RUNS)]
        found[str(workers)] = round(median(runs), 2)
    return found


def _growing() -> Figures:
    """Return the CPU a call at one size of tables after the other, null beside it."""
    found: Figures = {}
    for risks in GROWING:
        sizes = sizes_of(risks, 50_000_000, 100_000)
        with TemporaryDirectory(prefix="wurao-bench-") as name:
            folder = Path(name)
            world = sip_world.home(folder / "home", sizes)
            _write(folder, *sip_world.calls(sizes, world)[:2])
            measured = _in_turns(folder, (NULL, WURAO), sizes.calls)
            found[f"{risks:,}"] = {name: round(median(m.cpu_us for m in runs), 2) for name, runs in measured.items()}
    return found
