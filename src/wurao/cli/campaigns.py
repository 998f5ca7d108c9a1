"""``wurao campaigns``: which numbers belong together: linked, listed, shown and exported."""

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeVar

import click
import msgspec

from wurao.cli.campaigns_link import link
from wurao.cli.campaigns_train import train
from wurao.cli.campaigns_train_vests import train_vests
from wurao.cli.options import answer, home_option, json_option
from wurao.core import numbers
from wurao.core.campaigns import Campaign, Described
from wurao.core.clock import SystemClock, iso
from wurao.core.errors import InputError
from wurao.edge.live.campaigns import LiveCampaigns
from wurao.store.book import Book
from wurao.store.durable import replace_file
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

Found = TypeVar("Found")

_SHOWN: Final = 30
_OWNER_ONLY: Final = 0o600


@click.group()
def campaigns() -> None:
    """Find the numbers that one caller wears, and what is known of each campaign."""


campaigns.add_command(link)
campaigns.add_command(train)
campaigns.add_command(train_vests)


@campaigns.command("list", epilog="Example: wurao campaigns list")
@home_option
@json_option
def list_(home: Path, *, as_json: bool) -> None:
    """List the campaigns of the newest run, the busiest first."""
    with _of_home(home) as live:
        found = live.standing()
    answer(
        found, as_json=as_json, text=lambda: "\n".join(map(_line, found)) or "no campaigns yet: wurao campaigns link"
    )


@campaigns.command(epilog="Example: wurao campaigns show c-7f3a9b21")
@click.argument("campaign_id", metavar="ID")
@home_option
@json_option
def show(campaign_id: str, home: Path, *, as_json: bool) -> None:
    """Show a campaign: its numbers as one appears and another ends, its history, and why each link is held."""
    with _of_home(home) as live:
        found = _known(live.described(campaign_id), campaign_id)
    answer(found, as_json=as_json, text=lambda: _shown(found))


@campaigns.command(epilog="Example: wurao campaigns export c-7f3a9b21 --out traceback.json")
@click.argument("campaign_id", metavar="ID")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file of the owner's only.")
@home_option
@json_option
def export(campaign_id: str, out: Path | None, home: Path, *, as_json: bool) -> None:
    """Write what a traceback request needs: numbers in clear, times, trunks and user agents, latest calls."""
    with _of_home(home) as live:
        found = _known(live.traceback(campaign_id), campaign_id)
        live.looked(found, getpass.getuser(), SystemClock().now_us())
    if out is None:
        answer(found, as_json=True, text=str)
        return
    replace_file(out, msgspec.json.format(msgspec.json.encode(found)), mode=_OWNER_ONLY)
    counts = {"campaign": found.campaign.id, "numbers": len(found.numbers), "file": str(out)}
    answer(counts, as_json=as_json, text=lambda: f"{len(found.numbers):,} numbers of {found.campaign.id} in {out}")


@contextmanager
def _of_home(path: Path) -> Iterator[LiveCampaigns]:
    home = Home.open(path)
    with closing(Book.at(home.book)) as book:
        yield LiveCampaigns(home, Lake(home), Identities(KeyRing.open(home)), book)


def _known(found: Found | None, campaign_id: str) -> Found:
    if found is None:
        raise InputError(f"there is no campaign {campaign_id[:40]!r}", mend="wurao campaigns list names them")
    return found


def _line(one: Campaign) -> str:
    return (
        f"{one.id}  {one.zh} · {one.en}: {one.numbers:,} numbers, {one.calls:,} calls, "
        f"{iso(one.first_us)[:10]} to {iso(one.last_us)[:10]}"
    )


def _shown(found: Described) -> str:
    lines = [_line(found.campaign)]
    lines += [
        f"  {iso(one.at_us)[:16]} {one.what}, {one.numbers:,} numbers {' '.join(one.others)}".rstrip()
        for one in found.campaign.history
    ]
    written = {one.key: numbers.mask(one.number) for one in found.members}
    lines += [
        f"  {written[one.key]}  {iso(one.first_us)[:16]} – {iso(one.last_us)[:16]}, {one.calls:,} calls"
        for one in found.members[:_SHOWN]
    ]
    for one in found.links[:_SHOWN]:
        why = ", ".join(f"{name} {weight:+.1f}" for name, weight in one.families.items())
        lines.append(f"  {written.get(one.a, '?')} = {written.get(one.b, '?')}  p {one.p_same:.3f}: {why}")
    return "\n".join(lines)
