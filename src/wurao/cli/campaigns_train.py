"""``wurao campaigns train``: the pair model learnt anew from simulated worlds."""

from pathlib import Path
from typing import Final

import click
import msgspec

from wurao.cli.options import answer, home_option, json_option
from wurao.core.errors import InputError
from wurao.store.home import Home

CALLS: Final = "calls.parquet"
TRUTH: Final = "truth/callers.parquet"

worlds_option = click.option(
    "--world",
    "worlds",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path, exists=True),
    help="Folder that wurao simulate wrote; give it more than once.",
)
out_option = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the model."
)


class Trained(msgspec.Struct, frozen=True):
    """A model: pairs that it learnt from, how many of them are the same caller's, and where it lies."""

    worlds: int
    pairs: int
    same: int
    folder: str


@click.command(epilog="Example: wurao campaigns train --world world-1 --world world-2 --out pairs")
@worlds_option
@out_option
@click.option("--seed", type=int, default=1, show_default=True, help="Which pairs and columns each tree sees.")
@home_option
@json_option
def train(*, worlds: tuple[Path, ...], out: Path, seed: int, home: Path, as_json: bool) -> None:
    """Learn from worlds with a truth which pairs of numbers are one caller's."""
    import numpy as np
    import pyarrow as pa

    from wurao.cli.campaigns_link import opened
    from wurao.detection.linking import counted, learning, pair_model, profiles

    scratch, seen = Home.create(home).folder("scratch"), []
    for at, world in enumerate(worlds):
        campaign = campaigns_in(world)
        with opened(world / CALLS, scratch) as (calls, written):
            summary = counted.summary(calls)
            summary = summary.filter(pa.array(profiles.suspects(summary)))
            numbers = np.asarray(summary.column("caller")).astype(np.int64)
            known = profiles.profiles(calls, summary, numbers)
        of = [campaign.get(written.get(number, "")) for number in numbers.tolist()]
        seen.append(learning.pairs_of(known, of, seed + at))
        click.echo(f"{world}: {len(seen[-1].same):,} pairs", err=True)
    recipe = pair_model.Recipe(seed=seed)
    pairs, same = sum(len(one.same) for one in seen), sum(int(one.same.sum()) for one in seen)
    pair_model.write(out, learning.train(seen, recipe), _card(worlds, pairs, same, recipe))
    done = Trained(len(worlds), pairs, same, str(out))
    answer(done, as_json=as_json, text=lambda: f"{pairs:,} pairs of {len(worlds)} worlds, {same:,} the same: {out}")


def campaigns_in(world: Path) -> dict[str, str | None]:
    """Return the campaign of each number of a world, None for who belongs to none; raises InputError."""
    from wurao.detection.scoring.labelled import read_table

    lacking = next((name for name in (CALLS, TRUTH) if not (world / name).exists()), None)
    if lacking:
        raise InputError(f"there is no {lacking}", where=str(world), mend="wurao simulate makes worlds")
    truth = read_table(world / TRUTH).select(["number", "campaign"]).to_pylist()
    return {str(row["number"]): row["campaign"] for row in truth}


def _card(worlds: tuple[Path, ...], pairs: int, same: int, recipe: object) -> str:
    return f"""# Pair model

Tells whether two numbers are worn by the same caller, from how, whom, when and through what they call
(docs/campaigns.md). Learnt from **simulated** worlds only: what it says of a real network was not measured.

- worlds: {", ".join(world.name for world in worlds)}, as `wurao simulate` draws them
- pairs: {pairs:,}, of which {same:,} are of one campaign; each learnt from again without trunk and user agent, without
  device, and without ring times
- recipe: {msgspec.json.encode(recipe).decode()}

Not for: a person's identity; proof. A link says that two numbers call alike, never who calls.
"""
