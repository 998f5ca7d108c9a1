"""A real ``wurao serve`` in a process of its own over a home of its own, and the people who talk to it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from wurao.access import api_keys
from wurao.access.roles import Role
from wurao.core.clock import SystemClock
from wurao.edge.live.access import BookAccess
from wurao.store.book import Book
from wurao.store.home import Home

WURAO = [sys.executable, "-c", "from wurao.cli import main; main()"]
OPENS_S = 60
STOPS_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command_line(*arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run([*WURAO, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False)


class Served:
    """A home with a key for a switch and one for an admin; its service is started, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.out, self.err = folder / "out.txt", folder / "err.txt"
        self._process: subprocess.Popen[bytes] | None = None
        clock = SystemClock()
        with Home.create(self.home).lock() as opened:
            book = Book.at(opened.book, clock)
            access = BookAccess(book)
            self.keys = {
                role: api_keys.issue(access, role.value, role, clock.now_us()) for role in (Role.EDGE, Role.ADMIN)
            }
            book.close()

    def start(self, *doors: str) -> None:
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self._process = subprocess.Popen(
                [*WURAO, "serve", "--home", str(self.home), "--port", str(self.port), *doors],
                stdout=out,
                stderr=err,
                env=os.environ | {"WURAO_RINGS": str(self.home.parent / "rings")},
            )
        wait_for(self._open, OPENS_S, "the service answers")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def close(self) -> None:
        if self._process is not None:
            self._end(signal.SIGKILL)

    def client(self, role: Role | None = None) -> httpx.Client:
        """Return a client with the key of a role, or of nobody."""
        headers = {"Authorization": f"Bearer {self.keys[role]}"} if role else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=30, trust_env=False)

    def admin_password(self) -> str:
        found = re.search(r"log in as admin with (\S+)", self.out.read_text())
        assert found, self.out.read_text()
        return found[1]

    def _open(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.err.read_text()
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None
        os.kill(process.pid, number)
        return process.wait(STOPS_S)


def wait_for(true: Callable[[], Any], seconds: float, what: str, pace: float = 0.02) -> float:
    """Ask until it is true and return the seconds that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(pace)
    return time.monotonic() - began
