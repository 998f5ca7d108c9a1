"""Everything ``wurao doctor`` says about Kamailio; one line where there is none, or none that screens for this home."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wurao.core.errors import Error
from wurao.edge.kamailio import checking
from wurao.edge.kamailio.configured import Configured, configured
from wurao.edge.kamailio.processes import PROGRAM, Process, running
from wurao.edge.nouns import Finding

USUAL: Final = Path("/etc/kamailio/kamailio.cfg")
_CONFIG: Final = "kamailio config"
_PATHS: Final = ":/usr/sbin:/usr/local/sbin"


def examined(home: Path, named: Path | None = None) -> Iterator[Finding]:
    """Yield the findings; ``named`` is the configuration, else that of the Kamailio that runs, else the usual one."""
    program = shutil.which(PROGRAM, path=os.environ.get("PATH", "") + _PATHS)
    ours = [process for process in running() if _is_for(process, home)]
    if program is None and not named:
        yield Finding(PROGRAM, None, "none on this machine")
        return
    path = named or next(filter(None, map(_config_of, ours)), USUAL)
    try:
        config = configured(path)
    except Error as error:
        yield Finding(_CONFIG, False if named else None, error.diagnostics(), "name it: --kamailio FILE")
        config = None
    if config is None and not named:
        return
    if config and not config.screens and not named:
        yield Finding(PROGRAM, None, f"{path} doesn't screen by wurao", "docs/sip.md says how it does")
        return
    if program:
        yield checking.version(program)
    if config:
        yield from checking.judged(config)
        if program:
            yield checking.parsed(program, config, [one for process in ours[:1] for one in process.given("-A")])
    yield from _processes(ours, home, config)


def _processes(ours: list[Process], home: Path, config: Configured | None) -> Iterator[Finding]:
    if not ours:
        yield Finding("kamailio env", None, "no Kamailio runs for this home")
    for process in ours:
        yield from checking.process_judged(process, home, config.defined.get("WURAO_SCRIPT", "") if config else "")


def _config_of(process: Process) -> Path | None:
    """Return the file that a Kamailio was started with, None where that isn't to be seen."""
    given = process.given("-f")
    try:
        return Path(f"/proc/{process.pid}/cwd").readlink() / given[-1] if given else None
    except OSError:
        return Path(given[-1]) if Path(given[-1]).is_absolute() else None


def _is_for(process: Process, home: Path) -> bool:
    """Tell whether a Kamailio screens for this home, or may: one that can't be looked into, or names no home."""
    told = (process.environment or {}).get("WURAO_HOME")
    return not told or Path(told).resolve() == home.resolve()
