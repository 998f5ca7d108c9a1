"""A benchmark runs at a small size and prints one JSON document with machine, sizes, baseline and ratio."""

import json

import pytest
from click.testing import CliRunner

from wurao.bench import decide, live, shield
from wurao.cli.bench import bench


def test_decide_answers_with_its_figures() -> None:
    figures = decide.run(long=False, risks=2_000, wishes=5_000)
    assert figures["bytes_per_risk"] <= 14
    assert figures["baseline"]
    assert figures["machine"]["cores"] > 0
    assert 0 < figures["rejected_share"] < 0.5


def test_shield_measures_both_layouts() -> None:
    figures = shield.run(long=False, subscribers=400_000)
    assert figures["dense"]["bytes_per_subscriber"] < 2.1
    assert figures["spread"]["bytes_per_subscriber"] < 3.4


def test_live_opens_what_it_left() -> None:
    figures = live.run(long=False, callers=20_000)
    assert figures["bytes_per_caller"] < 200
    assert figures["replayed"] == {"callers": 20_000, "events": 20_000}


@pytest.mark.parametrize("name", ["decide", "live", "shield"])
def test_the_command_says_what_it_measures(name: str) -> None:
    result = CliRunner().invoke(bench, [name, "--help"])
    assert result.exit_code == 0
    assert "--long" in result.output


def test_the_command_prints_one_json_document() -> None:
    result = CliRunner().invoke(bench, ["decide", "--risks", "1000", "--wishes", "2000"])
    assert result.exit_code == 0
    assert json.loads(result.output)["bench"] == "decide"


def test_an_unknown_benchmark_is_unusable() -> None:
    assert CliRunner().invoke(bench, ["nothing"]).exit_code == 2
