"""``wurao detect``: learn who is a robot from how callers call, and judge callers by it."""

from pathlib import Path

import click
import msgspec

from wurao.cli.options import answer, json_option

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


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _lines(figures: msgspec.Struct) -> str:
    rows = msgspec.structs.asdict(figures).items()
    return "\n".join(
        f"{name:<24}{value:.4f}" if isinstance(value, float) else f"{name:<24}{value:,}" for name, value in rows
    )
