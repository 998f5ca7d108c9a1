"""``wurao bench scripts``: same-recording pairs of real robocalls found in one script, other campaigns than chosen on.

Campaigns (clusters of the same audio) are split in halves by seed; a call of no campaign is one of its own. On one half
the likeness is chosen: that of the best recall, the highest of equals. On the other half recall and the
largest group are measured, beside pairs of TF-IDF cosine ≥ .5. One script re-recorded is another campaign in these
data, so pairs of different campaigns are no errors and precision isn't told. What may be told of it is: among real
Chinese messages, pairs grouped together whose classes differ. Growth: texts by rule, a script to ten texts.
"""

import random
import string
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import numpy as np
import numpy.typing as npt
from pyarrow import parquet

from wurao.bench.measure import Figures, machine, seconds, student
from wurao.core.errors import InputError
from wurao.detection.scripts.grouping import grouped
from wurao.detection.scripts.levels import SCRIPT, levels_of
from wurao.detection.scripts.shingles import Shingles, shingles

ROBOCALLS: Final = "robocall_transcripts.parquet"
MESSAGES: Final = "fbs_spam_sms_zh.parquet"
LIKENESSES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
COSINE: Final = 0.5
Groups = npt.NDArray[np.int64]

options = [
    click.Option(["--shared"], envvar="WURAO_SHARED", type=click.Path(path_type=Path), default="../shared"),
    click.Option(["--seeds"], type=click.IntRange(2, 10), default=5, help="Splits of the campaigns (--long: 10)."),
]


def run(long: bool, shared: Path = Path("../shared"), seeds: int = 5) -> Figures:  # noqa: FBT001 - every benchmark's signature
    """Measure and return the figures, each with its 95 % interval over the splits."""
    texts, campaigns = _robocalls(Path(shared) / "data" / ROBOCALLS)
    told = [shingles(text, masked=True) for text in texts]
    halves = [_measured(texts, told, campaigns, seed) for seed in range(1, (10 if long else seeds) + 1)]
    return {
        "bench": "scripts",
        "machine": machine(),
        "texts": len(texts),
        "splits": len(halves),
        "shipped_likeness": SCRIPT,
        "chosen": dict(Counter(str(half["chosen"]) for half in halves)),
        **{name: student([half[name] for half in halves]) for name in halves[0] if name != "chosen"},
        "largest_share_of_any_split": round(max(half["largest_share"] for half in halves), 4),
        "baseline": f"pairs of TF-IDF cosine ≥ {COSINE}",
        "messages_zh": _messages(Path(shared) / "data" / MESSAGES, 9000 if long else 2000),
        "growth": [_growth(count) for count in ((1000, 10_000, 100_000) if long else (1000, 10_000))],
    }


def _read(path: Path) -> list[dict[str, object]]:
    if not path.is_file():
        raise InputError(f"no {path.name}", where=str(path.parent), mend="set WURAO_SHARED to the folder with data/")
    rows: list[dict[str, object]] = parquet.read_table(path).to_pylist()
    return rows


def _robocalls(path: Path) -> tuple[list[str], Groups]:
    """Return the texts and each one's campaign; those of none have a negative number of their own."""
    rows = _read(path)
    given = [row["audio_campaign"] for row in rows]
    campaigns = [-1 - at if one is None else int(str(one)) for at, one in enumerate(given)]
    return [str(row["transcript"]) for row in rows], np.array(campaigns, np.int64)


def _measured(texts: Sequence[str], told: Sequence[Shingles], campaigns: Groups, seed: int) -> dict[str, float]:
    different = np.random.default_rng(seed).permutation(np.unique(campaigns))
    first = np.isin(campaigns, different[: len(different) // 2])
    learnt, tested = np.flatnonzero(first), np.flatnonzero(~first)
    recalls = {one: recall(_grouped(told, learnt, one), campaigns[learnt]) for one in LIKENESSES}
    chosen = max(LIKENESSES, key=lambda one: (recalls[one], one))
    groups, shipped = _grouped(told, tested, chosen), _grouped(told, tested, SCRIPT)
    return {
        "chosen": chosen,
        "recall": recall(groups, campaigns[tested]),
        "largest_share": max(Counter(groups.tolist()).values()) / len(tested),
        "recall_as_shipped": recall(shipped, campaigns[tested]),
        "largest_share_as_shipped": max(Counter(shipped.tolist()).values()) / len(tested),
        "recall_of_baseline": _baseline([texts[int(at)] for at in tested], campaigns[tested]),
    }


def _grouped(told: Sequence[Shingles], rows: npt.NDArray[np.intp], likeness: float) -> Groups:
    return np.array(grouped([told[int(at)] for at in rows], likeness), np.int64)


def _pairs(groups: Groups) -> npt.NDArray[np.bool_]:
    pairs: npt.NDArray[np.bool_] = (groups[:, None] == groups)[np.triu_indices(len(groups), 1)]
    return pairs


def recall(groups: Groups, campaigns: Groups) -> float:
    """Return the share of pairs of one campaign that lie in one group."""
    return float(_pairs(groups)[_pairs(campaigns)].mean())


def _baseline(texts: Sequence[str], campaigns: Groups) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer().fit_transform(texts)
    alike = (rows @ rows.T).toarray()[np.triu_indices(len(texts), 1)] >= COSINE
    return float(alike[_pairs(campaigns)].mean())


def _messages(path: Path, count: int) -> Figures:
    rows = random.Random(1).sample(_read(path), count)  # noqa: S311 - seeded on purpose
    groups = np.array(grouped([shingles(str(row["text"]), masked=True) for row in rows], SCRIPT), np.int64)
    labels = np.unique([str(row["label"]) for row in rows], return_inverse=True)[1]
    together = _pairs(groups)
    return {
        "texts": count,
        "pairs": int(together.sum()),
        "pairs_of_other_class": int((together & ~_pairs(labels)).sum()),
        "recall_of_template_pairs": recall(groups, np.array([row["template"] for row in rows])),
    }


def _growth(count: int) -> Figures:
    draw = random.Random(count)  # noqa: S311 - seeded on purpose
    words = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 9))) for _ in range(5000)]
    scripts = [draw.choices(words, k=80) for _ in range(count // 10)]
    texts = [" ".join(script[draw.randint(0, 20) :]) for script in scripts for _ in range(10)]
    took = seconds(lambda: levels_of(texts))
    return {"texts": count, "seconds": round(took, 2), "texts_per_s": round(count / took)}
