"""``wurao bench replay``: what past complaints would have stopped of the calls that were complained of next.

Real data of $WURAO_SHARED. (a) One day of FTC complaints: learn from those received before 10:00, replay the calls of
later ones that were also made after 10:00. (b) Numbers by the day first seen: learn from those before a day, replay
that day's. Everything goes the whole way: weights → book → policy → signed tables → compiled decide. Against it stand
bystanders: 100,000 unreported numbers and the 574 public-service numbers, these also after hostile reports.

Not claimed: a complaint is not a proof, the FTC's numbers are often spoofed, and a reported number is not all that
rang. Intervals are Wilson's at 95 %. The baseline of each run is the exact list alone.
"""

from collections.abc import Iterable
from pathlib import Path

import click
import numpy as np

from wurao.bench import replay_data as data
from wurao.bench.measure import Figures, machine, seconds
from wurao.bench.replay_shield import DEFAULT, STRICT, Judge, Said
from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.core.errors import InputError
from wurao.core.standing import Standing
from wurao.reporting.belief import wilson
from wurao.reporting.weights import REPORTED, REPORTED_RANGE, Weighed, weigh
from wurao.store.book.registry import VerifiedCaller

CUTS = 4
"""Newest days of the numbers file that are replayed."""
RANDOM = 100_000

options = [click.Option(["--shared"], envvar="WURAO_SHARED", type=click.Path(path_type=Path), default="../shared")]


def run(long: bool, shared: Path = Path("../shared")) -> Figures:  # noqa: FBT001 - the signature of every benchmark
    """Replay and return the figures; ``long`` draws the bystanders from three seeds instead of one."""
    folder = Path(shared) / "data"
    if not folder.is_dir():
        raise InputError(f"no shared data at {shared}", mend="set WURAO_SHARED to the folder that holds data/")
    seeds = (1, 2, 3) if long else (1,)
    return {
        "bench": "replay",
        "machine": machine(),
        "same_day": _same_day(folder, seeds),
        "next_days": [_next_day(folder, cut_us, seeds) for cut_us in data.days(folder)[-CUTS:]],
        "public_service": _public_service(folder),
        "intervals": "95 % Wilson",
        "baseline": "exact list alone",
    }


def _same_day(folder: Path, seeds: Iterable[int]) -> Figures:
    history, calls, left_out = data.same_day(folder)
    now_us = data.TEN_OCLOCK_US
    weighed = weigh(history, now_us)
    kept_up = data.known_when_called(folder)
    return {
        "learnt_from": history.num_rows,
        "exact_list_kept_up": {
            "share": round(float(kept_up.mean()), 4),
            "interval": _interval(int(kept_up.sum()), len(kept_up)),
        },
        "replayed": len(calls),
        "calls_before_ten_left_out": left_out,
        **_judged(weighed, calls, seeds),
    }


def _next_day(folder: Path, cut_us: int, seeds: Iterable[int]) -> Figures:
    history, calls = data.until(folder, cut_us)
    weighed = weigh(history, cut_us)
    took = seconds(lambda: weigh(history, cut_us))
    day = str(np.datetime64(cut_us, "us"))[:10]
    figures = _judged(weighed, calls, seeds)
    return {
        "day": day,
        "learnt_from": history.num_rows,
        "replayed": len(calls),
        "weigh_seconds": round(took, 1),
        **figures,
    }


def _judged(weighed: Weighed, calls: data.Numbers, seeds: Iterable[int]) -> Figures:
    rows = list(weighed.standing())
    figures: Figures = {
        "half_life_days": weighed.ranges.half_life_us / DAY_US,
        "finest_span": weighed.ranges.finest,
        "range_rows": len(weighed.ranges.span),
        "on_exact_list": round(float(np.isin(calls, weighed.number).mean()), 4),
    }
    for name, symbols in (("exact", {REPORTED}), ("range", {REPORTED_RANGE}), ("both", {REPORTED, REPORTED_RANGE})):
        with Judge(_only(rows, symbols), weighed.now_us) as judge:
            figures[name] = {wish: _shares(judge.say(calls, wish)) for wish in (STRICT, DEFAULT)}
            if name == "both":
                figures["bystanders_strict"] = [_bystanders(judge, weighed.number, seed) for seed in seeds]
    return figures


def _only(rows: Iterable[Standing], symbols: set[str]) -> list[Standing]:
    return [row for row in rows if row.symbol in symbols]


def _shares(said: Said) -> Figures:
    touched = said.rejected + said.labelled
    return {
        "rejected": said.rejected,
        "labelled": said.labelled,
        "share": round(touched / max(said.calls, 1), 4),
        "interval": _interval(touched, said.calls),
    }


def _interval(hits: int, of: int) -> list[float]:
    low, high = wilson(hits, of), 1 - wilson(of - hits, of)
    return [round(float(low), 4), round(float(high), 4)]


def _bystanders(judge: Judge, reported: data.Numbers, seed: int) -> Figures:
    """Half of 100,000 unreported numbers drawn from all, half from blocks that hold reported ones, in six ways."""
    figures: Figures = {"seed": seed}
    for span in (4, 3, 2):
        for once_a in ("block", "report"):
            drawn = data.bystanders(reported, RANDOM, span, once_a, np.random.default_rng(seed))
            said = judge.say(drawn, STRICT)
            figures[f"blocks_of_{10**span}_once_a_{once_a}"] = {
                "numbers": said.calls,
                "rejected": said.rejected,
                "labelled": said.labelled,
                "labelled_share": round(said.labelled / said.calls, 5),
            }
    return figures


def _public_service(folder: Path) -> Figures:
    public = data.public_service(folder)
    now_us = 20_650 * DAY_US - CHINA_OFFSET_US
    verified = [VerifiedCaller(int(number), "organisation", "service") for number in public]
    figures: Figures = {"numbers": len(public), "hostile_reporters": data.HOSTILE}
    with Judge([], now_us, abroad=True) as judge:
        figures["unreported"] = _both(judge, public)
    for name, hostile in data.hostilities(public, now_us).items():
        rows = list(weigh(hostile, now_us).standing())
        for how, registry in (("", []), ("_verified", verified)):
            with Judge(rows, now_us, registry, abroad=True) as judge:
                figures[name + how] = _both(judge, public)
    return figures


def _both(judge: Judge, numbers: data.Numbers) -> Figures:
    return {
        wish: {"rejected": said.rejected, "labelled": said.labelled}
        for wish, said in ((wish, judge.say(numbers, wish)) for wish in (STRICT, DEFAULT))
    }
