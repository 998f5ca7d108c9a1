"""``wurao simulate``: a simulated world as files."""

import sys
from pathlib import Path
from typing import Any

import click

from wurao.cli.options import answer, json_option
from wurao.core.clock import SystemClock, parse_instant
from wurao.core.errors import InputError

DEFAULT_START = "2026-03-02T00:00:00+08:00"
"""A Monday; fixed, so that the same seed gives the same bytes on any day."""


@click.command(
    epilog="Example: wurao simulate --out world --subscribers 2000 --days 14 --seed 1",
    context_settings={"show_default": True},
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the files.")
@click.option("--subscribers", type=int, default=2000, help="People whose calls are seen.")
@click.option("--days", type=int, default=14, help="Days to simulate, local and whole.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same bytes.")
@click.option("--start", default=DEFAULT_START, metavar="DATE", help="First day, ISO 8601, China time.")
@click.option("--numbers", multiple=True, metavar="NAME=N", help="Draw only these (courier=300000, person=500).")
@click.option("--wider", type=float, default=1.0, help="Spans of legitimate kinds, so many times as wide.")
@click.option(
    "--blocking", is_flag=True, help="Show what our own blocking stops: rejected, and what attackers do then."
)
@click.option("--figures", multiple=True, type=click.Path(path_type=Path), help="TOML whose tables replace ours.")
@json_option
def simulate(out: Path, figures: tuple[Path, ...], *, as_json: bool, **asked: Any) -> None:
    """Write the facts of a simulated world to a folder, and the truth apart in its folder truth/.

    What a simulation shows holds for the simulation: its people are not the people who make calls.
    """
    from wurao.sim.figures import shipped
    from wurao.sim.world import Options, World
    from wurao.sim.writing import write

    at_us = parse_instant(asked["start"], now_us=SystemClock().now_us())
    options = Options(dict(_number(part) for part in asked["numbers"]), asked["wider"], asked["blocking"])
    world = World(shipped(*figures), asked["seed"], asked["subscribers"], at_us, asked["days"], options)
    with click.progressbar(length=asked["days"], label="simulating", file=sys.stderr) as bar:
        rows = write(world, out, lambda _done, _of: bar.update(1))
    answer(rows, as_json=as_json, text=lambda: "\n".join(f"{name}: {n:,} rows" for name, n in rows.items()))


def _number(part: str) -> tuple[str, int]:
    name, _, count = part.partition("=")
    if not count.isascii() or not count.isdigit() or len(count) > 9:
        raise InputError(f"{part!r} is no NAME=N", mend="write it such as courier=40")
    return name, int(count)
