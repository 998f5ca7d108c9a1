"""``wurao bench sip``: CPU a call inside Kamailio, against one that only answers 404 and one with native htables.

Every Kamailio runs with tlsf and one worker, is called by the same sipp with the same calls, and answers 404 to wanted
and 603 to unwanted ones. CPU is user and system time of its workers (/proc), sockets included; sipp runs beside them.
"""

import os
import shutil
import signal
import site
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click
import msgspec
import numpy as np

from wurao.bench import decide
from wurao.bench.decide import Sizes, World
from wurao.bench.measure import RUNS, Figures, free_port, machine
from wurao.core.errors import ConfigError
from wurao.edge.ring import RingReader, rings_in
from wurao.screening.compiled_policy import NEVER, CompiledPolicy, Settings

ROOT: Final = Path(__file__).parents[3]
DEPLOY: Final = ROOT / "deploy" / "kamailio"
HOST: Final = "127.0.0.1"
NATIVE_ROWS: Final = 300_000
"""Rows of each native htable; a Kamailio takes a minute and a gigabyte for a million of them."""
LOAD_RATE: Final = 2_000
"""Calls a second beside which waiting is measured: well below what one worker can answer."""
PROBED_S: Final = 6
PROBE_PAUSE_S: Final = 0.001
AT_ONCE: Final = 16
"""Calls under way while CPU is measured: the worker never idles and its socket never overflows."""
TICK_S: Final = 0.01
_START_TRIES: Final = 1_200

options = [
    click.Option(["--risks"], type=int, help="Numbers with a level (default 1 M, --long 20 M)."),
    click.Option(["--wishes"], type=int, help="Subscribers (default 2 M, --long 50 M)."),
]

_COMMON: Final = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
auto_aliases=no
sip_warning=0
disable_tcp=yes
listen=udp:127.0.0.1:{port}
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
{modules}
request_route {{
	if (is_method("ACK")) {{ exit; }}
	{route}
	sl_send_reply("404", "Not Found");
}}
"""
_NATIVE: Final = """loadmodule "db_text.so"
loadmodule "htable.so"
modparam("htable", "db_url", "text://{folder}")
modparam("db_text", "max_result_rows", 2000000)
modparam("htable", "htable", "risk=>size=18;dbtable=risk;")
modparam("htable", "htable", "wish=>size=18;dbtable=wish;")
"""
_NATIVE_ROUTE: Final = """if ($sht(wish=>$rU) != $null && $sht(risk=>$fU) != $null) {
		append_to_reply("Reason: Q.850;cause=21\\r\\n");
		sl_send_reply("603", "Decline");
		exit;
	}"""
_OURS: Final = """loadmodule "htable.so"
loadmodule "siputils.so"
loadmodule "kemix.so"
loadmodule "rtimer.so"
loadmodule "app_python3.so"
include_file "{deploy}/wurao.cfg"
"""
_SCENARIO: Final = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call">
    <send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:[field1]@[remote_ip]:[remote_port];user=phone SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@[local_ip];user=phone>;tag=[pid]-[call_number]
To: <sip:[field1]@[remote_ip];user=phone>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
P-Asserted-Identity: <tel:+86[field0]>
User-Agent: bench
Allow: INVITE,ACK,CANCEL,BYE,UPDATE,PRACK
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 40000 RTP/AVP 8 0 18 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
]]></send>
    <recv response="404" optional="true" rtd="1" next="1"/>
    <recv response="302" optional="true" rtd="1" next="1"/>
    <recv response="603" rtd="1"/>
    <label id="1"/>
    <send><![CDATA[
ACK sip:[field1]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>
"""
_PROBE: Final = (
    "{method} sip:{callee}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{port}-{at}\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:{caller}@127.0.0.1>;tag={at}\r\nTo: <sip:{callee}@127.0.0.1>\r\n"
    "Call-ID: probe-{port}-{at}\r\nCSeq: 1 {method}\r\nContact: <sip:127.0.0.1:{port}>\r\nContent-Length: 0\r\n\r\n"
)


class Measured(msgspec.Struct, frozen=True):
    """CPU microseconds a call, replies, and milliseconds that 99 of 100 calls waited at most."""

    cpu_us: float
    p99_ms: float


def run(long: bool, risks: int | None = None, wishes: int | None = None) -> Figures:  # noqa: FBT001
    """Measure null, native and wurao in turns, several times, and return the figures."""
    n_risks, n_wishes = risks or (20_000_000 if long else 1_000_000), wishes or (50_000_000 if long else 2_000_000)
    sizes = Sizes(n_risks, n_wishes, n_risks // 40, n_wishes // 5, 200_000 if long else 40_000, 0)
    with TemporaryDirectory(prefix="wurao-bench-") as name:
        folder = Path(name)
        native = _prepare(folder, sizes)
        kinds = {
            "null": ("", ""),
            "native": (_NATIVE.format(folder=native), _NATIVE_ROUTE),
            "wurao": (_OURS.format(deploy=DEPLOY), '$var(wurao_trunk) = "";\n\troute(WURAO);'),
        }
        found: dict[str, list[Measured]] = {kind: [] for kind in kinds}
        with ExitStack() as stack:
            running = {kind: stack.enter_context(_kamailio(folder, kind, *parts)) for kind, parts in kinds.items()}
            for _ in range(RUNS):
                for kind, (port, workers) in running.items():
                    found[kind].append(_measure(folder, port, workers, sizes.calls))
        cpu = {kind: median(m.cpu_us for m in measured) for kind, measured in found.items()}
        p99 = {kind: median(m.p99_ms for m in measured) for kind, measured in found.items()}
        return {
            "bench": "sip",
            "machine": machine(),
            "sizes": msgspec.to_builtins(sizes) | {"native_rows": NATIVE_ROWS},
            "runs": RUNS,
            "cpu_us_a_call": {kind: round(value, 2) for kind, value in cpu.items()},
            "p99_ms": {kind: round(value, 3) for kind, value in p99.items()},
            "times_null": round(cpu["wurao"] / cpu["null"], 2),
            "times_native": round(cpu["wurao"] / cpu["native"], 2),
            "p99_times_null": round(p99["wurao"] / p99["null"], 2),
        }


def _prepare(folder: Path, sizes: Sizes) -> Path:
    """Build the home, the calls and the native tables; return the folder of the latter."""
    rng = np.random.default_rng(5)
    (folder / "rows").mkdir()
    world = decide.home(folder / "home", rng, sizes, policy())
    _calls(folder, rng, sizes, world)
    (folder / "call.xml").write_text(_SCENARIO)
    return folder / "rows"


def _calls(folder: Path, rng: np.random.Generator, sizes: Sizes, world: World) -> None:
    """Write the calls: a third from numbers with a level, everyone called is enrolled; natively the same numbers."""
    risky = rng.choice(world.risks, min(NATIVE_ROWS, sizes.risks), replace=False)
    called = rng.choice(world.subscribers, min(NATIVE_ROWS, sizes.wishes), replace=False)
    callers = np.where(rng.random(sizes.calls) < 1 / 3, rng.choice(risky, sizes.calls), rng.choice(called, sizes.calls))
    callees = rng.choice(called, sizes.calls)
    lines = (f"{caller};{callee};" for caller, callee in zip(dialled(callers), dialled(callees), strict=True))
    (folder / "calls.csv").write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n")
    header = "key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n"
    (folder / "rows" / "version").write_text("table_name(string) table_version(int)\nrisk:2\nwish:2\n")
    for name, numbers in (("risk", risky), ("wish", called)):
        with (folder / "rows" / name).open("w") as file:
            file.write(header)
            file.writelines(f"{number}:0:1:5:0\n" for number in dialled(numbers))


def dialled(numbers: decide.U64) -> list[str]:
    """Return Chinese numbers as they are dialled at home."""
    return [str(number)[2:] for number in numbers.tolist()]


def policy() -> CompiledPolicy:
    """Return the policy that calls are judged under: rejects by list, by system, none."""
    rows = ((60, NEVER, NEVER, NEVER), (60, NEVER, NEVER, 150), (40, NEVER, NEVER, 100))
    return CompiledPolicy((Settings(rows, answer="redirect"),))


def _measure(folder: Path, port: int, workers: list[int], calls: int) -> Measured:
    with collected(folder / "rings"):
        _wait_for(_calling(folder, port, calls // 4, 0))  # pages of the tables come into memory
    with collected(folder / "rings"):
        before = cpu_s(workers)
        _wait_for(_calling(folder, port, calls, 0))
        cpu_us = (cpu_s(workers) - before) / calls * 1e6
    with collected(folder / "rings"):
        load = _calling(folder, port, LOAD_RATE * PROBED_S, LOAD_RATE)
        waited = _probe(port, (folder / "calls.csv").read_text().splitlines()[1:])
        _wait_for(load)
    return Measured(cpu_us, float(np.percentile(waited, 99)))


def _probe(port: int, calls: list[str]) -> list[float]:
    """Make one call after the other for a while, finer timed than sipp can; return how long each waited, in ms."""
    waited: list[float] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((HOST, port))
        asking.settimeout(1)
        own = asking.getsockname()[1]
        until = time.monotonic() + PROBED_S - 1
        for at, call in enumerate(calls):
            caller, callee, _ = call.split(";")
            invite = _PROBE.format(port=own, at=at, caller=caller, callee=callee, method="INVITE").encode()
            began = time.perf_counter()
            asking.send(invite)
            asking.recv(4096)
            waited.append((time.perf_counter() - began) * 1e3)
            asking.send(_PROBE.format(port=own, at=at, caller=caller, callee=callee, method="ACK").encode())
            if time.monotonic() > until:
                break
            time.sleep(PROBE_PAUSE_S)
    return waited


@contextmanager
def _kamailio(folder: Path, kind: str, modules: str, route: str) -> Iterator[tuple[int, list[int]]]:
    """Run one; yields its port and the ids of its processes."""
    program = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")
    if not program or not shutil.which("sipp"):
        raise ConfigError("no kamailio or sipp here", mend="apt-get install kamailio-python3-modules sip-tester")
    port, made = free_port(socket.SOCK_DGRAM), folder / kind
    made.mkdir()
    config = folder / f"{kind}.cfg"
    config.write_text(_COMMON.format(port=port, modules=modules, route=route))
    arguments = [program, "-x", "tlsf", "-X", "tlsf", "-m", "4096", "-M", "64", "-DD", "-E", "-f", str(config)]
    arguments += ["-P", str(folder / f"{kind}.pid"), "-Y", str(made), "-A", f'WURAO_SCRIPT="{DEPLOY}/wurao_kemi.py"']
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/bin",
        "WURAO_HOME": str(folder / "home"),
        "WURAO_RINGS": str(folder / "rings"),
        "WURAO_SITE": next(path for path in site.getsitepackages() if path.endswith("site-packages")),
    }
    with (folder / f"{kind}.log").open("ab") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd=folder, env=environment)  # noqa: S603 - ours
    workers: list[int] = []
    try:
        for _ in range(_START_TRIES):
            if process.poll() is not None:
                raise ConfigError(f"kamailio ended: {(folder / f'{kind}.log').read_text()[-2000:]}")
            if _answers(port):
                break
            time.sleep(0.1)
        workers += _children(process.pid)
        yield port, workers
    finally:
        process.kill()  # freeing its tables takes a Kamailio minutes, and nothing of it is needed
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        process.wait()


def _calling(folder: Path, port: int, calls: int, rate: int) -> subprocess.Popen[str]:
    """Start to make calls, at ``rate`` a second or (0) as fast as answers come."""
    pace = ["-r", str(rate), "-l", "1000"] if rate else ["-r", "100000", "-l", str(AT_ONCE)]
    whom = ["-i", HOST, "-p", str(free_port(socket.SOCK_DGRAM)), "-m", str(calls), f"{HOST}:{port}"]
    return subprocess.Popen(  # noqa: S603 - a program found by name, arguments of our own
        ["sipp", "-sf", "call.xml", "-inf", "calls.csv", "-nostdin", *pace, *whom],  # noqa: S607
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for(calling: subprocess.Popen[str]) -> None:
    _, said = calling.communicate()
    if calling.returncode:
        raise ConfigError(f"sipp failed ({calling.returncode}): {said[-500:]}")


@contextmanager
def collected(rings: Path) -> Iterator[None]:
    """Empty the rings of a folder afterwards, so that no call finds one full."""
    yield
    for path in rings_in(rings):
        reader = RingReader(path)
        while records := reader.read(10_000):
            reader.release(len(records))
        if reader.lost:
            raise ConfigError(f"{reader.lost} decisions found their ring full")
        reader.close()


def _children(parent: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def cpu_s(processes: list[int]) -> float:
    """Return user and system seconds of processes so far."""
    spent = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent * TICK_S


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((HOST, 0))
        asking.settimeout(0.5)
        asking.connect((HOST, port))
        own = asking.getsockname()[1]
        try:
            asking.send(
                f"OPTIONS sip:{HOST} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:{own};branch=z9hG4bK{own}\r\n"
                f"From: <sip:a@{HOST}>;tag=1\r\nTo: <sip:{HOST}>\r\nCall-ID: {own}\r\nCSeq: 1 OPTIONS\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
            return asking.recv(4096).startswith(b"SIP/2.0")
        except OSError:
            return False
