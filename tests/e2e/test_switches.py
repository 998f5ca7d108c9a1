"""Switches that ask over sockets, through the program itself: what they are told is in the history, killed or not."""

import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from wurao.access.roles import Role
from wurao.core.clock import SystemClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.store.book import Book
from wurao.store.home import Home

served = sys.modules["wurao_served"]
switches = sys.modules["wurao_switch"]

pytestmark = pytest.mark.e2e
NUISANCE, CALLEE = "13712345678", "13900139000"
HISTORY_S = 5
OPENS_S = 30


@pytest.fixture
def service(tmp_path):
    running = served.Served(tmp_path)
    with Home.open(running.home).lock() as home:
        clock = SystemClock()
        book = Book.at(home.book, clock)
        book.set_wish(8613900139000, strict_profile())
        book.write_standing([Standing(8613712345678, "LISTED", 1.0, "imported", clock.now_us(), category="fraud")])
        book.close()
    yield running
    running.close()


def ask(path, *lines):
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(10)
        asking.connect(str(path))
        asking.sendall("".join(f"{line}\n" for line in lines).encode())
        answers = asking.makefile()
        return [answers.readline().split() for _ in lines]


def in_history(service, receipts):
    with service.client(Role.ADMIN) as client:
        rows = client.get("/history", params={"number": NUISANCE, "limit": 200}).json()
    return {row["receipt"] for row in rows} >= receipts


def test_a_small_office_needs_one_process(service, tmp_path) -> None:
    path = tmp_path / "line.sock"
    service.start("--line", str(path))
    served.wait_for(path.exists, OPENS_S, "the socket is there")
    answers = ask(path, *[f"DECIDE {NUISANCE} {CALLEE} west"] * 50, f"DECIDE 13811112222 {CALLEE}")
    assert {tuple(answer[:3]) for answer in answers[:50]} == {("reject", "603", "fraud")}
    assert answers[50][0] == "ring"
    served.wait_for(lambda: in_history(service, {answer[3] for answer in answers[:50]}), HISTORY_S, "all are there")
    assert service.stop() == 0
    assert not path.exists()


def test_an_edge_that_is_killed_keeps_what_it_decided(service, tmp_path) -> None:
    path = tmp_path / "line.sock"
    service.start()
    command = [*served.WURAO, "edge", "--home", str(service.home), "--line", str(path)]
    environment = os.environ | {"WURAO_RINGS": str(service.home.parent / "rings")}
    receipts = set()
    for end in (signal.SIGKILL, signal.SIGTERM):
        edge = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert edge.stdout.readline() == f"wurao answers line on {path}\n"
        receipts |= {answer[3] for answer in ask(path, *[f"DECIDE {NUISANCE} {CALLEE}"] * 50)}
        edge.send_signal(end)
        edge.communicate(timeout=30)
        assert edge.returncode == (0 if end == signal.SIGTERM else -signal.SIGKILL)
    assert len(receipts) == 100
    served.wait_for(lambda: in_history(service, receipts), HISTORY_S, "all are there")


def test_sip_without_kamailio(service, tmp_path) -> None:
    if not shutil.which("sipp"):
        pytest.skip("no sipp here: apt-get install -y --no-install-recommends sip-tester")
    switch = switches.Switch(tmp_path, service.home)  # only its sipp: wurao answers at the port itself
    service.start("--sip", f"127.0.0.1:{switch.port}")
    (tmp_path / "calls.csv").write_text(f"SEQUENTIAL\n{NUISANCE};{CALLEE};\n")
    (tmp_path / "clean.csv").write_text(f"SEQUENTIAL\n13811112222;{CALLEE};\n")
    for code, callers in ((603, "calls.csv"), (404, "clean.csv")):
        calling = switch.calling(code, tmp_path / callers, 200, 200)
        out, err = calling.communicate()
        assert calling.returncode == 0, out[-1000:] + err
    with service.client(Role.ADMIN) as client:

        def all_there() -> bool:
            return len(client.get("/history", params={"callee": CALLEE, "limit": 500}).json()) == 400

        served.wait_for(all_there, HISTORY_S, "all are in the history")


def test_an_address_that_cannot_be_had_ends_the_service(service) -> None:
    failed = served.command_line(
        "serve", "--home", service.home, "--port", str(service.port), "--agi", "127.0.0.1:99999"
    )
    assert failed.returncode == 2
    assert "can't listen there" in failed.stderr
    assert "Traceback" not in failed.stderr
