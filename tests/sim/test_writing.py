"""The files: columns of the facts, same bytes for the same seed, and no truth among the facts."""

import hashlib
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from wurao.cli import cli
from wurao.cli.simulate import simulate
from wurao.core.categories import find
from wurao.core.errors import ConfigError
from wurao.core.facts import FACTS
from wurao.core.numbers import read
from wurao.sim.figures import FILES, shipped

NAMES = ("calls", "messages", "reports", "disclosures", "wishes", "contacts", "verified", "assignments")
TYPES = {"number": "string", "text": "string", "enum": "string", "time": "int64", "int": "int32"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("town")
    _simulate(out)
    return out


def _simulate(out: Path) -> dict[str, int]:
    arguments = ["--out", str(out), "--subscribers", "300", "--days", "3", "--seed", "7", "--json"]
    result = CliRunner().invoke(simulate, arguments)
    assert result.exit_code == 0, result.output
    rows: dict[str, int] = json.loads(result.stdout)
    return rows


def test_same_seed_same_bytes(town: Path, tmp_path: Path) -> None:
    rows = _simulate(tmp_path)
    for name, count in rows.items():
        first, second = town / f"{name}.parquet", tmp_path / f"{name}.parquet"
        assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest(), name
        assert pq.read_metadata(first).num_rows == count
    assert not list(town.rglob("*.part"))


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_the_facts(town: Path, name: str) -> None:
    schema = pq.read_schema(town / f"{name}.parquet")
    for field in schema:
        column = FACTS[name].column(field.name)
        assert column is not None, f"{name}.{field.name} is no column of the fact"
        assert column.name == field.name
        assert str(field.type) == TYPES[column.type]
    required = {column.name for column in FACTS[name].columns if column.required}
    assert required <= set(schema.names)


@pytest.mark.parametrize("name", NAMES)
def test_values_fit_their_columns(town: Path, name: str) -> None:
    table = pq.read_table(town / f"{name}.parquet")
    for column in FACTS[name].columns:
        if column.name not in table.column_names:
            continue
        values = table[column.name].to_pylist()
        present = {value for value in values if value is not None}
        assert not column.required or None not in values
        if column.type == "enum":
            assert present <= set(column.choices)
        elif column.type == "number":
            assert all(read(value) for value in present)
        elif column.type == "int":
            assert all(column.low <= value <= column.high for value in present)
        elif column.type == "text":
            assert all(len(value) <= column.limit for value in present)


def test_truth_stays_out_of_the_facts(town: Path) -> None:
    truth = pq.read_table(town / "truth" / "callers.parquet")
    names = {value for value in truth["campaign"].to_pylist() if value}
    assert len(names) >= 12
    for name in NAMES:
        table = pq.read_table(town / f"{name}.parquet")
        words = {str(value) for column in table.columns for value in column.unique().to_pylist()}
        assert not words & names
        assert not {"campaign", "nuisance", "line", "person", "succeeds"} & set(table.column_names)
        assert name == "disclosures" or "source" not in table.column_names


def test_truth_knows_every_caller(town: Path) -> None:
    truth = pq.read_table(town / "truth" / "callers.parquet").to_pylist()
    known = {row["number"] for row in truth}
    assert len(known) == len(truth)
    callers = set(pq.read_table(town / "calls.parquet")["caller"].to_pylist())
    assert {caller for caller in callers - known if not caller.startswith("700")} == set()
    assert all(row["from_us"] <= row["to_us"] for row in truth)
    nuisance = [row for row in truth if row["nuisance"]]
    assert all(row["campaign"] and row["operator"] and row["person"] for row in nuisance)
    assert {find(row["category"]).of_class for row in nuisance} == {"commercial", "harassment", "illegal"}
    assert {find(row["category"]).of_class for row in truth if not row["nuisance"]} == {"legitimate"}
    assert all(row["succeeds"] in known for row in nuisance if row["succeeds"])


def test_campaigns_list_their_numbers_and_leaks_their_holders(town: Path) -> None:
    campaigns = {row["campaign"]: row for row in pq.read_table(town / "truth" / "campaigns.parquet").to_pylist()}
    truth = pq.read_table(town / "truth" / "callers.parquet").to_pylist()
    for row in truth:
        if row["nuisance"]:
            assert row["number"] in campaigns[row["campaign"]]["numbers"]
    assert sum(row["calls"] for row in campaigns.values()) > 100
    leaks = pq.read_table(town / "truth" / "leaks.parquet").to_pylist()
    assert {leak["campaign"] for leak in leaks} <= set(campaigns)
    holders = set(pq.read_table(town / "disclosures.parquet")["holder"].to_pylist())
    assert {leak["holder"] for leak in leaks} <= holders


def test_everything_can_be_imported(town: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    for name in NAMES:
        result = CliRunner().invoke(cli, ["import", name, str(town / f"{name}.parquet"), "--home", home, "--json"])
        assert result.exit_code == 0, result.output
        counted = json.loads(result.stdout)
        assert counted["quarantined"] == 0
        assert counted["stored"] == pq.read_metadata(town / f"{name}.parquet").num_rows


def test_figures_of_ones_own_replace_tables(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("drift_a_week = 0.5\n")
    assert shipped(own).drift_a_week == 0.5
    for wrong in ("drift_a_week = 'x'", "nobody = 1", "= 3", "[curves]\nwaking = [1, 2]"):
        own.write_text(wrong)
        with pytest.raises(ConfigError):
            shipped(own)
    with pytest.raises(ConfigError):
        shipped(tmp_path / "missing.toml")


def test_every_figure_has_its_source(town: Path) -> None:
    for name in FILES:
        text = (files("wurao.sim") / name).read_text("utf-8")
        assert "chosen" in text.lower()
        assert "Sichuan" in text or name == "legit.toml"


def test_memory_stays_within_bounds(tmp_path: Path) -> None:
    """Three times the days take no more memory: a process of its own says its peak."""

    def peak_mb(days: int) -> int:
        program = [sys.executable, "-c", "from wurao.cli import main; main()"]
        asked = ["simulate", "--out", str(tmp_path / str(days)), "--subscribers", "3000", "--days", str(days)]
        watched = (
            f"import resource, subprocess; subprocess.run({[*program, *asked]!r}, check=True, capture_output=True);"
        )
        watched += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
        return int(subprocess.run([sys.executable, "-c", watched], check=True, capture_output=True, text=True).stdout)

    assert peak_mb(9) < peak_mb(3) + 120


def test_refuses_a_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    result = CliRunner().invoke(simulate, ["--out", str(tmp_path / "x"), "--subscribers", "50", "--days", "1"])
    assert result.exit_code != 0
    assert "no folder" in str(result.exception)
