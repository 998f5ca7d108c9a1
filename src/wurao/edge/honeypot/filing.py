"""What becomes of an answered call: facts, a fingerprint, a group of the same sound – or nothing at all.

Deleted by rule, so that nobody decides by listening:
- a caller who is a subscriber here, or verified, dialled a wrong number: call and sound are deleted at once;
- sound in which nobody speaks for ``LEAST_SPOKEN_S`` is deleted at once, the call stays;
- sound that no second number plays is a person's until shown otherwise: deleted after ``unmatched_days``;
- what several numbers play is deleted after ``keep_days``.
"""

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from wurao.core.clock import DAY_US, HOUR_US, Clock
from wurao.core.errors import InputError
from wurao.core.numbers import ANONYMOUS, read
from wurao.core.standing import Standing
from wurao.detection.audio.decoding import Samples, decoded
from wurao.detection.audio.fingerprint import Fingerprint, fingerprint
from wurao.detection.audio.kept import Kept, Recordings
from wurao.detection.audio.played import LEAST_CALLERS, Groups, callers_by_group, standing
from wurao.detection.audio.speech import spoken_s
from wurao.edge.honeypot.spool import Answered, Spool
from wurao.screening.policy import Honeypot

_log: Final = logging.getLogger(__name__)
AT_ONCE: Final = 200
LEAST_SPOKEN_S: Final = 3.0


Transcribe = Callable[[Samples], str | None]


def nothing_said(_: Samples) -> str | None:
    """Return no transcript: where no engine is set up."""
    return None


class Ports(Protocol):
    """What filing needs of the home."""

    def known(self, caller: int) -> bool:
        """Tell whether a caller is a subscriber or verified."""

    def subscriber(self, caller: int) -> bool:
        """Tell whether a caller's number rests sealed."""

    def id_of(self, number: int) -> bytes:
        """Return the keyed id of a number."""

    def store(self, calls: Sequence[Answered]) -> None:
        """Bring calls into the home as facts, through intake."""

    def stand(self, rows: Iterable[Standing]) -> None:
        """Let these rows be all that recordings say."""


class Filed(msgspec.Struct):
    """What one round did with the calls that waited."""

    calls: int = 0
    recordings: int = 0
    matched: int = 0
    personal: int = 0
    silent: int = 0
    deleted: int = 0


class Filing:
    """Files waiting calls and deletes what has had its time."""

    def __init__(
        self,
        spool: Spool,
        recordings: Recordings,
        ports: Ports,
        clock: Clock,
        transcribe: Transcribe,
    ) -> None:
        self._spool, self._recordings, self._ports, self._clock = spool, recordings, ports, clock
        self._transcribe = transcribe
        self._groups: Groups | None = None
        self._next_us = 0

    def file_waiting(self, honeypot: Honeypot) -> Filed:
        """File the calls that wait; the same call again changes nothing. Raises StoreError, ConfigError."""
        done, waiting = Filed(), list(self._spool.waiting(AT_ONCE))
        if not waiting and self._clock.now_us() < self._next_us:
            return done
        heard = [one for one in (self._heard(call, sound, done) for _, call, sound in waiting) if one is not None]
        new = self._grouped(heard)
        done.calls = len(waiting) - done.personal
        done.matched = sum(one.group != one.recording for one in new)
        self._ports.store([call for _, call, _ in waiting if not self._personal(call)])
        self._recordings.put(new)
        rows = list(self._recordings.each())
        done.deleted = self._recordings.drop(expired(rows, honeypot, self._clock.now_us()))
        if done.deleted:
            rows = list(self._recordings.each())
            self._groups = None
        self._ports.stand(standing(rows))
        for name, _, _ in waiting:
            self._spool.done(name)
        self._next_us = self._clock.now_us() + HOUR_US
        return done

    def _grouped(self, heard: Sequence[Kept]) -> list[Kept]:
        """Return new recordings with their groups; what a killed round kept of them is not counted."""
        if not heard:
            return []
        names = {one.recording for one in heard}
        if self._groups is None:
            self._groups = Groups([row for row in self._recordings.each() if row.recording not in names])
        groups = self._groups.place([(one.recording, one.fingerprint) for one in heard])
        return [msgspec.structs.replace(one, group=group) for one, group in zip(heard, groups, strict=True)]

    def _heard(self, call: Answered, sound: Path | None, done: Filed) -> Kept | None:
        """Return what is kept of a call's sound, sealed by now, or None where nothing is."""
        if self._personal(call):
            done.personal += 1
            return None
        samples = _samples(sound)
        said_s = spoken_s(samples) if samples is not None else 0.0
        if samples is None or said_s < LEAST_SPOKEN_S:
            done.silent += 1
            return None
        print_of = _fingerprint(samples)
        if print_of is None:
            done.silent += 1
            return None
        caller, recording = number_of(call.caller), hashlib.blake2b(call.call_id.encode(), digest_size=8).hexdigest()
        self._recordings.keep_sound(recording, samples)
        done.recordings += 1
        return Kept(
            recording=recording,
            group=recording,
            caller_id=self._ports.id_of(caller),
            caller=None if caller == ANONYMOUS or self._ports.subscriber(caller) else caller,
            callee=number_of(call.callee),
            at_us=call.start_us,
            spoken_s=said_s,
            fingerprint=print_of,
            transcript=self._text(samples),
        )

    def _text(self, samples: Samples) -> str | None:
        try:
            return self._transcribe(samples)
        except Exception:  # noqa: BLE001 - an engine of others' making: the call is filed without its text
            _log.exception("a recording isn't transcribed")
            return None

    def _personal(self, call: Answered) -> bool:
        caller = number_of(call.caller)
        return caller != ANONYMOUS and self._ports.known(caller)


def expired(rows: Sequence[Kept], honeypot: Honeypot, now_us: int) -> list[str]:
    """Return the recordings whose time is over at ``now_us`` (µs UTC), by whether a second number plays them."""
    callers = callers_by_group(rows)
    days = {True: honeypot.keep_days, False: honeypot.unmatched_days}
    return [
        row.recording for row in rows if row.at_us + days[len(callers[row.group]) >= LEAST_CALLERS] * DAY_US <= now_us
    ]


def number_of(text: str) -> int:
    """Return the number that a caller's name in SIP says, anonymous where it says none."""
    with contextlib.suppress(InputError):
        return read(text)
    return ANONYMOUS


def _fingerprint(samples: Samples) -> Fingerprint | None:
    try:
        return fingerprint(samples)
    except InputError as error:
        _log.warning("no fingerprint: %s", error.diagnostics())
        return None


def _samples(sound: Path | None) -> Samples | None:
    if sound is None:
        return None
    try:
        return decoded(sound)
    except InputError as error:
        _log.warning("no sound: %s", error.diagnostics())
        return None
