"""``wurao config`` and ``wurao configtest``: the settings in force, and whether they can be."""

from pathlib import Path

import click
import msgspec

from wurao.cli.options import answer, home_option, json_option
from wurao.core.errors import ConfigError
from wurao.screening.compiling import compiled
from wurao.screening.config import Loaded, load
from wurao.screening.maps import OperatorMaps


class Setting(msgspec.Struct, frozen=True):
    """One setting with its value and the file and line that set it."""

    name: str
    value: object
    origin: str


class Tested(msgspec.Struct, frozen=True):
    """What a sound configuration amounts to."""

    ok: bool
    symbols: int
    composites: int
    settings: int
    maps: dict[str, int]


@click.group()
def config() -> None:
    """Look at the settings of a home."""


@config.command(epilog="Example: wurao config show --effective")
@click.option("--effective", is_flag=True, help="Show every setting, not only those of local.d and override.d.")
@home_option
@json_option
def show(effective: bool, home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Print settings with the file and line that set each."""
    found = _settings(load(home / "conf"), effective=effective)
    answer({"settings": found}, as_json=as_json, text=lambda: _for_people(found))


@click.command(epilog="Example: wurao configtest --home /srv/wurao")
@home_option
@json_option
def configtest(home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Read every settings file and map as the service would; exit code 2 names file and line of what is wrong."""
    loaded = load(home / "conf")
    compiled(loaded.policy)
    maps = OperatorMaps(loaded.policy, home / "conf")
    maps.refresh()
    if maps.refused:
        raise ConfigError("\n".join(maps.refused.values()))
    policy = loaded.policy
    tested = Tested(True, len(policy.symbols), len(policy.composites), len(policy.settings), maps.sizes())  # noqa: FBT003
    answer(
        tested,
        as_json=as_json,
        text=lambda: f"sound: {tested.symbols} symbols, {tested.composites} composites, {tested.settings} settings",
    )


def _settings(loaded: Loaded, *, effective: bool) -> list[Setting]:
    return [
        Setting(".".join(path), value, origin)
        for path, value, origin in loaded.leaves()
        if effective or not origin.startswith("shipped/")
    ]


def _for_people(found: list[Setting]) -> str:
    if not found:
        return "Nothing differs from what is shipped; --effective shows all of it."
    return "\n".join(f"{s.name} = {msgspec.json.encode(s.value).decode()}  # {s.origin}" for s in found)
