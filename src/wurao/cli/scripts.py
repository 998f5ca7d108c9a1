"""``wurao scripts``: what robots say, grouped."""

from collections import Counter
from pathlib import Path

import click
import msgspec
import pyarrow as pa
from pyarrow import parquet

from wurao.cli.options import answer, json_option
from wurao.core.errors import InputError
from wurao.detection.scoring.labelled import read_table
from wurao.detection.scripts.levels import Said, levels_of
from wurao.detection.scripts.naming import named
from wurao.store.durable import disk

SHOWN = 20
CATEGORY = "category"
"""A column of this name, as `wurao classify` writes it, gives operators their trade."""
MOST_TEXTS = 1_000_000


class Operator(msgspec.Struct, frozen=True):
    """One operator: how many texts are its, and what it is called."""

    operator: str
    texts: int
    scripts: int
    name_zh: str
    name_en: str


class Clustered(msgspec.Struct, frozen=True):
    """What was found; ``largest`` are the operators of most texts."""

    texts: int
    recordings: int
    scripts: int
    operators: int
    largest: list[Operator]


@click.group()
def scripts() -> None:
    """Group transcripts of calls: recordings, scripts, operators."""


@scripts.command(
    epilog="Example: wurao scripts cluster transcripts.csv --id call_id --text transcript --out said.parquet"
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id", "key", required=True, metavar="COL", help="Column that names a row.")
@click.option("--text", required=True, metavar="COL", help="Column of the transcripts, Chinese or English.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write id, recording, script, operator.")
@json_option
def cluster(*, file: Path, key: str, text: str, out: Path | None, as_json: bool) -> None:
    """Group the texts of a Parquet or CSV table into recordings, scripts and operators.

    A column "category" names the trade of each operator.
    """
    table = read_table(file)
    texts = _texts(table, file, key, text)
    said = levels_of(texts)
    if out is not None:
        _write(out, table.column(key).to_pylist(), said)
    found = _found(said, _of_text(table, file, CATEGORY) if CATEGORY in table.column_names else [])
    answer(found, as_json=as_json, text=lambda: _for_people(found))


def _texts(table: pa.Table, file: Path, key: str, text: str) -> list[str]:
    for name in (key, text):
        if name not in table.column_names:
            there = ", ".join(table.column_names[:20])
            raise InputError(f"no column '{name}'", where=str(file), mend=f"there are: {there}")
    if table.num_rows > MOST_TEXTS:
        raise InputError(f"more than {MOST_TEXTS:,} texts", where=str(file), mend="group them by month")
    return _of_text(table, file, text)


def _of_text(table: pa.Table, file: Path, name: str) -> list[str]:
    kind = table.schema.field(name).type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise InputError(f"column '{name}' holds no text", where=str(file))
    return [one or "" for one in table.column(name).to_pylist()]


def _write(out: Path, ids: list[object], said: Said) -> None:
    levels = {name: [getattr(one, name) for one in said.levels] for name in ("recording", "script", "operator")}
    with disk(out):
        parquet.write_table(pa.table({"id": ids, **levels}), out)


def _found(said: Said, categories: list[str]) -> Clustered:
    texts = Counter(one.operator for one in said.levels)
    return Clustered(
        len(said.levels),
        len({one.recording for one in said.levels}),
        len({one.script for one in said.levels}),
        len(texts),
        [_operator(said, operator, count, categories) for operator, count in texts.most_common(SHOWN)],
    )


def _operator(said: Said, operator: str, count: int, categories: list[str]) -> Operator:
    its = [at for at, one in enumerate(said.levels) if one.operator == operator]
    trades = Counter(categories[at] for at in its) if categories else Counter(["unknown"])
    name = named(said.named.get(operator, []), trades.most_common(1)[0][0] or "unknown")
    return Operator(operator, count, len({said.levels[at].script for at in its}), name.zh, name.en)


def _for_people(found: Clustered) -> str:
    counts = f"{found.recordings:,} recordings, {found.scripts:,} scripts, {found.operators:,} operators"
    lines = [f"  {one.operator}  {one.texts:>6,} texts  {one.name_zh} / {one.name_en}" for one in found.largest]
    return "\n".join([f"{found.texts:,} texts: {counts}", *lines])
