import importlib.util
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


fakes = sys.modules.get("fake_services") or _load(
    "fake_services", ROOT / "tests" / "edge" / "fake_services" / "__init__.py"
)
_load("wurao_served", Path(__file__).parent / "served.py")
_load("wurao_switch", Path(__file__).parent / "switch.py")
_load("wurao_crowd", ROOT / "tests" / "detection" / "live" / "crowd.py")
_load("wurao_hostile", Path(__file__).parent / "hostile.py")


class Town:
    """The console over in-memory services on a port of loopback, and a way to make calls come in."""

    def __init__(self, address: str, services) -> None:
        self.address = address
        self.services = services

    def call(self, count: int) -> None:
        at_us = self.services.clock.now_us()
        for n in range(count):
            self.services.history.rows.append(fakes.sample_decision(n, at_us))


def _serve(services) -> Iterator[Town]:
    import asyncio

    from granian.constants import Interfaces
    from granian.server.embed import Server

    from wurao.web.app import create_console

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(create_console(services), "127.0.0.1", port, interface=Interfaces.ASGI, log_enabled=False)
    loop = asyncio.new_event_loop()

    def run() -> None:
        loop.run_until_complete(server.serve())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    _wait(port)
    yield Town(f"http://127.0.0.1:{port}", services)
    loop.call_soon_threadsafe(server.stop)
    thread.join(20)


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server didn't open its port")


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    yield from _serve(fakes.fake_services())


@pytest.fixture(scope="module")
def empty_town() -> Iterator[Town]:
    yield from _serve(fakes.fake_services(empty=True))


@pytest.fixture(scope="module")  # Playwright holds an event loop of the main thread: no longer than its tests
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install -y --no-install-recommends chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screens() -> Path | None:
    """Where screenshots go: docs/img/screens, only when WURAO_SCREENSHOTS=1 asks for them."""
    if os.environ.get("WURAO_SCREENSHOTS") != "1":
        return None
    folder = ROOT / "docs" / "img" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def password() -> str:
    return fakes.PASSWORD
