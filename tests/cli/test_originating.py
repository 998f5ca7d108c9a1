"""``wurao originating list``: own numbers from imported call records, masked for people, in clear in the file."""

import json

import pytest
from click.testing import CliRunner

from wurao.cli import cli

CALLS = """caller,callee,start,talk_ms,disposition,ingress
+8617012345678,+8613900000001,2026-08-18T10:00:00+08:00,5000,answered,
+8617012345678,+8613900000002,2026-08-18T10:01:00+08:00,0,rejected,
+8613712345678,+8613900000002,2026-08-18T10:02:00+08:00,0,rejected,
+862155550000,+8613900000002,2026-08-18T10:03:00+08:00,0,no_answer,hosted
"""
VERIFIED = "number,organisation,purpose\n+8617012345678,=HYPERLINK(1),bank_service\n"
OWN = """
[originating]
prefixes = ["86170"]
[settings.hosted]
ingress = ["hosted"]
origin = "own"
"""
SPAN = ("--from", "2026-08-18", "--to", "2026-08-19")


def wurao(folder, *words):
    return CliRunner().invoke(cli, [*words, "--home", str(folder)])


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "home"
    for fact, text in (("calls", CALLS), ("verified", VERIFIED)):
        path = tmp_path / f"{fact}.csv"
        path.write_text(text)
        assert wurao(home, "import", fact, str(path)).exit_code == 0
    (home / "conf/local.d").mkdir(parents=True)
    (home / "conf/local.d/own.toml").write_text(OWN)
    return home


def test_own_numbers_are_listed_masked(folder):
    result = wurao(folder, "originating", "list", *SPAN)
    assert result.exit_code == 0, result.output
    assert "2 own numbers by day" in result.output
    assert "17012345678" not in result.output
    assert "50% answered" in result.output
    assert "registered for bank_service" in result.output


def test_json_and_the_file_have_the_numbers(folder, tmp_path):
    out = tmp_path / "own.csv"
    result = wurao(folder, "originating", "list", *SPAN, "--json", "--out", str(out))
    assert [row["number"] for row in json.loads(result.output)] == [8617012345678, 862155550000]
    text = out.read_text(encoding="utf-8-sig")
    assert "8617012345678" in text
    assert ",'=HYPERLINK(1)," in text
    assert out.stat().st_mode & 0o077 == 0


def test_who_is_own_must_be_said(folder):
    (folder / "conf/local.d/own.toml").unlink()
    result = wurao(folder, "originating", "list")
    assert result.exit_code == 2
    assert "originating.prefixes" in result.output


@pytest.mark.parametrize("span", [("--from", "now", "--to", "-1d"), ("--from", "2020-01-01"), ("--from", "soon")])
def test_a_span_that_is_none_is_unusable(folder, span):
    result = wurao(folder, "originating", "list", *span)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_prefix_is_digits(folder):
    (folder / "conf/local.d/own.toml").write_text('[originating]\nprefixes = ["+86170"]\n')
    result = wurao(folder, "originating", "list")
    assert result.exit_code == 2
    assert "own.toml:2" in result.output
