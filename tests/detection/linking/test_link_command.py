"""``wurao campaigns link`` over files: with little in them, and over a simulated town with campaigns in it."""

import json
import sys
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from small_world import SmallWorld

from wurao.cli import cli


def ran(*arguments: str) -> dict:
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_file_with_four_columns_is_enough(tmp_path: Path) -> None:
    world = SmallWorld(7, phones=150, decoys=4)
    pacsv.write_csv(world.calls, tmp_path / "calls.csv")
    out = tmp_path / "links.parquet"
    told = ran(
        "campaigns", "link", "--calls", str(tmp_path / "calls.csv"), "--out", str(out), "--home", str(tmp_path / "h")
    )
    assert {"numbers", "links", "campaigns"} <= set(told)
    links = {(row["a"], row["b"]): row for row in pq.read_table(out).to_pylist()}
    for change in world.changes.items():
        assert links[change]["p_same"] > 0.9
        assert len(links[change]["families"]) >= 2
    of = {row["number"]: row["campaign"] for row in pq.read_table(tmp_path / "links.groups.parquet").to_pylist()}
    assert all(of[old] == of[new] for old, new in world.changes.items())


def test_the_vests_of_a_simulated_campaign_are_linked(tmp_path: Path) -> None:
    town = tmp_path / "town"
    arguments = ["simulate", "--out", str(town), "--subscribers", "600", "--days", "8", "--seed", "5"]
    ran(*arguments, "--numbers", "loan-robot=6", "--numbers", "courier=20", "--numbers", "person=300")
    out = tmp_path / "links.parquet"
    ran("campaigns", "link", "--calls", str(town / "calls.parquet"), "--out", str(out), "--home", str(tmp_path / "h"))
    campaign = {row["number"]: row["campaign"] for row in pq.read_table(town / "truth/callers.parquet").to_pylist()}
    links = [row for row in pq.read_table(out).to_pylist() if row["p_same"] > 0.5]
    right = [row for row in links if campaign.get(row["a"]) and campaign[row["a"]] == campaign.get(row["b"])]
    assert len(right) > 0.9 * len(links) > 10


@pytest.mark.parametrize("text", ["", "caller,callee\n1,2\n", "\x00\xff"])
def test_a_file_that_holds_no_calls_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "calls.csv").write_text(text)
    arguments = ["campaigns", "link", "--calls", str(tmp_path / "calls.csv"), "--home", str(tmp_path / "h")]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_names_that_are_no_numbers_are_told_and_left_out(tmp_path: Path) -> None:
    rows = "".join(f"{caller},13800138000,2026-08-18T10:00:{at:02}+08:00\n" for at, caller in enumerate("5x7"))
    (tmp_path / "calls.csv").write_text(f"caller,callee,start\n{rows}")
    arguments = ["campaigns", "link", "--calls", str(tmp_path / "calls.csv"), "--home", str(tmp_path / "h")]
    result = CliRunner().invoke(cli, arguments)
    assert (result.exit_code, "no caller of 3 calls is a number" in result.stderr) == (2, True), result.output
    with (tmp_path / "calls.csv").open("a") as file:
        file.write("13912345678,13800138000,2026-08-18T10:01:00+08:00\n")
    result = CliRunner().invoke(cli, arguments)
    assert (result.exit_code, "3 calls left out" in result.stderr) == (0, True), result.output


def test_whoever_changed_number_is_not_linked_to_others_by_habits(tmp_path: Path) -> None:
    world = SmallWorld(104, phones=200, decoys=6)
    pq.write_table(world.calls, tmp_path / "calls.parquet")
    out = tmp_path / "links.parquet"
    ran(
        "campaigns",
        "link",
        "--calls",
        str(tmp_path / "calls.parquet"),
        "--out",
        str(out),
        "--home",
        str(tmp_path / "h"),
    )
    sure = [{row["a"], row["b"]} for row in pq.read_table(out).to_pylist() if row["p_same"] > 0.5]
    for old, new in world.changes.items():
        assert [pair for pair in sure if pair & {old, new}] in ([{old, new}], [])
