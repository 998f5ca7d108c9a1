"""Docs that cannot rot: what a user meets – commands, symbols, settings, metrics, errors, guards – is in docs/."""

import importlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
from msgspec import inspect as info

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src/wurao"


@cache
def docs() -> str:
    """Everything written under docs/."""
    return "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").rglob("*.md")))


def missing(names: Iterator[str] | set[str]) -> list[str]:
    """The names that docs/ nowhere mentions as a word of their own."""
    return sorted({name for name in names if not re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", docs())})


def configuration() -> Iterator[dict[str, Any]]:
    """Each shipped TOML file."""
    for path in sorted((SOURCE / "conf").rglob("*.toml")):
        yield tomllib.loads(path.read_text(encoding="utf-8"))


def commands(command: click.Command, path: str, context: click.Context) -> Iterator[str]:
    """Every command that does something, as it is typed."""
    if command.hidden:
        return
    if not isinstance(command, click.Group):
        yield path
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None, f"{path} {name} is listed but can't be loaded"
        yield from commands(child, f"{path} {name}", click.Context(child, parent=context, info_name=name))


def settings(kind: info.Type, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted names of the leaves, with NAME and LEVEL where a table's keys are the operator's choice."""
    match kind:
        case info.StructType(fields=fields):
            for field in fields:
                yield from settings(field.type, (*path, field.encode_name))
        case info.DictType(key_type=key, value_type=value):
            yield from settings(value, (*path, "NAME" if isinstance(key, info.StrType) else "LEVEL"))
        case _:
            yield ".".join(path)


def in_source(pattern: str) -> set[str]:
    """What the pattern's group finds in our source."""
    return {name for path in SOURCE.rglob("*.py") for name in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_every_command_is_documented() -> None:
    main = importlib.import_module("wurao.cli").cli
    assert not missing(commands(main, "wurao", click.Context(main, info_name="wurao")))


def test_every_command_has_a_line_of_help_and_an_example() -> None:
    main = importlib.import_module("wurao.cli").cli
    context = click.Context(main, info_name="wurao")
    for path in commands(main, "wurao", context):
        command: click.Command | None = main
        for name in path.split()[1:]:
            assert isinstance(command, click.Group)
            command = command.get_command(context, name)
        text = f"{command.help} {command.epilog}" if command else ""
        assert path in text, f"`{path} --help` shows no example"


def test_every_symbol_is_documented() -> None:
    names = {name for table in configuration() for kind in ("symbols", "composites") for name in table.get(kind, {})}
    assert names
    assert not missing(names)


def test_every_setting_is_documented() -> None:
    policy = importlib.import_module("wurao.screening.policy").Policy
    names = set(settings(info.type_info(policy)))
    assert "thresholds.LEVEL.reject" in names
    assert not missing(names)


def test_every_environment_variable_is_documented() -> None:
    assert not missing(in_source(r'"(WURAO_[A-Z_]+)"'))


def test_every_metric_is_documented() -> None:
    assert not missing(in_source(r'(?:Counter|Gauge|Histogram|Summary|Info|Family)\(\s*"(wurao_\w+)"'))


def test_every_error_is_documented() -> None:
    errors = importlib.import_module("wurao.core.errors")
    ours = {name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, Exception)}
    assert "Error" in ours
    assert not missing(ours)


def test_every_guard_and_action_is_documented() -> None:
    verdict = importlib.import_module("wurao.core.verdict")
    assert not missing({f"`{one.text}`" for one in (*verdict.Guard, *verdict.Action)})


def test_every_decision_record_is_in_the_index() -> None:
    folder = ROOT / "docs/adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert not [page.name for page in folder.glob("[0-9]*.md") if f"({page.name})" not in index]
