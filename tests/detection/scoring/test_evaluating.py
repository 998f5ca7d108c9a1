"""`wurao detect evaluate`: its names, that it learns, and what it refuses in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from pyarrow import csv, parquet

from wurao.cli import cli
from wurao.detection.scoring import evaluating

KEYS = (
    *("auc", "average_precision", "macro_f1", "macro_recall", "g_mean", "recall_at_precision_99"),
    *("tpr_at_fpr_001", "tpr_at_fpr_0001", "n_train", "n_test"),
)
"""FORMATS' names."""


@pytest.fixture(autouse=True)
def _fewer_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "TABLE", replace(evaluating.TABLE, rounds=120))


def evaluated(train: Path, test: Path, *more: str) -> Result:
    arguments = ["--train", str(train), "--test", str(test), "--label", "bad", "--id", "number"]
    return CliRunner().invoke(cli, ["detect", "evaluate", *arguments, *more])


def test_figures_have_their_names_and_say_that_it_learns(tables: tuple[Path, Path]) -> None:
    figures = json.loads(evaluated(*tables, "--json").stdout)
    assert set(KEYS) <= set(figures)
    assert (figures["n_train"], figures["n_test"], figures["columns"]) == (400, 300, 3)
    assert figures["auc"] > 0.8
    assert 0.5 < figures["macro_f1"] < 1


def test_the_same_tables_give_the_same_figures_and_csv_does_too(tables: tuple[Path, Path], tmp_path: Path) -> None:
    first = evaluated(*tables, "--json").stdout
    assert evaluated(*tables, "--json").stdout == first
    as_csv = tmp_path / "train.csv"
    csv.write_csv(parquet.read_table(tables[0]).select(["number", "calls", "noise", "bad"]), as_csv)
    figures = json.loads(evaluated(as_csv, tables[1], "--json").stdout)
    assert figures["columns"] == 2


def test_columns_are_chosen_and_dropped(tables: tuple[Path, Path]) -> None:
    assert json.loads(evaluated(*tables, "--json", "--columns", "calls, answered").stdout)["columns"] == 2
    noise = json.loads(evaluated(*tables, "--json", "--drop", "calls,answered").stdout)
    assert noise["columns"] == 1
    assert noise["auc"] < 0.7
    assert evaluated(*tables, "--columns", "calls", "--drop", "noise").exit_code == 2


def test_whole_numbers_that_all_differ_name_a_row_and_are_not_learnt(tables: tuple[Path, Path]) -> None:
    table = parquet.read_table(tables[0])
    parquet.write_table(table.append_column("node", pa.array(range(400))), tables[0])
    assert json.loads(evaluated(*tables, "--json").stdout)["columns"] == 3


def test_holes_and_infinities_are_missing_values(tables: tuple[Path, Path]) -> None:
    table = parquet.read_table(tables[0])
    calls = table.column("calls").to_numpy().copy()
    calls[::50], calls[1::50], calls[2::50] = np.inf, -np.inf, 1e300
    parquet.write_table(table.set_column(1, "calls", pa.array(calls)), tables[0])
    assert json.loads(evaluated(*tables, "--json").stdout)["auc"] > 0.7


Change = Callable[[pa.Table], pa.Table]


def _label(values: list[object]) -> Change:
    return lambda table: table.set_column(4, "bad", pa.array(values * (len(table) // len(values))))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop_columns(["number"]), "no column 'number'"),
        (lambda table: table.drop_columns(["bad"]), "no column 'bad'"),
        (lambda table: table.drop_columns(["calls", "noise", "answered"]), "no numeric column"),
        (lambda table: table.slice(0, 30), "too few"),
        (lambda table: table.slice(0, 0), "too few"),
        (lambda table: pa.concat_tables([table, table]), "come twice"),
        (_label([0, 1, 2, 1]), "holds 2"),
        (_label(["yes", "no"]), "holds no"),
        (_label([0, None]), "empty in 200 rows"),
        (_label([0, 0]), "too few"),
        (lambda table: table.append_column("calls", table.column("noise")), "twice"),
        (lambda table: table.set_column(0, "number", pa.array([[i] for i in range(len(table))])), "holds lists"),
        (lambda table: table.set_column(4, "bad", pa.array([np.nan, 1.0] * 200)), "holds nan"),
    ],
)
def test_an_unfit_table_to_learn_from_is_one_line(tables: tuple[Path, Path], change: Change, said: str) -> None:
    parquet.write_table(change(parquet.read_table(tables[0])), tables[0])
    result = evaluated(*tables, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop_columns(["noise"]), "no column 'noise'"),
        (lambda table: table.set_column(3, "noise", pa.array(["x"] * len(table))), "is string, not numeric"),
        (_label([1]), "too few"),
    ],
)
def test_an_unfit_table_to_judge_is_one_line(tables: tuple[Path, Path], change: Change, said: str) -> None:
    parquet.write_table(change(parquet.read_table(tables[1])), tables[1])
    result = evaluated(*tables)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


def test_a_row_that_was_learnt_is_not_tested_on(tables: tuple[Path, Path]) -> None:
    result = evaluated(tables[0], tables[0])
    assert result.exit_code == 2
    assert "400 ids of 'number' are in both tables" in result.stderr


def test_what_is_no_table_is_refused(tables: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not")
    assert "no readable table" in evaluated(broken, tables[1]).stderr
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert "no readable table" in evaluated(empty, tables[1]).stderr
    assert evaluated(tmp_path / "none.csv", tables[1]).exit_code == 2
