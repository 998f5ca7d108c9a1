"""``wurao classify``: what texts are about, and models of it from an operator's own texts."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pyarrow as pa
from pyarrow import csv, parquet

from wurao.cli.model_versions import models_of
from wurao.cli.options import answer, home_option, json_option
from wurao.core.clock import SystemClock
from wurao.core.errors import InputError
from wurao.detection.text import NAME
from wurao.store.home import Home

if TYPE_CHECKING:
    from wurao.detection.text.learning import Trained
    from wurao.detection.text.manifest import TextFigures
    from wurao.detection.text.model import Said

MAX_LINES: Final = 1_000_000
_TABLE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUT: Final = click.Path(path_type=Path, dir_okay=False)
_FILE_COMMAND: Final = "file"
_NAME_OPTION: Final = click.option("--name", default=NAME, show_default=True, help="Name of the model.")


class _FileOrCommand(click.Group):
    """Takes a first argument that is no subcommand for the file to classify."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the hidden command before a file."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [_FILE_COMMAND, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands; the hidden one is what happens to a file."""
        return [name for name in super().list_commands(ctx) if name != _FILE_COMMAND]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name the file too."""
        formatter.write_usage(ctx.command_path, "FILE --text COL [--out OUT] | - | COMMAND [ARGS]…")


@click.group(
    cls=_FileOrCommand,
    epilog="Example: wurao classify messages.csv --text text --out told.csv; wurao classify - < lines",
)
def classify() -> None:
    """Tell what texts are about: complaints, reported messages, transcripts.

    FILE is a table (Parquet or CSV), - is one text a line from standard input. Without a model of your own rules judge:
    they know common words and leave most texts open.
    """


@classify.command(_FILE_COMMAND, hidden=True, epilog="Example: wurao classify messages.csv --text text")
@click.argument("source", metavar="FILE")
@click.option("--text", metavar="COL", help="Column that holds the texts.")
@click.option("--out", type=_OUT, help="Write the table with what was said (.parquet or .csv).")
@_NAME_OPTION
@home_option
@json_option
def file(*, source: str, text: str | None, out: Path | None, name: str, home: Path, as_json: bool) -> None:
    """Tell what the texts of FILE are about; - is one text a line from standard input."""
    from wurao.detection.text.at_work import judge_of

    table, texts = _lines(sys.stdin.buffer) if source == "-" else _table(Path(source), text)
    said = judge_of(models_of(Home.create(home), name))(texts)
    if out is not None:
        _write(table, said, out)
    told = {
        "texts": len(said),
        "answered": sum(one.category != "unknown" for one in said),
        "categories": _counted(one.category for one in said),
    }
    shown: dict[str, object] = {**told, "said": said} if source == "-" else {**told}
    answer(shown, as_json=as_json, text=lambda: _for_people(said) if source == "-" else _summary(told))


@classify.command(
    epilog="Example: wurao classify evaluate --train a.parquet --test b.parquet --text text --label label"
)
@click.option("--train", type=_TABLE, required=True, help="Table to learn from: Parquet or CSV.")
@click.option("--test", type=_TABLE, required=True, help="Table to judge, of other templates.")
@click.option("--text", required=True, metavar="COL", help="Column that holds the texts.")
@click.option("--label", required=True, metavar="COL", help="Column that holds what each text is.")
@click.option("--group", metavar="COL", help="Column of --train that names a template or campaign.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and files give the same figures.")
@json_option
def evaluate(*, train: Path, test: Path, text: str, label: str, group: str | None, seed: int, as_json: bool) -> None:
    """Learn from one table of labelled texts and test on another."""
    from wurao.detection.text import learning, tabled

    learnt_from = tabled.labelled_texts(train, text, label, group)
    tabled.refuse_few(learnt_from, train)
    tested = tabled.labelled_texts(test, text, label, group=text)  # scripts are of no use there
    figures = learning.evaluate(learnt_from, tested, seed)
    if figures.shared:
        click.echo(f"wurao: {figures.shared:,} of {figures.n_test:,} tested texts were also learnt from", err=True)
    answer(figures, as_json=as_json, text=lambda: _figures(figures))


@classify.command(epilog="Example: wurao classify train --data texts.csv --text text --label category --licence own")
@click.option("--data", type=_TABLE, required=True, help="Table of labelled texts: Parquet or CSV.")
@click.option("--text", required=True, metavar="COL", help="Column that holds the texts.")
@click.option("--label", required=True, metavar="COL", help="Column that holds a category, or another label.")
@click.option("--group", metavar="COL", help="Column that names a template or campaign.")
@click.option("--licence", default="", metavar="TEXT", help="Licence of the texts; the card tells it.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and file give the same model.")
@_NAME_OPTION
@home_option
@json_option
def train(  # noqa: PLR0913 - click's way
    *,
    data: Path,
    text: str,
    label: str,
    group: str | None,
    licence: str,
    seed: int,
    name: str,
    home: Path,
    as_json: bool,
) -> None:
    """Learn a model from labelled texts; the first acts, each later one enters in SHADOW."""
    from wurao.detection.scoring.training import sha256_of
    from wurao.detection.text import learning, tabled

    folder = models_of(opened := Home.create(home), name)
    texts = tabled.labelled_texts(data, text, label, group)
    tabled.refuse_few(texts, data)
    sources = learning.Sources({data.name: sha256_of(data)}, licence, SystemClock().now_us())
    with opened.lock():
        done = learning.train(texts, folder, sources, seed)
    answer(done, as_json=as_json, text=lambda: _trained(done))


@classify.command(epilog="Example: wurao classify promote 2")
@click.argument("version", type=click.IntRange(1))
@_NAME_OPTION
@home_option
@json_option
def promote(*, version: int, name: str, home: Path, as_json: bool) -> None:
    """Make a version the champion: it judges from now on."""
    from wurao.detection.scoring import models
    from wurao.detection.text import at_work

    opened = Home.open(home)
    with opened.lock():
        roles = models.promote(models_of(opened, name), version, at_work.read)
    answer(roles, as_json=as_json, text=lambda: f"version {roles.champion} of {name} is the champion")


def _table(path: Path, text: str | None) -> tuple[pa.Table, list[str]]:
    from wurao.detection.text.tabled import read_texts

    if text is None:
        raise click.UsageError("--text names the column that holds the texts")
    return read_texts(path, text)


def _lines(stream: Iterable[bytes]) -> tuple[pa.Table, list[str]]:
    texts: list[str] = []
    for line in stream:
        if len(texts) == MAX_LINES:
            raise InputError(f"more than {MAX_LINES:,} lines", where="-", mend="give a table")
        texts.append(line.decode("utf-8", "replace").rstrip("\r\n"))
    return pa.table({"text": texts}), texts


def _write(table: pa.Table, said: "list[Said]", out: Path) -> None:
    """Write the table with the columns of FORMATS for a category, and how sure it is."""
    told: dict[str, list[object]] = {
        "label": [one.label for one in said],
        "category": [one.category for one in said],
        "probability": [one.probability or None for one in said],
    }
    for name, column in told.items():
        free = name if name not in table.column_names else f"said_{name}"
        table = table.append_column(free, pa.array(column, pa.float64() if name == "probability" else pa.string()))
    nested = next((field.name for field in table.schema if pa.types.is_nested(field.type)), None)
    if nested is not None and out.suffix != ".parquet":
        raise InputError(f"column '{nested}' holds lists, which CSV can't", where=str(out), mend="name it .parquet")
    try:
        parquet.write_table(table, out) if out.suffix == ".parquet" else csv.write_csv(table, out)
    except OSError as error:
        raise InputError(f"can't be written ({error.strerror})", where=str(out)) from None


def _counted(categories: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in categories:
        counts[one] = counts.get(one, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def _summary(told: dict[str, object]) -> str:
    return "\n".join(f"{name:<12}{value}" for name, value in told.items())


def _for_people(said: "list[Said]") -> str:
    return "\n".join(f"{one.category:<24}{one.probability or '':<8}{' '.join(one.words) or one.label}" for one in said)


def _figures(figures: "TextFigures") -> str:
    head = [
        f"accuracy {figures.accuracy:.4f}, macro-F1 {figures.macro_f1:.4f} on {figures.n_test:,} texts",
        f"says nothing of {figures.abstained:.1%}; of the rest {figures.accuracy_of_answered:.4f} are right",
    ]
    classes = [f"  {label:<28}{one.n:>7,}  F1 {one.f1:.3f}" for label, one in figures.per_class.items()]
    curve = [f"  surest {one.coverage:>4.0%}: {one.accuracy:.4f} right" for one in figures.curve]
    return "\n".join([*head, *classes, *curve])


def _trained(done: "Trained") -> str:
    head = f"version {done.version} of {done.name} ({done.state}), {done.texts:,} texts, in {done.path}"
    return f"{head}\n{_figures(done.figures)}"
