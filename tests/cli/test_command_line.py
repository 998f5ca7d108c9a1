"""Every command: help with an example, and one line with the right exit code for what can't be."""

import click
import pytest
from click.testing import CliRunner

from wurao.cli import COMMANDS, cli


def wurao(*arguments):
    return CliRunner().invoke(cli, [*map(str, arguments)])


def leaves(name):
    command = cli.get_command(click.Context(cli), name)
    if not isinstance(command, click.Group):
        return [(name,)]
    return [(name, one) for one in command.list_commands(click.Context(command))]


def test_help_lists_every_command():
    listed = wurao("--help").output
    assert all(f"  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_shows_an_example(name):
    for words in leaves(name):
        shown = wurao(*words, "--help")
        assert shown.exit_code == 0, shown.output
        assert f"wurao {' '.join(words)}" in shown.output.partition("\n")[2], words


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("import", "dreams", "x.csv"),
        ("import", "calls"),
        ("import", "calls", "missing.csv"),
        ("import", "calls", "missing.xyz"),
        ("screen", "missing.parquet"),
        ("screen", "missing.parquet", "--as-of", "yesterday"),
        ("explain", "nobody"),
        ("explain", "13800138000"),
        ("erase", "nobody"),
        ("erase", "13800138000"),
        ("keys", "show"),
        ("keys", "rotate", "join"),
        ("shield", "inspect"),
        ("upgrade",),
        ("serve", "--port", "0"),
        ("edge",),
        ("edge", "--line", "/nonexistent/line.sock"),
        ("run", "--as", "nobody"),
    ],
    ids=" ".join,
)
def test_what_can_not_be_done_is_one_line_and_exit_code_2(arguments, tmp_path, monkeypatch):
    monkeypatch.setenv("WURAO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    failed = wurao(*arguments)
    assert failed.exit_code == 2, failed.output
    assert isinstance(failed.exception, SystemExit)
    assert "Traceback" not in failed.stderr
    assert failed.stdout == ""
    last = failed.stderr.strip().splitlines()[-1]
    assert last.startswith(("wurao: ", "Error: "))


@pytest.mark.parametrize("count", ["x", "courier=", "courier=-1", "nobody=3"])
def test_a_town_that_can_not_be_is_refused(tmp_path, count):
    failed = wurao("simulate", "--out", tmp_path / "town", "--days", 1, "--subscribers", 10, "--numbers", count)
    assert failed.exit_code == 2, failed.output
    assert failed.stderr.count("\n") == 1


def test_rows_set_aside_are_exit_code_3(tmp_path):
    calls = tmp_path / "calls.csv"
    calls.write_text("caller,callee,start\n13800000001,13900000000,2026-08-01 09:30:00\nx,y,z\n")
    home = ("--home", tmp_path / "home")
    assert wurao("import", "calls", calls, *home).exit_code == 3
    assert wurao("screen", calls, *home).exit_code == 3
