"""``wurao detect``: learn who is a robot from how callers call, and judge callers by it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wurao.cli.detect_run import run
from wurao.cli.model_versions import NAME, NAME_HELP, at_work, features_for, models_of
from wurao.cli.options import answer, home_option, json_option
from wurao.core.clock import SystemClock
from wurao.core.errors import InputError
from wurao.core.numbers import read
from wurao.screening.config import load
from wurao.store.home import Home

if TYPE_CHECKING:
    from wurao.detection.scoring.training import Trained

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def detect() -> None:
    """Tell robots from people by how they call."""


detect.add_command(run)


@detect.command(epilog="Example: wurao detect evaluate --train a.parquet --test b.parquet --label label --id number")
@click.option("--train", type=_FILE, required=True, help="Table to learn from: Parquet or CSV.")
@click.option("--test", type=_FILE, required=True, help="Table to judge, of other ids.")
@click.option("--label", required=True, metavar="COL", help="Column that holds 1 for bad and 0 for good.")
@click.option("--id", "key", required=True, metavar="COL", help="Column that names a row.")
@click.option("--columns", metavar="A,B,…", help="Features; default: every numeric column.")
@click.option("--drop", metavar="A,B,…", help="Numeric columns that are no features.")
@json_option
def evaluate(
    *, train: Path, test: Path, label: str, key: str, columns: str | None, drop: str | None, as_json: bool
) -> None:
    """Learn from one table of numeric columns and test on another."""
    from wurao.detection.scoring import evaluating

    if columns and drop:
        raise click.UsageError("give --columns or --drop, not both")
    figures = evaluating.evaluate(train, test, label=label, key=key, columns=_names(columns), drop=_names(drop))
    answer(figures, as_json=as_json, text=lambda: _lines(figures))


@detect.command(
    epilog="Example: wurao simulate --out town && "
    "wurao detect train --calls town/calls.parquet --truth town/truth/callers.parquet"
)
@click.option("--calls", type=_FILE, required=True, help="Calls as Parquet.")
@click.option("--truth", type=_FILE, required=True, help="Table of number, category, nuisance (method, campaign).")
@click.option("--name", default=NAME, show_default=True, help=NAME_HELP)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and files give the same model.")
@click.option("--real", is_flag=True, help="The calls are a network's own, not simulated; the card says so.")
@home_option
@json_option
def train(*, calls: Path, truth: Path, name: str, seed: int, real: bool, home: Path, as_json: bool) -> None:
    """Learn a model from calls and the truth about their callers; it enters in SHADOW beside the champion."""
    from wurao.detection.scoring import training
    from wurao.detection.scoring.truth import truth_of

    folder = models_of(opened := Home.create(home), name)
    digests = {path.name: training.sha256_of(path) for path in (calls, truth)}
    sources = training.Sources(digests, simulated=not real, now_us=SystemClock().now_us())
    recipe = msgspec.structs.replace(training.ROBOTS, seed=seed)
    with opened.lock(), features_for(name, calls, opened) as (features, _):
        done = training.train(features, truth_of(truth), folder, sources, recipe)
    answer(done, as_json=as_json, text=lambda: _trained(done))


@detect.command(
    epilog="Example: wurao simulate --out couriers --seed 2 --numbers courier=300000 && "
    "wurao detect calibrate --calls couriers/calls.parquet --truth couriers/truth/callers.parquet"
)
@click.option("--calls", type=_FILE, required=True, help="Calls that the model did not learn from.")
@click.option("--truth", type=_FILE, required=True, help="Table of number, category, nuisance (method, campaign).")
@click.option("--name", default=NAME, show_default=True, help=NAME_HELP)
@home_option
@json_option
def calibrate(*, calls: Path, truth: Path, name: str, home: Path, as_json: bool) -> None:
    """Set from which evidence on each kind of wanted callers may be rejected; makes a new version."""
    from wurao.detection.scoring import calibrating, models
    from wurao.detection.scoring.training import sha256_of
    from wurao.detection.scoring.truth import truth_of

    opened = Home.open(home)
    folder = models_of(opened, name)
    place, roles = at_work(folder)
    stored = models.read(models.path_of(place, roles.champion))
    digests = {path.name: sha256_of(path) for path in (calls, truth)}
    with opened.lock(), features_for(name, calls, opened) as (features, _):
        now_us = SystemClock().now_us()
        done = calibrating.calibrate(stored, features, truth_of(truth), folder, digests, now_us)
    may = "\n".join(f"  {k:<5} {', '.join(kinds) or 'none'}" for k, kinds in done.granted.items())
    text = f"version {done.version} ({done.state}); kinds with a threshold:\n{may}"
    answer(done, as_json=as_json, text=lambda: text)


@detect.command(epilog="Example: wurao detect promote 2")
@click.argument("version", type=click.IntRange(1))
@click.option("--name", default=NAME, show_default=True, help=NAME_HELP)
@home_option
@json_option
def promote(*, version: int, name: str, home: Path, as_json: bool) -> None:
    """Make a version the champion: it acts from now on."""
    from wurao.detection.scoring import models

    opened = Home.open(home)
    with opened.lock():
        roles = models.promote(models_of(opened, name), version)
    answer(roles, as_json=as_json, text=lambda: f"version {roles.champion} of {name} is the champion")


@detect.command(epilog="Example: wurao detect explain 13712345678 --calls calls.parquet")
@click.argument("number")
@click.option("--calls", type=_FILE, required=True, help="Calls of NUMBER, and of those who called it.")
@click.option("--name", default=NAME, show_default=True, help=NAME_HELP)
@home_option
@json_option
def explain(*, number: str, calls: Path, name: str, home: Path, as_json: bool) -> None:
    """Say which habits make a caller look like a robot, and which speak against it."""
    from wurao.cli.habits import for_people
    from wurao.detection.scoring import explaining, models

    opened, caller = Home.create(home), read(number)
    folder, roles = at_work(models_of(opened, name))
    stored = models.read(models.path_of(folder, roles.champion))
    with features_for(name, calls, opened) as (features, _):
        found = explaining.explain(stored, features, caller)
    if found is None:
        least = stored.manifest.stages[0].k
        raise InputError(f"fewer than {least} calls of this number", where=str(calls), mend="give more of its calls")
    answer(found, as_json=as_json, text=lambda: for_people(found, load().policy))


def _trained(done: "Trained") -> str:
    head = f"version {done.version} of {done.name} ({done.state}), {done.callers:,} callers, in {done.path}"
    rows = (
        f"  {k:<5} AUC {f.auc:.4f}   TPR at 0.1 % FPR {f.tpr_at_fpr_0001:.3f}   at 0.01 % {f.tpr_at_fpr_00001:.3f}"
        for k, f in done.figures.items()
    )
    return "\n".join([head, *rows])


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _lines(figures: msgspec.Struct) -> str:
    rows = msgspec.structs.asdict(figures).items()
    return "\n".join(
        f"{name:<24}{value:.4f}" if isinstance(value, float) else f"{name:<24}{value:,}" for name, value in rows
    )
