"""What every test may ask for, and the rule that nothing is skipped where it must run."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Literal, cast, get_args

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
Size = Literal["desk", "ci", "long"]


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data sets beside the project: $WURAO_SHARED, by default ../shared."""
    folder = Path(os.environ.get("WURAO_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared data at {folder}: set WURAO_SHARED to the folder that holds data/")
    return folder


@pytest.fixture(scope="session")
def size() -> Size:
    """How much to do: `desk` answers while one waits, `ci` takes the full sizes, `long` a thousand kills."""
    chosen = os.environ.get("WURAO_TEST_SIZE", "desk")
    return cast("Size", chosen) if chosen in get_args(Size) else "desk"


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if reporter and os.environ.get("CI") == "true" else []


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Under continuous integration a skipped test is a failed run: everything it needs can be installed there."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List what was skipped, with the reason, where that fails the run."""
    if skipped := _skipped(config):
        terminalreporter.section("skipped, which fails the run under CI", red=True)
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            terminalreporter.line(f"{report.nodeid}: {reason}")
