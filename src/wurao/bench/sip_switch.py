"""The switches that ``wurao bench sip`` measures: Kamailios with tlsf that differ in one route, and what they spend."""

import os
import shutil
import signal
import site
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from wurao.bench import sip_calls
from wurao.bench.measure import free_port
from wurao.core.errors import ConfigError
from wurao.edge.ring import RingReader, rings_in

DEPLOY: Final = Path(__file__).parents[3] / "deploy" / "kamailio"
TICK_S: Final = 0.01
_START_TRIES: Final = 1_800

_CONFIG: Final = """#!KAMAILIO
debug=1
log_stderror=yes
children={workers}
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
_TABLES: Final = """loadmodule "db_text.so"
loadmodule "htable.so"
modparam("htable", "db_url", "text://{folder}")
modparam("db_text", "max_result_rows", 2000000)
modparam("htable", "htable", "wish=>size=18;dbtable=wish;")
modparam("htable", "htable", "pair=>size=18;dbtable=pair;")
modparam("htable", "htable", "risk=>size=18;dbtable=risk;")
modparam("htable", "htable", "range=>size=16;dbtable=range;")
"""
_LOOK_UPS: Final = """if ($sht(wish=>$rU) != $null && $sht(pair=>$rU:$fU) == $null) {
		if ($sht(risk=>$fU) != $null) {
			append_to_reply("Reason: Q.850;cause=21\\r\\n");
			sl_send_reply("603", "Decline");
			exit;
		}
		if ($sht(range=>$(fU{s.substr,0,7})) != $null) {
			$ru = $ru;
			sl_send_reply("302", "Moved Temporarily");
			exit;
		}
	}"""
_WURAO: Final = f"""loadmodule "htable.so"
loadmodule "siputils.so"
loadmodule "kemix.so"
loadmodule "rtimer.so"
loadmodule "app_python3.so"
include_file "{DEPLOY}/wurao.cfg"
"""
_HEADERS: Final = """python_exec("refused", "$(ci{s.md5})$cs|$(fU{s.encode.hexa})|$(rU{s.encode.hexa})|");"""


class Kind(NamedTuple):
    """A Kamailio: what it loads and what it does with an INVITE before it answers 404."""

    name: str
    modules: str = ""
    route: str = ""
    workers: int = 1


NULL: Final = Kind("null")
BRIDGE: Final = Kind("bridge", _WURAO, 'python_exec("refused");')
"""Asks Python and learns nothing: what any decision in Python costs."""
HEADERS: Final = Kind("headers", _WURAO, _HEADERS)
"""As ``BRIDGE``, with the text of the headers that a decision needs."""
WURAO: Final = Kind("wurao", _WURAO, '$var(wurao_trunk) = "";\n\troute(WURAO);')


def native(folder: Path) -> Kind:
    """Return one that looks wish, pair, risk and range up in its own hash tables, from the rows in ``folder``."""
    return Kind("native", _TABLES.format(folder=folder), _LOOK_UPS)


class Running(NamedTuple):
    """A Kamailio that runs: its port and the ids of its processes."""

    port: int
    processes: list[int]


@contextmanager
def running(folder: Path, kind: Kind, home: Path) -> Iterator[Running]:
    """Run a Kamailio over a home; raises ConfigError where it doesn't start."""
    program = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")
    if not program or not shutil.which("sipp"):
        raise ConfigError("no kamailio or sipp here", mend="apt-get install kamailio-python3-modules sip-tester")
    port, made = free_port(socket.SOCK_DGRAM), folder / kind.name
    made.mkdir()
    config, log_file = made / "kamailio.cfg", made / "log"
    config.write_text(_CONFIG.format(port=port, workers=kind.workers, modules=kind.modules, route=kind.route))
    arguments = [program, "-x", "tlsf", "-X", "tlsf", "-m", "4096", "-M", "64", "-DD", "-E", "-f", str(config)]
    arguments += ["-P", str(made / "pid"), "-Y", str(made), "-A", f'WURAO_SCRIPT="{DEPLOY}/wurao_kemi.py"']
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/bin",
        "WURAO_HOME": str(home),
        "WURAO_RINGS": str(made / "rings"),
        "WURAO_SITE": next(path for path in site.getsitepackages() if path.endswith("site-packages")),
    }
    with log_file.open("ab") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd=made, env=environment)  # noqa: S603 - ours
    processes: list[int] = []
    try:
        for _ in range(_START_TRIES):
            if process.poll() is not None:
                raise ConfigError(f"kamailio ended: {log_file.read_text()[-2000:]}")
            if sip_calls.answers(port):
                break
            time.sleep(0.1)
        processes += [
            int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        ]
        yield Running(port, processes)
    finally:
        process.kill()  # freeing its tables takes a Kamailio minutes, and nothing of it is needed
        for one in processes:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        process.wait()


def _children(parent: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


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


def cpu_s(processes: list[int]) -> float:
    """Return user and system seconds of processes so far."""
    spent = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent * TICK_S
