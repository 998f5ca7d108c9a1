"""Runs the features: DuckDB in this process by default, Spark where one machine is too small (extra ``scale``).

    with calls_in([Path("calls.parquet")], scratch) as calls:
        table = run(features(calls, WINDOWS["k20"]))

An engine is ``duckdb``, ``local`` or ``local[4]`` (Spark in this process) or ``spark://HOST:PORT``. Spark takes what
else it needs to know (memory, addresses) from its own ``spark-defaults.conf``.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import ibis
import pyarrow as pa

from wurao.core.errors import InputError
from wurao.detection.features.expressions import features
from wurao.detection.features.windows import WINDOWS
from wurao.store.lake import SILENT, Lake, reading

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MEMORY: Final = "4GB"
"""What DuckDB may hold before it spills to the scratch folder: about what 20 M calls take."""
_SPARK: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def calls_in(files: Sequence[Path], scratch: Path, engine: str = "duckdb") -> Iterator[ibis.Table]:
    """Give Parquet files of calls, as intake types them or the lake stores them, as one table on an engine.

    DuckDB spills to ``scratch``. Raises InputError for an engine that there isn't, or files that aren't such.
    """
    missing = next((file for file in files if not file.exists()), None)
    if missing or not files:
        raise InputError("there is no such file", where=str(missing or "no file"), mend="check the name")
    names = [str(file) for file in files]
    if engine == "duckdb":
        with duckdb.connect(config=limits(scratch)) as connection, _told(engine):
            connection.execute(SILENT)
            yield ibis.duckdb.from_connection(connection).read_parquet(names)
        return
    with _spark(engine) as session, _told(engine):
        session.read.parquet(*names).createOrReplaceTempView("calls")
        yield ibis.pyspark.connect(session).table("calls")


@contextmanager
def calls_of(lake: Lake, from_us: int | None = None, to_us: int | None = None) -> Iterator[ibis.Table]:
    """Give the calls of a lake that begin in [``from_us``, ``to_us``), journal included, as a table on DuckDB.

    Raises StoreError where a part is damaged.
    """
    with lake.connection() as connection:
        with reading():
            lake.relation(connection, "calls", from_us, to_us).create_view("calls")
        try:
            yield ibis.duckdb.from_connection(connection).table("calls")
        except duckdb.Error:
            with reading():  # parts are read when the table is: whatever else fails there is not the lake's fault
                raise


def since(calls: ibis.Table, instants: Mapping[bytes, int]) -> ibis.Table:
    """Return the calls of a lake without those that a caller (keyed id) began before its instant, microseconds UTC."""
    columns = {"its_id": pa.array(instants.keys(), pa.binary()), "since_us": pa.array(instants.values(), pa.int64())}
    known = ibis.memtable(pa.table(columns))
    joined = calls.left_join(known, calls.caller_id.cast("binary") == known.its_id)
    return joined.filter(joined.since_us.isnull() | (joined.start_us >= joined.since_us)).drop("its_id", "since_us")


def run(expression: ibis.Table) -> pa.Table:
    """Return what a table expression comes to, on the engine it stands on."""
    table: pa.Table = expression.to_pyarrow()
    return table


def by_window(calls: ibis.Table) -> Callable[[str], pa.Table]:
    """Return the port through which scoring asks for features: a window's name → its features, computed once."""
    known: dict[str, pa.Table] = {}

    def ask(window: str) -> pa.Table:
        if window not in known:
            known[window] = run(features(calls, WINDOWS[window]))
        return known[window]

    return ask


def limits(scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Return what DuckDB may take: memory, threads, and where it spills."""
    return {
        "memory_limit": MEMORY,
        "threads": len(os.sched_getaffinity(0)),
        "temp_directory": str(scratch),
        "preserve_insertion_order": False,
    }


@contextmanager
def _spark(master: str) -> Iterator["SparkSession"]:
    if not master.startswith(("local", "spark://")):
        raise InputError(f"there is no engine '{master}'", mend="duckdb, local, local[N] or spark://HOST:PORT")
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise InputError("Spark isn't installed", mend="pip install 'wurao[scale]'") from None
    builder = SparkSession.builder.appName("wurao").master(master)
    for name, value in _SPARK.items():
        builder = builder.config(name, value)
    with _told(master):
        session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def _told(engine: str) -> Iterator[None]:
    """Turn what an engine says about its input or itself into an InputError of one line."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("duckdb", "_duckdb", "pyspark", "py4j", "ibis")):
            raise
        told = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f"{engine} couldn't: {told[0][:200]}", mend="see the line above") from error
