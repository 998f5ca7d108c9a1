"""What ``wurao bench sip`` is judged by: homes of any size, native tables of the same numbers, calls between them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from wurao.bench import decide
from wurao.bench.decide import U64, Sizes, World
from wurao.screening.compiled_policy import NEVER, CompiledPolicy, Settings

NATIVE_ROWS: Final = 300_000
"""Rows of each native table; a Kamailio takes a minute and a gigabyte for a million of them."""
_SEED: Final = 5
_COLUMNS: Final = "key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n"


def policy() -> CompiledPolicy:
    """Return the policy that calls are judged under: rejects by list, by system, none."""
    rows = ((60, NEVER, NEVER, NEVER), (60, NEVER, NEVER, 150), (40, NEVER, NEVER, 100))
    return CompiledPolicy((Settings(rows, answer="redirect"),))


def dialled(numbers: U64) -> list[str]:
    """Return Chinese numbers as they are dialled at home."""
    return [str(number)[2:] for number in numbers.tolist()]


def home(folder: Path, sizes: Sizes, *, live: bool = True) -> World:
    """Make a home with tables of these sizes, and its overlay filled where it is ``live``."""
    return decide.home(folder, np.random.default_rng(_SEED), sizes, policy(), live=live)


def calls(sizes: Sizes, world: World) -> tuple[U64, U64, U64]:
    """Return callers and callees, a third of the callers with a level, everyone called enrolled; and the risky ones."""
    rng = np.random.default_rng(_SEED + 1)
    risky = rng.choice(world.risks, min(NATIVE_ROWS, sizes.risks), replace=False)
    called = rng.choice(world.subscribers, min(NATIVE_ROWS, sizes.wishes), replace=False)
    known = rng.random(sizes.calls) < 1 / 3
    callers = np.where(known, rng.choice(risky, sizes.calls), rng.choice(called, sizes.calls))
    return callers, rng.choice(called, sizes.calls), risky


def write_calls(path: Path, callers: U64, callees: U64) -> None:
    """Write calls as sipp reads them."""
    lines = (f"{caller};{callee};" for caller, callee in zip(dialled(callers), dialled(callees), strict=True))
    path.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n")


def write_native(folder: Path, callees: U64, risky: U64) -> None:
    """Write the rows of the native tables; their keys are random numbers, so they spread well."""
    folder.mkdir()
    (folder / "version").write_text("table_name(string) table_version(int)\nwish:2\npair:2\nrisk:2\nrange:2\n")
    rng = np.random.default_rng(_SEED + 2)
    called = np.unique(callees)
    ones, others = dialled(rng.choice(called, len(risky))), dialled(rng.choice(risky, len(risky)))
    _write(folder / "wish", dialled(called))
    _write(folder / "risk", dialled(risky))
    _write(folder / "pair", {f"{one}:{other}" for one, other in zip(ones, others, strict=True)})
    _write(folder / "range", {number[:7] for number in dialled(rng.choice(risky, len(risky) // 10))})


def _write(path: Path, keys: Iterable[str]) -> None:
    with path.open("w") as file:
        file.write(_COLUMNS)
        # the text database ends a field at a colon unless it is escaped
        file.writelines(f"{key.replace(':', chr(92) + ':')}:0:1:5:0\n" for key in keys)
