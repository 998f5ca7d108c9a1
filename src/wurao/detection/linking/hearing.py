"""From recordings of honeypot lines to what was heard of each caller, and calls without what the line itself made."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import ibis

from wurao.detection.audio.kept import INGRESS, Kept
from wurao.detection.linking.heard import SAID, Heard
from wurao.detection.scripts.evidence import REACHED, evidence_in
from wurao.detection.scripts.levels import levels_of
from wurao.detection.scripts.shingles import tokens

LEAST_TOKENS: Final = 20
"""A shorter text is no script: "hello, who is there" is said by everybody, and by engines that hear noise."""
_OURS: Final = ("callee", "ring_ms", "talk_ms", "released", "ingress")
"""Columns that say of a call to a honeypot line how the line is set up: every caller has them alike."""


def heard_by(rows: Iterable[Kept], since: Mapping[bytes, int], until_us: int) -> dict[bytes, Heard]:
    """Return what was heard of each caller (keyed id) before ``until_us``.

    ``since``: when callers changed hands, microseconds UTC; what was said before was somebody else.
    """
    mine = [row for row in rows if since.get(row.caller_id, row.at_us) <= row.at_us < until_us]
    said: dict[bytes, dict[str, set[str]]] = defaultdict(lambda: {family: set() for family in SAID})
    for row in mine:
        said[row.caller_id]["recording"].add(row.group)
    spoken = [(row.caller_id, row.transcript) for row in mine if row.transcript]
    levels = levels_of([text for _, text in spoken]).levels
    for (caller, text), level in zip(spoken, levels, strict=True):
        if len(tokens(text, masked=True)) >= LEAST_TOKENS:
            said[caller]["script"].add(level.script)
        said[caller]["callback"].update(f"{one.kind} {one.value}" for one in evidence_in(text) if one.kind in REACHED)
    return {caller: Heard(**{name: frozenset(its) for name, its in one.items()}) for caller, one in said.items()}


def as_theirs(calls: ibis.Table) -> ibis.Table:
    """Return calls (``features.rows.calls_of``) in which those to honeypot lines tell when somebody called, not how."""
    ours = (calls.ingress == INGRESS).fill_null(False)  # noqa: FBT003 - ibis takes it so
    return calls.mutate(**{name: ibis.ifelse(ours, ibis.null(calls[name].type()), calls[name]) for name in _OURS})
