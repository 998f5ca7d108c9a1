"""The gates themselves: a skip fails the run under CI, ./dev speaks POSIX sh, CI runs what README says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SKIPS = "import pytest\n\ndef test_needs_more():\n    pytest.skip('install more')\n\ndef test_runs():\n    pass\n"


@pytest.mark.parametrize(("ci", "status"), [("true", pytest.ExitCode.TESTS_FAILED), ("", pytest.ExitCode.OK)])
def test_a_skip_fails_the_run_only_under_ci(
    pytester: pytest.Pytester, project: Path, monkeypatch: pytest.MonkeyPatch, ci: str, status: int
) -> None:
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest((project / "tests/conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(SKIPS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert result.ret == status
    result.assert_outcomes(passed=1, skipped=1)
    listed = any("install more" in line and "test_needs_more" in line for line in result.outlines)
    assert listed is (ci == "true")


def test_a_failure_keeps_its_own_status(
    pytester: pytest.Pytester, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest((project / "tests/conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(SKIPS.replace("pass", "raise KeyboardInterrupt"))
    assert pytester.runpytest_subprocess().ret == pytest.ExitCode.INTERRUPTED


def test_xfail_is_no_skip(pytester: pytest.Pytester, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest((project / "tests/conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile("import pytest\n\n@pytest.mark.xfail\ndef test_known():\n    assert False\n")
    assert pytester.runpytest_subprocess().ret == pytest.ExitCode.OK


def test_dev_is_posix_sh(project: Path) -> None:
    shell = shutil.which("dash") or "sh"
    subprocess.run([shell, "-n", str(project / "dev")], check=True)


def test_an_unknown_command_is_one_line_and_exit_2(project: Path) -> None:
    answer = subprocess.run([project / "dev", "dance"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-1] == "dev: no command 'dance'"


def test_help_lists_every_command(project: Path) -> None:
    source = (project / "dev").read_text(encoding="utf-8")
    commands = {line.rstrip(")") for line in source.splitlines() if line.endswith(")") and line[:-1].isalpha()}
    assert {"run", "test", "lint", "bench"} <= commands
    listed = subprocess.run([project / "dev", "help"], capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in listed.splitlines() if line.startswith("  ")} == commands | {"pins", "help"}


def test_ci_runs_dev_test(project: Path) -> None:
    script = project / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "./dev test" in script.read_text(encoding="utf-8")


def test_pins_name_no_registry(project: Path) -> None:
    for pins in (project / "requirements").iterdir():
        assert "://" not in pins.read_text(encoding="utf-8"), pins.name
    assert not (project / "uv.lock").exists()
