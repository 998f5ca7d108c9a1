"""README's commands work: `./dev run` is started and answers, `./dev test` is what CI runs."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

READMES = ["README.md", "README.zh-CN.md"]
ADDRESS = re.compile(r"http://[^\s\x1b]+")
PATIENCE_S = 240  # a cold install may be part of it


def commands(readme: Path) -> list[str]:
    """Each line of the fenced `sh` blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", readme.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = (line.split("#")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


@pytest.mark.parametrize("name", READMES)
def test_two_commands_and_no_more(project: Path, name: str) -> None:
    assert commands(project / name) == ["./dev run", "./dev test"]


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere(project: Path, name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", (project / name).read_text(encoding="utf-8"))
    gone = [target for target in targets if "://" not in target and not (project / target).exists()]
    assert not gone


@pytest.fixture
def town(project: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`./dev run` as README gives it, on a home and a port of its own; ended with the test."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [*commands(project / READMES[0])[0].split(), "--home", str(tmp_path / "home"), "--port", str(port)]
    log = tmp_path / "log"
    with (
        log.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            command, cwd=project, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            start_new_session=True,
        ) as process,
    ):  # fmt: skip
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.e2e
def test_run_answers_at_the_address_it_prints(town: subprocess.Popen[str], tmp_path: Path) -> None:
    page = wait_for_page(town, tmp_path / "log")
    assert "勿扰" in page
    os.killpg(town.pid, signal.SIGTERM)
    assert town.wait(timeout=30) in {0, -signal.SIGTERM}
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")


def wait_for_page(process: subprocess.Popen[str], log: Path) -> str:
    """The page behind the first address that the program prints."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        said = log.read_text(encoding="utf-8")
        assert process.poll() is None, said
        if address := ADDRESS.search(said):
            try:
                asked = urllib.request.Request(address[0], headers={"Accept": "text/html"})  # noqa: S310 – our own
                with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
                    return str(answer.read().decode())
            except OSError:
                pass  # printed a moment before the socket listens
        time.sleep(0.2)
    pytest.fail(f"no page within {PATIENCE_S} s:\n{log.read_text(encoding='utf-8')}")
