"""``wurao simulate``: a simulated town as files."""

import sys
from pathlib import Path

import click

from wurao.cli.options import answer, json_option
from wurao.core.clock import HOUR_US, SystemClock, parse_instant
from wurao.core.errors import InputError

DEFAULT_START = "2026-03-02T00:00:00+08:00"
"""A Monday; fixed, so that the same seed gives the same bytes on any day."""


@click.command(
    epilog="Example: wurao simulate --out town --subscribers 2000 --days 14 --seed 1",
    context_settings={"show_default": True},
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the files.")
@click.option("--subscribers", type=int, default=2000, help="People whose calls are seen.")
@click.option("--days", type=int, default=14, help="Days to simulate.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same bytes.")
@click.option("--start", default=DEFAULT_START, metavar="DATE", help="First day, ISO 8601, China time.")
@click.option("--numbers", multiple=True, metavar="NAME=N", help="Numbers of a service or campaign (courier=40).")
@json_option
def simulate(
    out: Path, subscribers: int, days: int, seed: int, start: str, numbers: tuple[str, ...], *, as_json: bool
) -> None:
    """Write the facts of a simulated town to a folder, and the truth apart in its folder truth/.

    What a simulation shows holds for the simulation: its people are not the people who make calls.
    """
    from wurao.sim.figures import shipped
    from wurao.sim.town import Town
    from wurao.sim.writing import write

    at_us = parse_instant(start, now_us=SystemClock().now_us()) // HOUR_US * HOUR_US
    town = Town(shipped(), seed, subscribers, at_us, days, dict(_number(part) for part in numbers))
    with click.progressbar(range(24 * days), label="simulating", file=sys.stderr) as bar:
        rows = write(town, out, lambda _done, _of: bar.update(1))
    answer(rows, as_json=as_json, text=lambda: "\n".join(f"{name}: {n:,} rows" for name, n in rows.items()))


def _number(part: str) -> tuple[str, int]:
    name, _, count = part.partition("=")
    if not count.isascii() or not count.isdigit() or len(count) > 9:
        raise InputError(f"{part!r} is no NAME=N", mend="write it such as courier=40")
    return name, int(count)
