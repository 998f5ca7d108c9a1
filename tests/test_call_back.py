"""The sample that calls back through Asterisk: a whole call file, and nothing for what is no number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "deploy/asterisk/call-back"
ASKED = {"number": "+8613800138000", "code": "012345", "minutes": 10, "language": "zh"}


def call_back(spool: Path, **other: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SAMPLE), "PJSIP/{number}@trunk", str(spool)]
    return subprocess.run(command, input=json.dumps(ASKED | other) + "\n", text=True, capture_output=True, check=False)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "outgoing"
    folder.mkdir()
    return folder


def test_a_call_file_dials_the_number_and_says_the_code(spool: Path) -> None:
    assert call_back(spool).returncode == 0
    (file,) = spool.iterdir()
    lines = file.read_text().splitlines()
    assert {"Channel: PJSIP/+8613800138000@trunk", "Context: wurao-code", "Setvar: WURAO_CODE=012345"} <= set(lines)
    assert [path.name for path in spool.parent.iterdir()] == ["outgoing"]


@pytest.mark.parametrize("other", [{"number": "+86\nApplication: System"}, {"number": ""}, {"code": "1\n2"}])
def test_what_is_no_number_with_a_code_is_not_called(spool: Path, other: dict[str, str]) -> None:
    refused = call_back(spool, **other)
    assert refused.returncode == 1
    assert "no number" in refused.stderr
    assert list(spool.iterdir()) == []
