"""``wurao detect``: learn who is a robot from how callers call, and judge callers by it."""

import io
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec
import pyarrow as pa
from pyarrow import parquet

from wurao.cli.callers import Written, features_of, live_features_of
from wurao.cli.options import answer, home_option, json_option
from wurao.core.clock import SystemClock
from wurao.core.errors import ConfigError, InputError
from wurao.core.numbers import read
from wurao.detection.live import NAME as LIVE
from wurao.screening.config import load
from wurao.store.durable import replace_file
from wurao.store.home import Home

if TYPE_CHECKING:
    from wurao.detection.scoring.judging import Run
    from wurao.detection.scoring.models import Roles
    from wurao.detection.scoring.staged import Features
    from wurao.detection.scoring.training import Trained

NAME: Final = "robots"
_TRAIN: Final = (
    "wurao simulate --out town && wurao detect train --calls town/calls.parquet --truth town/truth/callers.parquet"
)
_OWNER_ONLY: Final = 0o600
_NAME_HELP: Final = f"Name of the model; '{LIVE}' judges while they call and sees only what an edge tells of a call."

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def detect() -> None:
    """Tell robots from people by how they call."""


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
@click.option("--name", default=NAME, show_default=True, help=_NAME_HELP)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and files give the same model.")
@click.option("--real", is_flag=True, help="The calls are a network's own, not simulated; the card says so.")
@home_option
@json_option
def train(*, calls: Path, truth: Path, name: str, seed: int, real: bool, home: Path, as_json: bool) -> None:
    """Learn a model from calls and the truth about their callers; it enters in SHADOW beside the champion."""
    from wurao.detection.scoring import training
    from wurao.detection.scoring.truth import truth_of

    folder = _models(opened := Home.create(home), name)
    digests = {path.name: training.sha256_of(path) for path in (calls, truth)}
    sources = training.Sources(digests, simulated=not real, now_us=SystemClock().now_us())
    recipe = msgspec.structs.replace(training.ROBOTS, seed=seed)
    with opened.lock(), _features(name, calls, opened) as (features, _):
        done = training.train(features, truth_of(truth), folder, sources, recipe)
    answer(done, as_json=as_json, text=lambda: _trained(done))


@detect.command(
    epilog="Example: wurao simulate --out couriers --seed 2 --numbers courier=300000 && "
    "wurao detect calibrate --calls couriers/calls.parquet --truth couriers/truth/callers.parquet"
)
@click.option("--calls", type=_FILE, required=True, help="Calls that the model did not learn from.")
@click.option("--truth", type=_FILE, required=True, help="Table of number, category, nuisance (method, campaign).")
@click.option("--name", default=NAME, show_default=True, help=_NAME_HELP)
@home_option
@json_option
def calibrate(*, calls: Path, truth: Path, name: str, home: Path, as_json: bool) -> None:
    """Set from which evidence on each kind of wanted callers may be rejected; makes a new version."""
    from wurao.detection.scoring import calibrating, models
    from wurao.detection.scoring.training import sha256_of
    from wurao.detection.scoring.truth import truth_of

    opened = Home.open(home)
    folder = _models(opened, name)
    place, roles = _at_work(folder)
    stored = models.read(models.path_of(place, roles.champion))
    digests = {path.name: sha256_of(path) for path in (calls, truth)}
    with opened.lock(), _features(name, calls, opened) as (features, _):
        now_us = SystemClock().now_us()
        done = calibrating.calibrate(stored, features, truth_of(truth), folder, digests, now_us)
    may = "\n".join(f"  {k:<5} {', '.join(kinds) or 'none'}" for k, kinds in done.granted.items())
    text = f"version {done.version} ({done.state}); kinds with a threshold:\n{may}"
    answer(done, as_json=as_json, text=lambda: text)


@detect.command(epilog="Example: wurao detect promote 2")
@click.argument("version", type=click.IntRange(1))
@click.option("--name", default=NAME, show_default=True, help=_NAME_HELP)
@home_option
@json_option
def promote(*, version: int, name: str, home: Path, as_json: bool) -> None:
    """Make a version the champion: it acts from now on."""
    from wurao.detection.scoring import models

    opened = Home.open(home)
    with opened.lock():
        roles = models.promote(_models(opened, name), version)
    answer(roles, as_json=as_json, text=lambda: f"version {roles.champion} of {name} is the champion")


@detect.command(epilog="Example: wurao detect run --calls calls.parquet --out scores.parquet")
@click.option("--calls", type=_FILE, required=True, help="Calls as Parquet.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write one row a caller, Parquet.")
@click.option("--name", default=NAME, show_default=True, help=_NAME_HELP)
@home_option
@json_option
def run(*, calls: Path, out: Path | None, name: str, home: Path, as_json: bool) -> None:
    """Score the callers of a file by their first calls, and tell at which call each would be labelled or rejected."""
    from wurao.detection.scoring import models
    from wurao.detection.scoring.judging import Model, table_of, told

    opened = Home.create(home)
    folder, roles = _at_work(_models(opened, name))
    begun = time.monotonic()
    champion, challenger = (
        Model(models.read(models.path_of(folder, version))) if version else None
        for version in (roles.champion, roles.challenger)
    )
    assert champion is not None  # noqa: S101  (versions count from 1)
    with _features(name, calls, opened) as (features, written):
        scores = champion.score(features)
        if out is not None:
            _write(table_of(scores, written.written, written.calls), out)
        done = told(champion, features, scores, challenger, time.monotonic() - begun)
    answer(done, as_json=as_json, text=lambda: _found(done))


def _features(name: str, calls: Path, home: Home) -> AbstractContextManager[tuple["Features", Written]]:
    return (live_features_of if name == LIVE else features_of)(calls, home.folder("scratch"))


def _at_work(folder: Path) -> tuple[Path, "Roles"]:
    from wurao.detection.scoring import models

    found = models.at_work(folder)
    if found is None:
        raise ConfigError("there is no model yet", where=str(folder), mend=_TRAIN)
    return found


@detect.command(epilog="Example: wurao detect explain 13712345678 --calls calls.parquet")
@click.argument("number")
@click.option("--calls", type=_FILE, required=True, help="Calls of NUMBER, and of those who called it.")
@click.option("--name", default=NAME, show_default=True, help=_NAME_HELP)
@home_option
@json_option
def explain(*, number: str, calls: Path, name: str, home: Path, as_json: bool) -> None:
    """Say which habits make a caller look like a robot, and which speak against it."""
    from wurao.cli.habits import for_people
    from wurao.detection.scoring import explaining, models

    opened, caller = Home.create(home), read(number)
    folder, roles = _at_work(_models(opened, name))
    stored = models.read(models.path_of(folder, roles.champion))
    with _features(name, calls, opened) as (features, _):
        found = explaining.explain(stored, features, caller)
    if found is None:
        least = stored.manifest.stages[0].k
        raise InputError(f"fewer than {least} calls of this number", where=str(calls), mend="give more of its calls")
    answer(found, as_json=as_json, text=lambda: for_people(found, load().policy))


def _models(home: Home, name: str) -> Path:
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise click.BadParameter("letters, digits and hyphens", param_hint="--name")
    return home.folder("models") / name


def _found(done: "Run") -> str:
    lines = [f"{done.callers:,} callers, {done.flagged:,} flagged, {done.rejected:,} rejected, {done.seconds:.1f} s"]
    if done.drifted:
        lines.append(f"drifted since training: {', '.join(done.drifted)} – train on newer calls")
    if done.shadow:
        one = done.shadow
        lines.append(
            f"version {one.version} in SHADOW flags {one.flagged:,}: {one.also_flagged:,} more, {one.not_flagged:,} not"
        )
    return "\n".join(lines)


def _write(scores: pa.Table, out: Path) -> None:
    file = io.BytesIO()
    parquet.write_table(scores, file)
    replace_file(out, file.getvalue(), mode=_OWNER_ONLY)


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
