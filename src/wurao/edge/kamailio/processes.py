"""The Kamailio that runs on this machine, as /proc shows it: its arguments, environment and user."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

PROGRAM: Final = "kamailio"
_READ: Final = 4


class Process(msgspec.Struct, frozen=True):
    """The first process of a Kamailio; ``environment`` is None where this user may not read it."""

    pid: int
    arguments: tuple[str, ...]
    environment: dict[str, str] | None
    user: int
    groups: frozenset[int]

    def given(self, option: str) -> list[str]:
        """Return the values of an option that has one, ``-f x`` or ``-fx``."""
        both = zip(self.arguments, (*self.arguments[1:], ""), strict=True)
        return [value if one == option else one[2:] for one, value in both if one.startswith(option)]


def running(proc: Path = Path("/proc")) -> list[Process]:
    """Return every Kamailio that runs, its workers left out."""
    found = {pid: folder for folder in proc.iterdir() if (pid := folder.name).isdecimal() and _is_ours(folder)}
    return [made for folder in found.values() for made in _made(folder) if _status(folder).get("PPid") not in found]


def may_read(path: Path, process: Process) -> bool:
    """Tell by owner and mode whether a process may read a file or folder and pass the folders above it."""
    return all(_allows(folder, process, 1) for folder in path.parents) and _allows(path, process, _READ)


def _allows(path: Path, process: Process, wanted: int) -> bool:
    found = path.stat()
    shift = 6 if found.st_uid == process.user else 3 if found.st_gid in process.groups else 0
    return process.user == 0 or bool(found.st_mode >> shift & wanted)


def _is_ours(folder: Path) -> bool:
    try:
        return (folder / "comm").read_text().strip() == PROGRAM
    except OSError:
        return False


def _made(folder: Path) -> Iterator[Process]:
    with suppress(OSError, ValueError, KeyError):  # it has ended meanwhile
        status = _status(folder)
        groups = [int(group) for group in (status["Gid"].split()[1], *status.get("Groups", "").split())]
        arguments = tuple(filter(None, os.fsdecode((folder / "cmdline").read_bytes()).split("\0")))
        yield Process(
            int(folder.name), arguments, _environment(folder), int(status["Uid"].split()[1]), frozenset(groups)
        )


def _status(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / "status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _environment(folder: Path) -> dict[str, str] | None:
    try:
        told = os.fsdecode((folder / "environ").read_bytes())
    except OSError:
        return None
    return {name: value for name, _, value in (one.partition("=") for one in told.split("\0")) if name}
