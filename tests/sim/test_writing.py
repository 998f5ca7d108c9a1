"""The files: columns of the facts, same bytes for the same seed, and no truth among the facts."""

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from wurao.cli.simulate import simulate
from wurao.core.facts import FACTS
from wurao.core.numbers import read

NAMES = ("calls", "messages", "reports", "disclosures", "wishes", "contacts", "verified")
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
    assert names == {"loan-robot", "estate-agents", "stock-tips"}
    for name in NAMES:
        table = pq.read_table(town / f"{name}.parquet")
        words = {str(value) for column in table.columns for value in column.unique().to_pylist()}
        assert not words & names
        assert not {"source", "campaign", "nuisance", "role", "line"} & (set(table.column_names) - {"source"})


def test_truth_knows_every_caller(town: Path) -> None:
    numbers = pq.read_table(town / "truth" / "callers.parquet")["number"].to_pylist()
    known = set(numbers)
    assert len(known) == len(numbers)
    callers = set(pq.read_table(town / "calls.parquet")["caller"].to_pylist())
    assert {caller for caller in callers - known if not caller.startswith("700")} == set()
    leaks = pq.read_table(town / "truth" / "leaks.parquet").to_pylist()
    assert {leak["campaign"] for leak in leaks} <= {"loan-robot", "estate-agents", "stock-tips"}


def test_refuses_a_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    result = CliRunner().invoke(simulate, ["--out", str(tmp_path / "x"), "--subscribers", "50", "--days", "1"])
    assert result.exit_code != 0
    assert "no folder" in str(result.exception)
