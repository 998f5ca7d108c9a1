"""What each part of a decision costs in a worker's process: the same calls with one part left out at a time."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from wurao.bench import sip_world
from wurao.bench.decide import U64, Sizes
from wurao.bench.measure import Figures
from wurao.bench.sip_switch import collected
from wurao.core.clock import SystemClock
from wurao.edge.call_path import CallPath
from wurao.edge.kamailio._told import Told

TURNS: Final = 5
CALLS: Final = 40_000


def run(folder: Path, sizes: Sizes, callers: U64, callees: U64) -> Figures:
    """Return microseconds a call for a whole decision and for each part of it."""
    pairs = list(zip(sip_world.dialled(callers[:CALLS]), sip_world.dialled(callees[:CALLS]), strict=True))
    told = [f"{at:032d}1|{a.encode().hex()}|{b.encode().hex()}|" for at, (a, b) in enumerate(pairs)]
    without = {
        "overlay": (sizes, False),
        "ranges": (msgspec.structs.replace(sizes, ranges=0), True),
        "pairs": (msgspec.structs.replace(sizes, pairs=0), True),
    }
    homes = {"whole": folder / "home"}
    for part, (rest, live) in without.items():
        homes[part] = folder / f"without-{part}"
        sip_world.home(homes[part], rest, live=live)
    paths = {part: _path(home, folder / f"rings-{part}") for part, home in homes.items()}
    paths["ring"] = _path(folder / "home", folder / "rings-none", ring=False)
    spent: dict[str, list[float]] = {part: [] for part in (*paths, "reading the text")}
    for _ in range(TURNS):
        for part, path in paths.items():
            with collected(folder / f"rings-{part}"):
                spent[part].append(_us(partial(_decide, path, pairs), len(pairs)))
        spent["reading the text"].append(_us(partial(_read, told), len(told)))
    found = {part: median(runs) for part, runs in spent.items()}
    whole = found.pop("whole")
    reading = found.pop("reading the text")
    return {
        "reading the text": round(reading, 2),
        "decision with its record": round(whole, 2),
        **{f"of it {part}": round(whole - rest, 2) for part, rest in found.items()},
    }


def _path(home: Path, rings: Path, *, ring: bool = True) -> CallPath:
    path = CallPath(home, rings, SystemClock(), print)
    path.follow()
    if ring:
        path.open_ring("bench")
    return path


def _decide(path: CallPath, pairs: list[tuple[str, str]]) -> None:
    # a name of its own for each run: a call that is known already isn't decided again
    run = time.monotonic_ns()
    for at, (caller, callee) in enumerate(pairs):
        path.follow()
        path.screen(caller, callee, "", call=f"{run + at}")


def _read(told: list[str]) -> None:
    for text in told:
        Told(text)


def _us(work: Callable[[], None], calls: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / calls * 1e6
