import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from wurao.cli import cli
from wurao.core.clock import MINUTE_US
from wurao.screening.repeats import Repeats

START_US = 1_780_000_000_000_000
AWKWARD = 'say "hi"\\\n\x01 勿扰'


def calls(tmp_path: Path, rows: list[dict[str, Any]], name: str = "calls.parquet") -> Path:
    path = tmp_path / name
    full = [{"call_id": f"c{i}", "start_us": START_US + i, **row} for i, row in enumerate(rows)]
    if name.endswith(".parquet"):
        parquet.write_table(pa.Table.from_pylist(full), path)
    else:
        head = ",".join(full[0])
        path.write_text("\n".join([head, *(",".join(str(v) for v in row.values()) for row in full)]) + "\n")
    return path


def screened(place: Any, *arguments: object, code: int = 0) -> dict[str, Any]:
    place.book.close()
    asked = ["screen", *map(str, arguments), "--home", str(place.home.path), "--json"]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_each_call_gets_a_line_with_the_decision(place: Any, tmp_path: Path) -> None:
    place.report(place.robot)
    place.shield().start()
    rows = [{"caller": "13512345678", "callee": "13900000001"}, {"caller": "010-12345678", "callee": "+8613900000001"}]
    out = tmp_path / "out.jsonl"
    done = screened(place, calls(tmp_path, rows), "--out", out, "--symbols")
    assert (done["calls"], done["rejected"], done["rung"], done["unreadable"]) == (2, 1, 1, 0)
    first, second = map(json.loads, out.read_text().splitlines())
    assert first["call_id"] == "c0"
    assert first["caller"] == "13512345678"
    assert (first["action"], first["sip_code"], first["category"]) == ("reject", 603, "securities")
    assert first["symbols"] == ["REPORTED"]
    assert (second["action"], second["sip_code"], second["score"]) == ("ring", 0, 0)
    assert not list(tmp_path.glob(".*part"))


@pytest.mark.parametrize("name", ["calls.csv", "calls.jsonl.parquet"])
def test_before_the_first_build_tables_are_compiled_for_the_replay(place: Any, tmp_path: Path, name: str) -> None:
    place.report(place.robot)
    row = {"caller": "13512345678", "callee": "13900000001"}
    assert screened(place, calls(tmp_path, [row], name))["rejected"] == 1
    assert not (place.home.folder("tables") / "CURRENT").exists()


def test_whose_wishes_hold_is_chosen(place: Any, tmp_path: Path) -> None:
    place.report(place.robot)
    place.shield().start()
    callees = ["13900000001", "13700000000", "010-12345678", "+14155550100"]
    path = calls(tmp_path, [{"caller": "13512345678", "callee": callee} for callee in callees])
    assert screened(place, path)["rejected"] == 1
    assert screened(place, path, "--wishes", "all")["rejected"] == 4
    assert screened(place, path, "--wishes", "none")["rejected"] == 0
    wishes = tmp_path / "wishes.csv"
    wishes.write_text("subscriber,securities\n13700000000,3\n01012345678,1\n")
    done = screened(place, path, "--wishes", wishes)
    assert (done["rejected"], done["labelled"], done["rung"]) == (1, 1, 2)


def test_a_wishes_file_with_a_fault_is_refused_with_its_line(place: Any, tmp_path: Path) -> None:
    wishes = tmp_path / "wishes.csv"
    wishes.write_text("subscriber,securities\n13700000000,9\n")
    path = calls(tmp_path, [{"caller": "13512345678", "callee": "13900000001"}])
    result = CliRunner().invoke(cli, ["screen", str(path), "--home", str(place.home.path), "--wishes", str(wishes)])
    assert result.exit_code == 2
    assert "wishes.csv:2" in result.output


def test_the_overlay_counts_whoever_wishes(place: Any, tmp_path: Path) -> None:
    shield = place.shield()
    shield.start()
    place.report(place.robot)
    shield.follow()
    shield.close()
    path = calls(tmp_path, [{"caller": "13512345678", "callee": "13700000000"}])
    assert screened(place, path, "--wishes", "all")["rejected"] == 1


def test_awkward_texts_stay_what_they_are(place: Any, tmp_path: Path) -> None:
    rows = [{"call_id": AWKWARD, "caller": AWKWARD, "callee": None}, {"caller": None, "callee": "13900000001"}]
    out = tmp_path / "out.jsonl"
    done = screened(place, calls(tmp_path, rows), "--out", out, "--wishes", "all")
    assert done["calls"] == 2
    first, second = map(json.loads, out.read_text().splitlines())
    assert first["call_id"] == first["caller"] == AWKWARD
    assert second["caller"] == ""


def test_unreadable_times_are_counted_and_the_rest_is_judged(place: Any, tmp_path: Path) -> None:
    rows = [{"caller": "1", "callee": "2", "start_us": at} for at in (START_US, -5, 0, 2**60)]
    done = screened(place, calls(tmp_path, rows), code=3)
    assert (done["calls"], done["unreadable"]) == (1, 3)


@pytest.mark.parametrize("content", [b"", b"PAR1 not really", b"PK\x03\x04"])
def test_files_that_are_none_are_refused(place: Any, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calls.parquet"
    path.write_bytes(content)
    result = CliRunner().invoke(cli, ["screen", str(path), "--home", str(place.home.path)])
    assert result.exit_code == 2
    assert result.output.startswith("wurao: ")


def test_shadow_rings_and_says_what_it_would_have_done(place: Any, tmp_path: Path) -> None:
    place.report(place.robot)
    shield = place.shield()
    place.book.set_rule("REPORTED", "shadow", "test")
    shield.start()
    shield.close()
    out = tmp_path / "out.jsonl"
    path = calls(tmp_path, [{"caller": "13512345678", "callee": "13900000001"}])
    done = screened(place, path, "--out", out)
    assert (done["rung"], done["shadow"], done["rejected"]) == (1, 1, 0)
    line = json.loads(out.read_text())
    assert (line["action"], line["would"], line["sip_code"]) == ("ring", "reject", 0)


def test_batches_see_the_calls_before_them() -> None:
    generator = np.random.default_rng(4)
    callers = generator.integers(0, 5, 400).astype(np.uint64)
    callees = generator.integers(7, 10, 400).astype(np.uint64)
    at_us = np.cumsum(generator.integers(0, MINUTE_US, 400)).astype(np.int64)
    whole = Repeats().of(callers, callees, at_us)
    repeats = Repeats()
    cut = [repeats.of(callers[s], callees[s], at_us[s]) for s in (slice(0, 7), slice(7, 8), slice(8, 400))]
    assert np.concatenate(cut).tolist() == whole.tolist()
    last: dict[tuple[int, int], int] = {}
    for i, key in enumerate(zip(callers.tolist(), callees.tolist(), strict=True)):
        expected = key in last and int(at_us[i]) - last[key] <= 3 * MINUTE_US and key[0] != 0
        assert whole[i] == expected
        last[key] = int(at_us[i])


def test_local_and_zoned_timestamps_are_one_instant(place: Any, tmp_path: Path) -> None:
    from wurao.intake.interface import Reading
    from wurao.screening.calls_in import calls_in

    zone = ZoneInfo("Asia/Shanghai")
    plain = pa.array([START_US], pa.int64())
    columns = {
        "int": plain,
        "utc": plain.cast(pa.timestamp("us", "UTC")),
        "naive": pa.array([START_US + 8 * 3_600_000_000]).cast(pa.timestamp("us")),
    }
    for name, column in columns.items():
        path = tmp_path / f"{name}.parquet"
        texts = pa.array(["1"])
        parquet.write_table(pa.table({"caller": texts, "callee": texts, "start_us": column}), path)
        (found,) = calls_in(path, None, Reading("calls", zone))
        assert found.at_us.tolist() == [START_US], name
