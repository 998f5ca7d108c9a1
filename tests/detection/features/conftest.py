"""Calls to compute features of, and a real standalone Spark on loopback: a master and two workers."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wurao.core.clock import HOUR_US

MONDAY_US = 1_785_715_200_000_000
"""2026-08-03 08:00 in China."""
FIRST = 8_613_800_000_000
START_S = 60
CONF = """spark.driver.memory 512m
spark.executor.memory 512m
spark.cores.max 2
spark.sql.shuffle.partitions 2
spark.sql.adaptive.enabled false
"""
"""Little data on two small executors: what is tuned for much would only wait."""


def environment(folder: Path) -> dict[str, str]:
    """What every process of the cluster and its driver gets."""
    conf = folder / "conf"
    conf.mkdir(exist_ok=True)
    (conf / "spark-defaults.conf").write_text(CONF)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    return kept | {
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # lives for seconds, on two cores
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
    }


def spark_home() -> Path:
    """Return where pyspark brings Spark itself; skips where Spark or Java isn't there."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        pytest.skip("no pyspark: pip install 'wurao[scale]'")
    if shutil.which("java") is None:
        pytest.skip("no Java: apt-get install openjdk-17-jre-headless")
    return Path(spec.origin).parent


@contextmanager
def standalone(folder: Path) -> Iterator[str]:
    """Give the address of a master with two workers of one core and 512 MB."""
    with ExitStack() as stack:

        def start(name: str, role: str, *arguments: str) -> Path:
            log = folder / f"{name}.log"
            command = [spark_home() / "bin/spark-class", f"org.apache.spark.deploy.{role}", *arguments]
            command += ["--host", "127.0.0.1", "--webui-port", "0"]
            with log.open("wb") as out:
                process = subprocess.Popen(command, stdout=out, stderr=out, env=environment(folder))
            stack.callback(_end, process)
            return log

        master = _told(start("master", "master.Master", "--port", "0"), r"Starting Spark master at (spark://\S+)")
        for name in ("first", "second"):
            start(name, "worker.Worker", "--cores", "1", "--memory", "512m", master)
        for name in ("first", "second"):
            _told(folder / f"{name}.log", r"(Successfully registered)")
        yield master


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _told(log: Path, pattern: str) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    pytest.fail(f"Spark didn't start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a Spark with two workers, and the environment that its driver needs."""
    folder = tmp_path_factory.mktemp("spark")
    with standalone(folder) as master:
        yield master, environment(folder)


def some_calls(rows: int, numbers: int, seed: int) -> pa.Table:
    """Calls among few numbers over three days, many in the same second, with holes wherever there may be one."""
    rng = np.random.default_rng(seed)
    caller, callee = FIRST + rng.integers(0, numbers, (2, rows)) ** 2

    def holed(values: object, kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind, mask=rng.random(rows) < 0.1)

    def chosen(*texts: str) -> pa.Array:
        return holed(np.array(texts)[rng.integers(0, len(texts), rows)], pa.string())

    talked = rng.random(rows) < 0.5
    return pa.table(
        {
            "call_id": holed([f"c{i}" for i in rng.permutation(rows)], pa.string()),
            "caller": pa.array(np.where(rng.random(rows) < 0.02, 0, caller), pa.uint64()),
            "callee": pa.array(callee, pa.uint64()),
            "start_us": MONDAY_US + rng.integers(0, 72 * 60, rows) * (HOUR_US // 60),
            "ring_ms": holed(rng.integers(0, 60_000, rows), pa.int32()),
            "talk_ms": holed(np.where(talked, rng.integers(1, 90_000, rows), 0), pa.int32()),
            "disposition": chosen("answered", "no_answer", "busy", "cancelled"),
            "released_by": chosen("caller", "callee", "network"),
            "ingress": chosen("trunk-1", "trunk-2"),
            "user_agent": chosen("a", "b", "c"),
            "attestation": chosen("A", "B", "C"),
            "imei_tac": chosen("35332711", "86000000"),
            "cells": holed(rng.integers(1, 9, rows), pa.int32()),
        }
    )


@pytest.fixture
def calls() -> Callable[..., pa.Table]:
    return some_calls
