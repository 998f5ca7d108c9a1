"""Is Kamailio set up to screen: its configuration, the process that runs, what that may read and write.

``judged`` looks at a configuration, ``process_judged`` at a process; each finding has a line that mends it. Findings
without a verdict are figures.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wurao.edge import ring
from wurao.edge.kamailio.configured import FRAGMENT, Configured
from wurao.edge.kamailio.processes import Process, may_read
from wurao.edge.nouns import Finding
from wurao.edge.ringless import calls_without

NEEDED: Final = ("app_python3", "htable", "pv", "rr", "rtimer", "siputils", "sl", "textops", "tm", "tmx")
"""Modules that wurao.cfg calls."""
KNOWN: Final = (5, 6)
"""The oldest version that the tests know."""
PATIENCE_S: Final = 20
_PLACES: Final = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib64",
)
_LIBPYTHON: Final = re.compile(rb"libpython(3\.\d+)")
_SITE: Final = re.compile(r"/python(3\.\d+)/")
_VERSION: Final = re.compile(r"kamailio (\d+)\.(\d+)[\w.~-]*")


def judged(config: Configured) -> Iterator[Finding]:
    """Yield what is found in a configuration that includes wurao's fragment or should."""
    name = "kamailio config"
    if not config.screens:
        detail = f"{config.path} doesn't include {FRAGMENT}"
        yield Finding(name, ok=False, detail=detail, mend=f'include_file "{FRAGMENT}", see sip.md')
        return
    missing = [module for module in NEEDED if module not in config.modules]
    detail = f"not loaded: {', '.join(missing)}" if missing else f"{config.path}, {len(config.modules)} modules"
    yield Finding(name, not missing, detail, 'loadmodule "NAME.so" for each; app_python3: kamailio-python3-modules')
    yield Finding("kamailio route", "WURAO" in config.called, "route(WURAO)", "call route(WURAO) for each new INVITE")
    deaf = [route for route in ("WURAO_HEARD", "WURAO_FAILED") if route not in config.called]
    told = f"never called: {', '.join(deaf)}" if deaf else "607 is heard"
    yield Finding("kamailio 607", not deaf, told, "call them as wurao.cfg says, or the spam button isn't heard")


def parsed(program: str, config: Configured, given: list[str]) -> Finding:
    """Ask Kamailio itself whether it understands the configuration, with the ``-A`` of the one that runs."""
    told = {one.partition("=")[0] for one in given}
    given = [*given, *(f'{name}="sip:127.0.0.1"' for name in sorted(config.asked - told))]
    defined = [part for one in given for part in ("-A", one)]
    try:
        done = subprocess.run(  # noqa: S603 - the program that was found, a file that was named
            [program, "-c", "-f", config.path.name, *defined],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            cwd=config.path.parent,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Finding("kamailio -c", None, f"can't be asked: {problem}")
    said = re.findall(r"(?:CRITICAL|ERROR): (.*)", done.stderr)
    wrong = next((line for line in said if "parse error" in line or "not find" in line), next(iter(said), "refused"))
    ok = done.returncode == 0
    return Finding("kamailio -c", ok, "understood" if ok else wrong[:200], f"kamailio -c -f {config.path}")


def version(program: str) -> Finding:
    """Return which Kamailio this is."""
    try:
        said = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=PATIENCE_S, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    found = _VERSION.search(said)
    if not found:
        return Finding("kamailio", None, f"{program} tells no version")
    known = (int(found[1]), int(found[2])) >= KNOWN
    return Finding("kamailio", known or None, found[0], "older than 5.6, which the tests run over: try it out first")


def libpython(site: str, places: tuple[str, ...] = _PLACES) -> Finding:
    """Compare the Python inside app_python3 with the one that wurao is compiled for."""
    name = "kamailio python"
    module = next((p for place in places if (p := Path(place, "kamailio/modules/app_python3.so")).is_file()), None)
    if module is None:
        return Finding(name, None, "app_python3.so isn't where Debian puts it")
    inside, ours = _LIBPYTHON.search(module.read_bytes()), _SITE.search(f"{site}/")
    if not inside or not ours:
        return Finding(name, None, "WURAO_SITE or app_python3.so tells no version")
    linked = inside[1].decode()
    mend = f"make wurao's .venv with python{linked}, the one Kamailio is linked to"
    return Finding(name, linked == ours[1], f"{linked} inside Kamailio, {ours[1]} in WURAO_SITE", mend)


def process_judged(process: Process, home: Path, script: str) -> Iterator[Finding]:
    """Yield what is found of a Kamailio that runs for a home; ``script`` as its configuration defines it."""
    tlsf = [process.given(option)[-1:] == ["tlsf"] for option in ("-x", "-X")]
    mend = "start it with -x tlsf -X tlsf: Debian's default allocator costs 2 to 5 times the CPU a call"
    told = "tlsf" if all(tlsf) else "not tlsf"
    yield Finding("kamailio memory", all(tlsf) or None, told, "" if all(tlsf) else mend)
    yield from _environment(process, home, script)
    try:
        closed = [str(path) for path in (home / "tables/CURRENT", home / "public") if not may_read(path, process)]
        detail = f"user {process.user} can't read {', '.join(closed)}" if closed else f"user {process.user} reads them"
        yield Finding("kamailio tables", not closed, detail, "run Kamailio as the service's user")
    except OSError:
        yield Finding("kamailio tables", None, "none yet", "wurao shield build")
    named = (process.environment or {}).get("WURAO_RINGS")
    yield from rings_judged(ring.folder_of(home, named, process.user), process.user)


def rings_judged(folder: Path, user: int) -> Iterator[Finding]:
    """Yield what is found of the folder of rings of a Kamailio that runs as ``user``."""
    name = "kamailio rings"
    try:
        found = folder.lstat()
    except OSError:
        mend = "its decisions are lost: Kamailio's log says why"
        yield Finding(name, ok=False, detail=f"{folder}: there are none", mend=mend)
        return
    own = found.st_uid == user and not found.st_mode & 0o077
    detail = f"{folder}, user {found.st_uid}, mode {found.st_mode & 0o777:o}"
    yield Finding(name, own, detail, f"run Kamailio and wurao serve as one user; chmod 700 {folder}")
    lost = calls_without(folder)
    mend = "make room in /dev/shm and restart the edge"
    yield Finding("without ring", None, f"{lost:,} calls since the folder was made", mend if lost else "")


def _environment(process: Process, home: Path, script: str) -> Iterator[Finding]:
    name = "kamailio env"
    told = process.environment
    if told is None:
        yield Finding(name, None, f"process {process.pid} can't be looked into", "run doctor as its user or as root")
        return
    mend = "set WURAO_HOME and WURAO_SITE as deploy/systemd/kamailio.service.d does"
    here = bool(told.get("WURAO_HOME")) and Path(told["WURAO_HOME"]).resolve() == home.resolve()
    site = told.get("WURAO_SITE", "")
    installed = bool(site) and Path(site).is_dir()
    wrong = [] if here else [f"WURAO_HOME is {told.get('WURAO_HOME', 'missing')}"]
    wrong += [] if installed else [f"WURAO_SITE is no folder: {site or 'missing'}"]
    yield Finding(name, not wrong, "; ".join(wrong) or f"process {process.pid}", mend)
    given = [one.partition("=")[2] for one in process.given("-A") if one.startswith("WURAO_SCRIPT=")]
    path = Path((given[-1] if given else script).strip('"'))
    detail = str(path) if path.is_file() else f"no such file: {path}"
    yield Finding(
        "kamailio script", path.is_file(), detail, "define WURAO_SCRIPT as deploy/kamailio/wurao_kemi.py's path"
    )
    if site:
        yield libpython(site)
