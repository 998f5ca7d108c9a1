"""`wurao detect`: what is said where there is no model, version, library or fitting file."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from wurao.cli import cli, detect_run
from wurao.core.errors import ConfigError, InputError
from wurao.core.numbers import read
from wurao.detection.scoring.classes import CLASSES
from wurao.detection.scoring.learning import library
from wurao.detection.scoring.staged import Window
from wurao.detection.scoring.truth import truth_of
from wurao.intake.typed import write_typed
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

TRUTH = {
    "number": ["13712345678", "13912345678", "075512345678", "13800000001"],
    "category": ["fraud.police", "person", "bank_service", "loan_finance"],
    "method": ["robot", None, "robot", "human"],
    "nuisance": [True, False, False, True],
    "campaign": ["c-1", None, None, "c-1"],
}


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    file = tmp_path / "calls.csv"
    file.write_text(
        "caller,callee,start\n"
        "13712345678,13912345678,2026-03-02T09:00:00+08:00\n"
        "13712345678,13912345679,2026-03-02T09:01:00+08:00\n"
        "13712345678,13912345679,some time\n"
    )
    return file


def test_without_a_model_one_line_names_the_command_that_trains_one(calls: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    result = CliRunner().invoke(cli, ["detect", "run", "--calls", str(calls), "--name", "mine", "--home", home])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "there is no model yet" in result.stderr
    assert "wurao detect train --calls" in result.stderr


def test_a_file_whose_name_tells_no_format_is_one_line_about_what_can_be_read(calls: Path, tmp_path: Path) -> None:
    named = calls.rename(calls.with_name("calls.log"))
    result = CliRunner().invoke(cli, ["detect", "run", "--calls", str(named), "--home", str(tmp_path / "home")])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "name it .csv, .tsv, .txt, .jsonl, .ndjson, .json, .parquet, .pq (.gz or .zst behind)" in result.stderr
    assert "wurao import calls calls.log --format NAME" in result.stderr


def test_a_home_without_calls_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect_run, "loaded", lambda *_: (None, None))
    Home.create(tmp_path / "home")
    result = CliRunner().invoke(cli, ["detect", "run", "--home", str(tmp_path / "home")])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "no calls of the last 14 days – bring call records in with wurao import calls FILE" in result.stderr
    with Home.open(tmp_path / "home").lock() as home:
        row = {"row_id": bytes(16), "caller": 8613712345678, "callee": 8613912345678, "at_us": 1_772_420_000_000_000}
        identities = Identities(KeyRing.open(home))
        decision = identities.protect("decisions", pa.Table.from_pylist([row]), lambda n: np.zeros(len(n), np.bool_))
        Lake(home).append("decisions", decision)
    as_of = ["--as-of", "2026-03-03T09:00:00+08:00"]
    result = CliRunner().invoke(cli, ["detect", "run", *as_of, "--home", str(tmp_path / "home")])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "no call records of the last 14 days, only decisions, which don't tell how a call ended" in result.stderr
    assert "a model named live judges by decisions alone" in result.stderr
    result = CliRunner().invoke(cli, ["detect", "run", "--out", "x.parquet", "--home", str(tmp_path / "home")])
    assert result.exit_code == 2
    assert "--out goes with --calls" in result.stderr


def test_a_version_that_is_not_there_cannot_be_promoted(calls: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    CliRunner().invoke(cli, ["detect", "run", "--calls", str(calls), "--home", home])  # makes the home
    result = CliRunner().invoke(cli, ["detect", "promote", "3", "--home", home])
    assert result.exit_code == 2
    assert "there is no version 3" in result.stderr
    assert CliRunner().invoke(cli, ["detect", "promote", "3", "--name", "../x", "--home", home]).exit_code == 2


def test_calls_are_typed_by_intake_and_bad_rows_left_out(calls: Path, tmp_path: Path) -> None:
    out = tmp_path / "typed.parquet"
    done = write_typed(calls, out)
    assert (done.written, done.calls, done.unreadable) == ({8613712345678: "13712345678"}, {8613712345678: 2}, 1)
    assert parquet.read_table(out).column("caller").to_pylist() == [8613712345678] * 2


def test_truth_becomes_classes_and_campaigns_stay_together(tmp_path: Path) -> None:
    parquet.write_table(pa.table(TRUTH), tmp_path / "truth.parquet")
    truth = truth_of(tmp_path / "truth.parquet")
    assert [CLASSES[i] for i in truth.of_class] == ["fraud", "person", "reminder", "marketing"]
    assert truth.place[read("13912345678")] == 1
    assert truth.bad.tolist() == [1, 0, 0, 1]
    assert truth.together[0] == truth.together[3]
    assert len(np.unique(truth.together)) == 3
    assert truth.since_us.tolist() == [0, 0, 0, 0]


def test_a_truth_says_from_when_on_it_holds(tmp_path: Path) -> None:
    parquet.write_table(pa.table({**TRUTH, "from_us": [5, None, 0, 7]}), tmp_path / "truth.parquet")
    truth = truth_of(tmp_path / "truth.parquet")
    assert truth.since_us.tolist() == [5, 0, 0, 7]
    callers = tuple(truth.place)
    seen = Window(5, callers, (), np.zeros((4, 0), np.float32), np.array([4, 4, 4, 7]))
    rows, places = truth.within(seen)
    assert rows.tolist() == places.tolist() == [1, 2, 3]  # the first was lent after its fifth call


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": None}, "no column 'number'"),
        ({"nuisance": ["x"] * 4}, "not true or false"),
        ({"number": ["13712345678"] * 4}, "comes twice"),
        ({"from_us": ["today"] * 4}, "no whole microseconds"),
    ],
)
def test_truth_that_is_none_is_one_line(tmp_path: Path, change: dict[str, list[str] | None], said: str) -> None:
    columns = {name: values for name, values in {**TRUTH, **change}.items() if values is not None}
    parquet.write_table(pa.table(columns), tmp_path / "truth.parquet")
    with pytest.raises(InputError, match=said):
        truth_of(tmp_path / "truth.parquet")


def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ConfigError, match="lightgbm is not installed – pip install 'wurao"):
        library("lightgbm")
