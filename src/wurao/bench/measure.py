"""What every benchmark states: the machine, and medians of several runs."""

import os
import platform
import resource
import socket
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

RUNS = 3
Figures = dict[str, object]
_T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""Student's 97.5 % quantile by number of seeds."""


def machine() -> Figures:
    """Return CPU model, cores and memory; a figure without them says nothing."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            model = line.partition(":")[2].strip()
            break
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(pages / 1e9, 1),
        "python": platform.python_version(),
    }


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of this machine that nobody listens on right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def seconds(work: Callable[[], object]) -> float:
    """Return how long one run takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(runs: Iterable[Callable[[], object]]) -> float:
    """Return the median seconds of several runs, each given its own fresh input."""
    return statistics.median(seconds(run) for run in runs)


def student(values: Sequence[float]) -> list[float]:
    """Return the mean of a figure over seeds, and both ends of its 95 % interval: the mean where there is one seed."""
    n, mean = len(values), statistics.fmean(values)
    half = _T.get(n, 2.0) * statistics.stdev(values) / n**0.5 if n > 1 else 0.0
    return [round(mean, 4), round(mean - half, 4), round(mean + half, 4)]


def peak_gb() -> float:
    """Return the largest resident size of this process so far, mapped files included, in 10^9 bytes."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)
