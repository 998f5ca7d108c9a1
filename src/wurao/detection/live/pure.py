"""The table of callers without C: the plain twin of ``_callers``, for reading and for tests that hold both together."""

import math
import struct
from dataclasses import dataclass, field
from typing import Any, Final

from wurao.core.clock import CHINA_OFFSET_US, HOUR_US
from wurao.core.payload import scramble
from wurao.detection.live.records import COUNTS, EVENT, RECORD, REGISTERS, Kind, Trait, Void

LOOKED: Final = 16
FULL: Final = 65_535
SHORT_MS: Final = 8_000
NEAR: Final = 10
SMOOTH: Final = 8
SLOWEST: Final = 32
LISTED: Final = 8
PROMOTED_FROM: Final = 64
PER_PLACE: Final = 16
STALE_US: Final = 4 * HOUR_US
MAX_BUSY_MS: Final = 86_400_000
_LOGLOG: Final = 2
_FLOAT: Final = struct.Struct("f")


@dataclass
class Caller:
    """One caller's record: the numbers of ``RECORD`` by name, and the sketch as what it stands for."""

    caller: int
    values: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(RECORD.names or (), 0))
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    kind: int = 0
    listed: list[int] = field(default_factory=list)
    registers: list[int] = field(default_factory=lambda: [0] * REGISTERS)

    def bump(self, name: str) -> None:
        """Count one more; all counts are halved first where this one is full."""
        if self.values[name] == FULL:
            for count in COUNTS:
                self.values[count] >>= 1
        self.values[name] += 1

    def fold(self, name: str, x: float, count: int) -> None:
        """Take ``x``, the ``count``-th value, into a mean and a variance."""
        mean, var = self.values[f"{name}_mean"], self.values[f"{name}_var"]
        now = mean + (x - mean) / count
        self.values[f"{name}_var"] = _single(var + ((x - mean) * (x - now) - var) / count)
        self.values[f"{name}_mean"] = _single(now)

    def pace(self, gap_s: float) -> None:
        """Take the time since the call before."""
        v = self.values
        x = math.log(max(gap_s, 0.001))
        if v["weight"] <= 1:
            v["gap_ewma_s"], v["gap_mid"] = _single(gap_s), _single(x)
        else:
            v["gap_ewma_s"] = _single(v["gap_ewma_s"] + (gap_s - v["gap_ewma_s"]) / SMOOTH)
            rate = 1 / min(v["weight"], SLOWEST)
            away = x - v["gap_mid"]
            v["gap_dev"] = _single(v["gap_dev"] + (abs(away) - v["gap_dev"]) * rate)
            step = math.copysign(v["gap_dev"], away) if away else 0
            v["gap_mid"] = _single(v["gap_mid"] + step * 2 * rate)
        self.fold("gap_log", x, v["weight"])

    def strike(self, hour: int) -> None:
        """Count the hour."""
        if self.hours[hour] == 15:
            self.hours = [count >> 1 for count in self.hours]
        self.hours[hour] += 1

    def has(self, word: int) -> bool:
        """Tell whether the sketch may hold a callee."""
        if self.kind == 0:
            return word in self.listed
        held = self.registers[word % REGISTERS]
        return held > 0 if self.kind == 1 else held >= _rank(word >> 7)

    def add(self, word: int, *, room: bool) -> bool:
        """Remember a callee; tells whether that took a place in the pool, of which there is ``room``."""
        if self.kind == 0:
            if word in self.listed:
                return False
            if len(self.listed) < LISTED:
                self.listed.append(word)
                return False
            for one in self.listed:
                self.registers[one % REGISTERS] = 1
            self.kind = 1
        if self.kind == _LOGLOG:
            self.registers[word % REGISTERS] = max(self.registers[word % REGISTERS], _rank(word >> 7))
            return False
        if self.registers[word % REGISTERS]:
            return False
        self.registers[word % REGISTERS] = 1
        if sum(self.registers) <= PROMOTED_FROM or not room:
            return False
        self.kind = _LOGLOG
        for at, held in enumerate(self.registers):
            if held:
                self.registers[at] = _rank(scramble(self.caller * REGISTERS + at) >> 55)
        return True

    @property
    def distinct(self) -> float:
        """How many different callees."""
        if self.kind == 0:
            return len(self.listed)
        empty = self.registers.count(0)
        if self.kind == _LOGLOG:
            raw = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS**2 / sum(2.0**-held for held in self.registers)
            if raw > 2.5 * REGISTERS or empty == 0:
                return raw
        return REGISTERS * math.log(REGISTERS / max(empty, 1))


class PlainCallers:
    """As ``_callers.Callers``."""

    def __init__(self, capacity: int, zone_us: int = CHINA_OFFSET_US) -> None:
        self.capacity = capacity
        self.zone_us = zone_us
        self.callers: list[Caller] = []
        self.evicted = 0
        self.strays = 0
        self._places = capacity // PER_PLACE + 1
        self._hand = 0
        self._at: dict[int, int] = {}

    def update(self, events: Void) -> None:
        """Bring the table forward by events."""
        for event in events.tolist():
            self._apply(dict(zip(EVENT.names or (), event, strict=True)))

    def find(self, caller: int) -> Caller | None:
        """Return a caller's record."""
        return self.callers[self._at[caller]] if caller in self._at else None

    def forget(self, caller: int) -> bool:
        """Drop a caller's record; the last one takes its place."""
        if caller not in self._at:
            return False
        place, last = self._at.pop(caller), self.callers[-1]
        self._places += self.callers[place].kind == _LOGLOG
        if last.caller != caller:
            self.callers[place] = last
            self._at[last.caller] = place
        self.callers.pop()
        if self._hand >= len(self.callers):
            self._hand = 0
        return True

    def _apply(self, event: dict[str, int]) -> None:
        if not event["caller"]:
            return
        caller = self.find(event["caller"])
        if caller is None:
            if not event["kind"] & Kind.BEGUN:
                self.strays += 1
                return
            caller = self._insert(event["caller"])
        if event["kind"] & Kind.BEGUN:
            self._begin(caller, event)
            called = self.find(event["callee"]) if event["callee"] else None
            if called is not None and called.has(_word(caller.caller)):
                called.bump("called_back")
        if event["kind"] & Kind.ENDED:
            _end(caller, event)

    def _begin(self, caller: Caller, event: dict[str, int]) -> None:
        v = caller.values
        at_us, callee = event["at_us"], event["callee"]
        passed, left, met = at_us - v["last_us"], 0, False
        if not v["calls"]:
            v["first_s"], v["last_us"] = at_us // 1_000_000, at_us
            passed = 0
        else:
            left = v["busy_ms"] - int(passed / 1000)
            if passed >= STALE_US:
                v["under_way"] = 0
            met = v["under_way"] > 0 or (passed >= 0 and left > 0)
            if callee and v["last_callee"] and 0 < abs(callee - v["last_callee"]) <= NEAR:
                caller.bump("sequential")
            if passed >= 0:
                caller.pace(passed / 1e6)
            if met:
                caller.bump("overlapping")
        v["calls"] += 1
        caller.bump("weight")
        if event["traits"] & Trait.FRESH:
            caller.bump("fresh")
        caller.strike((at_us + self.zone_us) // HOUR_US % 24)
        self._places -= caller.add(_word(callee), room=self._places > 0)
        whole = event["kind"] & Kind.ENDED
        if not whole and event["traits"] & Trait.FOLLOWED:
            v["under_way"] = min(v["under_way"] + 1, FULL)
        v["peak"] = max(v["peak"], (2 if met else 1) if whole else v["under_way"])
        if passed >= 0:
            lasts = event["talk_ms"] + 10 * event["ring_cs"] if whole else 0
            v["busy_ms"] = min(max(left, lasts, 0), MAX_BUSY_MS)
            v["last_us"], v["last_callee"] = at_us, callee

    def _insert(self, number: int) -> Caller:
        caller = Caller(number)
        if len(self.callers) < self.capacity:
            self._at[number] = len(self.callers)
            self.callers.append(caller)
            return caller
        looked = [(self._hand + n) % len(self.callers) for n in range(LOOKED)]
        self._hand = (looked[-1] + 1) % len(self.callers)
        place = min(looked, key=lambda at: self.callers[at].values["last_us"])
        gone = self.callers[place]
        self._places += gone.kind == _LOGLOG
        del self._at[gone.caller]
        self.callers[place] = caller
        self._at[number] = place
        self.evicted += 1
        return caller


def _end(caller: Caller, event: dict[str, int]) -> None:
    v = caller.values
    caller.bump("ended")
    if not event["kind"] & Kind.BEGUN and v["under_way"]:
        v["under_way"] -= 1
    if event["traits"] & Trait.ANSWERED:
        caller.bump("answered")
        caller.fold("talk", event["talk_ms"] / 1000, v["answered"])
        if event["talk_ms"] < SHORT_MS:
            caller.bump("brief")
        if event["traits"] & Trait.BY_CALLEE:
            caller.bump("by_callee")
    else:
        caller.bump("unanswered")
        caller.fold("ring", event["ring_cs"] / 100, v["unanswered"])
    if event["traits"] & Trait.REFUSED:
        caller.bump("refused")


def _word(number: int) -> int:
    return scramble(number + 1) >> 48 or 1


def _rank(bits: int) -> int:
    bits |= 512
    return (bits & -bits).bit_length()


def _single(x: float) -> float:
    """Round to the 32 bits in which the record keeps it."""
    rounded: float = _FLOAT.unpack(_FLOAT.pack(x))[0]
    return rounded
