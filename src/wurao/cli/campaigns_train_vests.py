"""``wurao campaigns train-vests``: the vest model learnt anew from simulated worlds."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from wurao.cli.campaigns_link import opened
from wurao.cli.campaigns_train import CALLS, campaigns_in, out_option, worlds_option
from wurao.cli.options import answer, home_option, json_option
from wurao.core.errors import InputError
from wurao.core.numbers import read
from wurao.store.home import Home

if TYPE_CHECKING:
    from wurao.detection.inheriting.learning import Firsts

DAYS: Final = 5
"""Last days of each world whose callers are learnt from."""


class Trained(msgspec.Struct, frozen=True):
    """A model: rows that it learnt from, how many of them are of a number and its own campaign, where it lies."""

    worlds: int
    rows: int
    same: int
    folder: str


@click.command("train-vests", epilog="Example: wurao campaigns train-vests --world world-1 --out vests")
@worlds_option
@out_option
@click.option("--seed", type=int, default=1, show_default=True, help="Which rows are learnt from.")
@home_option
@json_option
def train_vests(*, worlds: tuple[Path, ...], out: Path, seed: int, home: Path, as_json: bool) -> None:
    """Learn from worlds with a truth which new numbers are a known campaign's, by their first calls."""
    from wurao.detection.inheriting import vest_model
    from wurao.detection.inheriting.learning import learnt

    scratch = Home.create(home).folder("scratch")
    seen = [one for at, world in enumerate(worlds) for one in _firsts(world, scratch, seed + at)]
    if not any(one.same.any() for one in seen):
        raise InputError("no number of these worlds follows another of its campaign", mend="simulate longer worlds")
    rows, same = sum(len(one.same) for one in seen), sum(int(one.same.sum()) for one in seen)
    vest_model.write(out, learnt(seen), _card(worlds, rows, same))
    done = Trained(len(worlds), rows, same, str(out))
    answer(done, as_json=as_json, text=lambda: f"{rows:,} rows of {len(worlds)} worlds, {same:,} its own: {out}")


def _firsts(world: Path, scratch: Path, seed: int) -> "Iterator[Firsts]":
    """Yield what the first calls of a world's last days look like, each day beside the campaigns of the days before."""
    from wurao.detection.inheriting import replaying
    from wurao.detection.inheriting.learning import firsts_of

    campaign = {read(number, names=True): name for number, name in campaigns_in(world).items() if name}
    with opened(world / CALLS, scratch) as (calls, _):
        for day in replaying.last_days(calls, DAYS):
            groups: dict[str, list[object]] = {}
            for number in replaying.suspects_before(calls, day):
                if number in campaign:
                    groups.setdefault(campaign[number], []).append(number)
            signatures = replaying.signatures_before(calls, day, groups)
            yield firsts_of(signatures, replaying.replayed(calls, day), campaign, seed)
            click.echo(f"{world}: a day after {len(groups)} campaigns", err=True)


def _card(worlds: tuple[Path, ...], rows: int, same: int) -> str:
    return f"""# Vest model

Tells whether a new number is a known campaign's, from how its first five calls resemble that campaign's
(docs/campaigns.md). Learnt from **simulated** worlds only: what it says of a real network was not measured.

- worlds: {", ".join(world.name for world in worlds)}, as `wurao simulate` draws them; the last {DAYS} days of each,
  every day beside the campaigns that the truth names of the days before
- rows: {rows:,}, of which {same:,} are of a number and its own campaign; every wanted caller is taken for a new one
- columns: what a decision ring tells: caller, callee, time and trunk

Not for: a person's identity; proof. It says that a number calls as a campaign's next number would, never who calls.
"""
